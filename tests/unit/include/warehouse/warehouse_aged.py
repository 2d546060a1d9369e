"""Rows of every kind around a limit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from warehouse_receipts import Place

from include.retention.limits import Limits
from include.warehouse.tables import BY_NAME

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=timezone.utc)
# Ten days before: the limit is the beginning of the 12th.
BEFORE, AT = "2026-11-11T23:59:59.5+00:00", "2026-11-12T00:00:00+00:00"
LONG_AGO, LATELY = "2026-01-01T00:00:00+00:00", "2026-11-20T00:00:00+00:00"
# Rows that go and rows that stay, by table: what tells their age, and what looks as if it did.
AGED: Mapping[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "call": (
        [
            {"started": BEFORE, "scheduled": LATELY, "_first_seen_at": LATELY, "_synced_at": LATELY},
            {"scheduled": BEFORE, "_first_seen_at": LATELY},
            {"_first_seen_at": BEFORE, "_synced_at": LATELY},
        ],
        [
            {"started": AT, "scheduled": LONG_AGO, "_first_seen_at": LONG_AGO},
            {"scheduled": AT, "_first_seen_at": LONG_AGO},
            {"started": LATELY, "_deleted_at": LONG_AGO},
        ],
    ),
    "recording_upload": (
        [{"settled_at": BEFORE, "actual_start": LATELY}],
        [{"settled_at": AT, "actual_start": LONG_AGO}, {"actual_start": LONG_AGO}],
    ),
    "crm_upload_error": (
        [{"resolved_at": BEFORE, "detected_at": LONG_AGO}],
        [{"resolved_at": AT, "detected_at": LONG_AGO}, {"detected_at": LONG_AGO}],
    ),
    "call_media": (
        [{"started": BEFORE, "downloaded_at": LATELY}, {"downloaded_at": BEFORE}],
        [{"started": AT, "downloaded_at": LONG_AGO}, {"downloaded_at": AT}],
    ),
    "users": (
        [{"_deleted_at": BEFORE, "created": LONG_AGO, "_synced_at": LATELY}],
        [{"created": LONG_AGO, "_first_seen_at": LONG_AGO, "_synced_at": LONG_AGO}, {"_deleted_at": AT}],
    ),
    "user_setting_history": ([{"time": LONG_AGO, "_deleted_at": BEFORE}], [{"time": LONG_AGO}]),
    "engage_task": ([{"_deleted_at": BEFORE}], [{"due_date": LONG_AGO, "created": LONG_AGO}]),
    "user_activity_aggregate": (
        [{"from_date": "2026-11-11", "to_date": "2026-11-12", "_synced_at": LATELY}],
        [{"from_date": "2026-11-12", "to_date": "2026-11-13", "_synced_at": LONG_AGO}],
    ),
    "user_activity_by_period": (
        [{"from_date": "2026-11-01", "to_date": "2026-11-12"}, {"from_date": "2026-11-11"}],
        [{"from_date": "2026-01-01", "to_date": "2026-11-13"}, {"from_date": "2026-11-12"}],
    ),
    "user_interaction": (
        [{"from_date": "2026-11-11", "to_date": "2026-11-12"}],
        [{"from_date": "2026-11-12", "to_date": "2026-11-13"}],
    ),
    "user_activity_day": (
        [{"from_date": "2026-11-11", "_synced_at": LATELY}],
        [{"from_date": "2026-11-12", "_synced_at": LONG_AGO}],
    ),
    "answered_scorecard": (
        [{"review_time": BEFORE, "call_start_time": LATELY}, {"_first_seen_at": BEFORE}],
        [{"review_time": AT, "call_start_time": LONG_AGO}, {"_first_seen_at": AT}],
    ),
    "coaching": ([{"_first_seen_at": BEFORE}], [{"_first_seen_at": AT}]),
    "audit_log": (
        [{"event_time": BEFORE, "_synced_at": LATELY}, {"_synced_at": BEFORE}],
        [{"event_time": AT, "_synced_at": LONG_AGO}],
    ),
    "entity_value": ([{"_synced_at": BEFORE}], [{"_synced_at": AT, "_first_seen_at": LONG_AGO}]),
    "call_user_access": ([{"_synced_at": BEFORE}], [{"_synced_at": AT}]),
    "engage_flow_assignment": (
        [{"_synced_at": BEFORE, "flow_instance_create_date": LATELY}],
        [{"_synced_at": AT, "flow_instance_create_date": LONG_AGO}],
    ),
    "erasure": ([], [{"certified_at": LONG_AGO, "_synced_at": LONG_AGO}]),
    "_stream_scope": ([], [{"planned_at": LONG_AGO}]),
}


def limits(days: float | None = 10, media_days: float | None = None) -> Limits:
    return Limits.of(NOW, *(timedelta(days=d) if d else None for d in (days, media_days)))


BELONGING = {
    **dict.fromkeys(("call_participant", "transcript", "transcript_sentence", "_transcript_empty"), "call"),
    "answered_scorecard_answer": "answered_scorecard",
}


def fill(place: Place) -> None:
    """All rows, each with a key of its own: `old 0`, `new 0`, …, and what belongs to some of them."""
    inserts = []
    for table, kinds in AGED.items():
        texts = [name for name in BY_NAME[table].key if BY_NAME[table].columns[name] == "text"]
        for mark, rows in zip(("old", "new"), kinds, strict=True):
            for number, row in enumerate(rows):
                key = f"{mark} {number}"
                inserts.append(_insert(table, {**dict.fromkeys(texts, key), **row}))
                inserts += [_insert(name, {BY_NAME[name].lookup[0]: key}) for name in _children(table)]
    place.run(";".join(inserts))


def _children(table: str) -> list[str]:
    return [name for name, parent in BELONGING.items() if parent == table]


def _insert(table: str, values: Mapping[str, Any]) -> str:
    names = ", ".join(f'"{name}"' for name in values)
    literals = ", ".join(f"'{value}'" for value in values.values())
    return f"INSERT INTO gong.{table} ({names}) VALUES ({literals})"


def keys(place: Place) -> dict[str, list[str]]:
    """Of all rows, by table: the first texts of the keys."""
    found: dict[str, list[str]] = {table: [] for table in (*AGED, *BELONGING)}
    parts = (
        f"SELECT '{name}', CAST(\"{BY_NAME[name].lookup[0]}\" AS TEXT) FROM gong.{name}" for name in found
    )
    for table, key in place.run(f"{' UNION ALL '.join(parts)} ORDER BY 1, 2"):
        found[table].append(key)
    return found


def expected(mark: str) -> dict[str, list[str]]:
    """`keys` of the rows that are `old` or `new`."""
    rows = {table: kinds[mark == "new"] for table, kinds in AGED.items()}
    rows |= {table: rows[parent] for table, parent in BELONGING.items()}
    return {table: [f"{mark} {number}" for number in range(len(some))] for table, some in rows.items()}
