"""Keyed tables in general: declarations, keys of several columns, tables of an earlier version."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from warehouse_receipts import Place, receipt
from warehouse_records import Lander, at, call

from include.warehouse import shaping, store
from include.warehouse.landed import line_of
from include.warehouse.tables import CALLS, KEYED, RECORDING_UPLOADS, Table
from include.warehouse.workspace import open_workspace

DAY = Table(
    "user_day",
    "",
    ("user_id", "day"),
    {"user_id": "text", "day": "timestamp", "calls": "bigint", "score": "double", "_synced_at": "timestamp"},
)
DAY_SHAPE = """
SELECT turn, ident(record ->> '$.user') AS user_id, utc(record ->> '$.day') AS day,
    whole(record ->> '$.calls') AS calls, num(record ->> '$.score') AS score
FROM user_day_record
"""


@pytest.mark.parametrize("table", KEYED, ids=lambda table: table.name)
def test_a_keyed_shape_gives_exactly_the_declared_columns_and_types(table: Table) -> None:
    with open_workspace() as workspace:
        workspace.run(f"CREATE TABLE {table.name}_record (turn BIGINT, record VARCHAR)")
        described = workspace.run(f"DESCRIBE {shaping.shape(table)}")
    types = {"TIMESTAMP WITH TIME ZONE": "timestamp", "VARCHAR": "text", "BOOLEAN": "bool"}
    given = [(name, types.get(kind, kind.lower())) for name, kind, *_ in described]
    assert given == [("turn", "bigint"), *list(table.columns.items())[:-1]]
    assert list(table.columns)[-1] == "_synced_at"
    assert set(table.key) <= set(table.columns)
    assert table.latest is None or table.columns[table.latest] == "timestamp"


def test_a_key_of_two_columns(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shapes" / "keyed").mkdir(parents=True)
    (tmp_path / "shapes" / "keyed" / "user_day.sql").write_text(DAY_SHAPE)
    monkeypatch.setattr(shaping, "SHAPES", tmp_path / "shapes")
    monkeypatch.setattr(store, "ALL", (*CALLS, DAY))
    monkeypatch.setattr(store, "VISIBLE", (*store.VISIBLE, "user_day"))

    def load(*records: tuple[str | None, str | None, int]) -> dict[str, Any]:
        given = [{"user": user, "day": day, "calls": calls, "score": 0.1} for user, day, calls in records]
        return place.warehouse._upsert(DAY, [line_of(record) for record in given])

    first = [("a", "2026-11-01", 1), ("a", "2026-11-02", 2), ("b", "2026-11-01", 3)]
    counts = load(*first, ("a", None, 9), (None, "2026-11-01", 9), ("c", "never", 9))
    assert counts == {"set_aside": 3, "rows": {"user_day": 3}}
    assert load(*first)["rows"] == {}
    # Without a time to go by, what is given later wins.
    assert load(("a", "2026-11-02", 5), ("a", "2026-11-02", 4), ("b", "2026-11-01", 3))["rows"] == {
        "user_day": 1
    }
    assert [(row["user_id"], row["calls"]) for row in place.rows("user_day")] == [
        ("a", 1),
        ("a", 4),
        ("b", 3),
    ]
    assert place.warehouse.counts()["user_day"] == 3


def test_many_ids_are_looked_up_some_at_a_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_CHUNK", 3)
    receipts = [receipt(i) for i in range(10)]
    place.warehouse.load_recording_uploads(receipts)
    assert place.warehouse.load_recording_uploads(receipts)["rows"] == {}
    assert len(place.rows()) == 10


def test_a_table_of_an_earlier_version_gets_its_new_column(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = {name: kind for name, kind in RECORDING_UPLOADS.columns.items() if name != "visible_at"}
    earlier = dataclasses.replace(RECORDING_UPLOADS, columns=columns)
    receipts = [receipt(1), receipt(2, visible_at=None)]
    with monkeypatch.context() as patch:
        patch.setattr(store, "ALL", (*CALLS, earlier))
        place.warehouse._upsert(earlier, [line_of(record) for record in receipts])
        assert "visible_at" not in place.rows()[0]
    assert place.warehouse.load_recording_uploads(receipts[1:])["rows"] == {}
    assert place.warehouse.load_recording_uploads(receipts)["rows"] == {"recording_upload": 1}
    assert [row["visible_at"] is None for row in place.rows()] == [False, True]
    assert place.warehouse.load_recording_uploads(receipts)["rows"] == {}


def test_a_warehouse_of_an_earlier_version_gets_its_new_table(
    place: Place, lander: Lander, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store, "ALL", CALLS)
        place.warehouse.load_calls(lander.zone, [lander.land(at(10), [call("1")])])
    assert place.warehouse.counts()["recording_upload"] == 0
    assert place.warehouse.load_recording_uploads([receipt(1)])["rows"] == {"recording_upload": 1}
    counts = place.warehouse.counts()
    assert (counts["call"], counts["recording_upload"]) == (1, 1)


def test_the_calls_flow_makes_the_table_too(data_dir: Path, lander: Lander) -> None:
    place = Place(None, data_dir)
    place.warehouse.load_calls(lander.zone, [lander.land(at(10), [call("1")])])
    assert place.rows() == []


def test_lines_can_be_parsed_and_stored() -> None:
    record = {"a": "nul \0\0", "b": "\\u0000", "c": "\\\0", "d": "\ud83d", "e": 10**30}
    text = line_of(record)
    assert json.loads(text) == {
        "a": "nul \ufffd\ufffd", "b": "\\u0000", "c": "\\\ufffd", "d": "\ufffd", "e": 10**30,
    }  # fmt: skip
