# ruff: noqa: E501 - a table of values
"""A call with everything, and the rows that it gives."""

from __future__ import annotations

from typing import Any

from warehouse_records import at

SYNCED = at(10, 0, 5)

FULL = {
    "metaData": {
        "id": "7782342274025937895",
        "url": "https://gong/call",
        "title": "Intro",
        "workspaceId": "55",
        "scheduled": "2026-11-01T08:00:00-07:00",
        "started": "2026-11-01T08:03:37.041977-07:00",
        "duration": 1800,
        "primaryUserId": "9",
        "direction": "Conference",
        "system": "Zoom",
        "scope": "External",
        "media": "Video",
        "language": "eng",
        "sdrDisposition": "met",
        "clientUniqueId": "u-1",
        "customData": '{"a": 1}',
        "purpose": "demo",
        "meetingUrl": "https://zoom",
        "isPrivate": False,
        "calendarEventId": "cal",
        "unheardOf": {"x": [1]},
    },
    "context": [
        {
            "system": "Salesforce",
            "objects": [
                {
                    "objectType": "Opportunity",
                    "objectId": "006",
                    "timing": "Now",
                    "fields": [
                        {"name": "Amount", "value": 12.5},
                        {"name": "Stage", "value": "Won"},
                        {"name": "Next", "value": None},
                    ],
                },
                {"objectType": "Account", "objectId": "001", "timing": "TimeOfCall", "fields": []},
            ],
        },
    ],
    "parties": [
        {
            "id": "p1",
            "emailAddress": "ann@example.com",
            "name": "Ann",
            "title": "CEO",
            "userId": "9",
            "speakerId": "s1",
            "affiliation": "Internal",
            "phoneNumber": "+1",
            "methods": ["Invitee", "Attendee"],
            "context": [
                {
                    "system": "HubSpot",
                    "objects": [
                        {
                            "objectType": "Contact",
                            "objectId": "003",
                            "fields": [{"name": "Email", "value": "a@b"}],
                        },
                    ],
                }
            ],
        },
        {"id": "p2", "name": "", "speakerId": None, "methods": []},
    ],
    "content": {
        "brief": "short",
        "structure": [{"name": "Agenda", "duration": 60}],
        "topics": [{"name": "Pricing", "duration": 12}],
        "outline": [
            {
                "section": "Start",
                "startTime": 8.949999809265137,
                "duration": 3.5,
                "items": [
                    {"text": "Hello", "startTime": 9.0},
                    {"text": "Weather"},
                ],
            }
        ],
        "highlights": [{"title": "Next", "items": [{"text": "Send offer", "startTimes": [1.5, 2]}]}],
        "callOutcome": {"id": "o1", "name": "Won", "category": "Good"},
        "keyPoints": [{"text": "Price"}],
        "trackers": [
            {
                "id": "t1",
                "name": "Stores",
                "count": 3,
                "type": "KEYWORD",
                "occurrences": [],
                "phrases": [
                    {
                        "count": 2,
                        "phrase": "shop",
                        "occurrences": [
                            {"startTime": 4.5, "speakerId": "s1"},
                            {"startTime": 7.0, "speakerId": "s2"},
                        ],
                    },
                    {"count": 1, "phrase": "store", "occurrences": []},
                ],
            },
            {
                "id": "t2",
                "name": "Smart",
                "count": 1,
                "type": "SMART",
                "occurrences": [
                    {"startTime": 9.25, "speakerId": "s2"},
                ],
            },
            {"id": "t3", "name": "Never", "count": 0, "type": "NEWTYPE"},
        ],
    },
    "interaction": {
        "speakers": [{"id": "p1", "userId": "9", "talkTime": 100.5}],
        "interactionStats": [{"name": "Patience", "value": 0.8}],
        "video": [{"name": "Browser", "duration": 61.5}],
        "questions": {"companyCount": 4, "nonCompanyCount": 0},
    },
    "collaboration": {
        "publicComments": [
            {
                "id": "c1",
                "audioStartTime": 1.5,
                "audioEndTime": 2.5,
                "commenterUserId": "9",
                "comment": "good",
                "posted": "2026-11-02T10:00:00+01:00",
                "inReplyTo": "c0",
                "duringCall": False,
            }
        ]
    },
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
