"""Kinds of records that the control plane lists, deletes and changes, by the name of their stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Record = dict[str, Any]
"""A document. Members that begin with an underscore are known to the emulator only."""
Records = list[Record]


class Kind(Protocol):
    """All records of one kind, whoever may see them."""

    def list(self) -> Records:
        """The records, inner members too; ``recordId`` is what ``delete`` and ``change`` take."""

    def delete(self, number: str) -> bool:
        """Let a record vanish as if it was deleted in Gong; whether there was one."""

    def change(self, number: str, members: Mapping[str, Any]) -> bool:
        """Give a record other members; whether there is one."""


class Rows:
    """A kind whose records are documents in a list, which the operations read, too.

    ``key`` gives a record's id as text. A change replaces the document in the list: whoever holds the old one
    (rendered bytes, say) notices.
    """

    def __init__(self, rows: Records, key: Callable[[Record], str]) -> None:
        self.rows = rows
        self._key = key

    def list(self) -> Records:
        """As ``Kind.list``."""
        return [{"recordId": self._key(row), **row} for row in self.rows]

    def delete(self, number: str) -> bool:
        """As ``Kind.delete``."""
        kept = [row for row in self.rows if self._key(row) != number]
        found = len(kept) < len(self.rows)
        self.rows[:] = kept
        return found

    def change(self, number: str, members: Mapping[str, Any]) -> bool:
        """As ``Kind.change``; members are replaced whole, at the top level."""
        found = False
        for place, row in enumerate(self.rows):
            if self._key(row) == number:
                self.rows[place] = row | dict(members)
                found = True
        return found


def wire(row: Record) -> Record:
    """What the API shows of ``row``."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def by(*names: str) -> Callable[[Record], str]:
    """A key made of members: their values as text, joined by ``:``."""
    return lambda row: ":".join(str(row[name]) for name in names)
