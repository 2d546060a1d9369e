"""Rows of a query become lines for Gong, or are set aside with what is wrong with them.

A line is a JSON object without a line feed: `objectId` first, the fields in Gong's order as far as the query
has columns for them, then the company's own in the order of `fields.yaml`. The same row gives the same line,
whatever rows stand beside it: the ledger knows a line by its hash.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from include.crm.conversions import WrongValueError, text
from include.crm.values import clean

if TYPE_CHECKING:
    from gong_airflow.crm.objects import Field
    from include.crm.mapping import ObjectMapping

Row = Sequence[Any]
# How every line begins; the id follows, in which nothing is escaped.
OPENING = b'{"objectId":"'
PREFIX_LENGTH = 20
# Where, in a list of them, one ends and the next begins.
_JOINT = b'},{"objectId":'
# Null leaves Gong's default here; elsewhere it is sent, so that Gong clears what it had.
_LEFT_OUT = ("isDeleted", "isActive", "status", "amount", "sortOrder", "name")
# All that counts, and all that is sent, of a record that was deleted.
_OF_DELETED = ("objectId", "modifiedDate", "isDeleted")
_LONGEST_ID_SHOWN = 200
_WRITTEN = 500


@dataclass(frozen=True)
class SetAside:
    """A row that Gong would not take, or that contradicts another.

    :param object_id: empty when it has none
    :param version: hexadecimal; another one when the row is another
    :param reasons: sentences that tell no values
    :param modified_date: UTC text like `2026-11-22T10:00:00Z`; None when it has none
    """

    object_id: str
    version: str
    reasons: list[str]
    modified_date: str | None

    def line(self) -> bytes:
        """As it stands in `set_aside.ndjson`."""
        return json.dumps(asdict(self)).encode() + b"\n"


@dataclass(frozen=True)
class Shaped:
    """What became of some rows. The lists have an entry for each good row, in the order of the rows.

    :param prefixes: `PREFIX_LENGTH` characters by which lines are sorted: modifiedDate; of a STAGE, which
        has none, its sort order
    :param deleted: places, in the lists, of records that were deleted in the source
    """

    lines: list[bytes]
    ids: list[str]
    prefixes: list[str]
    deleted: list[int]
    set_aside: list[SetAside]


class Shaper:
    """Makes lines of the rows of one query.

    :param columns: names of the query's columns
    :raises GongConfigurationError: they do not fit the mapping
    """

    def __init__(self, mapping: ObjectMapping, columns: Sequence[str]) -> None:
        order = [*mapping.object_type.fields, *mapping.declared]
        given = enumerate(mapping.arrange(columns))
        arranged = sorted((order.index(one), position) for position, one in given)
        self._fields: list[Field] = [order[place] for place, _ in arranged]
        self._positions = [position for _, position in arranged]
        self._names = [one.name for one in self._fields]
        self.id_position = self._positions[self._names.index("objectId")]
        """Place of the objectId in a row."""

    def shape(self, rows: Sequence[Row]) -> Shaped:
        """Some thousands of rows at a time."""
        columns, faults = self._clean(rows)
        deleted = {row for row, mark in enumerate(columns.get("isDeleted", ())) if mark}
        lines = self._lines(columns, faults)
        for row in deleted:
            faults[row] = [fault for fault in faults.get(row, ()) if fault[0] in _OF_DELETED]
            lines[row] = deletion(columns["objectId"][row], columns["modifiedDate"][row])
        set_aside = [
            self._set_aside(rows[row], columns, row, found) for row, found in sorted(faults.items()) if found
        ]
        ids, prefixes = columns["objectId"], _prefixes(columns, len(rows))
        if not set_aside:
            return Shaped(lines, list(ids), list(prefixes), sorted(deleted), [])
        good = [row for row in range(len(rows)) if not faults.get(row)]
        return Shaped(
            [lines[row] for row in good],
            [ids[row] for row in good],
            [prefixes[row] for row in good],
            [place for place, row in enumerate(good) if row in deleted],
            set_aside,
        )

    def _clean(
        self, rows: Sequence[Row]
    ) -> tuple[dict[str, Sequence[Any]], dict[int, list[tuple[str, str]]]]:
        """Clean values by field; and by row what is wrong with which field."""
        columns: dict[str, Sequence[Any]] = {}
        faults: dict[int, list[tuple[str, str]]] = {}
        for one, position in zip(self._fields, self._positions, strict=True):
            columns[one.name], wrong = clean(one, [row[position] for row in rows])
            for row, reason in wrong.items():
                faults.setdefault(row, []).append((one.name, reason))
        return columns, faults

    def _lines(
        self, columns: Mapping[str, Sequence[Any]], faults: dict[int, list[tuple[str, str]]]
    ) -> list[bytes]:
        """A line for each row, also for those that are at fault."""
        try:
            lines = list(self._together(zip(*columns.values())))  # noqa: B905 - costs time
        except TypeError:
            lines = []
            for number, row in enumerate(zip(*columns.values(), strict=True)):
                line, wrong = _careful_line(self._names, row)
                lines.append(line)
                if wrong:
                    faults.setdefault(number, []).extend(wrong)
        for name in _LEFT_OUT:
            if None in columns.get(name, ()):
                # Within text each quotation mark has a backslash before it: this is the field itself.
                null = b',"%b":null' % name.encode()
                lines = [line.replace(null, b"") for line in lines]
        return lines

    def _together(self, rows: Iterator[Row]) -> Iterator[bytes]:
        """The lines of rows of clean values, many in one go: orjson takes 4 kB for each of its results."""
        names = self._names
        while some := [dict(zip(names, row)) for row in itertools.islice(rows, _WRITTEN)]:  # noqa: B905
            # Within text each quotation mark has a backslash before it: this is where objects meet.
            yield from orjson.dumps(some)[1:-1].replace(_JOINT, b"}\n" + _JOINT[2:]).split(b"\n")

    def _set_aside(
        self,
        row: Row,
        columns: Mapping[str, Sequence[Any]],
        number: int,
        found: Iterable[tuple[str, str]],
    ) -> SetAside:
        modified = columns["modifiedDate"][number] if "modifiedDate" in columns else None
        content = [bytes(value) if isinstance(value, memoryview) else value for value in row]
        return SetAside(
            object_id=columns["objectId"][number] or _shown(row[self.id_position]),
            version=hashlib.md5(repr(content).encode(errors="replace"), usedforsecurity=False).hexdigest(),
            reasons=[f"{name}: {reason}" for name, reason in found],
            modified_date=modified,
        )


def deletion(object_id: str, modified_date: str) -> bytes:
    """The line that deletes a record."""
    return orjson.dumps({"objectId": object_id, "modifiedDate": modified_date, "isDeleted": True})


def number_of(digest: bytes) -> int:
    """What DuckDB's `md5_number_lower` makes of an MD5 hash."""
    return int.from_bytes(digest[8:], "little")


