"""Mentions in names of files, which telephone systems make of numbers and addresses.

A name is no sentence: what follows an address in `20261120_jane.doe@example.com_in.wav` is none of it.
"""

from __future__ import annotations

import re
import unicodedata

from gong_airflow.erasure.spelling import holds
from gong_airflow.recordings.media import MEDIA_SUFFIXES
from include.erasure.copies.clues import Clues
from include.erasure.person import Person

_SUFFIXES = (*sorted(MEDIA_SUFFIXES), ".json", ".reason.txt", ".txt", ".part", ".tmp")


class Names:
    """Tells whether names mention a person."""

    def __init__(self, person: Person, clues: Clues) -> None:
        self._known, self._clues = person.known, clues
        addresses = sorted(form.partition(":")[2] for form in person.forms if form.startswith("email:"))
        # Another person's address goes on to the left with a point, and so does a longer domain to the right.
        spellings = "|".join(map(re.escape, addresses)) or "(?!)"
        self._address = re.compile(rf"(?<![a-z0-9.])(?:{spellings})(?![a-z0-9]|\.[a-z0-9])")

    def mention(self, path: str) -> bool:
        """Whether one of the names in a path does."""
        if not self._clues.in_text(path):
            return False
        return any(self._mentions(name) for name in path.split("/"))

    def _mentions(self, name: str) -> bool:
        folded = unicodedata.normalize("NFKC", name).casefold()
        stems = {folded, _stem(folded)}
        return any(self._address.search(stem) or holds(stem, self._known) for stem in stems)


def _stem(name: str) -> str:
    """Without the endings that tell what is in a file: they read like a part of a domain."""
    while suffix := next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), ""):
        name = name[: -len(suffix)]
    return name
