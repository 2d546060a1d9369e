"""Lines in any order, more than fit into memory, become sorted files of at most 200 MB.

`Spool` takes the lines into a file: runs that are sorted, each as blocks whose first line is remembered.
Read back in the order of these, only the blocks that overlap are in memory at once. `Parts` writes the files.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from include.crm.shaping import OPENING, PREFIX_LENGTH

MOST_BYTES = 200_000_000
"""Of a file. Source: Gong's OpenAPI document, `POST /v2/crm/entities`."""
_RUN_BYTES = 2_000_000
_BLOCK_BYTES = 32_000
_READ_BYTES = 1_000_000
# Enough to hold the prefix and an id; a shorter one would only keep more in memory.
_KEY_LENGTH = PREFIX_LENGTH + len(OPENING) + 64
# Behind each line: a tab, the row's number as eight hexadecimal digits, a line feed.
_TAIL = 10


class Spool:
    """Lines on the disk, until it is known which of them are sent.

    An entry is the prefix, the line and the number of the row: 0 the first that was added. Its own bytes are
    what it is sorted by: prefix, then id.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("w+b")
        self._run: list[bytes] = []
        self._run_bytes = 0
        self._blocks: list[tuple[bytes, int, int]] = []
        self.rows = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, prefixes: Sequence[str], lines: Sequence[bytes]) -> None:
        """More rows, with a prefix of `PREFIX_LENGTH` ASCII characters for each."""
        numbers = range(self.rows, self.rows + len(lines))
        entries = [
            b"%b%b\t%08x\n" % entry
            for entry in zip("\n".join(prefixes).encode().split(b"\n"), lines, numbers)  # noqa: B905
        ]
        self.rows += len(lines)
        self._run += entries
        self._run_bytes += sum(map(len, entries))
        if self._run_bytes > _RUN_BYTES:
            self._flush()

    def _flush(self) -> None:
        run = self._run
        if not run:
            return
        run.sort()
        together = max(1, len(run) * _BLOCK_BYTES // self._run_bytes)
        self._file.seek(0, 2)
        offset = self._file.tell()
        for start in range(0, len(run), together):
            block = b"".join(run[start : start + together])
            self._blocks.append((run[start][:_KEY_LENGTH], offset, len(block)))
            offset += self._file.write(block)
        self._run, self._run_bytes = [], 0

    def sorted(self) -> Iterator[list[bytes]]:
        """All entries in order, some thousands at a time."""
        self._flush()
        blocks = sorted(self._blocks)
        pending: list[bytes] = []
        size = 0
        for number, (_, offset, length) in enumerate(blocks, 1):
            pending += self._read(offset, length)
            size += length
            if size > _READ_BYTES or number == len(blocks):
                # Runs in order one after another: merging them is what sort() does best.
                pending.sort()
                # No entry that is still to come lies before the first of the next block.
                end = bisect_left(pending, blocks[number][0]) if number < len(blocks) else len(pending)
                yield pending[:end]
                del pending[:end]
                size = 0

    def entries(self, codes: bytearray, wanted: Collection[int]) -> Iterator[bytes]:
        """The entries of rows whose code is among `wanted`, in no order."""
        self._flush()
        for _, offset, length in self._blocks:
            for entry in self._read(offset, length):
                if codes[number_of_entry(entry)] in wanted:
                    yield entry

    def _read(self, offset: int, length: int) -> list[bytes]:
        self._file.seek(offset)
        return self._file.read(length).splitlines(keepends=True)


def number_of_entry(entry: bytes) -> int:
    """The number of the row."""
    return int(entry[1 - _TAIL : -1], 16)


def line_of(entry: bytes) -> bytes:
    """The line, without a line feed."""
    return entry[PREFIX_LENGTH:-_TAIL]


def lines_of(entries: Sequence[bytes]) -> list[bytes]:
    """The lines of many entries."""
    return [entry[PREFIX_LENGTH:-_TAIL] for entry in entries]


def prefix_of(entry: bytes) -> str:
    """What it is sorted by before its id."""
    return entry[:PREFIX_LENGTH].decode()


def id_of(line: bytes) -> str:
    """The record's id."""
    return line[len(OPENING) : line.index(b'"', len(OPENING))].decode()


class Parts:
    """The files of a batch: `part-0001.ldjson` and so on.

    :param parent: what their digests start from
    """

    def __init__(self, folder: Path, parent: str, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._parent = parent
        self._most_bytes = most_bytes
        self._file: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self._finished: list[dict[str, Any]] = []
        self._rows = self._bytes = 0

    def write(self, lines: Sequence[bytes]) -> None:
        """More lines, without line feeds."""
        size = sum(map(len, lines)) + len(lines)
        if self._bytes + size <= self._most_bytes:
            self._append(lines, size)
            return
        for line in lines:
            if self._bytes + len(line) + 1 > self._most_bytes:
                self._close()
            self._append([line], len(line) + 1)

    def finish(self) -> list[dict[str, Any]]:
        """`{"part", "rows", "bytes", "digest"}` of each file; they are complete then."""
        self._close()
        return self._finished

    def _append(self, lines: Sequence[bytes], size: int) -> None:
        if not lines:
            return
        if self._file is None:
            self._file = (self._folder / f"{self._name()}.ldjson").open("wb")
            self._digest = hashlib.sha256(self._parent.encode())
        content = b"\n".join(lines) + b"\n"
        self._file.write(content)
        self._digest.update(content)
        self._rows += len(lines)
        self._bytes += size

    def _name(self) -> str:
        return f"part-{len(self._finished) + 1:04d}"

    def _close(self) -> None:
        if self._file is None:
            return
        self._file.close()
        self._finished.append(
            {
                "part": self._name(),
                "rows": self._rows,
                "bytes": self._bytes,
                "digest": self._digest.hexdigest(),
            }
        )
        self._file, self._rows, self._bytes = None, 0, 0
