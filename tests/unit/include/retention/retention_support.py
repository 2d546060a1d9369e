"""A place whose files can be listed, written with a time of their own, and removed until a kill."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from include.retention.limits import Limits
from include.storage import Storage

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def limits(days: float | None = None, media_days: float | None = None) -> Limits:
    """As a run of 22 November 2026 has them: 10 days ago is the 12th."""
    return Limits.of(NOW, *(timedelta(days=d) if d else None for d in (days, media_days)))


class Killed(BaseException):
    """Stands for `kill -9`: nothing in between may catch it."""


class Place:
    """A folder of the local disk, or of an object store."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.storage = Storage(f"{url}/x")

    @property
    def local(self) -> bool:
        return self.storage.local

    def put(self, path: str, content: bytes = b"x", *, at: datetime = NOW) -> None:
        self.storage.put(path, content)
        if self.local:
            os.utime(self.storage.full(path), (at.timestamp(), at.timestamp()))
        else:
            self.storage.fs.store[self.storage.full(path)].created = at

    def files(self) -> list[str]:
        return sorted(entry.path for entry in self.storage.entries(""))

    def folders(self) -> list[str]:
        """Of the local disk, all below the place; none elsewhere."""
        base = Path(self.storage.base)
        return sorted(str(p.relative_to(base)) for p in base.rglob("*") if p.is_dir()) if self.local else []


def kill_after(monkeypatch: pytest.MonkeyPatch, removals: int) -> None:
    """The process dies when it is about to remove another file."""
    left, remove = [removals], Storage.remove

    def dying(self: Storage, path: str) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        remove(self, path)

    def one_by_one(self: Storage, function: Any, items: Any) -> list[Any]:
        return [function(item) for item in items]

    monkeypatch.setattr(Storage, "remove", dying)
    monkeypatch.setattr(Storage, "each", one_by_one)
