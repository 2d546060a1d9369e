"""Logs: five types, as raw as Gong's, in pages of 100."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from itertools import pairwise

import pytest

TYPES = (
    "AccessLog",
    "UserActivityLog",
    "UserCallPlay",
    "ExternallySharedCallAccess",
    "ExternallySharedCallPlay",
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOW = "2026-03-18T12:00:00Z"
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
NONE = "No logs found corresponding to the provided filters"


@pytest.fixture(autouse=True)
def now(emulator):
    emulator.control("POST", "/time", {"now": NOW})


def pages(emulator, log_type, **given):
    found, params = [], {"logType": log_type, "fromDateTime": "2021-01-01T00:00:00Z", **given}
    while True:
        answer = emulator.get("/v2/logs", **params)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if "cursor" not in found[-1]["records"]:
            return found
        params["cursor"] = found[-1]["records"]["cursor"]


def entries(emulator, log_type, **given):
    return [entry for page in pages(emulator, log_type, **given) for entry in page["logEntries"]]


@pytest.mark.parametrize("log_type", TYPES)
def test_the_envelope_is_as_recorded(emulator, log_type):
    names = {"userId", "userEmailAddress", "userFullName", "eventTime", "logRecord"}
    names |= {f"impersonator{name}" for name in ("UserId", "EmailAddress", "FullName", "CompanyId")}
    found = entries(emulator, log_type)
    assert all(names <= entry.keys() <= names | {"emulatorRegion"} for entry in found)
    assert all(TIME.fullmatch(entry["eventTime"]) for entry in found)
    times = [entry["eventTime"] for entry in found]
    assert times == sorted(times)
    users = {user["id"]: user["emailAddress"] for user in emulator.rows("/v2/users", "users")}
    named = [entry for entry in found if entry["userId"]]
    assert all(users[entry["userId"]] == entry["userEmailAddress"] for entry in named)
    assert bool(named) != log_type.startswith("External")


def test_each_type_has_a_shape_of_its_own(emulator):
    shapes = [set().union(*(entry["logRecord"] for entry in entries(emulator, name))) for name in TYPES]
    assert all(shapes)
    assert len({frozenset(shape) for shape in shapes}) == 5


def test_rows_are_raw(emulator):
    """What a reader has to redact is there: addresses, e-mail addresses, tokens, at every depth."""
    found = {name: entries(emulator, name) for name in TYPES}
    text = json.dumps(found)
    assert len(TOKEN.findall(text)) > 20
    assert all(TOKEN.search(json.dumps(found[name])) for name in ("AccessLog", "UserActivityLog"))
    assert "%40harborline.example" in text
    assert all("@" in json.dumps(found[name]) for name in TYPES)
    logins = [entry["logRecord"] for entry in found["UserActivityLog"] if "context" in entry["logRecord"]]
    inner = json.loads(json.loads(logins[0]["context"])["payload"])
    assert TOKEN.fullmatch(inner["token"])
    assert TOKEN.fullmatch(logins[0]["requestParameters"]["jwt"][0])
    addresses = [entry["logRecord"]["clientIp"] for entry in found["UserCallPlay"]]
    assert {ip_address(one).version for one in addresses} == {4, 6}
    assert any(entry["impersonatorUserId"] for entry in found["UserActivityLog"])
    assert any(entry["userId"] is None for entry in found["UserActivityLog"])


def test_pages_of_100(emulator, sentences):
    found = pages(emulator, "UserActivityLog")
    assert len(found) > 2
    assert {len(page["logEntries"]) for page in found[:-1]} == {100}
    assert {page["records"]["totalRecords"] for page in found} == {sum(len(p["logEntries"]) for p in found)}
    cursor = found[0]["records"]["cursor"]
    params = {"logType": "AccessLog", "fromDateTime": "2021-01-01T00:00:00Z", "cursor": cursor}
    answer = emulator.get("/v2/logs", **params)
    assert (answer.status_code, sentences(answer)) == (400, ["failed to verify cursor"])
    emulator.control("POST", "/time", {"advance_seconds": 3601})
    answer = emulator.get("/v2/logs", **{**params, "logType": "UserActivityLog"})
    assert (answer.status_code, sentences(answer)) == (400, ["cursor has expired"])


@pytest.mark.parametrize("log_type", ["AccessLog", "UserActivityLog"])
def test_some_day_needs_several_pages(emulator, log_type):
    days = [f"2026-03-{day:02d}T00:00:00Z" for day in range(5, 17)]
    sizes = []
    for since, before in pairwise(days):
        given = {"logType": log_type, "fromDateTime": since, "toDateTime": before}
        answer = emulator.get("/v2/logs", **given).json()
        sizes.append(answer.get("records", {}).get("totalRecords", 0))
    assert max(sizes) > 100
    assert sorted(sizes)[len(sizes) // 2] < 40


def test_the_range_is_half_open_and_its_end_optional(emulator):
    everything = entries(emulator, "UserActivityLog")
    middle = everything[40]["eventTime"]
    place = next(n for n, entry in enumerate(everything) if entry["eventTime"] == middle)
    assert entries(emulator, "UserActivityLog", fromDateTime=middle) == everything[place:]
    assert entries(emulator, "UserActivityLog", toDateTime=middle) == everything[:place]
    emulator.control("POST", "/time", {"now": middle})
    assert [entry["eventTime"] for entry in entries(emulator, "UserActivityLog")][-1] == middle


def test_access_logs_are_kept_for_14_days(emulator):
    emulator.control("POST", "/time", {"now": "2026-03-16T12:00:00Z"})
    early = entries(emulator, "AccessLog")
    assert all(entry["eventTime"] >= "2026-03-02T12:00:00" for entry in early)
    plays = entries(emulator, "UserCallPlay")
    emulator.control("POST", "/time", {"now": "2026-03-26T12:00:00Z"})
    late = entries(emulator, "AccessLog")
    assert late == [entry for entry in early if entry["eventTime"] >= "2026-03-12T12:00:00"]
    assert 0 < len(late) < len(early)
    assert entries(emulator, "UserCallPlay") == plays


WRONG = [
    ({}, ["logType: must not be null", "fromDateTime: must not be null"]),
    ({"logType": "Access", "fromDateTime": NOW}, [f"logType: must be one of {', '.join(TYPES)}"]),
    (
        {"logType": "AccessLog", "fromDateTime": "2026-03-01"},
        ["fromDateTime: must be an ISO-8601 date and time with Z or an offset"],
    ),
    (
        {"logType": "AccessLog", "fromDateTime": NOW, "toDateTime": NOW},
        ["fromDateTime: must be before toDateTime"],
    ),
]


def test_parameters_are_checked(emulator, sentences):
    for given, texts in WRONG:
        answer = emulator.get("/v2/logs", **given)
        assert (answer.status_code, sentences(answer)) == (400, texts)


def test_nothing_found_is_404(emulator, sentences):
    given = {"fromDateTime": "2021-01-01T00:00:00Z", "toDateTime": "2021-02-01T00:00:00Z"}
    for log_type in TYPES:
        answer = emulator.get("/v2/logs", logType=log_type, **given)
        assert (answer.status_code, sentences(answer)) == (404, [NONE])


def test_counts_are_the_distinct_rows_that_can_be_read(emulator):
    found = [(name, json.dumps(entry)) for name in TYPES for entry in entries(emulator, name)]
    assert emulator.control("GET", "/counts")["audit_log"] == len(set(found)) == len(found) - 1


def test_a_row_can_be_added_changed_and_deleted(emulator):
    before = entries(emulator, "UserCallPlay")
    entry = {"userId": "5", "eventTime": "2026-03-17T00:00:00.5Z", "logRecord": {"ip": "192.0.2.1"}}
    body = {"logType": "UserCallPlay", "entry": entry}
    number = emulator.control("POST", "/logs", body)["recordId"]
    assert entries(emulator, "UserCallPlay") == [*before, entry]
    emulator.control("POST", f"/records/logs/{number}", {"eventTime": "2021-01-01T00:00:00Z"})
    assert entries(emulator, "UserCallPlay") == [{**entry, "eventTime": "2021-01-01T00:00:00Z"}, *before]
    held = {row["recordId"]: row for row in emulator.control("GET", "/records/logs")["records"]}
    assert held[number]["logType"] == "UserCallPlay"
    emulator.control("DELETE", f"/records/logs/{number}")
    assert entries(emulator, "UserCallPlay") == before
    timeless = emulator.control("POST", "/logs", {"logType": "AccessLog", "entry": {"logRecord": {}}})
    assert timeless["recordId"] != number
    assert entries(emulator, "AccessLog")[-1]["eventTime"][:16] == NOW[:16]
    emulator.control("POST", "/reset")
    emulator.control("POST", "/time", {"now": NOW})
    assert entries(emulator, "UserCallPlay") == before


def test_what_is_no_row_is_refused(emulator):
    for body in (
        {"logType": "AccessLog", "entry": {"eventTime": "yesterday"}},
        {"logType": "AccessLog", "entry": {"eventTime": 5}},
        {"logType": "Other", "entry": {}},
        {"entry": {}},
    ):
        assert emulator.http.post("/_emulator/logs", json=body).status_code == 422


def test_scope(emulator, sentences):
    emulator.control("POST", "/keys", {"token": "none", "scopes": []})
    answer = emulator.http.get("/v2/logs", headers={"Authorization": "Bearer none"}, auth=None)
    assert sentences(answer) == ["You don't have permission to use 'api:logs:read' in your app."]
