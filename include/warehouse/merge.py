"""The SQL of the merge: plain enough for every destination, the same for the tables of a rebuild."""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from include.warehouse.tables import CALLS, TOUCH, UNIT, Table

Name = Callable[[str], str]


def transaction(client: Any) -> AbstractContextManager[Any]:
    """One transaction where the destination has them."""
    # dlt leaves `supports_transactions` open for DuckDB, PostgreSQL and most others; what may change tables
    # in a transaction may change rows in one.
    if client.capabilities.supports_transactions or client.capabilities.supports_ddl_transactions:
        return client.begin_transaction()  # type: ignore[no-any-return]
    return nullcontext()


def revive(name: Name, staged: Name, quoted: Name) -> Iterator[str]:
    """Copy rows of which only the times change to the staged rows, with their new times."""
    for table in CALLS:
        if not table.versioned:
            continue
        times = {
            "_first_seen_at": "COALESCE(u.{0}, t.{0})",
            "_synced_at": "COALESCE(u.{0}, t.{0})",
            "_deleted_at": "u.{0}",
        }
        columns = ", ".join(map(quoted, table.columns))
        values = ", ".join(times.get(column, "t.{0}").format(quoted(column)) for column in table.columns)
        yield (
            f"INSERT INTO {staged(table.name)} ({columns}) SELECT {values} FROM {name(table.name)} t"
            f" JOIN {staged(TOUCH.name)} u ON u.{quoted('call_id')} = t.{quoted(table.call_column)}"
            f" WHERE u.{quoted('unit')} = '{table.unit}'"
        )


def replace(table: Table, name: Name, staged: Name, quoted: Name, everything: bool = False) -> Iterator[str]:
    """Put the staged rows of a table in place of the rows of the same calls, or of all rows."""
    target, column = name(table.name), quoted(table.call_column)
    if everything:
        yield f"DELETE FROM {target} WHERE 1 = 1"
    else:
        for marks in (UNIT, TOUCH) if table.versioned else (UNIT,):
            yield (
                f"DELETE FROM {target} WHERE {column} IN (SELECT {quoted('call_id')}"
                f" FROM {staged(marks.name)} WHERE {quoted('unit')} = '{table.unit}')"
            )
    columns = ", ".join(map(quoted, table.columns))
    yield f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {staged(table.name)}"
