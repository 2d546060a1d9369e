"""Shaped rows as Arrow batches: one SQL file a table, run where the landed lines are staged."""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from include.warehouse.tables import CALLS, TOUCH, UNIT, Table
from include.warehouse.workspace import SHAPES, Workspace

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_PER_BATCH = 50_000
_SQL_TYPES = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
}


def select(table: Table) -> str:
    """The SQL that gives the rows of `table`, with exactly the declared columns and types."""
    source = f'"{table.name}"' if table in (UNIT, TOUCH) else f"({shape(table)})"
    return f"SELECT {casts(table.columns)} FROM {source}"


def shape(table: Table) -> str:
    """The SQL file of `table`."""
    file = SHAPES / ("calls" if table.unit else table.folder) / f"{table.name}.sql"
    return file.read_text(encoding="utf-8")


def casts(columns: Mapping[str, str]) -> str:
    """Columns of a SELECT with the declared types."""
    return ", ".join(f'CAST("{name}" AS {_SQL_TYPES[kind]}) AS "{name}"' for name, kind in columns.items())


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
