"""What tables and the streams that fill them are declared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What is compared, replaced and kept as one: a call with its children, a transcript with its sentences.
CALL, TRANSCRIPT = "call", "transcript"

SYNCED, FIRST_SEEN, DELETED = "_synced_at", "_first_seen_at", "_deleted_at"
SYNC = f"{SYNCED}:timestamp"
LIFE = f"{FIRST_SEEN}:timestamp {SYNC} {DELETED}:timestamp"
VERSION = f"_content_hash {LIFE}"


@dataclass(frozen=True)
class Table:
    """One table.

    :param unit: `call` or `transcript`: the unit whose rows are replaced together. Empty for a table where
        each row stands for itself.
    :param key: the columns that tell rows apart. In the calls flow a part of it may be null, where Gong left
        it out; elsewhere none is.
    :param columns: name to dlt data type, in the order of the table.
    :param latest: of a keyed table: the timestamp by which the later of two rows with one key wins; without
        it the one that is loaded later.
    :param folder: where the shape is, below `shapes/`, for a table without unit.
    :param indexed: columns by which a load finds rows, of a table of a stream; the others are found by key.
    """

    name: str
    unit: str
    key: tuple[str, ...]
    columns: dict[str, str]
    latest: str | None = None
    folder: str = "keyed"
    indexed: tuple[str, ...] = ()

    @property
    def call_column(self) -> str:
        """The column that holds the call's id."""
        return "id" if self.name == "call" else "call_id"

    @property
    def lookup(self) -> tuple[str, ...]:
        """The columns by which a load finds rows again."""
        return (self.call_column,) if self.unit else self.key

    @property
    def indexes(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each index, where a destination has them."""
        return tuple((name,) for name in self.indexed) if self.folder == "streams" else (self.lookup,)

    @property
    def versioned(self) -> bool:
        """Whether rows carry `_content_hash`, `_first_seen_at` and `_deleted_at`."""
        return "_content_hash" in self.columns

    @property
    def content(self) -> tuple[str, ...]:
        """The columns that come from Gong, beside the key."""
        return tuple(name for name in self.columns if name not in (*self.key, SYNCED, FIRST_SEEN, DELETED))


@dataclass(frozen=True)
class Scope:
    """What a complete window covers: a stored row of it that the window does not show is gone from Gong.

    - `all`: every row.
    - `days`: the rows whose first of `columns`, a date or a time, is one of the company's days that the
      window was read for, and whose second, if any, is the period that it was read by. A table without the
      column follows the first table of the feed: its rows are covered when their parent is.
    - `shown`: the rows with the values of `columns` that the window shows, as its ids were given by a person.
      A shaped row that holds nothing but those values says that Gong was asked for them.
    - `none`: no row is ever gone, and none changes. Stored rows are looked up by `columns` if there are any.
    """

    kind: Literal["all", "days", "shown", "none"]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """Streams that fill the same tables; the first table holds a row a record."""

    streams: tuple[str, ...]
    tables: tuple[Table, ...]
    scope: Scope = Scope("all")


def typed(columns: str) -> dict[str, str]:
    """Columns from `name:type` separated by blanks; without a type they are text."""
    parts = (column.partition(":") for column in columns.split())
    return {name: kind or "text" for name, _, kind in parts}


def typed_as(kind: str, names: str) -> str:
    """The same type for all names."""
    return " ".join(f"{name}:{kind}" for name in names.split())


def declare(
    name: str, key: str, columns: str, *, unit: str = CALL, end: str = SYNC, latest: str | None = None
) -> Table:
    """A table of the calls flow, or a keyed one with `unit=""`."""
    return Table(name, unit, tuple(key.split()), typed(f"{columns} {end}"), latest)


def stream_table(name: str, key: str, columns: str = "", *, end: str = LIFE, indexed: str = "") -> Table:
    """A table of a stream: the key's columns come first, with their types where they are no text."""
    keys = typed(key)
    return Table(
        name, "", tuple(keys), {**keys, **typed(f"{columns} {end}")}, None, "streams", tuple(indexed.split())
    )
