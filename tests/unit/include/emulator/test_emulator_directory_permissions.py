"""Permission profiles, the users attached to them, and individual access to calls."""

from __future__ import annotations

PROFILES, PROFILE, USERS = (
    "/v2/all-permission-profiles",
    "/v2/permission-profile",
    "/v2/permission-profile/users",
)
ACCESS = "/v2/calls/users-access"


def profiles(emulator, workspace):
    found = emulator.get(PROFILES, workspaceId=workspace).json()["profiles"]
    return {profile["name"]: profile for profile in found}


def workspaces(emulator):
    return [row["id"] for row in emulator.get("/v2/workspaces").json()["workspaces"]]


def test_profiles_of_a_workspace_come_by_name(emulator, sentences):
    ids = []
    for workspace in workspaces(emulator):
        found = profiles(emulator, workspace)
        assert list(found) == ["Business admin", "Sales manager", "Sales rep"]
        ids += [profile["id"] for profile in found.values()]
        assert all(not name.startswith("_") for profile in found.values() for name in profile)
    assert len(set(ids)) == 9
    for path, query, status, text in (
        (PROFILES, {}, 400, "workspaceId: must not be null"),
        (PROFILES, {"workspaceId": "5"}, 400, "Bad request"),
        (PROFILE, {}, 400, "profileId: must not be null"),
        (PROFILE, {"profileId": "5"}, 400, "Bad request"),
        (USERS, {"profileId": "x"}, 400, "Bad request"),
    ):
        answer = emulator.get(path, **query)
        assert (answer.status_code, sentences(answer)) == (status, [text])


def test_a_profile_alone_is_the_one_of_the_list(emulator):
    for profile in profiles(emulator, workspaces(emulator)[0]).values():
        assert emulator.get(PROFILE, profileId=profile["id"]).json()["profile"] == profile


def test_levels_and_what_belongs_to_them(emulator):
    first, second, third = workspaces(emulator)
    users = {user["id"] for user in emulator.rows("/v2/users", "users")}
    folders = emulator.get("/v2/library/folders", workspaceId=first).json()["folders"]
    manager = profiles(emulator, first)["Sales manager"]
    library = manager["libraryFolderAccess"]
    assert library["permissionLevel"] == "specific-folders"
    assert 0 < len(library["libraryFolderIds"]) < len(folders)
    assert set(library["libraryFolderIds"]) <= {folder["id"] for folder in folders}
    assert profiles(emulator, third)["Sales manager"]["libraryFolderAccess"]["permissionLevel"] == "all"
    for workspace in (first, second, third):
        for profile in profiles(emulator, workspace).values():
            accesses = [
                one for name, one in profile.items() if name.endswith("Access") and "teamLeadIds" in one
            ]
            accesses += profile["forecastPermissions"].values()
            assert len(accesses) == 9
            for one in accesses:
                assert bool(one["teamLeadIds"]) == (one["permissionLevel"] == "managers-team")
                assert set(one["teamLeadIds"]) <= users


def test_users_are_attached_once_in_a_workspace(emulator):
    active = [user for user in emulator.rows("/v2/users", "users") if user["active"]]
    known = {(user["id"], f"{user['firstName']} {user['lastName']}", user["emailAddress"]) for user in active}
    sizes = []
    for workspace in workspaces(emulator):
        numbers = [profile["id"] for profile in profiles(emulator, workspace).values()]
        rows = [row for one in numbers for row in emulator.get(USERS, profileId=one).json()["users"]]
        assert {(row["id"], row["fullName"], row["emailAddress"]) for row in rows} <= known
        assert len({row["id"] for row in rows}) == len(rows)
        sizes.append(len(rows))
    assert sizes == [len(active), (len(active) + 1) // 2, 0]


def test_users_with_access_to_calls(emulator, sentences):
    rows = emulator.control("GET", "/records/call_user_access")["records"]
    given = {}
    for row in rows:
        given.setdefault(row["_callId"], []).append({"userId": row["userId"]})
    shown = {call["id"] for call in emulator.rows("/v2/calls", "calls")}
    assert given
    assert given.keys() <= shown
    bare = sorted(shown - given.keys())[0]
    asked = [bare, *given]
    answer = emulator.post(ACCESS, {"filter": {"callIds": [*asked, asked[1]]}}).json()
    wanted = [{"callId": number, "users": given.get(number, [])} for number in asked]
    assert answer["callAccessList"] == wanted
    emulator.control("DELETE", f"/calls/{asked[1]}")
    for body, text in (
        ({"filter": {"callIds": [bare, "5"]}}, "Some calls not found"),
        ({"filter": {"callIds": asked[1:2]}}, "Some calls not found"),
        ({"filter": {"callIds": []}}, "filter.callIds: must not be empty"),
        ({"filter": {}}, "filter.callIds: must not be null"),
        ({}, "filter: must not be null"),
    ):
        answer = emulator.post(ACCESS, body)
        assert (answer.status_code, sentences(answer)) == (400, [text])
