"""What the windows of a feed change: landed rows compared with stored ones, window after window.

The windows of a stream form a timeline by the times at which they were planned. What a window shows holds
from then on, until a newer one shows otherwise; what it covers (`declaration.Scope`) and does not show is
gone. For each part of a stream (everything, a day, an id) the table `_stream_scope` keeps which window was
the newest, so that windows may be loaded late, twice or in any order.
"""

# ruff: noqa: S608 - names in the SQL are those that streams.py declares; values are parameters

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from include.warehouse import shaping
from include.warehouse.changes import GUARD_LEAST
from include.warehouse.declaration import DELETED, FIRST_SEEN, SYNCED, Feed, Table
from include.warehouse.feeding import Staged
from include.warehouse.landed import LandedWindow
from include.warehouse.streams import SCOPES
from include.warehouse.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

# A window that was planned for more days than this has a mistake in its dates.
_MOST_DAYS = 40_000


@dataclass
class Timeline:
    """The rows of one feed's tables in the workspace (`<table>_state`), moved on by windows.

    `remember` first what is stored (nothing, for a rebuild); then `apply`, any number of times.

    :param percent: more than this share of the rows that a window covers cannot be gone at once
    """

    workspace: Workspace
    feed: Feed
    percent: float
    vanished: dict[str, tuple[int, int]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for table in (*self.feed.tables, SCOPES):
            exists = "IF NOT EXISTS" if table is SCOPES else ""
            self.workspace.run(
                f"CREATE TABLE {exists} {table.name}_state ({shaping.columns(table)}, _changed BOOLEAN)"
            )

    def remember(self, table: Table, rows: Iterator[Sequence[Any]]) -> None:
        """Add stored rows that are not known yet; of a key that is stored twice one, to be written anew."""
        run, name, key = self.workspace.run, table.name, _names(table.key)
        run(f"CREATE TABLE {name}_stored ({shaping.columns(table)})")
        self.workspace.fill(f"{name}_stored", rows)
        latest = SYNCED if SYNCED in table.columns else table.content[0]
        run(
            f"INSERT INTO {name}_state SELECT *, count(*) OVER (PARTITION BY {key}) > 1 FROM {name}_stored s"
            f" WHERE NOT EXISTS (FROM {name}_state t WHERE {_same(table, 's', 't')})"
            f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {latest} DESC) = 1"
        )
        run(f"DROP TABLE {name}_stored")

    def apply(self, staged: Staged) -> None:
        """Let the staged windows happen, the one that was planned first at first."""
        if self.feed.scope.kind == "none":
            for table in self.feed.tables:
                self._show(table)
                self._upsert(table)
            return
        for number, window in enumerate(staged.windows):
            self._step(number, window, certain=window.certain and number not in staged.uncertain)

    def _step(self, number: int, window: LandedWindow, *, certain: bool) -> None:
        planned, completed = window.span["planned_at"], window.completed_at
        zone = known_zone(self.workspace, window.span.get("time_zone")) or "UTC"
        self.workspace.run("CREATE OR REPLACE TABLE covered (unit VARCHAR)")
        self.workspace.fill("covered", ((unit,) for unit in self._units(window)))
        if self.feed.scope.kind == "shown":
            asked = f"{self.feed.tables[0].name}_asked"
            self.workspace.run(
                f"INSERT INTO covered SELECT {self._unit('r', zone)} FROM {asked} r WHERE number = {number}"
            )
        guarded = False
        for table in self.feed.tables:
            self._show(table, number, planned, zone)
            self._miss(table, planned, zone, certain=certain)
            guarded |= self._guard(table)
            self._upsert(table)
            self.workspace.run(
                f"UPDATE {table.name}_state t SET {DELETED} = $1, {SYNCED} = $1, _changed = true"
                f" WHERE EXISTS (FROM {table.name}_gone g WHERE {_same(table, 'g', 't')})",
                [completed],
            )
        self._note(planned, completed, certain=certain and not guarded)

    def _units(self, window: LandedWindow) -> Iterator[str]:
        """The parts of the stream that the window covers, as far as it says so itself."""
        if self.feed.scope.kind == "all":
            yield ""
        if self.feed.scope.kind == "days":
            found = dict.fromkeys(unit for item in window.items for unit in _days_of(item))
            yield from found

    def _unit(self, row: str, zone: str) -> str:
        """SQL: the part of the stream to which a row belongs."""
        scope, columns = self.feed.scope, self.feed.tables[0].columns
        if scope.kind == "days":
            day = f'{row}."{scope.columns[0]}"'
            if columns[scope.columns[0]] == "timestamp":
                day = f"timezone('{zone}', {day})"
            parts = [*(f'{row}."{column}"' for column in scope.columns[1:]), f"strftime({day}, '%Y-%m-%d')"]
            return " || ' ' || ".join(parts)
        if scope.kind == "shown":
            # No id stands in the bookkeeping: it may be an e-mail address.
            return f"md5(concat_ws(chr(31), {', '.join(f'{row}.{_quoted(name)}' for name in scope.columns)}))"
        return "''"

    def _follows(self, table: Table) -> bool:
        """Whether a row is covered when its parent in the first table is."""
        return self.feed.scope.kind == "days" and self.feed.scope.columns[0] not in table.columns

    def _show(self, table: Table, number: int | None = None, planned: str = "", zone: str = "") -> None:
        """`<table>_shown`: a row a key, the last that landed; `older` when a newer window knows better.

        `buried` is when a newer window, that would have shown the row, had been read. Without a `number`, of
        all windows at once, whose rows never change: they are as old as their first landing.
        """
        parent = self.feed.tables[0].name
        same_parent = f'p."{table.key[0]}" = r."{table.key[0]}"'
        unit = f"(SELECT unit FROM {parent}_shown p WHERE {same_parent})"
        if not self._follows(table):
            unit = self._unit("r", zone)
        names = _names((*table.key, *table.content))
        order = ", ".join(["turn DESC", *map(_quoted, table.content)])
        first = f"min(landed_at) OVER (PARTITION BY {_names(table.key)})"
        self.workspace.run(
            f"""
            CREATE OR REPLACE TABLE {table.name}_shown AS
            SELECT r.*, b.planned_at IS NOT NULL AS tracked, coalesce(b.planned_at > $1, false) AS older,
                CASE WHEN b.certain_at > $1 THEN b.completed_at END AS buried
            FROM (
                SELECT {names}, {first} AS first_moment, {first if number is None else "landed_at"} AS moment,
                    {"NULL" if number is None else unit} AS unit
                FROM {table.name}_landed r
                WHERE {"true" if number is None else f"number = {number}"}
                QUALIFY row_number() OVER (PARTITION BY {_names(table.key)} ORDER BY {order}) = 1
            ) r
            LEFT JOIN {SCOPES.name}_state b ON b.stream = $2 AND b.scope = r.unit
            """,
            [planned or None, self.feed.streams[0]],
        )

    def _miss(self, table: Table, planned: str, zone: str, *, certain: bool) -> None:
        """`<table>_gone`: the rows that the window covers and does not show; `<table>_expected`: all.

        None that became known after the window was planned, and none of a part that a newer window has read.
        """
        covered = (
            f"{self._unit('t', zone)} IN (SELECT unit FROM covered WHERE unit NOT IN (SELECT scope"
            f" FROM {SCOPES.name}_state WHERE stream = $2 AND planned_at > $1))"
        )
        if self._follows(table):
            parent, key = self.feed.tables[0].name, table.key[0]
            covered = (
                f'$2 <> \'\' AND t."{key}" IN (SELECT "{key}" FROM {parent}_shown WHERE NOT older'
                f' UNION ALL SELECT "{key}" FROM {parent}_gone)'
            )
        known = f"{DELETED} IS NULL AND {SYNCED} < $1 AND {str(certain).lower()}"
        self.workspace.run(
            f"CREATE OR REPLACE TABLE {table.name}_expected AS SELECT {_names(table.key)}"
            f" FROM {table.name}_state t WHERE {known} AND {covered}",
            [planned, self.feed.streams[0]],
        )
        self.workspace.run(
            f"CREATE OR REPLACE TABLE {table.name}_gone AS FROM {table.name}_expected e"
            f" WHERE NOT EXISTS (FROM {table.name}_shown r WHERE {_same(table, 'r', 'e')})"
        )

    def _guard(self, table: Table) -> bool:
        """Too many at once is rather a key that sees less than rows that are gone."""
        gone = self.workspace.value(f"SELECT count(*) FROM {table.name}_gone")
        known = self.workspace.value(f"SELECT count(*) FROM {table.name}_expected")
        if gone <= GUARD_LEAST or gone * 100 <= known * self.percent:
            return False
        self.workspace.run(f"DELETE FROM {table.name}_gone")
        self.vanished[table.name] = gone, known
        return True

    def _upsert(self, table: Table) -> None:
        """Put what is shown into the state, unless the state knows better or the same."""
        run, state = self.workspace.run, f"{table.name}_state"
        run(f"CREATE OR REPLACE TABLE {table.name}_next AS {self._next(table)}")
        run(f"DELETE FROM {state} t WHERE EXISTS (FROM {table.name}_next n WHERE {_same(table, 'n', 't')})")
        run(f"INSERT INTO {state} BY NAME SELECT *, true AS _changed FROM {table.name}_next")

    def _next(self, table: Table) -> str:
        """SQL: the rows of the state that what is shown changes."""
        lives, known = DELETED in table.columns, "s.here IS NOT NULL"
        differs = " OR ".join(f's."{name}" IS DISTINCT FROM r."{name}"' for name in table.content) or "false"
        if self.feed.scope.kind == "none":
            differs = "false"
        older = f"(r.older OR NOT r.tracked AND s.{SYNCED} > r.moment)"
        anew = f"({differs} OR s.{DELETED} IS NOT NULL)" if lives else f"({differs})"
        columns = [f'r."{name}"' for name in table.key]
        columns += [
            f'CASE WHEN {known} AND {older} THEN s."{name}" ELSE r."{name}" END AS "{name}"'
            for name in table.content
        ]
        times = f"CASE WHEN NOT ({known}) THEN {'coalesce(r.buried, r.moment)' if lives else 'r.moment'}"
        times += f" WHEN NOT {older} AND {anew} THEN r.moment ELSE s.{SYNCED} END AS {SYNCED}"
        columns.append(times)
        changed = f"NOT ({known}) OR NOT {older} AND {anew}"
        if lives:
            columns.append(f"least(s.{FIRST_SEEN}, r.first_moment) AS {FIRST_SEEN}")
            columns.append(
                f"CASE WHEN NOT ({known}) THEN r.buried WHEN {older} THEN s.{DELETED} END AS {DELETED}"
            )
            changed += f" OR r.first_moment < s.{FIRST_SEEN}"
        return (
            f"SELECT {', '.join(columns)} FROM {table.name}_shown r"
            f" LEFT JOIN (SELECT *, true AS here FROM {table.name}_state) s ON {_same(table, 's', 'r')}"
            f" WHERE {changed}"
        )

    def _note(self, planned: str, completed: str, *, certain: bool) -> None:
        """Remember for each part that the window covers that it was read."""
        run, state = self.workspace.run, f"{SCOPES.name}_state"
        told = f"{str(certain).lower()} AND coalesce(b.certain_at <= $2, true)"
        run(
            f"""
            CREATE OR REPLACE TABLE noted AS
            SELECT $1 AS stream, c.unit AS scope,
                greatest(b.planned_at, CAST($2 AS TIMESTAMPTZ)) AS planned_at,
                CASE WHEN {told} THEN CAST($2 AS TIMESTAMPTZ) ELSE b.certain_at END AS certain_at,
                CASE WHEN {told} THEN CAST($3 AS TIMESTAMPTZ) ELSE b.completed_at END AS completed_at
            FROM (SELECT DISTINCT unit FROM covered) c
            LEFT JOIN {state} b ON b.stream = $1 AND b.scope = c.unit
            WHERE b.stream IS NULL OR b.planned_at < $2
                OR {told} AND (b.certain_at IS DISTINCT FROM $2 OR b.completed_at IS DISTINCT FROM $3)
            """,
            [self.feed.streams[0], planned, completed],
        )
        run(f"DELETE FROM {state} t WHERE EXISTS (FROM noted n WHERE {_same(SCOPES, 'n', 't')})")
        run(f"INSERT INTO {state} BY NAME SELECT *, true AS _changed FROM noted")


