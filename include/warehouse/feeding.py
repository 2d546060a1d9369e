"""Landed records as rows of their tables: `<table>_landed`, in the schema `feed` of the workspace.

A shape reads the view `landed`: `turn` (records in the order in which they landed), `stream`, `record`,
`of` (what the item was that the record was read for, with the days of its window) and `answer` as JSON text,
and `zone`, the company's time zone where the window knows it.
"""

# ruff: noqa: S608 - names in the SQL are those that streams.py declares; values are parameters

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from include.warehouse import landed, shaping
from include.warehouse.declaration import Feed, Table
from include.warehouse.landed import LandedWindow, Page
from include.warehouse.workspace import Workspace

log = logging.getLogger(__name__)

# An object store answers each request late, but many at once.
_READERS = 8
_LINES_PER_INSERT = 20_000
_NO_RECORD = "CASE WHEN json_valid(record) THEN json_type(record) <> 'OBJECT' ELSE true END"
_Line = tuple[int, int, int, str, str]


@dataclass(frozen=True)
class Staged:
    """What was staged of a feed.

    :param set_aside: lines that are no record, and rows without a complete key
    :param uncertain: numbers of the windows of which not every record could be told apart
    """

    windows: Sequence[LandedWindow]
    set_aside: int
    uncertain: frozenset[int]


def begin(workspace: Workspace) -> None:
    """Give the feeds a schema of their own: a table may be named like one that another part stages."""
    workspace.run("CREATE SCHEMA IF NOT EXISTS feed")
    workspace.run("SET search_path = 'feed,main'")


def stage(workspace: Workspace, feed: Feed, windows: Sequence[LandedWindow]) -> Staged:
    """Shape all records of `windows`, which are numbered by their place in the list."""
    pages = [page for page in landed.pages(windows) if page.stream in feed.streams]
    workspace.step("5_feed")
    _insert_pages(workspace, windows, pages)
    for lines in _batched(_lines(pages), _LINES_PER_INSERT):
        workspace.fill("landed_line", lines)
    lost = _settle(workspace, pages)
    set_aside, uncertain = len(lost), {page.window for page in lost}
    for position, table in enumerate(feed.tables):
        without = _shape(workspace, feed, table)
        set_aside += sum(without.values())
        # A record that cannot be told apart may be any of the stored rows, an element of one may not.
        uncertain |= set(without) if position == 0 else set()
    workspace.run("DROP VIEW landed")
    workspace.run("DROP TABLE landed_line")
    return Staged(windows, set_aside, frozenset(uncertain))


def complete(table: Table) -> str:
    """The condition that a row has all of its key."""
    return " AND ".join(f'"{column}" IS NOT NULL' for column in table.key)


def _insert_pages(workspace: Workspace, windows: Sequence[LandedWindow], pages: Sequence[Page]) -> None:
    zones = {name for (name,) in workspace.run("SELECT name FROM pg_timezone_names()")}

    def rows() -> Iterator[tuple[Any, ...]]:
        for number, page in enumerate(pages):
            span = windows[page.window].span
            days = {name: span[name] for name in ("from_date", "to_date", "period") if span.get(name)}
            zone = span.get("time_zone")
            facts = json.dumps({**days, **page.of}), json.dumps(dict(page.answer))
            yield number, page.stream, *facts, zone if zone in zones else None

    workspace.fill("landed_page", rows())


def _lines(pages: Sequence[Page]) -> Iterator[_Line]:
    """(window, turn, page, when it landed, record) of every line."""
    turn = 0
    with ThreadPoolExecutor(_READERS) as readers:
        for some in _batched(enumerate(pages), 4 * _READERS):
            read = readers.map(landed.lines, [page for _, page in some])
            for (number, page), lines in zip(some, read, strict=True):
                for _, record in lines:
                    turn += 1
                    yield page.window, turn, number, page.landed_at, record


def _batched(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    things = iter(things)
    while batch := list(itertools.islice(things, size)):
        yield batch


def _settle(workspace: Workspace, pages: Sequence[Page]) -> list[Page]:
    """Mend the lines that DuckDB cannot parse; take out and log the rest. Returns a page per lost line."""
    refused: list[Any] = workspace.run(
        f"SELECT number, turn, page, CAST(landed_at AS VARCHAR), record FROM landed_line WHERE {_NO_RECORD}"
    )
    if not refused:
        return []
    workspace.run(f"DELETE FROM landed_line WHERE {_NO_RECORD}")
    mended = [(*place, text) for *place, line in refused if (text := landed.mended(line)) is not None]
    workspace.fill("landed_line", mended)
    workspace.run(f"DELETE FROM landed_line WHERE {_NO_RECORD}")
    kept = {turn for (turn,) in workspace.run("SELECT turn FROM landed_line")} if mended else set()
    lost = [pages[page] for _, turn, page, *_ in sorted(refused) if turn not in kept]
    for page in lost[:20]:
        log.warning("%s: a line was set aside, it is no record", page.path)
    if len(lost) > 20:
        log.warning("%d more lines were set aside", len(lost) - 20)
    return lost


def _shape(workspace: Workspace, feed: Feed, table: Table) -> dict[int, int]:
    """Fill `<table>_landed`; return how many rows of each window lacked a part of the key."""
    name = table.name
    given = {column: table.columns[column] for column in (*table.key, *table.content)}
    workspace.run(
        f"CREATE OR REPLACE TABLE {name}_landed AS SELECT l.number, l.turn, l.landed_at, s.* EXCLUDE (turn)"
        f" FROM (SELECT turn, {shaping.casts(given)} FROM ({shaping.shape(table)})) s"
        " JOIN landed_line l USING (turn)"
    )
    if feed.scope.kind == "shown":
        asked = feed.scope.columns
        names = ", ".join(f'"{column}"' for column in asked)
        whole = " AND ".join(f'"{column}" IS NOT NULL' for column in asked)
        workspace.run(
            f"CREATE OR REPLACE TABLE {name}_asked AS SELECT DISTINCT number, {names} FROM {name}_landed"
            f" WHERE {whole}"
        )
        # Those that say no more than what was asked for have done their part.
        bare = " AND ".join(f'"{column}" IS NULL' for column in given if column not in asked)
        workspace.run(f"DELETE FROM {name}_landed WHERE {whole} AND {bare}")
    without: dict[int, int] = dict(
        workspace.run(
            f"SELECT number, count(*) FROM {name}_landed WHERE NOT ({complete(table)}) GROUP BY ALL"
        )
    )
    if without:
        log.warning("%d rows for %s set aside: no %s", sum(without.values()), name, ", ".join(table.key))
        workspace.run(f"DELETE FROM {name}_landed WHERE NOT ({complete(table)})")
    return without
