"""The bytes of made-up media: the same for a call and kind every time, made block by block, of any size."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import lru_cache

BLOCK = 256 * 1024
_SIGNS = {"audio": b"ID3\x04\x00\x00\x00\x00\x00\x00", "video": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"}


class MediaObject:
    """One object of the storage. ``name`` decides its bytes; begins like MP3 or MP4, the rest is noise."""

    def __init__(self, name: str, kind: str, size: int) -> None:
        self._name, self._kind, self.size = name, kind, size
        self.etag = f'"{hashlib.sha256(f"{name}:{kind}:{size}".encode()).hexdigest()[:32]}"'

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` to ``end``, in pieces of at most ``BLOCK``."""
        while start < end:
            number, offset = divmod(start, BLOCK)
            piece = self._block(number)[offset : offset + end - start]
            yield piece
            start += len(piece)

    def _block(self, number: int) -> bytes:
        # No two blocks are alike: what is put together wrongly has another hash.
        mark = hashlib.sha256(f"{self._name}:{self._kind}:{number}".encode()).digest()
        head = _SIGNS[self._kind] + mark if number == 0 else mark
        return head + _noise(self._name)[len(head) :]


@lru_cache(maxsize=8)
def _noise(name: str) -> bytes:
    return random.Random(name).randbytes(BLOCK)
