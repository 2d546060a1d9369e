"""Where the files of a recording go: a place in `rejected` or `done` that no other recording has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import PurePosixPath

from include.recordings.listing import bare
from include.recordings.notes import DONE, REJECTED, Claim, Notes
from include.storage import Entry, Storage

_REASON = ".reason.txt"
_LONGEST_NAME = 255  # bytes of a file's name on common file systems


def in_done(storage: Storage, notes: Notes, claim: Claim, call_id: str) -> tuple[str, dict[str, str]]:
    """A folder named after the call, and path to path of the files.

    Two recordings that were sent under one `clientUniqueId` have one call id: the second gets `<call id>~2`.
    """
    for number in count(1):
        place = f"{DONE}/{call_id}{_mark(number)}"
        if notes.reserve(place, claim.id):
            if not storage.names(place):
                break
            notes.give_up(place)
    names = _names_in_done(claim)
    return place, {entry.path: f"{place}/{next(names)}" for entry in claim.entries}


def in_rejected(storage: Storage, notes: Notes, claim: Claim) -> tuple[str, dict[str, str]]:
    """A name under which `rejected` holds no recording yet, and path to path of the files."""
    folder, _, name = f"{REJECTED}/{claim.name}".rpartition("/")
    # A reason file alone is what is left when somebody has taken the recording out again.
    taken = {bare(other).casefold() for other in storage.names(folder) if not other.endswith(_REASON)}
    endings = {entry.path: _name(entry)[len(name) :] for entry in claim.entries}
    longest = max(endings.values(), key=len)
    for number in count(1):
        stem = name if number == 1 else _cut(name, _mark(number) + longest) + _mark(number)
        place = f"{folder}/{stem}"
        if stem.casefold() not in taken and notes.reserve(place, claim.id):
            return place, {source: f"{place}{ending}" for source, ending in endings.items()}
    raise StopIteration  # `count` never ends


def reason_file(place: str) -> str:
    """The path of the reason file of what is rejected at `place`."""
    folder, _, name = place.rpartition("/")
    return f"{folder}/{_cut(name, _REASON)}{_REASON}"


def _names_in_done(claim: Claim) -> Iterator[str]:
    """Names of the entries of a claim, in their order."""
    if claim.metadata:
        yield "metadata.json"
    for number, entry in enumerate(claim.media, start=1):
        yield f"recording{_mark(number)}{PurePosixPath(entry.path).suffix.lower()}"


def _mark(number: int) -> str:
    return "" if number == 1 else f"~{number}"


def _name(entry: Entry) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(entry.path).name)


def _cut(name: str, ending: str) -> str:
    """As much of `name` as leaves room for `ending` in the name of a file."""
    while len(f"{name}{ending}".encode("utf-8", "surrogateescape")) > _LONGEST_NAME:
        name = name[:-1]
    return name
