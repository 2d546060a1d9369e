"""A rebuild of all tables at once: calls from landed windows, recordings from receipts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from warehouse_receipts import Place, receipt
from warehouse_records import Lander, at, call

from include.recordings import DropFolder
from include.warehouse import Warehouse, merge
from include.warehouse.__main__ import main
from include.warehouse.errors import DestinationError, NothingLandedError
from include.warehouse.tables import Table


def fill(place: Place, lander: Lander) -> None:
    place.warehouse.load_calls(lander.zone, [lander.land(at(10), [call("1"), call("2")])])
    place.warehouse.load_recording_uploads(receipt(i) for i in range(3))


def test_a_rebuild_puts_right_what_is_wrong_and_keeps_the_rest(place: Place, lander: Lander) -> None:
    fill(place, lander)
    before = place.rows()
    place.run("UPDATE gong.recording_upload SET call_id = 'wrong' WHERE call_id LIKE '%1'")
    # A later time does not protect a wrong row: the receipts are the truth.
    place.run("UPDATE gong.recording_upload SET settled_at = '2030-01-01' WHERE call_id LIKE '%2'")
    place.run("INSERT INTO gong.recording_upload (recording_id, status) VALUES ('orphan', 'done')")
    place.run("DELETE FROM gong.call WHERE id = '2'")
    counts = place.warehouse.rebuild(lander.zone, (receipt(i) for i in (0, 1, 2, 2)))
    assert counts["rows"] == {"call": 2, "recording_upload": 3}
    assert (counts["windows"], counts["receipts"], counts["set_aside"]) == (1, 4, 0)
    rows = place.rows()
    assert rows[0] == before[0]
    for row, old in zip(rows[1:], before[1:], strict=True):
        assert row.pop("_synced_at") > old.pop("_synced_at")
        assert row == old
    assert place.staged() == []


def test_twice_changes_nothing(place: Place, lander: Lander) -> None:
    fill(place, lander)
    before = place.rows(), place.rows("call")
    for _ in range(2):
        place.warehouse.rebuild(lander.zone, [receipt(i) for i in range(3)])
    assert (place.rows(), place.rows("call")) == before


def test_into_no_tables_at_all(place: Place, lander: Lander) -> None:
    lander.land(at(10), [call("1")])
    counts = place.warehouse.rebuild(lander.zone, [receipt(1), {"status": "done"}])
    assert counts["rows"] == {"call": 1, "recording_upload": 1}
    assert (counts["receipts"], counts["set_aside"]) == (2, 1)


def test_without_receipts_their_table_is_left_as_it_is(data_dir: Path, lander: Lander) -> None:
    place = Place(None, data_dir)
    fill(place, lander)
    before = place.rows()
    for receipts in (None, [], [{"status": "done"}]):
        assert place.warehouse.rebuild(lander.zone, receipts)["rows"] == {"call": 2}
        assert place.rows() == before


def test_without_windows_the_calls_are_left_as_they_are(
    data_dir: Path, lander: Lander, tmp_path: Path
) -> None:
    place = Place(None, data_dir)
    fill(place, lander)
    before = place.rows("call")
    empty = Lander((tmp_path / "empty").as_uri())
    counts = place.warehouse.rebuild(empty.zone, [receipt(1)])
    assert counts["rows"] == {"recording_upload": 1}
    assert len(place.rows()) == 1
    assert place.rows("call") == before
    with pytest.raises(NothingLandedError, match="GONG_RECORDINGS_URL"):
        place.warehouse.rebuild(empty.zone, [])
    assert len(place.rows()) == 1


def test_both_or_none(place: Place, lander: Lander, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(place, lander)
    before = place.rows(), place.rows("call")
    lander.land(at(11), [call("1", title="new"), call("2")])
    replace = merge.replace

    def broken(table: Table, *names: Any) -> Iterator[str]:
        yield from replace(table, *names)
        if not table.unit:
            yield "SELECT no_such_column"

    with monkeypatch.context() as patch:
        patch.setattr(merge, "replace", broken)
        with pytest.raises(DestinationError, match="Rebuilding the tables failed"):
            place.warehouse.rebuild(lander.zone, [receipt(7)])
    assert (place.rows(), place.rows("call")) == before


def test_the_command_line_takes_the_receipts_of_the_drop_folder(
    data_dir: Path, lander: Lander, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    incoming = tmp_path / "box" / "incoming"
    incoming.mkdir(parents=True)
    for name in ("a.wav", "b.wav", "b.json"):
        (incoming / name).write_bytes(b"{}")
    folder = DropFolder(incoming.as_uri(), settle_seconds=0)
    found = folder.find(run_id="r", match="", limit=10, is_over=lambda run_id: True)
    first, second = sorted(found.recordings, key=lambda recording: recording["label"])
    folder.reject(first, "r", ["There is no JSON file.", "It is empty."])
    folder.file(second, "r", "7000000000000000001")
    lander.land(at(10), [call("1")])
    assert main(["rebuild", "--landing", str(lander.zone.url), "--recordings", incoming.as_uri()]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == {"call": 1, "recording_upload": 2}
    names = ("recording_id", "status", "call_id", "file_name", "media_bytes", "reasons", "run_id")
    rows = [tuple(row[name] for name in names) for row in Place(None, data_dir).rows()]
    told = "There is no JSON file.\nIt is empty."
    assert sorted(rows, key=lambda row: row[1]) == [
        (second["id"], "done", "7000000000000000001", "b", 2, "", "r"),
        (first["id"], "rejected", None, "a", 2, told, "r"),
    ]
    for row in Place(None, data_dir).rows():
        assert row["claimed_at"] is not None
        assert row["settled_at"] is not None
    counts = Warehouse().load_recording_uploads(folder.receipts([first, second]))
    assert counts == {"receipts": 2, "set_aside": 0, "rows": {}}
