"""Searches every byte of our files for a person: what a purge cannot vouch for itself.

Nothing here is shared with the purge. What is searched for is made from the addresses and numbers alone, in
their common spellings. Files are read in pieces that overlap; compressed ones unpacked, Parquet files by
their rows too, and in what is no text the plain spelling is looked for only.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from include import settings
from include.crm.database import open_database
from include.crm.outbox import crm_storage
from include.erasure.copies.patterns import Patterns
from include.erasure.copies.zone import landing_storage
from include.media.landed import MEDIA
from include.recordings.notes import CLAIMS, DONE, RECEIPTS, REJECTED
from include.storage import Entry, Storage

if TYPE_CHECKING:
    from include.erasure.person import Person

_PIECE = 1 << 20
# Longer than any spelling, also of one in which each letter is escaped.
_OVERLAP = 4096
_GZIP = b"\x1f\x8b"


def search(person: Person) -> dict[str, int]:
    """How many files hold the person, in their names or anywhere in them, by place."""
    patterns = Patterns(person.forms)
    return {place: sum(_holds(*one, patterns) for one in files) for place, files in _places().items()}


def _places() -> dict[str, Iterator[tuple[Storage, Entry]]]:
    landing, recordings = landing_storage(), Storage(settings.recordings_url())
    beside = (recordings.incoming, DONE, REJECTED, RECEIPTS, CLAIMS)
    streams = sorted(set(landing.names("")) - {MEDIA})
    return {
        "landing": _below(landing, *streams),
        "media": _media(landing),
        "recordings": _below(recordings, *beside),
        "crm": _below(crm_storage("", "outbox"), "outbox", "ledger"),
        "erasure": _below(Storage(f"{settings.erasure_url().rstrip('/')}/cases"), ""),
    }


def _below(storage: Storage, *folders: str) -> Iterator[tuple[Storage, Entry]]:
    for folder in folders:
        yield from ((storage, entry) for entry in storage.entries(folder))


def _media(landing: Storage) -> Iterator[tuple[Storage, Entry]]:
    yield from _below(landing, MEDIA)
    # On this machine's disk, where the landing zone is not.
    parts = settings.media_temp_dir()
    yield from _below(Storage(f"file://{parts}"), parts.name)


def _holds(storage: Storage, entry: Entry, patterns: Patterns) -> bool:
    if patterns.name(entry.path):
        return True
    try:
        if entry.path.endswith(".parquet") and _in_rows(storage, entry.path, patterns):
            return True
        with storage.open(entry.path) as file:
            return any(_in_piece(piece, patterns) for piece in _overlapping(_contents(file)))
    except FileNotFoundError:
        return False


def _in_piece(piece: bytes, patterns: Patterns) -> bool:
    return patterns.plain(piece) if b"\0" in piece else patterns.text(piece)


def _contents(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file; of a compressed one those that are in it, as far as it can be unpacked."""
    unpacking = None
    while raw := file.read(_PIECE):
        if unpacking is None and raw.startswith(_GZIP) and file.tell() == len(raw):
            unpacking = zlib.decompressobj(wbits=31)
        if unpacking is None:
            yield raw
            continue
        try:
            while raw:
                yield unpacking.decompress(raw, _PIECE)
                raw = unpacking.unconsumed_tail
                if unpacking.eof:
                    raw, unpacking = unpacking.unused_data, zlib.decompressobj(wbits=31)
        except zlib.error:
            yield raw
            unpacking = None


def _overlapping(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Each with the end of the one before, so that nothing hides where one ends."""
    end = b""
    for piece in pieces:
        yield end + piece
        end = (end + piece)[-_OVERLAP:]


def _in_rows(storage: Storage, path: str, patterns: Patterns) -> bool:
    """Whether a row of a Parquet file holds the person: its pages are compressed."""
    with tempfile.TemporaryDirectory() as folder, open_database() as database:
        copy = Path(storage.full(path))
        if not storage.local:
            copy = Path(folder, "copy.parquet")
            storage.fs.get_file(storage.full(path), str(copy))
        rows = database.execute("SELECT t::VARCHAR FROM read_parquet(?) t", [str(copy)])
        while some := rows.fetchmany(2000):
            if patterns.text("\n".join(str(row[0]) for row in some).encode("utf-8", "replace")):
                return True
    return False
