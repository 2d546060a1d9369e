"""The tables once more, from all that has landed: every load of the past repeated in a workspace.

The windows of one run were planned at one time and were loaded together, so they are here. Only the result
travels to the destination, where it takes the place of the old rows in one step.
"""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from include.warehouse import changes, merge, shaping, staging
from include.warehouse.errors import VanishedGuardError
from include.warehouse.landed import LandedWindow
from include.warehouse.tables import BY_NAME, CALLS, Table
from include.warehouse.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)


def _quoted(name: str) -> str:
    return f'"{name}"'


class LocalTables:
    """The tables in the workspace itself: schema `kept`; the rows of one load in schema `staged`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        workspace.run("CREATE SCHEMA kept")
        workspace.run("CREATE SCHEMA staged")
        for table in CALLS:
            workspace.run(f'CREATE TABLE kept."{table.name}" ({shaping.columns(table)})')

    def known(self, table: str, columns: Sequence[str], ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """`columns` of the rows of these calls."""
        where = f"{BY_NAME[table].call_column} IN (SELECT unnest(CAST(? AS VARCHAR[])))"
        yield from self._workspace.run(self._select(table, columns, where), [list(ids)])

    def started_within(
        self, columns: Sequence[str], spans: Iterable[tuple[datetime, datetime]]
    ) -> Iterator[tuple[Any, ...]]:
        """`columns` of the calls that are not marked deleted and started in one of the spans."""
        where = "_deleted_at IS NULL AND started >= ? AND started < ?"
        for span in spans:
            yield from self._workspace.run(self._select("call", columns, where), list(span))

    def _select(self, table: str, columns: Sequence[str], where: str) -> str:
        return f'SELECT DISTINCT {", ".join(map(_quoted, columns))} FROM kept."{table}" WHERE {where}'

    def merge(self) -> None:
        """Merge what the load of the workspace changes."""

        def kept(name: str) -> str:
            return f'kept."{name}"'

        def staged(name: str) -> str:
            return f'staged."{name}"'

        if not shaping.anything(self._workspace):
            return
        for table in merge.staged_with(CALLS):
            self._workspace.run(f"CREATE OR REPLACE TABLE {staged(table.name)} AS {shaping.select(table)}")
        for statement in merge.statements(CALLS, kept, staged, _quoted):
            self._workspace.run(statement)


def load(
    workspace: Workspace, tables: LocalTables, windows: Sequence[LandedWindow], max_vanished_percent: float
) -> tuple[int, VanishedGuardError | None]:
    """One load into the tables of the workspace; what it went by stays in the schema `load`.

    Returns how many lines were set aside, and the error when too many calls seemed to have vanished.
    """
    workspace.run("DROP SCHEMA IF EXISTS load CASCADE")
    workspace.run("CREATE SCHEMA load")
    workspace.run("SET search_path = 'load,main'")
    workspace.step("0_workspace")
    set_aside = staging.stage(workspace, windows)
    guard = changes.plan(workspace, tables, max_vanished_percent)
    tables.merge()
    return set_aside, guard


def repeat_loads(
    workspace: Workspace, windows: Sequence[LandedWindow], max_vanished_percent: float
) -> dict[str, int]:
    """Load all `windows` into tables of the workspace, run after run; return counts of what was loaded."""
    tables = LocalTables(workspace)
    counts = {"windows": len(windows), "loads": 0, "set_aside": 0, "guarded": 0}
    for planned_at, group in itertools.groupby(windows, key=lambda window: window.span["planned_at"]):
        set_aside, guard = load(workspace, tables, list(group), max_vanished_percent)
        counts["loads"] += 1
        counts["set_aside"] += set_aside
        if guard:
            counts["guarded"] += 1
            log.warning("load planned at %s: %s", planned_at, guard)
    return counts


def batches(workspace: Workspace) -> Iterator[tuple[Table, pa.RecordBatch]]:
    """The rows of all tables of the calls flow in the workspace."""
    for table in CALLS:
        yield from shaping.stream(workspace, table, f'FROM kept."{table.name}"')
