"""Pages of rows that stand in the order of their keys: the cursor holds the key of the last row given."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from include.emulator.cursors import LIFE_SECONDS, Cursor, CursorCodec
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.paging import Page, render_all
from include.emulator.state import Emulator

Row = TypeVar("Row")
Key = tuple[int, ...]


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """An answer of several pages.

    ``rows`` with their keys, ascending; ``names`` say what the parts of a key are called in a cursor.
    ``binding`` is the question as text, equal for equal questions. ``nothing``: the text of the 404 when
    there is no row at all; None if an empty list is 200.
    """

    array: str
    names: tuple[str, ...]
    rows: Sequence[tuple[Key, Row]]
    binding: str
    nothing: str | None = None


async def page(
    emulator: Emulator,
    exchange: Exchange,
    listing: Listing[Row],
    cursor_text: str | None,
    render: Callable[[Row], bytes],
) -> list[bytes]:
    """The page that follows ``cursor_text``, as pieces of JSON: ``records`` and the array."""
    now = emulator.clock.seconds()
    codec = CursorCodec(
        emulator.cursor_secret, f"{exchange.template}|{listing.binding}", emulator.options.page_size
    )
    start = 0
    if cursor_text:
        cursor = codec.decode(cursor_text, now, listing.names)
        after = tuple(int(cursor.position[name]) for name in listing.names)
        start = bisect_right([key for key, _ in listing.rows], after)
    elif not listing.rows and listing.nothing is not None:
        raise ApiError(404, [listing.nothing])
    else:
        cursor = Cursor({}, len(listing.rows), -1, int(now) + LIFE_SECONDS)
    given = listing.rows[start : start + codec.page_size]
    here = cursor.next(_position(listing, given[-1][0]) if given else cursor.position)
    exchange.fresh_cursor = lambda: codec.encode(
        replace(here, position=_position(listing, (-1,) * len(listing.names)))
    )
    made = await render_all(emulator.rendering, [row for _, row in given], render)
    return Page(listing.array, made, here, start + codec.page_size < len(listing.rows)).render(codec)


def _position(listing: Listing[Row], key: Key) -> dict[str, object]:
    return dict(zip(listing.names, key, strict=True))
