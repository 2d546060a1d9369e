"""Takes the measure of a media file while it passes by; of its bytes only the head is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from include.emulator.media_kinds import HEAD, estimated_seconds, is_video, measured_seconds, recognise
from include.emulator.waves import Ear, Wave, read_header


@dataclass(frozen=True)
class Media:
    """A file that was received. ``kind`` is None for a format that Gong does not take.

    ``measured``: seconds by the file itself, None if it does not say; ``estimated``: seconds by its size.
    ``heard`` is ``silence``, ``tone`` or ``speech``, which is what everything but WAV is taken for.
    """

    sha256: str
    size: int
    kind: str | None
    video: bool
    measured: float | None
    estimated: float
    heard: str


class Measure:
    """Fed with the bytes of one file in any portions."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._head = bytearray()
        self._wave: Wave | None = None
        self._ear: Ear | None = None
        self._looked = False
        self.size = 0

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        self._hash.update(piece)
        self.size += len(piece)
        if self._ear is not None:
            self._ear.feed(piece)
        elif not self._looked:
            self._head += piece
            if len(self._head) >= HEAD:
                self._look()

    def _look(self) -> None:
        """The head is complete: see whether there is something to listen to."""
        self._looked = True
        head = bytes(self._head)
        self._wave = read_header(head) if recognise(head) == "wav" else None
        if self._wave is not None:
            self._ear = Ear(self._wave)
            self._ear.feed(head[self._wave.start :])

    def finish(self) -> Media:
        """No more bytes come."""
        if not self._looked:
            self._look()
        head = bytes(self._head)
        kind = recognise(head)
        measured = None
        if kind == "wav":
            measured = self._wave.seconds(self.size) if self._wave is not None else 0.0
        elif kind is not None:
            measured = measured_seconds(kind, head)
        return Media(
            sha256=self._hash.hexdigest(),
            size=self.size,
            kind=kind,
            video=kind is not None and is_video(kind, head),
            measured=measured,
            estimated=estimated_seconds(kind or "", head, self.size),
            heard=self._ear.heard if self._ear is not None else "speech",
        )
