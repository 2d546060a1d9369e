"""Nothing on the wire breaks a load: what does not fit is null, what is no record is set aside."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from warehouse_records import Lander, Local, at, call, transcript

CALLS_FILE = "page-00000.calls.ndjson.gz"


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("2026-11-01T08:00:00-07:00", "2026-11-01T15:00:00+00:00"),
        ("2026-11-01T08:00:00Z", "2026-11-01T08:00:00+00:00"),
        ("2026-11-01t08:00:00.5z", "2026-11-01T08:00:00.500000+00:00"),
        ("2026-11-01T08:00:00.123456789+05:30", "2026-11-01T02:30:00.123456+00:00"),
        ("2026-11-01T08:00:00+0530", "2026-11-01T02:30:00+00:00"),
        ("2026-11-01T08:00:00", "2026-11-01T08:00:00+00:00"),
        (1518863400.0, "2018-02-17T10:30:00+00:00"),
        ("1518863400.0", "2018-02-17T10:30:00+00:00"),
        ("yesterday", None),
        ("2026-02-30T00:00:00Z", None),
        ("infinity", None),
        (1e300, None),
        ({"at": 1}, None),
        ("", None),
    ],
)
def test_times_become_utc_and_keep_what_was_sent(
    lander: Lander, local: Local, sent: Any, utc: str | None
) -> None:
    record = call("1", scheduled=sent)
    record["metaData"]["started"] = sent
    local.load(lander.land(at(10), [record]))
    [row] = local.rows("call")
    assert (row["started"], row["scheduled"]) == (utc, utc)
    as_text = sent if isinstance(sent, str) else json.dumps(sent, separators=(",", ":"))
    if sent != 1e300:
        assert (row["started_local"], row["scheduled_local"]) == (as_text, as_text)


@pytest.mark.parametrize("sent", [12345678901234567890, 99999999999999999999, "007", 5])
def test_ids_are_exact_text(lander: Lander, local: Local, sent: Any) -> None:
    record = call(sent, meta={"workspaceId": sent}, parties=[{"id": sent, "userId": sent}])
    local.load(lander.land(at(10), [record], [transcript(sent, "hi", speaker=sent)]))
    [row] = local.rows("call")
    [party] = local.rows("call_participant")
    [monologue] = local.rows("transcript")
    values = [row["id"], row["workspace_id"], party["id"], party["call_id"], party["user_id"]]
    assert {*values, monologue["call_id"], monologue["speaker_id"]} == {str(sent)}


def test_other_types_than_documented(lander: Lander, local: Local) -> None:
    record = call(
        "1",
        title=42,
        meta={"duration": "1800.0", "isPrivate": "true", "language": ["eng"], "direction": "Sideways"},
        parties={"id": "p"},
        context="none",
        content={
            "topics": None,
            "structure": [{"name": 3, "duration": "x"}],
            "keyPoints": ["text", {"text": 1}],
            "brief": {},
        },
        interaction=[1, 2],
        collaboration=None,
    )
    local.load(lander.land(at(10), [record]))
    [row] = local.rows("call")
    assert (row["title"], row["duration"], row["is_private"]) == ("42", 1800, True)
    assert (row["language"], row["direction"], row["brief"]) == ('["eng"]', "Sideways", "{}")
    assert local.rows("call_participant") == local.rows("call_topic") == local.rows("call_interaction") == []
    assert [(r["name"], r["duration"]) for r in local.rows("call_structure")] == [("3", None)]
    assert {r["index"]: r["text"] for r in local.rows("call_key_point")} == {0: None, 1: "1"}


def test_absent_null_and_empty_stay_apart(lander: Lander, local: Local) -> None:
    records = [call("1"), call("2", meta={"purpose": None}), call("3", meta={"purpose": ""})]
    local.load(lander.land(at(10), records))
    assert [row["purpose"] for row in local.rows("call")] == [None, None, ""]


def test_bytes_and_numbers_that_tables_cannot_hold(lander: Lander, local: Local) -> None:
    window = lander.land(at(10), [call("1")])
    lines = [
        b'{"metaData": {"id": "1", "title": "a\xff\xfeb", "purpose": "x\\u0000y", "url": "\\\\u0000"}}',
        b'{"metaData": {"id": 2, "title": "half \\ud83d pair", "duration": 1e999}}',
        b'{"metaData": {"id": "3", "duration": NaN}, "content": {"topics": [{"duration": Infinity}]}}',
        b'{"metaData": {"id": "4", "title": "tab\there"}}',
        '{"metaData": {"id": "5", "title": "line\u2028end"}}'.encode(),
        b'{"metaData": {"id": "6", "title": "\\ud83d", "purpose": "x\\u0000y", "url": "\\\\u0000"}}',
    ]
    lander.overwrite(window, CALLS_FILE, lines)
    local.load(window)
    rows = {row["id"]: row for row in local.rows("call")}
    assert [rows[str(i)]["title"] for i in range(1, 6)] == [
        "a\ufffd\ufffdb", "half \ufffd pair", None, "tab\there", "line\u2028end",
    ]  # fmt: skip
    for number in ("1", "6"):
        assert (rows[number]["purpose"], rows[number]["url"]) == ("x\ufffdy", "\\u0000")
    assert rows["2"]["duration"] is rows["3"]["duration"] is local.rows("call_topic")[0]["duration"] is None
    assert local.set_aside == 0


def test_lines_that_are_no_record_are_set_aside_and_named_by_place_only(
    lander: Lander, local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    window = lander.land(at(10), [call("1")], [transcript("1", "hi")])
    lines = [
        b'["secret"]', b'"secret"', b'{"secret"', b'{"metaData": {"title": "secret"}}',
        b'{"metaData": {"id": ""}}', b'{"metaData": {"id": {"secret": 1}}}', b'{"metaData": {"id": null}}',
        b"", b'{"metaData": {"id": "1"}}',
    ]  # fmt: skip
    lander.overwrite(window, CALLS_FILE, lines)
    with caplog.at_level(logging.WARNING):
        local.load(window)
    assert [row["id"] for row in local.rows("call")] == ["1"]
    assert local.set_aside == 7
    named = [record.getMessage() for record in caplog.records if "set aside" in record.getMessage()]
    assert [line.split(" line ")[1].split(":")[0] for line in named] == ["1", "2", "3", "4", "5", "6", "7"]
    assert all(CALLS_FILE in line for line in named)
    assert "secret" not in caplog.text


def test_transcripts_of_other_shapes(lander: Lander, local: Local) -> None:
    records = [
        {
            "callId": "1",
            "transcript": [None, {"speakerId": 7, "sentences": {"text": "x"}}, {"sentences": None}, {}],
        },
        {
            "callId": "2",
            "transcript": [{"sentences": [None, {"start": "5", "end": 6.0, "text": 7, "new": 1}, "x"]}],
        },
        {"callId": "3", "transcript": None},
        {"callId": "4"},
        {"callId": "5", "transcript": []},
    ]
    local.load(lander.land(at(10), [], records))
    monologues = [
        (r["call_id"], r["index"], r["speaker_id"], r["sentence"]) for r in local.rows("transcript")
    ]
    assert monologues[:3] == [("1", 1, "7", '{"text":"x"}'), ("1", 2, None, None), ("1", 3, None, None)]
    assert [m[:2] for m in monologues[3:]] == [("2", 0)]
    sentences = [
        (r["sentence_index"], r["start_ms"], r["end_ms"], r["text"])
        for r in local.rows("transcript_sentence")
    ]
    assert sentences == [(1, 5, 6, "7"), (2, None, None, None)]
    assert [row["call_id"] for row in local.rows("_transcript_empty")] == ["5"]


def test_the_later_page_wins(lander: Lander, local: Local) -> None:
    pages = [
        {"calls": [call("1", title="old"), call("2")], "transcripts": [transcript("1", "old")]},
        {"calls": [call("1", title="mid"), call("1", title="new")], "transcripts": [transcript("1", "new")]},
    ]
    counts = local.load(lander.land(at(10), pages=pages))
    assert [(row["id"], row["title"]) for row in local.rows("call")] == [("1", "new"), ("2", "Intro")]
    assert [row["text"] for row in local.rows("transcript_sentence")] == ["new"]
    assert counts["calls"]["new"] == 2
