"""Rows of `crm_upload_error`, in a DuckDB file and on PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from warehouse_receipts import Place, receipt
from warehouse_records import Lander, at, call

from include.warehouse import Warehouse


def error(object_id: str, **fields: Any) -> dict[str, Any]:
    """A row as settling gives it."""
    return {
        "object_type": "CONTACT",
        "object_id": object_id,
        "version": "13500000000000000001",
        "reason": "amount is not a number; url is no address",
        "checked_by": "check",
        "line": None,
        "client_request_id": None,
        "modified_date": "2026-11-09T08:00:00Z",
        "detected_at": "2026-11-20T14:40:00Z",
        "resolved_at": None,
        "run_id": "scheduled__2026-11-20T14:30:00+00:00",
        "box": "changes",
        **fields,
    }


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.utc)


def test_what_a_row_holds(place: Place) -> None:
    by_gong = error("", line=7, client_request_id="CONTACT-ab", checked_by="gong", modified_date=None)
    counts = place.warehouse.load_crm_errors(iter([error("c-1"), by_gong, error("c-2", version=None)]))
    assert counts == {"errors": 3, "set_aside": 1, "rows": {"crm_upload_error": 2}}
    rows = sorted(place.rows("crm_upload_error"), key=lambda row: row["object_id"])
    for row in rows:
        del row["_synced_at"]
    assert rows[1] == {
        **{name: value for name, value in error("c-1").items() if name != "box"},
        "modified_date": utc(9, 8),
        "detected_at": utc(20, 14, 40),
    }
    assert (rows[0]["object_id"], rows[0]["line"], rows[0]["modified_date"]) == ("", 7, None)


def test_a_repeat_changes_nothing_and_a_resolved_row_stays(place: Place) -> None:
    found = [error("c-1"), error("c-1", version="2"), error("c-1", object_type="LEAD")]
    assert place.warehouse.load_crm_errors(found)["rows"] == {"crm_upload_error": 3}
    assert place.warehouse.load_crm_errors(found)["rows"] == {}
    resolved = error("c-1", version="2", resolved_at="2026-11-21T09:00:00Z")
    # Of two the later given wins.
    assert place.warehouse.load_crm_errors([found[1], resolved])["rows"] == {"crm_upload_error": 1}
    times = {
        (row["object_type"], row["version"]): row["resolved_at"] for row in place.rows("crm_upload_error")
    }
    assert {key for key, time in times.items() if time} == {("CONTACT", "2")}
    assert times["CONTACT", "2"] == utc(21, 9)
    assert place.warehouse.counts()["crm_upload_error"] == 3


def test_a_rebuild_leaves_them_as_they_are(place: Place, lander: Lander) -> None:
    place.warehouse.load_calls(lander.zone, [lander.land(at(10), [call("1")])])
    place.warehouse.load_crm_errors([error("c-1")])
    before = place.rows("crm_upload_error")
    counts = place.warehouse.rebuild(lander.zone, [receipt(1)])
    assert "crm_upload_error" not in counts["rows"]
    assert place.rows("crm_upload_error") == before


def test_nothing_to_load_opens_nothing(data_dir: Path) -> None:
    assert Warehouse().load_crm_errors([]) == {"errors": 0, "set_aside": 0, "rows": {}}
    assert not data_dir.exists()


@pytest.mark.postgres
def test_postgres_finds_rows_by_an_index(data_dir: Path, postgres: str) -> None:
    place = Place(postgres, data_dir)
    place.warehouse.load_crm_errors([error("c-1")])
    [(definition,)] = place.run("SELECT indexdef FROM pg_indexes WHERE tablename = 'crm_upload_error'")
    assert definition.endswith("(object_id, object_type, version)")
