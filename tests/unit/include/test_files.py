"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import ObjectStoragePath

from include import files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_put(tmp_path: Path, prefix: str) -> None:
    path = ObjectStoragePath(f"{prefix}{tmp_path}/x/y.json")
    for content in (b"1", b"2"):
        files.put(path, content)
        assert (tmp_path / "x" / "y.json").read_bytes() == content
    assert names(tmp_path / "x") == ["y.json"]


def test_put_in_a_store() -> None:
    path = ObjectStoragePath("memory://test-files/x/y.json")
    files.put(path, b"1")
    assert path.read_bytes() == b"1"


def test_a_create_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        opened(self, mode, *args, **kwargs).close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="No space"):
        files.create_file(tmp_path / "a", b"1")
    assert names(tmp_path) == []


def test_a_write_that_fails_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.put_file(tmp_path / "a", b"before")
    monkeypatch.setattr("os.fsync", lambda descriptor: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        files.put_file(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"before"
    assert names(tmp_path) == ["a"]


def test_the_longest_name(tmp_path: Path) -> None:
    files.put_file(tmp_path / ("x" * 255), b"1")
    assert names(tmp_path) == ["x" * 255]


@pytest.mark.parametrize("links", [True, False])
def test_create(tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    assert files.create_file(tmp_path / "x" / "a", b"1")
    assert not files.create_file(tmp_path / "x" / "a", b"2")
    assert (tmp_path / "x" / "a").read_bytes() == b"1"
    assert names(tmp_path / "x") == ["a"]


def test_one_of_many_creates(tmp_path: Path) -> None:
    for number in range(20):
        target = tmp_path / str(number)
        with ThreadPoolExecutor(8) as pool:
            written = list(pool.map(lambda one, to=target: files.create_file(to, b"%d" % one), range(8)))
        assert written.count(True) == 1
        assert target.read_bytes() == b"%d" % written.index(True)
