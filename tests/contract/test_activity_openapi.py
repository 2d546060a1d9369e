"""Statistics, coaching, tasks and logs against Gong's own OpenAPI document, and all that it describes.

``as_recorded`` says where the wire differs from the document, or must: what a log says are no objects.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from include.emulator import coaching, logs, stats, stats_interaction, stats_scorecards, tasks
from include.emulator.operations import Operation
from tests.support.emulator import KEY, SECRET, Emulator, running_emulator
from tests.support.openapi import Document, documented, present, reference, validator, without_nulls

DAYS = {"fromDate": "2026-02-13", "toDate": "2026-03-18"}
IDLE = {"fromDate": "2020-01-01", "toDate": "2020-01-02"}
STATS = "/v2/stats/activity"
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("post", f"{STATS}/aggregate", {"filter": DAYS}),
    ("post", f"{STATS}/aggregate-by-period", {"filter": DAYS, "aggregationPeriod": "WEEK"}),
    ("post", f"{STATS}/day-by-day", {"filter": DAYS}),
    ("post", f"{STATS}/scorecards", {"filter": {"reviewMethod": "BOTH"}}),
    ("post", "/v2/stats/interaction", {"filter": DAYS}),
    ("get", "/v2/coaching", {"from": "2026-02-13T00:00:00Z", "to": "2026-03-18T00:00:00Z"}),
    (
        "post",
        "/v2/tasks",
        {"types": ["FLOW", "MANUAL"], "taskAction": ["CALL"], "status": ["OPEN", "DONE", "DISMISSED"]},
    ),
    ("get", "/v2/logs", {"fromDateTime": "2026-02-13T00:00:00Z"}),
]
TYPES = (
    "AccessLog",
    "UserActivityLog",
    "UserCallPlay",
    "ExternallySharedCallAccess",
    "ExternallySharedCallPlay",
)
MODULES = (stats, stats_interaction, stats_scorecards, coaching, tasks, logs)
Answers = dict[str, list[httpx.Response]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    options = ("--calls", "150", "--users", "12", "--until", "2026-03-16", "--per-second", "0")
    with running_emulator(*options) as running:
        running.control("POST", "time", {"now": "2026-03-18T12:00:00Z"})
        yield running


@pytest.fixture(scope="module")
def gong(emulator: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url, auth=(KEY, SECRET), timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def answers(emulator: Emulator, gong: httpx.Client) -> Answers:
    """Everything that each operation answers, by path."""
    users = emulator.users()
    found: Answers = {path: [] for _, path, _ in REQUESTS}
    for method, path, given in REQUESTS:
        asked = [given]
        if path == "/v2/coaching":
            manager = next(user["managerId"] for user in users if user["managerId"])
            workspaces = [row["id"] for row in emulator.records("workspaces")]
            asked = [{**given, "manager-id": manager, "workspace-id": one} for one in workspaces]
        elif path == "/v2/tasks":
            seats = [user for user in users if user["active"] and user["settings"]["gongConnectEnabled"]]
            asked = [{"filter": {**given, "userId": user["id"]}} for user in seats]
        elif path == "/v2/logs":
            asked = [{**given, "logType": one} for one in TYPES]
        for one in asked:
            found[path] += pages(gong, method, path, one)
    return found


def pages(gong: httpx.Client, method: str, path: str, given: dict[str, Any]) -> list[httpx.Response]:
    made: list[httpx.Response] = []
    cursor: dict[str, Any] = {}
    while not made or cursor:
        body = {**given, **cursor}
        made.append(gong.get(path, params=body) if method == "get" else gong.post(path, json=body))
        records = made[-1].json().get("records", {})
        cursor = {name: value for name, value in records.items() if name == "cursor"}
    return made


def as_recorded(document: Document) -> Document:
    """The document with ids of answered scorecards as texts, and whatever logs say."""
    found = copy.deepcopy(document)
    schemas = found["components"]["schemas"]
    ids = {
        "AnsweredScorecard": (
            "answeredScorecardId",
            "scorecardId",
            "callId",
            "reviewedUserId",
            "reviewerUserId",
            "editorUserId",
        ),
        "Answer": ("questionId", "questionRevisionId"),
    }
    for name, members in ids.items():
        for member in members:
            assert schemas[name]["properties"][member]["type"] == "integer"
            schemas[name]["properties"][member] = {"type": "string", "pattern": "^[0-9]{17,20}$"}
    said = schemas["logEntry"]["properties"]["logRecord"]
    assert said.pop("additionalProperties")["type"] == "object"
    return found


def check(document: Document, where: str, body: Any) -> None:
    faults = list(validator(document, where).iter_errors(body))
    assert not faults, [(list(fault.absolute_path), fault.message) for fault in faults[:5]]


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in REQUESTS])
def test_answers_fit_the_document(document: Document, answers: Answers, method: str, path: str) -> None:
    known = as_recorded(document)
    for answer in answers[path]:
        assert answer.status_code == 200, answer.text
        check(known, reference(known, method, path, 200), without_nulls(answer.json()))


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in REQUESTS])
def test_everything_documented_occurs(document: Document, answers: Answers, method: str, path: str) -> None:
    """Each field has a value in some row, each value of an enumeration is met."""
    wanted = documented(document, {"$ref": reference(document, method, path, 200)})
    wanted -= {"/records/cursor"}  # a few users are one page
    met = {one for answer in answers[path] for one in present(answer.json())}
    missing = wanted - met
    # A customer's people are never one's own, and the company has one CRM.
    assert not sorted(one for one in missing if not re.search("/affiliation=|^/crmType=", one))


@pytest.mark.parametrize(
    "operation",
    [one for module in MODULES for one in module.OPERATIONS],
    ids=lambda operation: operation.template,
)
def test_scopes_are_those_that_the_document_names(document: Document, operation: Operation) -> None:
    text = document["paths"][operation.template][operation.method.lower()]["description"]
    assert re.findall(r"'(api:[a-z:-]+)'", text) == [operation.scope]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (("post", f"{STATS}/aggregate", {"filter": {**DAYS, "userIds": ["1"]}}), 404),
        (("post", f"{STATS}/aggregate", {"filter": {}}), 400),
        (("post", f"{STATS}/aggregate-by-period", {"filter": DAYS}), 400),
        (("post", f"{STATS}/day-by-day", {"filter": {**DAYS, "toDate": "2026-03-19"}}), 400),
        (("post", f"{STATS}/scorecards", {"filter": {"scorecardIds": ["1"]}}), 404),
        (("post", "/v2/stats/interaction", {"filter": IDLE}), 404),
        (("get", "/v2/coaching", {}), 400),
        (("post", "/v2/tasks", {"filter": {}}), 400),
        (("get", "/v2/logs", {"logType": "AccessLog"}), 400),
        (("get", "/v2/logs", {"logType": "AccessLog", "fromDateTime": "2026-03-18T13:00:00Z"}), 404),
    ],
)
def test_errors_fit_the_document(
    document: Document, gong: httpx.Client, request_: tuple[str, str, dict[str, Any]], status: int
) -> None:
    method, path, given = request_
    (answer,) = pages(gong, method, path, given)
    assert answer.status_code == status
    check(document, reference(document, method, path, status), answer.json())
    assert set(answer.json()) == {"requestId", "errors"}
