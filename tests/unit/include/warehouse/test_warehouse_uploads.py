"""Loads of receipts into `recording_upload`, in a DuckDB file and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from warehouse_killed import Killer
from warehouse_receipts import Place, receipt
from warehouse_records import Lander, at, call

from include.warehouse import Warehouse, merge
from include.warehouse.destination import Target
from include.warehouse.errors import DestinationError, DestinationLockedError
from include.warehouse.store import Store
from include.warehouse.tables import RECORDING_UPLOADS, Table

WRITTEN = {"recording_upload": 1}


def load(warehouse: Warehouse, *receipts: Any) -> dict[str, Any]:
    return warehouse.load_recording_uploads(iter(receipts))


def test_nothing_to_load_opens_nothing(data_dir: Path) -> None:
    unreachable = Warehouse("postgres", "postgresql://ann:secret@127.0.0.1:1/gong")
    for warehouse in (Warehouse(), unreachable):
        assert load(warehouse) == {"receipts": 0, "set_aside": 0, "rows": {}}
        assert load(warehouse, {})["rows"] == {}
    assert not data_dir.exists()


def test_a_repeat_changes_nothing(place: Place) -> None:
    # Half a year apart, so that the server's time zone has two offsets.
    receipts = [receipt(i, visible_at=f"2026-{1 + i % 12:02d}-20T10:08:00.000001Z") for i in range(40)]
    load(place.warehouse, *receipts)
    before, rows = place.trace(), place.rows()
    for again in (receipts, receipts[::-1], receipts[:3], [*receipts, *receipts]):
        assert load(place.warehouse, *again)["rows"] == {}
    assert place.trace() == before
    assert place.rows() == rows


def test_only_what_differs_is_written(place: Place) -> None:
    load(place.warehouse, *(receipt(i) for i in range(5)))
    before = place.rows()
    changed = receipt(
        3, call_id=None, status="rejected", reasons=["The media is silent.", "It is too short."]
    )
    counts = load(place.warehouse, *(receipt(i) for i in range(3)), changed, receipt(9))
    assert counts["rows"] == {"recording_upload": 2}
    rows = place.rows()
    assert [row["recording_id"][-1] for row in rows] == list("012349")
    assert rows[:3] + rows[4:5] == before[:3] + before[4:5]
    assert (rows[3]["status"], rows[3]["call_id"]) == ("rejected", None)
    assert rows[3]["reasons"] == "The media is silent.\nIt is too short."
    assert rows[3]["_synced_at"] == rows[5]["_synced_at"] > before[3]["_synced_at"]


def test_each_column_makes_a_difference(data_dir: Path) -> None:
    place = Place(None, data_dir)
    columns = [c for c in RECORDING_UPLOADS.columns if c not in ("recording_id", "_synced_at")]
    others: dict[str, Any] = {"media_bytes": 5, "was_in_gong": True, "reasons": ["other"]}
    for column in columns:
        kind = RECORDING_UPLOADS.columns[column]
        others.setdefault(column, "2026-12-01T00:00:00Z" if kind == "timestamp" else "other")
    others["name"] = others["file_name"]
    load(place.warehouse, *(receipt(number) for number in range(len(columns))))
    before = place.rows()
    names = [{"file_name": "name"}.get(column, column) for column in columns]
    counts = load(place.warehouse, *(receipt(n, **{name: others[name]}) for n, name in enumerate(names)))
    assert counts["rows"] == {"recording_upload": len(columns)}
    for column, old, new in zip(columns, before, place.rows(), strict=True):
        assert {name for name in new if new[name] != old[name]} == {column, "_synced_at"}


def test_the_later_settled_wins_in_one_load_as_in_two(data_dir: Path) -> None:
    place = Place(None, data_dir)
    early = receipt(1, status="rejected", settled_at="2026-11-20T12:00:00+02:00")
    late = receipt(1, settled_at="2026-11-20T10:01:00Z")
    unknown = receipt(1, status="unknown", settled_at="no time")
    for order in ([early, late, unknown], [unknown, late, early], [late, unknown, early]):
        assert load(place.warehouse, *order)["rows"] in ({}, WRITTEN)
        [row] = place.rows()
        assert (row["status"], row["settled_at"]) == (
            "done",
            datetime(2026, 11, 20, 10, 1, tzinfo=timezone.utc),
        )
    for older in (early, unknown):
        assert load(place.warehouse, older)["rows"] == {}
    same = [receipt(1, settled_at=late["settled_at"], status=status) for status in ("a", "b")]
    load(place.warehouse, *same)
    assert place.rows()[0]["status"] == "b"
    load(place.warehouse, same[0])
    assert place.rows()[0]["status"] == "a"


def test_two_receipts_without_a_time_the_later_given_wins(data_dir: Path) -> None:
    place = Place(None, data_dir)
    for status in ("one", "two"):
        load(place.warehouse, *(receipt(1, settled_at=None, status=s) for s in ("first", status)))
        assert place.rows()[0]["status"] == status
    load(place.warehouse, receipt(1))
    assert place.rows()[0]["status"] == "done"


def test_a_key_that_is_stored_twice_is_mended(place: Place) -> None:
    load(place.warehouse, receipt(1), receipt(2))
    place.run("INSERT INTO gong.recording_upload SELECT * FROM gong.recording_upload WHERE call_id LIKE '%1'")
    assert len(place.rows()) == 3
    assert load(place.warehouse, receipt(1), receipt(2))["rows"] == WRITTEN
    assert len(place.rows()) == 2


def test_a_merge_that_ends_in_its_middle_leaves_the_old_rows(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(place.warehouse, receipt(1), receipt(2))
    before = place.rows()
    replace = merge.replace

    def broken(table: Table, *names: Any) -> Iterator[str]:
        yield from replace(table, *names)
        yield "SELECT no_such_column"

    with monkeypatch.context() as patch:
        patch.setattr(merge, "replace", broken)
        with pytest.raises(DestinationError, match="Loading recording uploads failed"):
            load(place.warehouse, receipt(1, status="x"), receipt(3))
    assert place.rows() == before
    load(place.warehouse, receipt(1, status="x"), receipt(3))
    assert [row["status"] for row in place.rows()] == ["x", "done", "done"]
    assert place.staged() == []


def test_a_load_killed_in_its_merge_leaves_the_old_rows(place: Place, loads: Killer) -> None:
    load(place.warehouse, receipt(1), receipt(2))
    before = place.rows()
    order = {"warehouse": place.arguments, "data_dir": str(place.data_dir)}
    status, _ = loads.attempt(**order, receipts=[receipt(1, status="x"), receipt(3)])
    assert status == -9
    assert place.rows() == before
    # The rows that the killed load left staged are none of this one's.
    load(place.warehouse, receipt(2, status="y"))
    assert [row["status"] for row in place.rows()] == ["done", "y"]
    assert place.staged() == []


def test_one_load_at_a_time(place: Place) -> None:
    patient = Warehouse(*place.arguments, lock_timeout=0.0)
    target = Target.resolve(*(place.arguments or (None, None)))
    with Store.one_load(target), pytest.raises(DestinationLockedError, match="another load into"):
        load(patient, receipt(1))
    load(patient, receipt(1))


def test_errors_hold_no_values(place: Place) -> None:
    if not place.url:
        place.data_dir.mkdir()
    place.run("CREATE SCHEMA gong")
    place.run("CREATE TABLE gong.recording_upload (recording_id VARCHAR, file_name INTEGER)")
    with pytest.raises(DestinationError) as caught:
        load(place.warehouse, receipt(1, name="secret"))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_what_the_source_of_the_receipts_raises_is_not_taken_for_the_destination(data_dir: Path) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield receipt(1)
        raise PermissionError("receipts")

    with pytest.raises(PermissionError):
        Warehouse().load_recording_uploads(broken())


def test_beside_the_calls(place: Place, lander: Lander) -> None:
    window = lander.land(at(10), [call("1")])
    for _ in range(2):
        load(place.warehouse, receipt(1))
        place.warehouse.load_calls(lander.zone, [window])
    load(place.warehouse, receipt(2))
    later = lander.land(at(11), [call("1"), call("2")])
    assert place.warehouse.load_calls(lander.zone, [later])["rows"] == {"call": 1}
    counts = place.warehouse.counts()
    assert (counts["call"], counts["recording_upload"], counts["deleted"]) == (2, 2, 0)
    assert place.staged() == []


@pytest.mark.postgres
def test_postgres_finds_rows_by_an_index(data_dir: Path, postgres: str) -> None:
    place = Place(postgres, data_dir)
    for number in (1, 2):
        load(place.warehouse, receipt(number))
    [(definition,)] = place.run("SELECT indexdef FROM pg_indexes WHERE tablename = 'recording_upload'")
    assert definition.endswith("(recording_id)")