def version_of(line: bytes) -> int:
    """What the ledger knows a line by."""
    return number_of(hashlib.md5(line, usedforsecurity=False).digest())


def _careful_line(names: Sequence[str], row: Row) -> tuple[bytes, list[tuple[str, str]]]:
    """The line of a row of which values may hold halves of characters; and which do."""
    wrong, values = [], list(row)
    for place, name in enumerate(names):
        try:
            orjson.dumps(values[place])
        except TypeError:
            wrong.append((name, "not text: it holds half a character"))
            values[place] = None
    return orjson.dumps(dict(zip(names, values, strict=True))), wrong


def _prefixes(columns: Mapping[str, Sequence[Any]], rows: int) -> Sequence[str]:
    if "modifiedDate" in columns:
        modified: Sequence[str] = columns["modifiedDate"]
        return modified
    return [_sortable(number) for number in columns.get("sortOrder", [None] * rows)]


def _sortable(number: Any) -> str:
    """Digits that sort as the number does; Gong's default is 1."""
    value = 1.0 if number is None else float(orjson.dumps(number))
    [bits] = struct.unpack(">Q", struct.pack(">d", value))
    return f"{bits ^ (2**64 - 1 if bits >> 63 else 2**63):020d}"


def _shown(value: Any) -> str:
    """An id that cannot be one."""
    try:
        found = "" if value is None else text(value)
    except WrongValueError:
        return ""
    return found.encode(errors="replace").decode()[:_LONGEST_ID_SHOWN]
