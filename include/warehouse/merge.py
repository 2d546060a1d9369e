"""The SQL of the merge: plain enough for every destination, the same for the tables of a rebuild."""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from include.warehouse.tables import TOUCH, UNIT, Table

Name = Callable[[str], str]


def staged_with(tables: Sequence[Table]) -> tuple[Table, ...]:
    """What is staged to write `tables`: they themselves, and what the merge of units goes by."""
    return (*tables, UNIT, TOUCH) if any(table.unit for table in tables) else tuple(tables)


def transaction(client: Any) -> AbstractContextManager[Any]:
    """One transaction where the destination has them."""
    # dlt leaves `supports_transactions` open for DuckDB, PostgreSQL and most others; what may change tables
    # in a transaction may change rows in one.
    if client.capabilities.supports_transactions or client.capabilities.supports_ddl_transactions:
        return client.begin_transaction()  # type: ignore[no-any-return]
    return nullcontext()


def statements(
    tables: Sequence[Table], name: Name, staged: Name, quoted: Name, everything: bool = False
) -> Iterator[str]:
    """The whole merge of what is staged into `tables`.

    :param name: the SQL name of a table; `staged`: that of its staged rows; `quoted`: that of a column.
    :param everything: put the staged rows in place of everything that the tables hold.
    """
    yield from revive(tables, name, staged, quoted)
    for table in tables:
        yield from replace(table, name, staged, quoted, everything)


def revive(tables: Sequence[Table], name: Name, staged: Name, quoted: Name) -> Iterator[str]:
    """Copy rows of which only the times change to the staged rows, with their new times."""
    for table in tables:
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
    """Put the staged rows of a table in place of the rows of the same calls or keys, or of all rows."""
    target = name(table.name)
    if everything:
        yield f"DELETE FROM {target} WHERE 1 = 1"
    elif table.unit:
        for marks in (UNIT, TOUCH) if table.versioned else (UNIT,):
            yield (
                f"DELETE FROM {target} WHERE {quoted(table.call_column)} IN (SELECT {quoted('call_id')}"
                f" FROM {staged(marks.name)} WHERE {quoted('unit')} = '{table.unit}')"
            )
    else:
        key = ", ".join(map(quoted, table.key))
        row = f"({key})" if len(table.key) > 1 else key
        yield f"DELETE FROM {target} WHERE {row} IN (SELECT {key} FROM {staged(table.name)})"
    columns = ", ".join(map(quoted, table.columns))
    yield f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {staged(table.name)}"
