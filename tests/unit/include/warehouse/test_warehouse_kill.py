"""A load that is killed at any moment leaves the old tables or the new ones, and a repeat gives the new ones."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from warehouse_killed import killer
from warehouse_records import Lander, dump_duckdb, story

from include.warehouse import Warehouse

ATTEMPTS = 7


def test_killed_at_random_moments(lander: Lander, data_dir: Path) -> None:
    warehouse = Warehouse(lock_timeout=0.0)
    file, saved = data_dir / "warehouse.duckdb", data_dir / "saved"
    first, second, _ = list(story(lander))
    warehouse.load_calls(lander.zone, first)
    shutil.copy(file, saved)
    before = dump_duckdb(file)
    started = time.monotonic()
    warehouse.load_calls(lander.zone, second)
    duration = time.monotonic() - started
    after = dump_duckdb(file)
    assert before != after

    moments = random.Random(11)
    statuses = []
    with killer({"GONG_DATA_DIR": str(data_dir)}) as loads:
        order = {"landing": lander.zone.url, "windows": second, "warehouse": []}
        for _ in range(ATTEMPTS):
            file.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
            shutil.copy(saved, file)
            statuses.append(loads.attempt(**order, after=moments.uniform(0.1, 1.0) * duration))
            assert dump_duckdb(file) in (before, after)
            warehouse.load_calls(lander.zone, second)
            assert dump_duckdb(file) == after
    assert statuses.count(-9) >= ATTEMPTS // 2, statuses
