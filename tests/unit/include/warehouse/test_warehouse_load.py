"""A load into a DuckDB file, seen from outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from warehouse_records import Lander, Local, at, call, dump_duckdb, transcript

from include.warehouse import Warehouse, locks
from include.warehouse.errors import (
    DestinationError,
    DestinationLockedError,
    LandedFileError,
    NothingLandedError,
    VanishedGuardError,
)
from include.warehouse.tables import CALLS, VISIBLE

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def file(data_dir: Path) -> Path:
    return data_dir / "warehouse.duckdb"


def test_all_tables_exist_with_the_declared_columns_alone_and_nothing_stays_staged(
    lander: Lander, file: Path
) -> None:
    Warehouse().load_calls(lander.zone, [lander.land(at(10), [call("1")])])
    with duckdb.connect(str(file), read_only=True) as connection:
        for table in CALLS:
            described = connection.execute(f'DESCRIBE gong."{table.name}"').fetchall()
            assert [name for name, *_ in described] == list(table.columns)
            for name, kind, nullable, *_ in described:
                assert nullable == "YES"
                assert (kind == "TIMESTAMP WITH TIME ZONE") == (table.columns[name] == "timestamp")
        staged = connection.execute(
            "SELECT table_name FROM duckdb_tables()"
            " WHERE schema_name = 'gong_staging' AND NOT starts_with(table_name, '_dlt')"
        ).fetchall()
        assert len(staged) == len(CALLS) + 2
        for (name,) in staged:
            assert connection.execute(f'SELECT count(*) FROM gong_staging."{name}"').fetchone() == (0,)


def test_counts(lander: Lander, file: Path) -> None:
    warehouse = Warehouse()
    assert warehouse.counts() == dict.fromkeys((*VISIBLE, "deleted"), 0)
    assert warehouse.load_calls(lander.zone, [lander.land(at(9))])["windows"] == 1
    assert not file.exists()
    windows = [
        lander.land(at(10), [call("1"), call("2")], [transcript("1", "a", "b")]),
        lander.land(at(11), complete=False),
    ]
    counts = warehouse.load_calls(lander.zone, windows)
    assert (counts["windows"], counts["incomplete"], counts["set_aside"]) == (1, 1, 0)
    assert counts["rows"] == {"call": 2, "transcript": 1, "transcript_sentence": 2}
    warehouse.load_calls(lander.zone, [lander.land(at(12), [call("2")])])
    expected = {"call": 2, "deleted": 1, "transcript": 1, "transcript_sentence": 2}
    assert warehouse.counts() == dict.fromkeys(VISIBLE, 0) | expected


def test_a_dataset_by_a_name_that_dlt_spells_differently(
    lander: Lander, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONG_DATASET", "Sales Data")
    Warehouse().load_calls(lander.zone, [lander.land(at(10), [call("1")])])
    assert Warehouse().counts()["call"] == 1
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM sales_data.call").fetchone() == (1,)


def test_the_guard_is_raised_after_the_load(
    lander: Lander, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse()
    warehouse.load_calls(lander.zone, [lander.land(at(10), [call(str(i)) for i in range(30)])])
    window = lander.land(at(11), [call("0", title="new")])
    with pytest.raises(VanishedGuardError, match="29 of the 30"):
        warehouse.load_calls(lander.zone, [window])
    assert dump_duckdb(file)["call"][0]["title"] == "new"
    assert warehouse.counts()["deleted"] == 0
    monkeypatch.setenv("GONG_MAX_VANISHED_PERCENT", "100")
    warehouse.load_calls(lander.zone, [window])
    assert warehouse.counts()["deleted"] == 29


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_file_stops_the_load(lander: Lander, file: Path, damage: str) -> None:
    window = lander.land(at(10), [call("1")])
    path = lander.zone.folder(window) / "page-00000.calls.ndjson.gz"
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:-10])
    with pytest.raises(LandedFileError, match=r"page-00000\.calls\.ndjson\.gz.*extract it again"):
        Warehouse().load_calls(lander.zone, [window])
    assert not file.exists()


def test_a_rebuild_of_nothing_empties_nothing(lander: Lander, data_dir: Path) -> None:
    with pytest.raises(NothingLandedError, match="GONG_LANDING_URL"):
        Warehouse().rebuild(lander.zone)


def test_landing_in_an_object_store(local: Local) -> None:
    lander = Lander("memory://landing")
    local._lander = lander
    windows = [
        lander.land(at(10), [call("1")], [transcript("1", "hi")]),
        lander.land(at(11), [call("1"), call("2")]),
    ]
    local.load(*windows)
    assert [row["id"] for row in local.rows("call")] == ["1", "2"]
    from include.warehouse.landed import all_windows

    assert [window.span["planned_at"] for window in all_windows(lander.zone, "calls")] == [at(10), at(11)]


def test_errors_hold_no_values(lander: Lander, file: Path) -> None:
    file.parent.mkdir()
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "CREATE SCHEMA gong; CREATE TABLE gong.call_key_point (call_id VARCHAR, text INTEGER)"
        )
    window = lander.land(at(10), [call("1", content={"keyPoints": [{"text": "secret"}]})])
    with pytest.raises(DestinationError, match="Loading calls failed") as caught:
        Warehouse().load_calls(lander.zone, [window])
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM gong.call").fetchone() == (0,)


def test_while_another_process_holds_the_file(
    lander: Lander, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = lander.land(at(10), [call("1")])
    file.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin and holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(
            DestinationLockedError, match=rf"held by process {holder.pid}.*Close what has the file open"
        ):
            Warehouse(lock_timeout=0.0).load_calls(lander.zone, [window])

        def release(_: float) -> None:
            if not holder.stdin.closed:
                holder.stdin.close()
                holder.wait()

        monkeypatch.setattr(locks.time, "sleep", release)
        Warehouse().load_calls(lander.zone, [window])
    assert Warehouse().counts()["call"] == 1


def test_a_file_that_is_no_database(lander: Lander, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"secret" * 10_000)
    with pytest.raises(DestinationError, match="Check that it is a DuckDB file"):
        Warehouse().counts()
