"""A load killed at any moment leaves the old tables or the new ones, and a repeat gives the new ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from warehouse_killed import Killer
from warehouse_records import Lander, Local, dump_duckdb, dump_postgres, story

from include.warehouse import Warehouse, merge
from include.warehouse.errors import DestinationError
from include.warehouse.tables import CALLS, Table

ATTEMPTS = 2


@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_killed_at_random_moments(
    kind: str, request: pytest.FixtureRequest, lander: Lander, local: Local, data_dir: Path
) -> None:
    loads: Killer = request.getfixturevalue("loads")
    target: list[str] = ["postgres", request.getfixturevalue("postgres")] if kind == "postgres" else []
    warehouse = Warehouse(*target)
    dump: Callable[[], Any] = (
        (lambda: dump_postgres(target[1])) if target else (lambda: dump_duckdb(data_dir / "warehouse.duckdb"))
    )
    states = []
    steps = list(story(lander))
    for windows in steps:
        local.load(*windows)
        states.append(local.dump())
    order = {"landing": lander.zone.url, "warehouse": target, "data_dir": str(data_dir)}
    status, duration = loads.attempt(**order, windows=steps[0], after=None)
    assert (status, dump()) == (0, states[0])
    moments = random.Random(11)
    statuses = []
    for number, windows in enumerate(steps[1:], 1):
        for _ in range(ATTEMPTS):
            after = moments.uniform(0.05, 0.95) * duration
            statuses.append(loads.attempt(**order, windows=windows, after=after)[0])
            assert dump() in states[number - 1 : number + 1]
        warehouse.load_calls(lander.zone, windows)
        assert dump() == states[number]
    assert -9 in statuses


@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_merge_that_ends_in_its_middle_leaves_the_old_tables(
    kind: str,
    request: pytest.FixtureRequest,
    lander: Lander,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = request.getfixturevalue("postgres") if kind == "postgres" else ""
    warehouse = Warehouse("postgres", url) if url else Warehouse()
    first, second, _ = story(lander)
    warehouse.load_calls(lander.zone, first)

    def dump() -> Any:
        return dump_postgres(url) if url else dump_duckdb(data_dir / "warehouse.duckdb")

    before = dump()
    replace = merge.replace

    def broken(table: Table, *names: Any) -> Iterator[str]:
        yield from replace(table, *names)
        if table.name == CALLS[-1].name:
            yield "SELECT no_such_column"

    with monkeypatch.context() as patch:
        patch.setattr(merge, "replace", broken)
        with pytest.raises(DestinationError):
            warehouse.load_calls(lander.zone, second)
    assert dump() == before
    warehouse.load_calls(lander.zone, second)
    assert dump() != before
