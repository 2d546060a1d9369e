"""Engage flows and their folders, as a user sees them; prospects in flows; a company without Engage."""

from __future__ import annotations

import pytest

FLOWS, FOLDERS, PROSPECTS = "/v2/flows", "/v2/flows/folders", "/v2/flows/prospects"


def engaged(emulator):
    users = emulator.control("GET", "/users")["users"]
    return [user for user in users if user["active"] and user["settings"]["gongConnectEnabled"]]


def flows(emulator, user, **query):
    return emulator.get(FLOWS, flowOwnerEmail=user["emailAddress"], **query).json()["flows"]


def folders(emulator, user, **query):
    return emulator.get(FOLDERS, flowFolderOwnerEmail=user["emailAddress"], **query).json()["flowsFolders"]


@pytest.mark.parametrize(("kind", "read"), [("flows", flows), ("flow_folders", folders)])
def test_a_user_sees_the_companys_the_shared_and_her_own(emulator, kind, read):
    records = emulator.control("GET", f"/records/{kind}")["records"]
    shared = 0
    for user in engaged(emulator):
        seen = read(emulator, user)
        for record in records:
            mine = user["id"] in (record["_ownerId"], *record["_sharedWith"])
            assert (record["id"] in {row["id"] for row in seen}) == (
                record["visibility"] == "Company" or mine
            )
            shared += mine and record["visibility"] == "Shared"
        assert [int(row["id"]) for row in seen] == sorted(int(row["id"]) for row in seen)
        assert all(not name.startswith("_") for row in seen for name in row)
    assert shared > 2
    assert {record["visibility"] for record in records} == {"Company", "Shared", "Personal"}


def test_folders_as_recorded(emulator):
    rows = [row for user in engaged(emulator) for row in folders(emulator, user)]
    parents = {row["parentFolderId"] for row in rows}
    assert "null" in parents
    assert parents - {"null"} < {row["id"] for row in rows}
    assert "null" in {row["createdById"] for row in rows}


def test_filters(emulator, sentences):
    user = engaged(emulator)[0]
    seen = flows(emulator, user)
    folder = next(row["folderId"] for row in seen if row["folderId"])
    assert flows(emulator, user, folderId=folder) == [row for row in seen if row["folderId"] == folder]
    first, second, _ = emulator.get("/v2/workspaces").json()["workspaces"]
    parts = [flows(emulator, user, workspaceId=one["id"]) for one in (first, second)]
    assert all(parts)
    assert {row["id"] for part in parts for row in part} == {row["id"] for row in seen}
    assert flows(emulator, user, workspaceId="5") == []
    tree = folders(emulator, user)
    child = next(row for row in tree if row["parentFolderId"] != "null" and row["visibility"] == "Company")
    within = folders(emulator, user, parentId=child["parentFolderId"])
    wanted = {row["id"] for row in tree if child["parentFolderId"] in (row["id"], row["parentFolderId"])}
    assert {row["id"] for row in within} == wanted
    assert {child["id"], child["parentFolderId"]} <= wanted < {row["id"] for row in tree}
    assert folders(emulator, user, workspaceId=second["id"]) == []
    answer = emulator.get(FOLDERS, flowFolderOwnerEmail=user["emailAddress"], parentId="top")
    assert (answer.status_code, sentences(answer)) == (400, ["parentId: must be an integer"])


@pytest.mark.parametrize(("path", "name"), [(FLOWS, "flowOwnerEmail"), (FOLDERS, "flowFolderOwnerEmail")])
def test_only_active_engage_users_are_asked_for(emulator, sentences, path, name):
    users = emulator.control("GET", "/users")["users"]
    seat = engaged(emulator)[0]
    assert emulator.get(path, **{name: seat["emailAddress"].upper()}).status_code == 200
    inactive = next(u for u in users if not u["active"] and u["settings"]["gongConnectEnabled"])
    without = next(u for u in users if u["active"] and not u["settings"]["gongConnectEnabled"])
    for mail in (inactive["emailAddress"], without["emailAddress"], "nobody@harborline.example"):
        answer = emulator.get(path, **{name: mail})
        text = f"{name}: must be the email address of an active Engage user"
        assert (answer.status_code, sentences(answer)) == (400, [text])
    answer = emulator.get(path)
    assert (answer.status_code, sentences(answer)) == (400, [f"{name}: must not be null"])
    change = {"settings": {"gongConnectEnabled": True}}
    emulator.control("POST", f"/records/users/{without['id']}", change)
    assert emulator.get(path, **{name: without["emailAddress"]}).status_code == 200


