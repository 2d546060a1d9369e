"""A file of records as the multipart body of one request, also without some of its lines.

`POST /v2/crm/entities` takes one part, `dataFile` (Gong's OpenAPI document).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from gong_airflow.content import Content, SizedStream, multipart
from gong_airflow.errors import GongInputError

# Gong reads up to 200 MB before it answers.
ANSWER_SECONDS = 300.0
Gap = tuple[int, int]


class RecordStream(SizedStream):
    """The bytes of a file of records."""

    subject = "The file of records"
    storage = "the outbox's storage"

    def changed(self, what: str) -> GongInputError:
        """What is in the outbox never changes by itself."""
        return GongInputError(
            what, remedy="Leave the files of the outbox alone; the next run sends what Gong does not have"
        )


class _WithGaps:
    """`file` from where it stands (its beginning), without the bytes of `gaps`."""

    def __init__(self, file: BinaryIO, gaps: Sequence[Gap]) -> None:
        self._file = file
        self._gaps = list(gaps)
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        blocks = []
        while size > 0:
            if self._gaps and self._gaps[0][0] == self._at:
                self._at = self._gaps.pop(0)[1]
                self._file.seek(self._at)
                continue
            until = self._gaps[0][0] - self._at if self._gaps else size
            block = self._file.read(min(size, until))
            if not block:
                break
            blocks.append(block)
            self._at += len(block)
            size -= len(block)
        return b"".join(blocks)


def gaps_of(file: BinaryIO, lines: Sequence[int]) -> list[Gap]:
    """Where `lines` of the file are: `(first byte, byte after the last)`, ascending.

    :param lines: 1 is the first; what is beyond the file's end has no place
    """
    wanted, gaps, start = set(lines), [], 0
    if not wanted:
        return []
    file.seek(0)
    for number, line in enumerate(file, start=1):
        if number in wanted:
            gaps.append((start, start + len(line)))
            if len(gaps) == len(wanted):
                break
        start += len(line)
    return gaps


def records_content(file: BinaryIO, size: int, gaps: Sequence[Gap] = ()) -> Content:
    """The file as the body of `POST /v2/crm/entities`, from its beginning.

    :param size: bytes of the file
    :param gaps: of `gaps_of`: what is left out
    """
    file.seek(0)
    left = size - sum(end - start for start, end in gaps)
    stream = RecordStream(_WithGaps(file, gaps), left)
    return multipart(
        "dataFile",
        stream,
        file_name="records.ldjson",
        kind="application/octet-stream",
        answer_timeout=ANSWER_SECONDS,
    )
