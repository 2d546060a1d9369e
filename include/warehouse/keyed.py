"""Keyed tables: records become rows of one table by key, and only rows that differ are written.

A table needs a declaration in tables.py and a shape: `shapes/keyed/<table>.sql` selects from the table
`<table>_record` (`turn`: the order in which records were given; `record`: JSON text) the column `turn` and
the declared columns but `_synced_at`, which says when this version of the row was written.
"""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from include.warehouse import shaping
from include.warehouse.tables import Table
from include.warehouse.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

SYNCED = "_synced_at"
_CHANGES = "WHERE differs AND NOT older"


def stage(workspace: Workspace, table: Table, records: Sequence[str]) -> int:
    """Shape records, each a JSON text; return how many were set aside because they have no key."""
    name = table.name
    workspace.run(f"CREATE TABLE {name}_record (turn BIGINT, record VARCHAR)")
    workspace.fill(f"{name}_record", enumerate(records))
    given = {column: kind for column, kind in table.columns.items() if column != SYNCED}
    complete = " AND ".join(f'"{column}" IS NOT NULL' for column in table.key)
    workspace.run(
        f"CREATE TABLE {name}_row AS"
        f" SELECT turn, {shaping.casts(given)} FROM ({shaping.shape(table)}) WHERE {complete}"
    )
    workspace.run(f"DROP TABLE {name}_record")
    lost = len(records) - int(workspace.value(f"SELECT count(*) FROM {name}_row"))
    if lost:
        log.warning(
            "%d of %d records for %s set aside: no %s", lost, len(records), name, ", ".join(table.key)
        )
    return lost


def ids(workspace: Workspace, table: Table) -> list[Any]:
    """The first part of the keys of the staged rows; a text for each recording, call, …"""
    rows = workspace.run(f'SELECT DISTINCT "{table.key[0]}" FROM {table.name}_row ORDER BY 1')
    return [row[0] for row in rows]


def compare(workspace: Workspace, table: Table, stored: Iterable[Sequence[Any]]) -> None:
    """Leave one row a key, with what the stored rows say of it.

    `differs`: it is not what is stored; `older`: what is stored is later. Of rows with one key the later
    wins, whether they come in one load or in two.
    """
    name = table.name
    workspace.run(f"CREATE TABLE {name}_stored ({shaping.columns(table)})")
    workspace.fill(f"{name}_stored", stored)
    key = ", ".join(f'"{column}"' for column in table.key)
    same_key = " AND ".join(f's."{column}" = r."{column}"' for column in table.key)
    same = " AND ".join(
        f's."{column}" IS NOT DISTINCT FROM r."{column}"' for column in table.columns if column != SYNCED
    )
    later, older = "turn DESC", "false"
    if table.latest:
        later = f'"{table.latest}" DESC NULLS LAST, turn DESC'
        older = f"""coalesce(s."{table.latest}" > coalesce(r."{table.latest}", '-infinity'), false)"""
    # A key that is stored twice is as good as none: its rows are written anew, once.
    workspace.run(f"""
        CREATE TABLE {name}_compared AS
        SELECT r.* EXCLUDE (turn), {older} AS older, NOT ({same}) AS differs,
            CASE WHEN {same} THEN s.{SYNCED} ELSE now() END AS {SYNCED}
        FROM (FROM {name}_row QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {later}) = 1) r
        LEFT JOIN (FROM {name}_stored QUALIFY count(*) OVER (PARTITION BY {key}) = 1) s ON {same_key}
    """)


def changes(workspace: Workspace, table: Table) -> bool:
    """Whether anything has to be written."""
    return bool(workspace.value(f"SELECT count(*) > 0 FROM {table.name}_compared {_CHANGES}"))


def batches(
    workspace: Workspace, table: Table, *, everything: bool = False
) -> Iterator[tuple[Table, pa.RecordBatch]]:
    """The rows to write: those that differ and are not older than what is stored, or all."""
    sql = f"SELECT {shaping.casts(table.columns)} FROM {table.name}_compared"
    yield from shaping.stream(workspace, table, sql if everything else f"{sql} {_CHANGES}")