def test_pages_of_a_hundred(emulator, sentences):
    emulator.control("POST", "/reset", {"calls": 5, "users": 230})
    for record in emulator.control("GET", "/records/flows")["records"]:
        emulator.control("POST", f"/records/flows/{record['id']}", {"visibility": "Company"})
    first, other = (user["emailAddress"] for user in engaged(emulator)[:2])
    begun = emulator.get(FLOWS, flowOwnerEmail=first).json()
    total = emulator.control("GET", "/counts")["engage_flow"]
    assert 100 < total < 200
    records = begun["records"]
    cursor = records.pop("cursor")
    assert records == {"totalRecords": total, "currentPageSize": 100, "currentPageNumber": 0}
    emulator.control("DELETE", f"/records/flows/{begun['flows'][7]['id']}")
    rest = emulator.get(FLOWS, flowOwnerEmail=first, cursor=cursor).json()
    assert rest["records"] == {
        "totalRecords": total,
        "currentPageSize": total - 100,
        "currentPageNumber": 1,
    }
    ids = [row["id"] for page in (begun, rest) for row in page["flows"]]
    assert len(set(ids)) == total
    for answer in (
        emulator.get(FLOWS, flowOwnerEmail=other, cursor=cursor),
        emulator.get(FOLDERS, flowFolderOwnerEmail=first, cursor=cursor),
    ):
        assert (answer.status_code, sentences(answer)) == (400, ["failed to verify cursor"])
    emulator.control("POST", "/time", {"advance_seconds": 3_601})
    answer = emulator.get(FLOWS, flowOwnerEmail=first, cursor=cursor)
    assert (answer.status_code, sentences(answer)) == (400, ["cursor has expired"])


def test_prospects_in_flows(emulator):
    records = emulator.control("GET", "/records/flow_assignments")["records"]
    known = {record["id"] for record in emulator.control("GET", "/records/flows")["records"]}
    prospects = [record["crmProspectId"] for record in records]
    assert len(set(prospects)) < len(prospects)
    assert {record["flowId"] for record in records} <= known
    asked = [*prospects[:40], "0030000000000000AA"]
    found = emulator.post(PROSPECTS, {"crmProspectsIds": asked}).json()["prospectsAssigned"]
    wanted = {record["flowInstanceId"] for record in records if record["crmProspectId"] in asked}
    assert {row["flowInstanceId"] for row in found} == wanted
    for body in ({"crmProspectsIds": []}, {"crmProspectsIds": ["x"]}):
        answer = emulator.post(PROSPECTS, body)
        assert (answer.status_code, answer.json()["prospectsAssigned"]) == (200, [])
    assert emulator.post(PROSPECTS, {}).status_code == 400


def test_without_engage_flows_are_403(emulator, sentences):
    user = engaged(emulator)[0]
    assert emulator.control("PUT", "/products", {"engage": False}) == {"engage": False, "coaching": True}
    for answer in (
        emulator.get(FLOWS, flowOwnerEmail=user["emailAddress"]),
        emulator.get(FOLDERS, flowFolderOwnerEmail=user["emailAddress"]),
        emulator.post(PROSPECTS, {"crmProspectsIds": ["x"]}),
    ):
        assert (answer.status_code, sentences(answer)) == (403, ["Access denied"])
    counts = emulator.control("GET", "/counts")
    assert (counts["engage_flow"], counts["engage_flow_folder"]) == (0, 0)
    emulator.control("PUT", "/products", {"engage": True})
    assert flows(emulator, user)
