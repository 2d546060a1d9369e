"""Nothing that a stream may send breaks a load: what does not fit is null, what is no record is set aside."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from warehouse_records import at
from warehouse_streams import Memory, StreamLander, page

from include.warehouse.streams import BY_STREAM, FEEDS
from include.warehouse.tables import BY_NAME

ODD: list[Any] = [
    None,
    "null",
    "",
    5,
    -1.5,
    True,
    [],
    {},
    [None],
    [[{"a": 1}]],
    {"id": {"x": []}},
    "2026-99-99",
    10**400,
]
OF = {
    "user_id": "1", "workspace_id": "1", "folder_id": "1", "profile_id": "1", "manager_id": "1",
    "integration_id": "1", "object_type": "DEAL", "period": "WEEK", "batch": "0", "from_date": "2026-11-01",
    "to_date": "2026-11-02",
}  # fmt: skip


def members(stream: str) -> list[str]:
    """Every name that the shapes of a stream read."""
    from include.warehouse.shaping import shape
    from include.warehouse.workspace import STEPS

    texts = " ".join(shape(table) for table in BY_STREAM[stream].tables)
    if "landed_" in texts:  # what several shapes have in common
        texts += (STEPS / "5_feed.sql").read_text(encoding="utf-8")
    return sorted(set(texts.replace('"', " ").replace(".", " ").replace(":", " ").split()) & _NAMES)


_NAMES = {
    "id", "emailAliases", "personalMeetingUrls", "spokenLanguages", "settings", "created", "active",
    "setting",
    "time", "value", "key", "scorecardId", "questions", "trackerId", "languageKeywords", "saidInTopics",
    "saidAtInterval", "snippet", "updated", "callOutcome", "displayOrder", "libraryFolderAccess",
    "integrationId",
    "userId", "userAggregateActivityStats", "userAggregateActivity", "userDailyActivityStats",
    "personInteractionStats", "answeredScorecardId", "answers", "reviewTime", "manager",
    "directReportsMetrics",
    "flow", "account", "contact", "priority", "actions", "eventTime", "logRecord", "callId", "users",
    "flowInstanceId", "exclusive", "name", "callsAccess", "forecastPermissions",
}  # fmt: skip


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.streams[0])
def test_no_value_of_any_member_breaks_a_load(streams: StreamLander, memory: Memory, feed: Any) -> None:
    stream = feed.streams[0]
    names = members(stream)
    assert names
    records: list[Any] = [None, {}, {"unknown": 1}, *({name: odd for name in names} for odd in ODD)]
    good = {name: "1" for name in names}
    records += [{**good, name: odd} for name in names for odd in ODD]
    window = streams.land(stream, at(10), pages=[page(*records, of=OF), page(*records, of=OF, answer={})])
    memory.load(window)
    assert memory.set_aside >= 2
    memory.load(window)
    assert memory.written == {}
    for table in feed.tables:
        for row in memory.rows(table.name):
            assert all(row[column] not in (None, "", "{}", "[]") for column in table.key if column != "value")


def test_elements_of_odd_types(streams: StreamLander, memory: Memory) -> None:
    question = {"questionId": 1, "minRange": "1", "maxRange": "ten", "answerOptions": [None, 5, {"id": 0}]}
    records = [
        {"scorecardId": "1", "questions": [question, None, "text", {}, {"questionId": None}]},
        {"scorecardId": 2, "questions": {"questionId": "9"}},
        {"scorecardId": 3, "questions": None},
    ]
    memory.load(streams.land("scorecards", at(10), *records))
    assert memory.alive("scorecard") == [("1",), ("2",), ("3",)]
    [row] = memory.rows("scorecard_question")
    assert (row["question_id"], row["min_range"], row["max_range"]) == ("1", 1.0, None)
    assert memory.alive("scorecard_question_option") == [("1", "0")]
    assert memory.set_aside == 4 + 2


@pytest.mark.parametrize(
    ("sent", "zone", "expected"),
    [
        ("2026-11-02", None, "2026-11-02"),
        ("2026-11-02", "US/Pacific", "2026-11-02"),
        ("2026-11-02T00:00:00-08:00", "US/Pacific", "2026-11-02"),
        ("2026-11-02T08:00:00Z", "US/Pacific", "2026-11-02"),
        ("2026-11-01T22:00:00Z", "Europe/Berlin", "2026-11-01"),
        ("2026-11-01T23:00:00Z", "Europe/Berlin", "2026-11-02"),
        ("2026-11-02T00:00:00+01:00", None, "2026-11-02"),
        ("2026-11-02T00:00:00+01:00", "No/Where", "2026-11-02"),
        (1793577600, "UTC", "2026-11-02"),
        ("tomorrow", "UTC", None),
        ("2026-02-30", "UTC", None),
        ("9999-12-31T23:59:59Z", "Pacific/Kiritimati", None),
        (None, "UTC", None),
    ],
)
def test_days_of_the_company(
    streams: StreamLander, memory: Memory, sent: Any, zone: str | None, expected: str | None
) -> None:
    stats = [{"fromDate": sent, "callsAsHost": ["1"]}]
    span = {"time_zone": zone} if zone else {}
    window = streams.land(
        "activity_day_by_day", at(10), {"userId": "1", "userDailyActivityStats": stats}, **span, **DAYS
    )
    memory.load(window)
    assert [str(key[1]) for key in memory.alive("user_activity_day")] == ([expected] if expected else [])


DAYS = {"from_date": "2026-11-01", "to_date": "2026-11-04"}


@pytest.mark.parametrize(
    "span", [{}, {"from_date": "x", "to_date": None}, {"from_date": "2026-11-04", "to_date": "2026-11-01"}]
)
def test_a_window_without_usable_days_marks_nothing(
    streams: StreamLander, memory: Memory, span: dict[str, Any]
) -> None:
    stats = [{"fromDate": "2026-11-02", "callsAsHost": ["1"]}]
    memory.load(
        streams.land("activity_day_by_day", at(10), {"userId": "1", "userDailyActivityStats": stats}, **DAYS)
    )
    memory.load(streams.land("activity_day_by_day", at(11), **span))
    assert len(memory.alive("user_activity_day")) == 1


def test_lines_that_the_parser_refuses(streams: StreamLander, memory: Memory) -> None:
    window = streams.land("users", at(10), {"id": "0"})
    lines = [
        b'{"id":"1","title":"nul \\u0000 and \\ud83d half"}',
        b'{"id":"2","title":"bytes \xff"}',
        b'{"id":99999999999999999999,"title":"\\\\u0000"}',
        b'{"id":"4"',
        b'{"id":NaN',
        b"",
        b"[]",
    ]
    [file] = Path(streams.zone.folder(window).path).glob("*.gz")
    file.write_bytes(gzip.compress(b"\n".join(lines)))
    memory.load(window)
    rows = {row["id"]: row["title"] for row in memory.rows("users")}
    assert rows == {"1": "nul \ufffd and \ufffd half", "2": "bytes \ufffd", "99999999999999999999": "\\u0000"}
    assert memory.set_aside == 3


def test_signed_numbers_and_texts_of_ids(streams: StreamLander, memory: Memory) -> None:
    records = [
        {"scorecardId": i, "updaterUserId": u}
        for i, u in ((1, "-1"), ("2", -1), (3, "null"), (4, ""), (5, {}))
    ]
    memory.load(streams.land("scorecards", at(10), *records))
    assert [row["updater_user_id"] for row in memory.rows("scorecard")] == ["-1", "-1", None, None, None]


def test_json_text_columns_are_json(streams: StreamLander, memory: Memory) -> None:
    given: list[Any] = [{"a": {"b": [1, None]}}, "plain", 5, None, ["x"]]
    records = [{"eventTime": at(1), "userId": str(n), "logRecord": value} for n, value in enumerate(given)]
    memory.load(streams.land("logs_access", at(10), *records, **{"from": at(1), "to": at(2)}))
    told = {row["user_id"]: row["log_record"] for row in memory.rows("audit_log")}
    assert told["1"] == "plain"
    assert [told[n] and json.loads(told[n]) for n in ("0", "2", "3", "4")] == [given[0], 5, None, ["x"]]


def test_two_records_of_one_answer_with_one_key(streams: StreamLander, memory: Memory) -> None:
    memory.load(streams.land("workspaces", at(10), {"id": 1, "name": "first"}, {"id": "1", "name": "last"}))
    [row] = memory.rows("workspace")
    assert row["name"] == "last"
    assert list(row) == list(BY_NAME["workspace"].columns)
