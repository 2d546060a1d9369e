"""Pages of 100: ``records`` with the total frozen at the first page, and a cursor only if more follows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import orjson

from include.emulator.cursors import Cursor, CursorCodec

# The longest that rendering may hold the event loop, so that a request that comes in is stamped in time.
SLICE_SECONDS = 0.002
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page:
    """What one answer carries: ``cursor`` stands for this page, ``more`` says that others follow."""

    array: str
    rows: Sequence[bytes]
    cursor: Cursor
    more: bool

    def render(self, codec: CursorCodec) -> list[bytes]:
        """The members ``records`` and the array, as pieces of JSON without braces."""
        records: dict[str, object] = {
            "totalRecords": self.cursor.total,
            "currentPageSize": len(self.rows),
            "currentPageNumber": self.cursor.page_number,
        }
        if self.more:
            records["cursor"] = codec.encode(self.cursor)
        pieces = [b'"records":' + orjson.dumps(records) + b',"' + self.array.encode() + b'":[']
        for row in self.rows:
            pieces += (row, b",")
        if self.rows:
            pieces.pop()
        return [*pieces, b"]"]


async def render_all(turn: asyncio.Lock, rows: Iterable[Row], render: Callable[[Row], bytes]) -> list[bytes]:
    """Render ``rows`` one by one, giving way to other tasks after each ``SLICE_SECONDS``.

    Only the holder of ``turn`` renders: otherwise each of many requests would take a slice before a new one
    is looked at.
    """
    made: list[bytes] = []
    async with turn:
        began = time.monotonic()
        for row in rows:
            made.append(render(row))
            if time.monotonic() - began > SLICE_SECONDS:
                await asyncio.sleep(0)
                began = time.monotonic()
    return made
