"""What the tables hold of one call with everything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from warehouse_records import Lander, Local, at, call, transcript

from include.warehouse import shaping
from include.warehouse.tables import BY_NAME, CALLS, Table

SYNCED = at(10, 0, 5)

FULL = {
    "metaData": {
        "id": "7782342274025937895", "url": "https://gong/call", "title": "Intro", "workspaceId": "55",
        "scheduled": "2026-11-01T08:00:00-07:00", "started": "2026-11-01T08:03:37.041977-07:00",
        "duration": 1800, "primaryUserId": "9", "direction": "Conference", "system": "Zoom",
        "scope": "External", "media": "Video", "language": "eng", "sdrDisposition": "met",
        "clientUniqueId": "u-1", "customData": '{"a": 1}', "purpose": "demo", "meetingUrl": "https://zoom",
        "isPrivate": False, "calendarEventId": "cal", "unheardOf": {"x": [1]},
    },
    "context": [
        {"system": "Salesforce", "objects": [
            {"objectType": "Opportunity", "objectId": "006", "timing": "Now", "fields": [
                {"name": "Amount", "value": 12.5}, {"name": "Stage", "value": "Won"}, {"name": "Next", "value": None},
            ]},
            {"objectType": "Account", "objectId": "001", "timing": "TimeOfCall", "fields": []},
        ]},
    ],
    "parties": [
        {
            "id": "p1", "emailAddress": "ann@example.com", "name": "Ann", "title": "CEO", "userId": "9",
            "speakerId": "s1", "affiliation": "Internal", "phoneNumber": "+1", "methods": ["Invitee", "Attendee"],
            "context": [{"system": "HubSpot", "objects": [
                {"objectType": "Contact", "objectId": "003", "fields": [{"name": "Email", "value": "a@b"}]},
            ]}],
        },
        {"id": "p2", "name": "", "speakerId": None, "methods": []},
    ],
    "content": {
        "brief": "short",
        "structure": [{"name": "Agenda", "duration": 60}],
        "topics": [{"name": "Pricing", "duration": 12}],
        "outline": [{"section": "Start", "startTime": 8.949999809265137, "duration": 3.5, "items": [
            {"text": "Hello", "startTime": 9.0}, {"text": "Weather"},
        ]}],
        "highlights": [{"title": "Next", "items": [{"text": "Send offer", "startTimes": [1.5, 2]}]}],
        "callOutcome": {"id": "o1", "name": "Won", "category": "Good"},
        "keyPoints": [{"text": "Price"}],
        "trackers": [
            {"id": "t1", "name": "Stores", "count": 3, "type": "KEYWORD", "occurrences": [], "phrases": [
                {"count": 2, "phrase": "shop", "occurrences": [
                    {"startTime": 4.5, "speakerId": "s1"}, {"startTime": 7.0, "speakerId": "s2"},
                ]},
                {"count": 1, "phrase": "store", "occurrences": []},
            ]},
            {"id": "t2", "name": "Smart", "count": 1, "type": "SMART", "occurrences": [
                {"startTime": 9.25, "speakerId": "s2"},
            ]},
            {"id": "t3", "name": "Never", "count": 0, "type": "NEWTYPE"},
        ],
    },
    "interaction": {
        "speakers": [{"id": "p1", "userId": "9", "talkTime": 100.5}],
        "interactionStats": [{"name": "Patience", "value": 0.8}],
        "video": [{"name": "Browser", "duration": 61.5}],
        "questions": {"companyCount": 4, "nonCompanyCount": 0},
    },
    "collaboration": {"publicComments": [{
        "id": "c1", "audioStartTime": 1.5, "audioEndTime": 2.5, "commenterUserId": "9", "comment": "good",
        "posted": "2026-11-02T10:00:00+01:00", "inReplyTo": "c0", "duringCall": False,
    }]},
    "media": {"audioUrl": "https://signed"},
}

CALL_ID = "7782342274025937895"
BASE = {"call_id": CALL_ID, "_synced_at": SYNCED}
TRACKER = BASE | {"id": "t1", "name": "Stores", "count": 3, "type": "KEYWORD"}
EXPECTED: dict[str, list[dict[str, Any]]] = {
    "call_participant": [
        BASE | {
            "id": "p1", "user_id": "9", "affiliation": "Internal", "email_address": "ann@example.com",
            "methods": '["Invitee","Attendee"]', "name": "Ann", "phone_number": "+1", "speaker_id": "s1", "title": "CEO",
        },
        BASE | {
            "id": "p2", "user_id": None, "affiliation": None, "email_address": None, "methods": "[]", "name": "",
            "phone_number": None, "speaker_id": None, "title": None,
        },
    ],
    "call_participant_integration": [
        BASE | {
            "name": "Email", "object_id": "003", "participant_id": "p1", "object_type": "Contact",
            "system": "HubSpot", "timing": None, "value": "a@b",
        },
    ],
    "call_context_integration": [
        BASE | {"name": n, "object_id": i, "object_type": o, "system": "Salesforce", "timing": t, "value": v}
        for n, i, o, t, v in [
            ("", "001", "Account", "TimeOfCall", None),
            ("Amount", "006", "Opportunity", "Now", "12.5"),
            ("Next", "006", "Opportunity", "Now", None),
            ("Stage", "006", "Opportunity", "Now", "Won"),
        ]
    ],
    "call_interaction": [BASE | {"name": "Patience", "value": 0.8}],
    "call_speaker": [BASE | {"id": "p1", "user_id": "9", "talk_time": 100.5}],
    "call_video": [BASE | {"index": 0, "name": "Browser", "duration": 61.5}],
    "call_topic": [BASE | {"index": 0, "name": "Pricing", "duration": 12.0}],
    "call_structure": [BASE | {"index": 0, "name": "Agenda", "duration": 60.0}],
    "call_tracker": [
        TRACKER | {"index": 0, "phrase": "shop", "phrase_count": 2, "speaker_id": "s1", "start_time": 4.5},
        TRACKER | {"index": 1, "phrase": "shop", "phrase_count": 2, "speaker_id": "s2", "start_time": 7.0},
        TRACKER | {"index": 2, "phrase": "store", "phrase_count": 1, "speaker_id": None, "start_time": None},
        BASE | {
            "index": 3, "id": "t2", "name": "Smart", "count": 1, "type": "SMART", "phrase": None,
            "phrase_count": None, "speaker_id": "s2", "start_time": 9.25,
        },
        BASE | {
            "index": 4, "id": "t3", "name": "Never", "count": 0, "type": "NEWTYPE", "phrase": None,
            "phrase_count": None, "speaker_id": None, "start_time": None,
        },
    ],
    "call_public_comment": [
        BASE | {
            "id": "c1", "audio_start_time": 1.5, "audio_end_time": 2.5, "commenter_user_id": "9", "comment": "good",
            "posted": at(2, 9), "posted_local": "2026-11-02T10:00:00+01:00", "in_reply_to": "c0", "during_call": False,
        },
    ],
    "call_outline": [BASE | {"index": 0, "section": "Start", "start_time": 8.949999809265137, "duration": 3.5}],
    "call_outline_item": [
        BASE | {"outline_index": 0, "index": 0, "text": "Hello", "start_time": 9.0},
        BASE | {"outline_index": 0, "index": 1, "text": "Weather", "start_time": None},
    ],
    "call_highlight": [BASE | {"index": 0, "title": "Next"}],
    "call_highlight_item": [
        BASE | {"highlight_index": 0, "index": 0, "text": "Send offer", "start_times": "[1.5,2]"},
    ],
    "call_key_point": [BASE | {"index": 0, "text": "Price"}],
    "transcript": [
        BASE | {
            "index": 0, "speaker_id": "s1", "topic": "Pricing", "_first_seen_at": SYNCED, "_deleted_at": None,
            "sentence": '[{"start":0,"end":900,"text":"Hi."},{"start":1000,"end":1900,"text":""}]',
        },
    ],
    "transcript_sentence": [
        BASE | {
            "index": 0, "sentence_index": i, "speaker_id": "s1", "topic": "Pricing", "start_ms": i * 1000,
            "end_ms": i * 1000 + 900, "text": text,
        }
        for i, text in enumerate(["Hi.", ""])
    ],
    "_transcript_empty": [],
    "call": [
        {
            "id": CALL_ID, "workspace_id": "55", "primary_user_id": "9", "calendar_event_id": "cal",
            "client_unique_id": "u-1", "company_question_count": 4, "custom_data": '{"a": 1}',
            "direction": "Conference", "duration": 1800, "is_private": False, "language": "eng", "media": "Video",
            "meeting_url": "https://zoom", "non_company_question_count": 0, "purpose": "demo",
            "scheduled": at(1, 15), "scheduled_local": "2026-11-01T08:00:00-07:00", "scope": "External",
            "sdr_disposition": "met", "started": "2026-11-01T15:03:37.041977+00:00",
            "started_local": "2026-11-01T08:03:37.041977-07:00", "system": "Zoom", "title": "Intro",
            "url": "https://gong/call", "brief": "short", "call_outcome_id": "o1", "call_outcome_name": "Won",
            "call_outcome_category": "Good", "_first_seen_at": SYNCED, "_synced_at": SYNCED, "_deleted_at": None,
        },
    ],
}  # fmt: skip


def test_every_table_of_a_full_call(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [FULL], [transcript(CALL_ID, "Hi.", "")]))
    rows = local.dump()
    for name in ("call", "transcript"):
        for row in rows[name]:
            assert len(row.pop("_content_hash")) == 32
    for name, expected in EXPECTED.items():
        columns = [column for column in BY_NAME[name].columns if column != "_content_hash"]
        ordered = [{column: row[column] for column in columns} for row in expected]
        assert rows[name] == sorted(ordered, key=repr), name
    assert set(rows) == set(EXPECTED)


@pytest.mark.parametrize("table", CALLS, ids=lambda table: table.name)
def test_a_shape_gives_exactly_the_declared_columns_and_types(local: Local, lander: Lander, table: Table) -> None:
    local.load(lander.land(at(10)))
    shape = (shaping.SHAPES / "calls" / f"{table.name}.sql").read_text()
    described = local._workspace.run(f"DESCRIBE {shape}")
    types = {"TIMESTAMP WITH TIME ZONE": "timestamp", "VARCHAR": "text", "BIGINT": "bigint", "DOUBLE": "double"}
    given = {name: types.get(kind, kind.lower()).replace("boolean", "bool") for name, kind, *_ in described}
    if table.name == "call_tracker":
        given["index"] = "bigint"
    assert list(given.items()) == list(table.columns.items())
    assert "_synced_at" in table.columns
    assert set(table.key) <= set(table.columns)


def test_of_two_children_with_one_key_the_later_stays_and_those_without_a_key_all(lander: Lander, local: Local) -> None:
    parties = [{"id": "p", "name": "old"}, {"id": "p", "name": "new"}, {"name": "x"}, {"name": "x"}, None]
    stats = [{"name": "Patience", "value": 1}, {"name": "Patience", "value": 2}]
    speakers = [{"id": "a", "talkTime": 1}, {"id": "a", "talkTime": 2}]
    comments = [{"id": "c", "comment": "old"}, {"id": "c", "comment": "new"}]
    record = call(
        "1",
        parties=parties,
        interaction={"interactionStats": stats, "speakers": speakers},
        collaboration={"publicComments": comments},
    )
    local.load(lander.land(at(10), [record]))
    assert [(row["id"], row["name"]) for row in local.rows("call_participant")] == [("p", "new"), (None, "x"), (None, "x")]
    assert [row["value"] for row in local.rows("call_interaction")] == [2.0]
    assert [row["talk_time"] for row in local.rows("call_speaker")] == [2.0]
    assert [row["comment"] for row in local.rows("call_public_comment")] == ["new"]


def test_a_tracker_has_a_row_per_occurrence_and_never_none(lander: Lander, local: Local) -> None:
    def occurrences(n: int) -> list[dict[str, Any]]:
        return [{"startTime": float(i), "speakerId": "s"} for i in range(n)]

    trackers = [
        {"id": "both", "occurrences": occurrences(2), "phrases": [{"phrase": "x", "occurrences": occurrences(3)}]},
        {"id": "nulls", "occurrences": None, "phrases": [None]},
        {"id": "bare"},
        {"id": "wrong", "occurrences": {"startTime": 1}, "phrases": "none"},
        None,
    ]
    local.load(lander.land(at(10), [call("1", content={"trackers": trackers})]))
    rows = local.rows("call_tracker")
    counts = {id_: sum(row["id"] == id_ for row in rows) for id_ in ("both", "nulls", "bare", "wrong")}
    assert counts == {"both": 5, "nulls": 1, "bare": 1, "wrong": 1}
    assert sorted(row["index"] for row in rows) == list(range(8))


def test_context_of_one_object_at_two_times_is_kept_for_both(lander: Lander, local: Local) -> None:
    objects = [
        {"objectType": "Account", "objectId": "1", "timing": timing, "fields": [{"name": "Stage", "value": value}]}
        for timing, value in [("Now", "Won"), ("TimeOfCall", "Open"), ("TimeOfCall", "Open")]
    ]
    local.load(lander.land(at(10), [call("1", context=[{"system": "X", "objects": objects}])]))
    rows = local.rows("call_context_integration")
    assert [(row["timing"], row["value"]) for row in rows] == [("Now", "Won"), ("TimeOfCall", "Open")]


def test_structures_are_json(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [FULL], [transcript(CALL_ID, "a", "b")]))
    assert [s["text"] for s in json.loads(local.rows("transcript")[0]["sentence"])] == ["a", "b"]
    assert json.loads(local.rows("call_highlight_item")[0]["start_times"]) == [1.5, 2]