def changed(workspace: Workspace, tables: Sequence[Table]) -> list[Table]:
    """The tables of which rows have to be written."""
    return [
        table
        for table in tables
        if workspace.value(f"SELECT count(*) FROM {table.name}_state WHERE _changed")
    ]


def batches(
    workspace: Workspace, tables: Sequence[Table], *, everything: bool = False
) -> Iterator[tuple[Table, pa.RecordBatch]]:
    """The rows to write: those that changed, or all."""
    for table in tables:
        rows = f"SELECT {shaping.casts(table.columns)} FROM feed.{table.name}_state"
        yield from shaping.stream(workspace, table, rows if everything else f"{rows} WHERE _changed")


def known_zone(workspace: Workspace, zone: str | None) -> str | None:
    """The time zone, if it is one."""
    known = workspace.run("SELECT name FROM pg_timezone_names() WHERE name = $1", [zone])
    return str(known[0][0]) if known else None


def _days_of(item: Mapping[str, Any]) -> Iterator[str]:
    """Each day from `from_date` up to `to_date`, after the `period` if there is one; none without dates."""
    try:
        day, end = (date.fromisoformat(str(item.get(name))) for name in ("from_date", "to_date"))
    except ValueError:
        return
    period = f"{item['period']} " if item.get("period") else ""
    for number in range(min((end - day).days, _MOST_DAYS)):
        yield f"{period}{day + timedelta(days=number)}"


def days_of(window: LandedWindow) -> list[date]:
    """The days that the window was read for."""
    return [date.fromisoformat(unit[-10:]) for item in window.items for unit in _days_of(item)]


def midnight(day: date) -> datetime:
    """The day's first moment, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(_quoted, columns))


def _same(table: Table, one: str, other: str) -> str:
    """SQL: two rows have the same key."""
    return " AND ".join(f'{one}."{column}" = {other}."{column}"' for column in table.key)
