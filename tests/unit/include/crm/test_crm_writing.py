"""Lines in any order become sorted files of bounded size."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from include.crm import writing
from include.crm.writing import Parts, Spool, id_of, line_of, lines_of, number_of_entry, prefix_of

Row = tuple[str, bytes]


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spool]:
    """One that goes to the disk and back after a few rows."""
    monkeypatch.setattr(writing, "_RUN_BYTES", 3000)
    monkeypatch.setattr(writing, "_BLOCK_BYTES", 400)
    monkeypatch.setattr(writing, "_READ_BYTES", 1200)
    with Spool(tmp_path / "spool") as made:
        yield made


def row(number: int, day: int) -> Row:
    record = {"objectId": f"c-{number:04d}", "note": "\t\u2028\r\n" + "x" * (number % 90)}
    return f"2026-01-{day:02d}T00:00:00Z", orjson.dumps(record)


def fill(spool: Spool, rows: list[Row], together: int = 7) -> None:
    for start in range(0, len(rows), together):
        some = rows[start : start + together]
        spool.add([prefix for prefix, _ in some], [line for _, line in some])


def shuffled(rows: list[Row]) -> list[Row]:
    return random.Random(5).sample(rows, len(rows))


@pytest.mark.parametrize(
    "days",
    [
        lambda number: 1 + number % 28,
        lambda number: 1 + number // 40,
        lambda number: 28 - number // 40,
        lambda _: 7,
    ],
)
@pytest.mark.parametrize("shuffle", [shuffled, list])
def test_entries_come_in_order(spool: Spool, days: object, shuffle: object) -> None:
    rows = [row(number, days(number)) for number in range(1000)]  # type: ignore[operator]
    fill(spool, shuffle(rows))  # type: ignore[operator]
    entries = [entry for some in spool.sorted() for entry in some]
    assert [(prefix_of(entry), line_of(entry)) for entry in entries] == sorted(rows)
    assert lines_of(entries) == [line for _, line in sorted(rows)]


def test_few_entries_are_in_memory_at_once(spool: Spool) -> None:
    fill(spool, shuffled([row(number, 1 + number % 28) for number in range(1000)]))
    most = max(len(some) for some in spool.sorted())
    assert 1 <= most < 200


def test_an_entry_knows_the_number_of_its_row(spool: Spool) -> None:
    rows = shuffled([row(number, 1 + number % 28) for number in range(300)])
    fill(spool, rows)
    found = {number_of_entry(entry): line_of(entry) for some in spool.sorted() for entry in some}
    assert found == {number: line for number, (_, line) in enumerate(rows)}
    assert spool.rows == 300


def test_entries_are_found_by_their_code(spool: Spool) -> None:
    rows = [row(number, 1) for number in range(300)]
    fill(spool, rows)
    codes = bytearray(300)
    codes[0] = codes[299] = 4
    codes[5] = 2
    assert sorted(map(number_of_entry, spool.entries(codes, {4}))) == [0, 299]
    assert {id_of(line_of(entry)) for entry in spool.entries(codes, {2, 3})} == {"c-0005"}


def test_a_spool_without_rows(spool: Spool) -> None:
    assert list(spool.sorted()) == []
    assert list(spool.entries(bytearray(), {0})) == []


def test_files_hold_the_lines_and_are_told(tmp_path: Path) -> None:
    parts = Parts(tmp_path, "parent")
    parts.write([b"a", b"bb"])
    parts.write([])
    parts.write([b"c"])
    content = (tmp_path / "part-0001.ldjson").read_bytes
    assert parts.finish() == [
        {
            "part": "part-0001",
            "rows": 3,
            "bytes": 7,
            "digest": hashlib.sha256(b"parenta\nbb\nc\n").hexdigest(),
        }
    ]
    assert content() == b"a\nbb\nc\n"


def test_no_file_without_lines(tmp_path: Path) -> None:
    parts = Parts(tmp_path, "")
    parts.write([])
    assert parts.finish() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("together", [1, 3, 100])
def test_files_are_as_big_as_they_may_be(tmp_path: Path, together: int) -> None:
    parts = Parts(tmp_path, "", most_bytes=10)
    lines = [b"xxxx"] * 5 + [b"123456789"] + [b""]
    for start in range(0, len(lines), together):
        parts.write(lines[start : start + together])
    told = parts.finish()
    assert [(part["rows"], part["bytes"]) for part in told] == [(2, 10), (2, 10), (1, 5), (1, 10), (1, 1)]
    written = [(tmp_path / f"{part['part']}.ldjson").read_bytes() for part in told]
    assert b"".join(written) == b"".join(line + b"\n" for line in lines)
    assert [hashlib.sha256(content).hexdigest() for content in written] == [part["digest"] for part in told]


def test_gong_takes_at_most_200_mb() -> None:
    assert writing.MOST_BYTES == 200_000_000
