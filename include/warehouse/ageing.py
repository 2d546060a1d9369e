"""Which rows are too old to be kept, and removing them in one transaction.

| rows | are as old as |
|---|---|
| calls, with all that belongs to them | the start of the call, as far as Gong told it |
| of days and of times | that day or time; of a period its end |
| of what Gong holds now (the directory, tasks) | the moment at which they were marked deleted, if they were |
| of look-ups, of coaching | their landing: they tell no time |
| `recording_upload` | the moment at which the recording was filed or rejected |
| `call_media` | the start of the call |
| `crm_upload_error` | the moment at which it was resolved, if it was |

Of `erasure` none is ever removed, and the bookkeeping stays.
"""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from include.retention.limits import Limits
from include.warehouse import merge
from include.warehouse.declaration import DELETED, FIRST_SEEN, SYNCED, Feed, Table
from include.warehouse.streams import FEEDS
from include.warehouse.tables import BY_NAME, CALL_MEDIA, CALLS, CRM_ERRORS, RECORDING_UPLOADS, VISIBLE

if TYPE_CHECKING:
    from include.warehouse.destination import Target
    from include.warehouse.store import Store
    from include.warehouse.workspace import Workspace

TO_DATE = "to_date"
Name = Callable[[str], str]


@dataclass(frozen=True)
class Age:
    """Where a table tells how old its rows are.

    :param times: columns; the first that is not null counts
    :param of: instead: the table of the rows to which these belong, its column, and the column here
    """

    times: tuple[str, ...] = ()
    of: tuple[str, str, str] | None = None


def _of_feed(feed: Feed) -> Iterator[tuple[str, Age]]:
    # What belongs to the rows of the first table goes before them.
    for table in reversed(feed.tables):
        yield table.name, _of_table(feed, table)


def _of_table(feed: Feed, table: Table) -> Age:
    landing = FIRST_SEEN if FIRST_SEEN in table.columns else SYNCED
    if feed.scope.kind == "all":
        return Age((DELETED,))
    if feed.scope.kind == "shown":
        return Age((SYNCED,))
    if not feed.scope.columns:
        return Age((landing,))
    column, first = feed.scope.columns[0], feed.tables[0]
    if column not in table.columns:
        return Age(of=(first.name, first.key[0], first.key[0]))
    if table.columns[column] == "date":
        return Age((TO_DATE, column))
    return Age((column, landing))


# In the order in which rows are removed: what tells of the others goes last.
AGES: Mapping[str, Age] = {
    **{table.name: Age(of=("call", "id", table.call_column)) for table in CALLS if table.name != "call"},
    "call": Age(("started", "scheduled", FIRST_SEEN)),
    RECORDING_UPLOADS.name: Age(("settled_at",)),
    CRM_ERRORS.name: Age(("resolved_at",)),
    CALL_MEDIA.name: Age(("started", "downloaded_at")),
    **{name: age for feed in FEEDS for name, age in _of_feed(feed)},
}
_OF_MEDIA = {RECORDING_UPLOADS.name, CALL_MEDIA.name}


def count(target: Target, limits: Limits) -> dict[str, int]:
    """How many rows `remove` would remove, by table."""
    from include.warehouse.store import Store

    with Store.reading(target) as store:
        return _each(store, limits)


def remove(target: Target, limits: Limits) -> dict[str, int]:
    """Remove what is too old, in one transaction; return the rows removed, by table."""
    from include.warehouse.store import Store

    # Under the lock of loads, and nothing is opened for writing for nothing.
    with Store.one_load(target):
        if not count(target, limits):
            return {}
        with Store.writing(target) as store:
            return _each(store, limits, remove=True)


def trim(workspace: Workspace, tables: Iterable[Table], limits: Limits) -> None:
    """Remove what is too old from the tables that a rebuild has built up: a window may hold some of it."""

    def built(name: str) -> str:
        table = BY_NAME[name]
        if table.unit:
            return f'kept."{name}"'
        return f'feed."{name}_state"' if table.folder == "streams" else f'main."{name}_compared"'

    wanted = {table.name: tuple(table.columns) for table in tables}
    for name, where, values in _conditions(limits, wanted, built, '"{}"'.format, "?"):
        workspace.run(f"DELETE FROM {built(name)} WHERE {where}", values)


def _each(store: Store, limits: Limits, *, remove: bool = False) -> dict[str, int]:
    """Rows that are too old, by table."""
    client, held, found = store.client(), store.stored(), dict[str, int]()
    if client is None:
        return found
    sql = client.sql_client
    names, quoted = sql.make_qualified_table_name, sql.escape_column_name
    with merge.transaction(sql) if remove else nullcontext():
        for name, where, values in _conditions(limits, held, names, quoted, "%s"):
            old = f"FROM {names(name)} WHERE {where}"
            if rows := int(sql.execute_sql(f"SELECT count(*) {old}", *values)[0][0]):
                found[name] = rows
                if remove:
                    sql.execute_sql(f"DELETE {old}", *values)
    return {name: rows for name, rows in found.items() if name in VISIBLE}


def _conditions(
    limits: Limits, held: Mapping[str, Collection[str]], name: Name, quoted: Name, mark: str
) -> Iterator[tuple[str, str, list[Any]]]:
    """Table, condition and its values, for each table that is there, in the order of removal.

    :param held: columns by table
    :param mark: of a value in SQL
    """
    for table, age in AGES.items():
        limit = limits.media_rows if table in _OF_MEDIA else limits.landed
        if limit is None or not held.get(table):
            continue
        if age.of is None:
            where, values = _older(table, held[table], quoted, mark, limit)
        else:
            parent, key, column = age.of
            if not held.get(parent):
                continue
            inner, values = _older(parent, held[parent], quoted, mark, limit)
            where = f"{quoted(column)} IN (SELECT {quoted(key)} FROM {name(parent)} WHERE {inner})"
        yield table, where, values


def _older(
    table: str, held: Collection[str], quoted: Name, mark: str, limit: datetime
) -> tuple[str, list[Any]]:
    """The condition that a row's own times are before the limit."""
    times = AGES[table].times
    if BY_NAME[table].columns[times[-1]] == "date":
        day, end = quoted(times[-1]), quoted(TO_DATE)
        if TO_DATE not in held:
            return f"{day} < {mark}", [limit.date()]
        # Half-open: `to_date` is the day after.
        return f"({end} <= {mark} OR {end} IS NULL AND {day} < {mark})", [limit.date(), limit.date()]
    when = ", ".join(quoted(time) for time in times if time in held)
    return f"{f'COALESCE({when})' if ',' in when else when} < {mark}", [limit]
