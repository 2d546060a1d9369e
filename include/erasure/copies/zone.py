"""The files of the landing zone: listed, read ahead, unpacked."""

from __future__ import annotations

import gzip
import re
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from include import settings
from include.landing import MANIFEST
from include.media.landed import MEDIA
from include.storage import Entry, Storage

_PAGE = re.compile(r"page-\d+\.(\w+)\.ndjson\.gz")
_PART = re.compile(r"part-\d+\.json")
# Files that are read and unpacked while those before them are looked at.
_AHEAD = 3
# Of a damaged file, bytes at once: what stands before the damage counts.
_SOME = 1024


@dataclass(frozen=True)
class Landed:
    """A file of the landing zone.

    :param stream: whose records it holds; empty for a file that is no page
    """

    path: str
    stream: str

    @classmethod
    def of(cls, entry: Entry) -> Landed:
        """By its name."""
        found = _PAGE.fullmatch(entry.path.rpartition("/")[2])
        return cls(entry.path, found[1] if found else "")

    @property
    def folder(self) -> str:
        """That of its window."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Within its folder."""
        return self.path.rpartition("/")[2]

    @property
    def is_manifest(self) -> bool:
        """Whether it is a manifest or a part of one."""
        return self.name == MANIFEST or bool(_PART.fullmatch(self.name))

    @property
    def is_left_over(self) -> bool:
        """Whether it is, or may be, what a killed task had half written."""
        return self.name.startswith(".") and self.name.endswith(".part")


def landing_storage() -> Storage:
    """The landing zone; paths begin with the name of a stream."""
    # What a storage is based on is the folder around the one that it is given.
    return Storage(f"{settings.landing_url().rstrip('/')}/{MEDIA}")


def streams(storage: Storage) -> list[str]:
    """The folders of the landing zone, but for that of the media."""
    return sorted(set(storage.names("")) - {MEDIA})


def files_of(storage: Storage, stream: str) -> list[Landed]:
    """The files of a stream, window after window."""
    found = map(Landed.of, storage.entries(stream))
    return sorted(found, key=lambda file: (file.folder, file.name))


def unpacked(storage: Storage, files: Iterable[Landed]) -> Iterator[tuple[Landed, bytes | None]]:
    """What the files hold, pages unpacked, without those that are gone; None for a page that is damaged."""
    waiting: deque[tuple[Landed, Future[tuple[bool, bytes | None]]]] = deque()
    with ThreadPoolExecutor(_AHEAD) as readers:
        for file in files:
            waiting.append((file, readers.submit(_unpacked, storage, file)))
            if len(waiting) > _AHEAD:
                yield from _there(*waiting.popleft())
        while waiting:
            yield from _there(*waiting.popleft())


def _there(file: Landed, reading: Future[tuple[bool, bytes | None]]) -> Iterator[tuple[Landed, bytes | None]]:
    there, content = reading.result()
    if there:
        yield file, content


def _unpacked(storage: Storage, file: Landed) -> tuple[bool, bytes | None]:
    content = storage.read(file.path)
    if content is None or not file.stream:
        return content is not None, content
    return True, page_content(content)


def page_content(packed: bytes) -> bytes | None:
    """The lines of a page; None when it is damaged."""
    try:
        return gzip.decompress(packed)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None


def whatever_is_there(content: bytes) -> bytes:
    """As much of a file, packed or not, as can be read."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    unpacking, found = zlib.decompressobj(wbits=31), bytearray()
    try:
        for start in range(0, len(content), _SOME):
            found += unpacking.decompress(content[start : start + _SOME])
            if unpacking.eof:
                return bytes(found) + whatever_is_there(unpacking.unused_data + content[start + _SOME :])
    except zlib.error:
        pass
    return bytes(found)
