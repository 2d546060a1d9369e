"""A file of records as a body: exact bytes, lines left out on the fly, constant memory."""

from __future__ import annotations

import io
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from gong_airflow.crm.body import gaps_of, records_content
from gong_airflow.errors import GongInputError
from gong_airflow.wire import BLOCK_SIZE

LINES = [f'{{"objectId":"{number}","name":"{"é" * (number % 7)}"}}\n'.encode() for number in range(1, 41)]


def drain(stream: Any, size: int = BLOCK_SIZE) -> bytes:
    return b"".join(iter(lambda: stream.read(size), b""))


def part_of(content: Any, size: int = BLOCK_SIZE) -> tuple[bytes, bytes]:
    """Head and content of the only part."""
    declared = content.stream.len
    body = drain(content.stream, size)
    assert len(body) == declared
    boundary = content.content_type.partition("boundary=")[2].encode()
    head, _, rest = body.partition(b"\r\n\r\n")
    return head, rest.removesuffix(b"\r\n--" + boundary + b"--\r\n")


def test_the_body_is_one_part_called_data_file() -> None:
    whole = b"".join(LINES)
    head, sent = part_of(records_content(io.BytesIO(whole), len(whole)))
    assert head.splitlines()[1:] == [
        b'Content-Disposition: form-data; name="dataFile"; filename="records.ldjson"',
        b"Content-Type: application/octet-stream",
    ]
    assert sent == whole


@pytest.mark.parametrize("ending", [b"", b"\n"], ids=["without newline", "with newline"])
@pytest.mark.parametrize("block", [1, 7, BLOCK_SIZE])
def test_lines_are_left_out_wherever_they_are(block: int, ending: bytes) -> None:
    whole = b"".join(LINES).rstrip(b"\n") + ending
    lines = whole.splitlines(keepends=True)
    randomly = random.Random(1)
    choices = [
        [1],
        [40],
        [1, 2, 3],
        [39, 40],
        [5, 6, 20],
        *(randomly.sample(range(1, 41), 20) for _ in range(5)),
    ]
    file = io.BytesIO(whole)
    for without in choices:
        gaps = gaps_of(file, without)
        expected = b"".join(line for number, line in enumerate(lines, 1) if number not in without)
        # Twice: a body is made anew for every attempt.
        for _ in range(2):
            assert part_of(records_content(file, len(whole), gaps), block)[1] == expected


def test_a_file_that_changed_is_never_sent_whole() -> None:
    whole = b"".join(LINES)
    for actual in (whole[:-1], whole + b"{}\n"):
        content = records_content(io.BytesIO(actual), len(whole))
        declared, sent = content.stream.len, []
        with pytest.raises(GongInputError, match="changed while it was sent"):
            sent.extend(iter(lambda content=content: content.stream.read(300), b""))
        assert sum(map(len, sent)) < declared


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    line = b'{"objectId":"' + b"x" * 180 + b'"}\n'
    path, count = tmp_path / "a", 300_000
    with path.open("wb") as file:
        for _ in range(count // 1000):
            file.write(line * 1000)
    size = path.stat().st_size
    with path.open("rb") as file:
        tracemalloc.start()
        try:
            gaps = gaps_of(file, [1, 150_000, count])
            content = records_content(file, size, gaps)
            total = sum(len(block) for block in iter(lambda: content.stream.read(BLOCK_SIZE), b""))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert total > size - 4 * len(line)
    assert peak < 16 * BLOCK_SIZE
