"""Reads small pieces of a media file, wherever it lies."""

from __future__ import annotations

from typing import BinaryIO

HEAD_BYTES = 16_384


class BadMediaError(ValueError):
    """The file is of a known format, but not all there; the message is a sentence for people."""


class Reader:
    """The file of `size` bytes; its first 16 KB are read once."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.head = self._read(0, min(size, HEAD_BYTES))

    def at(self, offset: int, count: int) -> bytes:
        """The `count` bytes from `offset`; fewer where the file ends."""
        if offset + count <= len(self.head):
            return self.head[offset : offset + count]
        return self._read(offset, min(count, max(0, self.size - offset)))

    def _read(self, offset: int, count: int) -> bytes:
        if count <= 0:
            return b""
        self._file.seek(offset)
        pieces = b""
        while len(pieces) < count and (piece := self._file.read(count - len(pieces))):
            pieces += piece
        return pieces

    def cut_off(self, format_name: str, what: str) -> BadMediaError:
        """The error for a file that ends before its end."""
        whose = f"The media file ({format_name}, {self.size:,} bytes)"
        return BadMediaError(
            f"{whose} is cut off or was not finished: {what}. Copy or export the recording again"
        )
