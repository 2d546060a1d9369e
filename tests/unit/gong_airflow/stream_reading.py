"""Reads streams of one run, each after its parents, from the emulator over a real socket."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gong_airflow.declaration import Stream
from gong_airflow.extraction import WindowReader
from gong_airflow.hooks.gong import GongHook
from gong_airflow.parents import items_for
from gong_airflow.planning import snapshots
from gong_airflow.streams import STREAMS
from include.landing import LandingZone
from tests.support.emulator import Emulator
from tests.unit.gong_airflow.conftest import MemoryStore

MOMENT = "2026-11-22T15:00:00.000000+00:00"


class StreamReading:
    """One run: a landing zone, the hook, and the states that were kept for each stream."""

    def __init__(self, emulator: Emulator, hook: GongHook, folder: Path) -> None:
        self.emulator = emulator
        self.hook = hook
        self.landing = LandingZone(folder.as_uri())
        self.windows: dict[str, dict[str, Any]] = {}
        self.stores: dict[str, MemoryStore] = {}

    def window(self, name: str, **members: Any) -> dict[str, Any]:
        """The window of a stream; `members` replace those of a snapshot."""
        window = self.windows.setdefault(name, snapshots([name], MOMENT)[name])
        window.update(members)
        return window

    def read(
        self, name: str, *, ids: Sequence[str] = (), only: dict[str, str] | None = None, **given: Any
    ) -> dict[str, Any]:
        stream, window = STREAMS[name], self.window(name)
        store = self.stores.setdefault(name, MemoryStore())
        items = items_for(stream, window, self.landing, ids=ids, only=only)
        return WindowReader(stream, window, self.hook.call, self.landing, store, items, **given).read()

    def read_all(self, streams: Iterable[Stream | str]) -> dict[str, dict[str, Any]]:
        """The manifests by stream."""
        names = [one if isinstance(one, str) else one.name for one in streams]
        return {name: self.read(name) for name in names}

    def landed(self, name: str) -> list[dict[str, Any]]:
        window = self.window(name)
        manifest = self.landing.read_manifest(window)
        assert manifest is not None
        pages = (self.landing.read_page(window, page=one["page"], stream=name) for one in manifest["pages"])
        return [record for page in pages for record in page]

    def sent(self) -> Counter[str]:
        """How many requests Gong got, by operation."""
        return Counter(f"{one['method']} {one['operation']}" for one in self.emulator.requests())

    def longest_state(self) -> int:
        """Characters of the longest state that was kept between two requests."""
        return max(len(json.dumps(state)) for store in self.stores.values() for state in store.states)


def timeless(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest without times and without the ids of requests."""
    pages = [{k: v for k, v in page.items() if k != "landed_at"} for page in manifest["pages"]]
    return {**manifest, "pages": pages, "completed_at": "", "request_ids": len(manifest["request_ids"])}
