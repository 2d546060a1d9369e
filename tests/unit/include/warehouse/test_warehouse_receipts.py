"""What a row of `recording_upload` holds of a receipt: nothing in a receipt breaks a load."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from warehouse_receipts import Place, receipt

from include.warehouse import Warehouse
from include.warehouse.tables import RECORDING_UPLOADS

WRITTEN = {"recording_upload": 1}


def utc(minute: int, second: int = 0, microsecond: int = 0, hour: int = 10) -> datetime:
    return datetime(2026, 11, 20, hour, minute, second, microsecond, tzinfo=timezone.utc)


def load(warehouse: Warehouse, *receipts: Any) -> dict[str, Any]:
    return warehouse.load_recording_uploads(iter(receipts))


def test_a_receipt_is_a_row(place: Place) -> None:
    counts = load(place.warehouse, receipt(1, unheard_of={"x": [1]}, verdicts=["a"]))
    assert counts == {"receipts": 1, "set_aside": 0, "rows": WRITTEN}
    [row] = place.rows()
    assert row.pop("_synced_at").tzinfo is timezone.utc
    assert list(row) == [column for column in RECORDING_UPLOADS.columns if column != "_synced_at"]
    assert row == {
        "recording_id": "0000000000000001",
        "status": "done",
        "call_id": "7000000000000000001",
        "client_unique_id": "u-1",
        "file_name": "north/recording 1",
        "media_format": "wav",
        "media_bytes": 1001,
        "media_sha256": "ab" * 32,
        "media_source": "media",
        "was_in_gong": False,
        "primary_user_id": "77",
        "direction": "Inbound",
        "actual_start": utc(0, 0, 500_000, hour=9),
        "reasons": "",
        "claimed_at": utc(0),
        "accepted_at": utc(1),
        "uploaded_at": utc(2),
        "visible_at": utc(8),
        "settled_at": utc(9),
        "run_id": "scheduled__2026-11-20T10:00:00+00:00",
    }
    assert place.staged() == []


def test_types_at_the_destination(place: Place) -> None:
    load(place.warehouse, receipt(1))
    described = dict(
        place.run(
            "SELECT column_name, lower(data_type) FROM information_schema.columns"
            " WHERE table_schema = 'gong' AND table_name = 'recording_upload'"
        )
    )
    names = {"character varying": "text", "varchar": "text", "boolean": "bool"}
    names["timestamp with time zone"] = "timestamp"
    assert {name: names.get(kind, kind) for name, kind in described.items()} == RECORDING_UPLOADS.columns


def test_absent_null_and_empty_stay_apart_and_texts_are_exact(place: Place) -> None:
    texts = [
        "",
        '"',
        "a,b\n\\N",
        "\\",
        "'",
        "NULL",
        " x ",
        "\u00e9\U0001f600",
        "a\r\nb\rc",
        "\\u0000",
        "%s {}",
    ]
    receipts = [receipt(i, name=text, reasons=[text, text]) for i, text in enumerate(texts)]
    bare = [
        {"recording_id": "a"},
        {"recording_id": "b", "name": None, "reasons": None, "settled_at": None},
        {"recording_id": "c", "name": "", "reasons": [], "settled_at": ""},
        {"recording_id": "d", "name": "nul \0 and \ud83d"},
    ]
    load(place.warehouse, *receipts, *bare)
    rows = place.rows()
    assert [row["file_name"] for row in rows] == [*texts, None, None, "", "nul \ufffd and \ufffd"]
    assert [row["reasons"] for row in rows] == [*(f"{text}\n{text}" for text in texts), None, None, "", None]
    assert [row["settled_at"] for row in rows[-4:]] == [None] * 4
    assert {value for key, value in rows[-4].items() if key not in ("recording_id", "_synced_at")} == {None}
    assert load(place.warehouse, *receipts, *bare)["rows"] == {}


OTHER_TYPES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"reasons": "one"}, {"reasons": "one"}),
    ({"reasons": ["one", None, 2, {"x": 1}]}, {"reasons": 'one\n2\n{"x":1}'}),
    ({"reasons": {"a": [1]}}, {"reasons": '{"a":[1]}'}),
    ({"media_bytes": "12", "was_in_gong": "true"}, {"media_bytes": 12, "was_in_gong": True}),
    ({"media_bytes": 12.0, "was_in_gong": 0}, {"media_bytes": 12, "was_in_gong": False}),
    ({"media_bytes": "many", "was_in_gong": "perhaps"}, {"media_bytes": None, "was_in_gong": None}),
    ({"media_bytes": 10**30, "was_in_gong": []}, {"media_bytes": None, "was_in_gong": None}),
    (
        {"media_bytes": float("nan"), "visible_at": float("inf")},
        {"media_bytes": None, "visible_at": None},
    ),
    ({"media_bytes": {"x": 1}, "settled_at": [1]}, {"media_bytes": None, "settled_at": None}),
    ({"call_id": 10**30, "direction": "Sideways"}, {"call_id": str(10**30), "direction": "Sideways"}),
    ({"call_id": 12345678901234567890}, {"call_id": "12345678901234567890"}),
    ({"status": ["done"], "run_id": {}}, {"status": '["done"]', "run_id": "{}"}),
    ({"visible_at": "yesterday"}, {"visible_at": None}),
    ({"visible_at": "2026-02-30T00:00:00Z"}, {"visible_at": None}),
    ({"visible_at": "9" * 400}, {"visible_at": None}),
    ({"actual_start": "2026-11-20T10:08:00.123456789+05:30"}, {"actual_start": utc(38, 0, 123_456, 4)}),
    ({"actual_start": utc(8).timestamp()}, {"actual_start": utc(8)}),
]


def test_other_types_than_expected(data_dir: Path) -> None:
    place = Place(None, data_dir)
    receipts = [receipt(number, **sent) for number, (sent, _) in enumerate(OTHER_TYPES)]
    assert load(place.warehouse, *receipts)["rows"] == {"recording_upload": len(receipts)}
    for row, (_, stored) in zip(place.rows(), OTHER_TYPES, strict=True):
        assert {name: row[name] for name in stored} == stored
    assert load(place.warehouse, *receipts)["rows"] == {}


def test_what_has_no_id_is_set_aside_and_told_by_number_only(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place(None, data_dir)
    unusable = [
        receipt(2, recording_id=value, name="secret") for value in (None, "", {"secret": 1}, ["secret"])
    ]
    without = {key: value for key, value in receipt(2).items() if key != "recording_id"}
    with caplog.at_level(logging.WARNING):
        counts = load(place.warehouse, *unusable, None, "secret", [], receipt(1), without)
    assert counts == {"receipts": 9, "set_aside": 8, "rows": WRITTEN}
    assert "8 of 9 records for recording_upload set aside: no recording_id" in caplog.text
    assert "secret" not in caplog.text
    load(place.warehouse, receipt(0, recording_id=7), receipt(0, recording_id="007"))
    assert [row["recording_id"] for row in place.rows()] == ["0000000000000001", "007", "7"]
