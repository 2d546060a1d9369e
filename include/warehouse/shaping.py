"""Shaped rows as Arrow batches: one SQL file a table, run where the landed lines are staged."""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from include.warehouse.tables import CALLS, TOUCH, UNIT, Table
from include.warehouse.workspace import SHAPES, Workspace

if TYPE_CHECKING:
    import pyarrow as pa

_CALLS: Path = SHAPES / "calls"
_ROWS_PER_BATCH = 50_000
_SQL_TYPES = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
}


def select(table: Table) -> str:
    """The SQL that gives the rows of `table`, with exactly the declared columns and types."""
    casts = ", ".join(
        f'CAST("{name}" AS {_SQL_TYPES[kind]}) AS "{name}"' for name, kind in table.columns.items()
    )
    if table in (UNIT, TOUCH):
        return f'SELECT {casts} FROM "{table.name}"'
    shape = (_CALLS / f"{table.name}.sql").read_text(encoding="utf-8")
    return f"SELECT {casts} FROM ({shape})"


def columns(table: Table) -> str:
    """The columns of `table` as DuckDB declares them."""
    return ", ".join(f'"{name}" {_SQL_TYPES[kind]}' for name, kind in table.columns.items())


def stream(workspace: Workspace, table: Table, sql: str) -> Iterator[tuple[Table, pa.RecordBatch]]:
    """The rows of a query in batches that fit into memory."""
    for batch in workspace.connection.sql(sql).to_arrow_reader(_ROWS_PER_BATCH):
        if batch.num_rows:
            yield table, batch


def anything(workspace: Workspace) -> bool:
    """Whether the load changes anything at all."""
    units = "FROM _unit UNION ALL SELECT unit, call_id FROM _touch"
    return bool(workspace.value(f"SELECT count(*) > 0 FROM ({units})"))


def batches(workspace: Workspace) -> Iterator[tuple[Table, pa.RecordBatch]]:
    """The rows of what changed, table after table."""
    for table in (*CALLS, UNIT, TOUCH):
        yield from stream(workspace, table, select(table))
