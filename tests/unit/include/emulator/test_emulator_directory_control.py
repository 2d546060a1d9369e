"""The control plane: records of a stream, products, counts that are those of a full read, reset and seed."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from include.emulator.kinds import Rows, by

ONCE = {  # table: operation, array, key
    "workspace": ("/v2/workspaces", "workspaces", "id"),
    "scorecard": ("/v2/settings/scorecards", "scorecards", "scorecardId"),
    "tracker": ("/v2/settings/trackers", "keywordTrackers", "trackerId"),
    "library_folder": ("/v2/library/folders", "folders", "id"),
    "call_outcome": ("/v2/call-outcomes", "outcomes", "callOutcome"),
}
ACCESSES = 10
KINDS = (
    *(
        "workspaces",
        "scorecards",
        "trackers",
        "library_folders",
        "library_folder_content",
        "call_user_access",
    ),
    *("user_settings_history", "permission_profiles", "permission_profile_users", "flows", "flow_folders"),
    *("users", "flow_assignments", "call_outcomes"),
)
OPTIONS = ("--calls", "60", "--users", "9", "--until", "2026-01-10", "--per-second", "0")


def full_read(emulator):
    """The rows of each table that the answers give, by key."""
    tables = {}
    for table, (path, array, key) in ONCE.items():
        tables[table] = {row[key]: row for row in emulator.get(path).json()[array]}
    users = emulator.rows("/v2/users", "users")
    tables["users"] = {user["id"] for user in users}
    for table, member in (("user_email_alias", "emailAliases"), ("user_meeting_url", "personalMeetingUrls")):
        tables[table] = {(value, user["id"]) for user in users for value in user[member]}
    spoken = {(one["language"], user["id"]) for user in users for one in user["spokenLanguages"]}
    tables["user_spoken_language"] = spoken
    tables["user_setting_history"] = {
        (row["setting"], row["time"], user["id"])
        for user in users
        for row in emulator.get(f"/v2/users/{user['id']}/settings-history").json()["userSettingsHistory"]
    }
    return tables | settings(tables) | permissions(emulator, tables["workspace"]) | flows(emulator, users)


def settings(tables):
    questions = {one["questionId"]: one for card in tables["scorecard"].values() for one in card["questions"]}
    languages = {
        (number, words["language"]): words["keywords"]
        for number, tracker in tables["tracker"].items()
        for words in tracker["languageKeywords"]
    }
    return {
        "scorecard_question": questions,
        "scorecard_question_option": {
            (number, option["id"])
            for number, one in questions.items()
            for option in one["answerOptions"] or ()
        },
        "tracker_language": languages,
        "tracker_keyword": {(*key, word) for key, words in languages.items() for word in words},
    }


def permissions(emulator, workspaces):
    profiles, accesses, users, leads, folders = {}, set(), set(), set(), set()
    for workspace in workspaces:
        found = emulator.get("/v2/all-permission-profiles", workspaceId=workspace)
        profiles |= {row["id"]: row for row in found.json()["profiles"]}
    for number, profile in profiles.items():
        members = profile | profile["forecastPermissions"]
        for name, one in members.items():
            if isinstance(one, dict) and "permissionLevel" in one:
                accesses.add((number, name))
                leads |= {(number, name, lead) for lead in one.get("teamLeadIds", ())}
                folders |= {(number, folder) for folder in one.get("libraryFolderIds", ())}
        answer = emulator.get("/v2/permission-profile/users", profileId=number).json()
        users |= {(number, row["id"]) for row in answer["users"]}
    return {
        "permission_profile": profiles,
        "permission_profile_access": accesses,
        "permission_profile_access_team_lead": leads,
        "permission_profile_library_folder": folders,
        "permission_profile_user": users,
    }


def flows(emulator, users):
    found = {"engage_flow": set(), "engage_flow_folder": set(), "call_in_folder": set()}
    for user in users:
        if user["active"] and user["settings"]["gongConnectEnabled"]:
            mail = user["emailAddress"]
            seen = emulator.get("/v2/flows", flowOwnerEmail=mail).json()["flows"]
            found["engage_flow"] |= {row["id"] for row in seen}
            seen = emulator.get("/v2/flows/folders", flowFolderOwnerEmail=mail).json()["flowsFolders"]
            found["engage_flow_folder"] |= {row["id"] for row in seen}
    for folder in emulator.get("/v2/library/folders").json()["folders"]:
        content = emulator.get("/v2/library/folder-content", folderId=folder["id"]).json()["calls"]
        found["call_in_folder"] |= {(folder["id"], row["id"]) for row in content}
    return found


def records(emulator, kind):
    return emulator.control("GET", f"/records/{kind}")["records"]


def delete(emulator, kind, number):
    emulator.control("DELETE", f"/records/{kind}/{quote(number, safe='')}")


def sizes(tables):
    return {name: len(rows) for name, rows in tables.items()}


def test_counts_are_those_of_a_full_read(emulator):
    counts = emulator.control("GET", "/counts")
    read = sizes(full_read(emulator))
    assert all(read.values())
    assert read == {name: counts[name] for name in read}
    assert read["permission_profile_access"] == ACCESSES * read["permission_profile"]


def test_counts_follow_what_is_deleted(emulator):
    """A record of each kind goes; what hangs on it is not shown any more, and not counted."""
    before = emulator.control("GET", "/counts")
    kinds = [
        *("users", "workspaces", "scorecards", "trackers", "library_folders", "call_outcomes", "flows"),
        *("permission_profiles", "flow_folders", "library_folder_content", "user_settings_history"),
    ]
    for kind in kinds:
        delete(emulator, kind, records(emulator, kind)[-1]["recordId"])
    delete(emulator, "workspaces", records(emulator, "workspaces")[1]["id"])
    delete(emulator, "permission_profile_users", records(emulator, "permission_profile_users")[0]["recordId"])
    counts = emulator.control("GET", "/counts")
    read = sizes(full_read(emulator))
    assert read == {name: counts[name] for name in read}
    smaller = {
        "workspace",
        "scorecard",
        "library_folder",
        "permission_profile",
        "call_in_folder",
        "engage_flow",
    }
    assert all(counts[name] < before[name] for name in smaller)
    emulator.control("POST", "/reset")
    assert emulator.control("GET", "/counts") == before


def test_counts_of_the_crm(emulator):
    tables = ["crm", *(f"{name}_entity_schema" for name in ("account", "contact", "deal", "lead"))]
    assert [emulator.control("GET", "/counts")[name] for name in tables] == [0] * 5
    body = {"ownerEmail": "ops@harborline.example", "name": "Own CRM"}
    number = emulator.http.put("/v2/crm/integrations", json=body).json()["integrationId"]
    fields = [{"uniqueName": f"field{n}", "label": "Field", "type": "STRING"} for n in range(3)]
    for object_type, some in (("ACCOUNT", fields), ("LEAD", fields[:1])):
        query = {"integrationId": number, "objectType": object_type}
        assert emulator.http.post("/v2/crm/entity-schema", params=query, json=some).status_code == 200
    assert [emulator.control("GET", "/counts")[name] for name in tables] == [1, 3, 0, 0, 1]
    emulator.control("PUT", "/crm/settings", {"native": "Salesforce"})
    assert [emulator.control("GET", "/counts")[name] for name in tables] == [0] * 5


def test_records_are_listed_changed_and_deleted(emulator):
    name = "No answer"
    emulator.control("POST", f"/records/call_outcomes/{quote(name)}", {"sentiment": "NEUTRAL", "extra": [1]})
    outcome = emulator.get("/v2/call-outcomes").json()["outcomes"][-1]
    assert (outcome["callOutcome"], outcome["sentiment"], outcome["extra"]) == (name, "NEUTRAL", [1])
    delete(emulator, "call_outcomes", name)
    left = [row["callOutcome"] for row in emulator.get("/v2/call-outcomes").json()["outcomes"]]
    assert name not in left
    assert [row["recordId"] for row in records(emulator, "call_outcomes")] == left
    for method, path in (
        ("GET", "/records/planets"),
        ("DELETE", f"/records/call_outcomes/{quote(name)}"),
        ("POST", "/records/users/5"),
    ):
        answer = emulator.http.request(
            method, f"/_emulator{path}", json={"a": 1} if method == "POST" else None
        )
        assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["user_settings_history", "library_folder_content", "call_user_access"])
def test_every_record_of_a_kind_can_be_named(emulator, kind):
    found = records(emulator, kind)
    ids = [row["recordId"] for row in found]
    assert len(set(ids)) == len(ids) > 1
    delete(emulator, kind, ids[0])
    assert records(emulator, kind) == found[1:]


def test_users_vanish_and_change(emulator):
    user, other = emulator.control("GET", "/users")["users"][:2]
    attached = emulator.control("GET", "/counts")["permission_profile_user"]
    delete(emulator, "users", user["id"])
    assert emulator.get(f"/v2/users/{user['id']}").status_code == 404
    assert emulator.control("GET", "/counts")["permission_profile_user"] < attached
    change = {"active": False, "title": "Retired", "settings": {"emailsImported": False}}
    emulator.control("POST", f"/records/users/{other['id']}", change)
    changed = emulator.get(f"/v2/users/{other['id']}").json()["user"]
    settings = {**other["settings"], "emailsImported": False}
    assert changed == {**other, "active": False, "title": "Retired", "settings": settings}
    emulator.control("POST", "/reset")
    assert emulator.get(f"/v2/users/{user['id']}").json()["user"] == user
    assert emulator.get(f"/v2/users/{other['id']}").json()["user"] == other


def test_products_come_back_with_a_reset(emulator):
    assert emulator.control("GET", "/products") == {"engage": True, "coaching": True}
    emulator.control("PUT", "/products", {"coaching": False})
    assert emulator.control("GET", "/products") == {"engage": True, "coaching": False}
    assert emulator.http.put("/_emulator/products", json={"magic": True}).status_code == 422
    emulator.control("POST", "/reset")
    assert emulator.control("GET", "/products") == {"engage": True, "coaching": True}


def test_two_starts_give_the_same_directory(start_emulator):
    first, second = start_emulator(2, *OPTIONS)
    assert set(KINDS) <= set(first.control("GET", "/records")["kinds"])
    begun = {kind: records(first, kind) for kind in KINDS}
    assert json.dumps(begun) == json.dumps({kind: records(second, kind) for kind in KINDS})
    assert all(begun.values())
    second.control("POST", "/reset", {"seed": 2})
    for kind in KINDS[:-1]:
        ids = {row["recordId"] for row in records(second, kind)}
        assert not ids & {row["recordId"] for row in begun[kind]}


def test_rows():
    rows = [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}]
    kind = Rows(rows, by("a", "b"))
    assert [row["recordId"] for row in kind.list()] == ["1:x", "1:y"]
    held = rows[0]
    assert kind.change("1:x", {"c": 3})
    assert (rows[0], held) == ({"a": 1, "b": "x", "c": 3}, {"a": 1, "b": "x"})
    assert kind.delete("1:y")
    assert rows == [{"a": 1, "b": "x", "c": 3}]
    assert not kind.delete("1:y")
    assert not kind.change("1:y", {})
