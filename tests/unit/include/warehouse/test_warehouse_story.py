"""The same story gives the same rows everywhere: load by load, twice, rebuilt, on every destination."""

from __future__ import annotations

import itertools
from pathlib import Path

from warehouse_records import Lander, Local, dump_duckdb, story

from include.warehouse import Warehouse


def test_duckdb_file_equals_workspace_equals_rebuild(
    lander: Lander, local: Local, data_dir: Path, monkeypatch
) -> None:
    warehouse = Warehouse()
    file = data_dir / "warehouse.duckdb"
    loads = list(story(lander))
    for windows in loads:
        expected = local.load(*windows)
        counts = warehouse.load_calls(lander.zone, windows)
        assert {unit: counts[unit] for unit in ("calls", "transcripts")} == expected
        assert dump_duckdb(file) == local.dump()
    before = file.read_bytes()
    for windows in (*loads, list(itertools.chain(*loads))):
        counts = warehouse.load_calls(lander.zone, windows)
        assert counts["rows"] == {}
    assert file.read_bytes() == before
    monkeypatch.setenv("GONG_DATA_DIR", str(data_dir / "other"))
    warehouse.rebuild(lander.zone)
    assert dump_duckdb(data_dir / "other" / "warehouse.duckdb") == local.dump()
    warehouse.rebuild(lander.zone)
    assert dump_duckdb(data_dir / "other" / "warehouse.duckdb") == local.dump()
