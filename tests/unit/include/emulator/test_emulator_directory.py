"""What a company has set up: settings' history, workspaces, scorecards, trackers, the library, outcomes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+02:00")
MILLIS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+02:00")
MICROS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+02:00")
EMPTY = "No library folders found corresponding to the provided filters"
ID = re.compile(r"[0-9]{17,20}")


def texts(rows, *names):
    return [row[name] for row in rows for name in names]


@pytest.fixture
def workspaces(emulator):
    return [row["id"] for row in emulator.get("/v2/workspaces").json()["workspaces"]]


def test_workspaces_are_those_of_the_calls_and_one_more(emulator, workspaces):
    used = {call["workspaceId"] for call in emulator.rows("/v2/calls", "calls")}
    assert len(workspaces) == 3
    assert used == set(workspaces[:2])


def test_history_of_a_user(emulator, sentences):
    users = emulator.control("GET", "/users")["users"]
    path = "/v2/users/{}/settings-history"
    histories = [emulator.get(path.format(user["id"])).json()["userSettingsHistory"] for user in users]
    assert [] in histories
    for user, rows in zip(users, histories, strict=True):
        assert all(MILLIS.fullmatch(row["time"]) and isinstance(row["value"], bool) for row in rows)
        assert all(not name.startswith("_") for row in rows for name in row)
        assert texts(rows, "time") == sorted(texts(rows, "time"), key=datetime.fromisoformat)
        last = {row["setting"]: row["value"] for row in rows}
        assert last.get("active", user["active"]) == user["active"]
    rows = [row for history in histories for row in history]
    assert 0 < sum("emulatorChangedBy" in row for row in rows) < len(rows) / 20
    answer = emulator.get(path.format(1))
    assert (answer.status_code, sentences(answer)) == (404, ["User ID 1 was not found"])


def test_scorecards_as_recorded(emulator, workspaces):
    cards = emulator.get("/v2/settings/scorecards").json()["scorecards"]
    questions = [one for card in cards for one in card["questions"]]
    assert len(cards) == 5
    assert all(ID.fullmatch(card["scorecardId"]) and card["workspaceId"] in workspaces for card in cards)
    assert "-1" in texts(cards, "updaterUserId")
    assert "-1" in texts(questions, "updaterUserId")
    assert all(SECONDS.fullmatch(time) for time in texts([*cards, *questions], "created", "updated"))
    assert {card["enabled"] for card in cards} == {True, False}
    assert {card["reviewMethod"] for card in cards} == {"MANUAL", "AUTOMATIC"}
    ranges = {(one["questionType"] == "RANGE", one["minRange"], one["maxRange"]) for one in questions}
    assert ranges == {(True, "1", "5"), (False, None, None)}
    for one in questions:
        assert bool(one["answerOptions"]) == one["questionType"].endswith("_SELECT")
    assert len({one["questionType"] for one in questions}) == 5
    assert len({one["questionId"] for one in questions}) == len(questions)


def test_trackers_of_all_workspaces_or_one(emulator, workspaces, sentences):
    trackers = emulator.get("/v2/settings/trackers").json()["keywordTrackers"]
    assert len(trackers) == 8
    for workspace in workspaces:
        some = emulator.get("/v2/settings/trackers", workspaceId=workspace).json()["keywordTrackers"]
        assert some == [one for one in trackers if one["workspaceId"] == workspace]
    answer = emulator.get("/v2/settings/trackers", workspaceId="5")
    assert (answer.status_code, sentences(answer)) == (404, ["Workspace ID 5 was not found"])
    assert all(MICROS.fullmatch(time) for time in texts(trackers, "created", "updated"))
    assert None in texts(trackers, "creatorUserId")
    spoken = {words["language"] for one in trackers for words in one["languageKeywords"]}
    assert spoken == {"eng", "ger", "fre", "spa", "por", "mul"}


def test_keyword_trackers_of_calls_are_among_them(emulator):
    selector = {"exposedFields": {"content": {"trackers": True}}}
    calls = emulator.rows("/v2/calls/extensive", "calls", {"filter": {}, "contentSelector": selector})
    found = [one for call in calls for one in call.get("content", {}).get("trackers", [])]
    used = {(one["id"], one["name"]) for one in found if one["type"] == "KEYWORD"}
    known = emulator.get("/v2/settings/trackers").json()["keywordTrackers"]
    assert used
    assert used <= {(one["trackerId"], one["trackerName"]) for one in known}


def test_folders_are_a_tree_over_workspaces(emulator, workspaces, sentences):
    folders = emulator.get("/v2/library/folders").json()["folders"]
    assert len(folders) == 12
    by_workspace = [emulator.get("/v2/library/folders", workspaceId=one) for one in workspaces]
    parts = [answer.json()["folders"] for answer in by_workspace[:2]]
    assert [*parts[0], *parts[1]] == folders
    for part in parts:
        parents = {row["parentFolderId"] for row in part}
        assert None in parents
        assert set() < parents - {None} < {row["id"] for row in part}
    assert all(MICROS.fullmatch(time) for time in texts(folders, "updated"))
    empty = emulator.get("/v2/library/folders", workspaceId="5")
    for answer in (by_workspace[2], empty):
        assert (answer.status_code, sentences(answer)) == (404, [EMPTY])


def content(emulator, folder_id):
    return emulator.get("/v2/library/folder-content", folderId=folder_id).json()


def test_content_of_a_folder(emulator, workspaces, sentences):
    folders = emulator.get("/v2/library/folders").json()["folders"]
    calls = {call["id"]: call for call in emulator.rows("/v2/calls", "calls")}
    sizes = set()
    for folder in folders:
        document = content(emulator, folder["id"])
        about = {name: folder[name] for name in ("id", "name", "createdBy", "updated")}
        assert {name: document[name] for name in about} == about
        sizes.add(len(document["calls"]))
        for row in document["calls"]:
            call = calls[row["id"]]
            assert (row["title"], row["url"], call["isPrivate"]) == (call["title"], call["url"], False)
            assert MICROS.fullmatch(row["created"])
            assert datetime.fromisoformat(row["created"]) > datetime.fromisoformat(call["started"])
            if row["snippet"]:
                begin, end = row["snippet"]["fromSec"], row["snippet"]["toSec"]
                assert 0 <= begin < end <= call["duration"]
    assert 0 in sizes
    assert max(sizes) > 1
    missing, unknown = (emulator.get("/v2/library/folder-content", **q) for q in ({}, {"folderId": "5"}))
    assert (missing.status_code, sentences(missing)) == (400, ["folderId: must not be null"])
    assert (unknown.status_code, sentences(unknown)) == (404, ["Folder ID 5 was not found"])


def test_calls_that_are_gone_or_private_are_in_no_folder(emulator):
    folders = emulator.get("/v2/library/folders").json()["folders"]
    folder = next(one["id"] for one in folders if len(content(emulator, one["id"])["calls"]) > 3)
    gone, private, kept, *_ = (row["id"] for row in content(emulator, folder)["calls"])
    emulator.control("DELETE", f"/calls/{gone}")
    emulator.control("PATCH", f"/calls/{private}", {"isPrivate": True})
    emulator.control("PATCH", f"/calls/{kept}", {"title": "Another title"})
    left = {row["id"]: row["title"] for row in content(emulator, folder)["calls"]}
    assert not {gone, private} & left.keys()
    assert left[kept] == "Another title"
    started = datetime.fromisoformat(emulator.get(f"/v2/calls/{kept}").json()["call"]["started"])
    emulator.control("POST", "/time", {"now": (started - timedelta(days=1)).isoformat()})
    assert kept not in texts(content(emulator, folder)["calls"], "id")


def test_outcomes_of_calls_are_among_those_of_the_company(emulator):
    outcomes = emulator.get("/v2/call-outcomes").json()["outcomes"]
    assert [row["displayOrder"] for row in outcomes] == list(range(1, len(outcomes) + 1))
    selector = {"exposedFields": {"content": {"callOutcome": True}}}
    calls = emulator.rows("/v2/calls/extensive", "calls", {"filter": {}, "contentSelector": selector})
    used = {call["content"]["callOutcome"]["name"] for call in calls if "callOutcome" in call["content"]}
    assert used
    assert used <= set(texts(outcomes, "callOutcome"))


def test_a_company_without_users_has_nothing_that_somebody_made(emulator):
    emulator.control("POST", "/reset", {"calls": 0, "users": 0})
    for path, array in (
        ("/v2/settings/scorecards", "scorecards"),
        ("/v2/settings/trackers", "keywordTrackers"),
        ("/v2/library/folders", "folders"),
    ):
        answer = emulator.get(path)
        assert (answer.status_code, answer.json()[array]) == (200, [])
    assert len(emulator.get("/v2/workspaces").json()["workspaces"]) == 3
