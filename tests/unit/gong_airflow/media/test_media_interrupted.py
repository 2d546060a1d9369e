"""A large file: cut by the storage, its process killed, and how much memory it takes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from gong_airflow.media.download import BLOCK
from tests.support.downloading import download_in_a_process, start_download
from tests.support.waiting import wait_until

SIZE = 64_000_000  # benchmarks/media.py takes 500 MB


@pytest.fixture
def large(media: Any) -> str:
    """The call whose audio is large; that of all others has one byte."""
    call_id = next(call_id for call_id, private in media.offered().items() if not private)
    media.emulator.control("PUT", "media", {"bytes": 1, "calls": {call_id: SIZE}})
    return call_id


def sent(media: Any, call_id: str) -> int:
    """Bytes of the large file that have left the storage."""
    return sum(entry["bytes"] for entry in media.told()["requests"] if call_id in entry["path"])


def check(media: Any, call_id: str, root: Path) -> None:
    """The file is what the storage has."""
    path = root / "media" / call_id / "audio.mp3"
    [receipt] = [one for one in media.receipts() if one["call_id"] == call_id]
    assert (path.stat().st_size, receipt["bytes"]) == (SIZE, SIZE)
    address = media.reading.hook.call(
        "POST /v2/calls/extensive",
        json={"filter": {"callIds": [call_id]}, "contentSelector": {"exposedFields": {"media": True}}},
    ).body["calls"][0]["media"]["audioUrl"]
    import requests

    digest = hashlib.sha256()
    with requests.get(address, stream=True, timeout=60) as answer:
        for block in answer.iter_content(1 << 20):
            digest.update(block)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == receipt["sha256"] == digest.hexdigest()
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


def test_cut_by_the_storage_it_goes_on_where_it_stopped(media: Any, large: str) -> None:
    for after in (20_000_001, 10_000_003):
        media.fault("cut", call_id=large, after_bytes=after)
    media.read()
    assert SIZE <= sent(media, large) < SIZE + 2 * BLOCK
    assert len(media.slept) == 2
    check(media, large, media.root)


def test_killed_it_goes_on_where_it_stopped(media: Any, large: str, tmp_path: Path) -> None:
    stop = 40_000_001
    media.fault("stall", call_id=large, after_bytes=stop)
    part = tmp_path / "media" / large / ".audio.part"
    with start_download(media.emulator, media.window, tmp_path) as process:
        wait_until(
            "most of the file",
            lambda: process.poll() is not None or (part.exists() and part.stat().st_size > stop - BLOCK),
            every=0.02,
        )
        process.kill()
    assert process.returncode == -9
    assert not (part.parent / "audio.mp3").exists()
    media.read()
    assert sent(media, large) < SIZE + BLOCK
    check(media, large, tmp_path)


def test_it_takes_a_few_megabytes_of_memory(media: Any, large: str, tmp_path: Path) -> None:
    done = download_in_a_process(media.emulator, media.window, tmp_path)
    assert done.files > 5
    assert sent(media, large) == SIZE
    assert done.above_idle < 30_000_000
