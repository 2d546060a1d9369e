"""Loads of streams: from landed windows and what is stored to the rows that have to be written."""

# ruff: noqa: S608 - names in the SQL are those that streams.py declares; values are parameters

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from include.warehouse import feeding, timeline
from include.warehouse.declaration import SYNCED, Feed, Table
from include.warehouse.errors import UnknownStreamError
from include.warehouse.feeding import Staged
from include.warehouse.landed import LandedWindow
from include.warehouse.streams import BY_STREAM, SCOPES
from include.warehouse.timeline import Timeline
from include.warehouse.workspace import Workspace

if TYPE_CHECKING:
    from include.warehouse.store import Store

# Windows of a rebuild that are staged at once: as many as a run reads when it has some weeks to catch up on.
WINDOWS_AT_ONCE = 200


def by_feed(windows: Iterable[LandedWindow]) -> dict[str, tuple[Feed, list[LandedWindow]]]:
    """The windows of each feed, by the name of its first table; raises UnknownStreamError."""
    found: dict[str, tuple[Feed, list[LandedWindow]]] = {}
    for window in windows:
        stream = str(window.span["stream"])
        feed = BY_STREAM.get(stream)
        if feed is None:
            raise UnknownStreamError(
                f"No table is declared for the stream {stream!r}, nothing was loaded. Declare its tables in"
                " include/warehouse/streams.py, or load its windows with what they belong to."
            )
        found.setdefault(feed.tables[0].name, (feed, []))[1].append(window)
    return found


def stage(workspace: Workspace, windows: Sequence[LandedWindow]) -> list[tuple[Feed, Staged]]:
    """Shape all records of `windows`."""
    feeding.begin(workspace)
    return [(feed, feeding.stage(workspace, feed, some)) for feed, some in by_feed(windows).values()]


def compare(
    workspace: Workspace, store: Store, staged: Iterable[tuple[Feed, Staged]], percent: float
) -> dict[str, tuple[int, int]]:
    """Compare what was staged with what is stored; return the tables of which too much seems gone."""
    vanished = {}
    for feed, landed in staged:
        line = Timeline(workspace, feed, percent)
        if feed.scope.kind != "none":
            line.remember(SCOPES, store.keyed(SCOPES, list(feed.streams), by="stream"))
        for table in feed.tables:
            for rows in _stored(workspace, store, feed, table, landed):
                line.remember(table, rows)
        line.apply(landed)
        vanished.update(line.vanished)
    return vanished


def tables_of(staged: Iterable[tuple[Feed, Staged]]) -> list[Table]:
    """The tables that a load may change; the bookkeeping last, as it tells that the others are up to date."""
    return [*(table for feed, _ in staged for table in feed.tables), SCOPES]


def _stored(
    workspace: Workspace, store: Store, feed: Feed, table: Table, landed: Staged
) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The stored rows that the staged windows may concern."""
    scope = feed.scope
    if scope.kind == "all" or not scope.columns:
        yield store.keyed(table)
        return
    column, key = scope.columns[0], table.key[0]
    names = {(f"{table.name}_landed", key)} if column not in table.key and scope.kind != "none" else set()
    if scope.kind == "shown":
        names.add((f"{table.name}_asked", column))
    elif column not in table.columns:
        names.add((f"{feed.tables[0].name}_state", key))
    elif span := _span(workspace, table, column, landed):
        # What never changes has to be recognised, no more.
        only = (*table.key, SYNCED) if scope.kind == "none" else ()
        yield store.keyed(table, by=column, between=span, only=only)
    for source, name in sorted(names):
        values = workspace.run(f'SELECT DISTINCT "{name}" FROM {source} ORDER BY 1')
        yield store.keyed(table, [value for (value,) in values], by=name)


def _span(workspace: Workspace, table: Table, column: str, landed: Staged) -> tuple[Any, Any] | None:
    """The range of a date or a time in which the windows may find or miss rows."""
    low, high = workspace.run(f'SELECT min("{column}"), max("{column}") FROM {table.name}_landed')[0]
    days = [day for window in landed.windows for day in timeline.days_of(window)]
    if days and table.columns[column] == "date":
        low, high = min([low or days[0], *days]), max([high or days[0], *days])
    elif days:
        # Days of the company, whose time zone is at most 14 hours from UTC.
        first, last = timeline.midnight(min(days)), timeline.midnight(max(days))
        low = min(low or first, first - timedelta(days=1))
        high = max(high or last, last + timedelta(days=2))
    return None if low is None else (low, high)


def rebuild(
    workspace: Workspace, windows: Sequence[LandedWindow], scopes: Sequence[Sequence[Any]], percent: float
) -> tuple[list[Table], dict[str, int]]:
    """Build up all tables that `windows` feed from nothing; return them, and counts.

    :param scopes: the stored rows of the bookkeeping: those of streams without a window stay
    """
    feeding.begin(workspace)
    feeds = by_feed(windows).values()
    tables, counts = list[Table](), {"loads": 0, "set_aside": 0, "guarded": 0}
    for feed, some in feeds:
        line = Timeline(workspace, feed, percent)
        for start in range(0, len(some), WINDOWS_AT_ONCE):
            staged = feeding.stage(workspace, feed, some[start : start + WINDOWS_AT_ONCE])
            line.apply(staged)
            counts["set_aside"] += staged.set_aside
        counts["loads"] += len({window.span["planned_at"] for window in some})
        counts["guarded"] += len(line.vanished)
        tables += feed.tables
    if not tables:
        return [], counts
    rebuilt = {stream for feed, _ in feeds for stream in feed.streams}
    line.remember(SCOPES, (row for row in scopes if row[0] not in rebuilt))
    return [*tables, SCOPES], counts
