from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
import pytest
from airflow.sdk import Connection

from gong_airflow.extraction import WindowReader
from gong_airflow.hooks import gong
from gong_airflow.hooks.gong import GongHook
from gong_airflow.pacer import Pacer
from gong_airflow.selectors import content_selector
from gong_airflow.streams import CALLS
from include.landing import LandingZone
from tests.support.emulator import KEY, SECRET, Emulator, running_emulator


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[Emulator]:
    options = ("--per-second", "0", "--per-day", "0", "--calls", "50", "--page-size", "20")
    with running_emulator(*options) as emulator:
        yield emulator


@pytest.fixture
def emulator(emulator_process: Emulator) -> Emulator:
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def make_hook(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., GongHook]:
    """Hooks that talk to the emulator without waiting."""
    pacer = Pacer(sleep=lambda seconds: None)
    monkeypatch.setattr(gong, "licensed_pacer", lambda pool: pacer)
    monkeypatch.setattr(gong.time, "sleep", lambda seconds: None)

    def make(**fields: Any) -> GongHook:
        given = {"host": emulator.url, "login": KEY, "password": SECRET, **fields}
        hook = GongHook()
        conn = Connection(conn_id="gong_default", conn_type="gong", **given)
        monkeypatch.setattr(hook, "get_connection", lambda conn_id: conn)
        return hook

    return make


class MemoryStore:
    """Keeps the state as JSON, like an XCom, and all states that ever were."""

    def __init__(self) -> None:
        self.states: list[dict[str, Any]] = []
        self.cleared = False

    def load(self) -> dict[str, Any] | None:
        return None if self.cleared or not self.states else json.loads(json.dumps(self.states[-1]))

    def save(self, state: Mapping[str, Any]) -> None:
        self.cleared = False
        self.states.append(json.loads(json.dumps(state)))

    def clear(self) -> None:
        self.cleared = True


class Reading:
    """A window over everything that the emulator holds, its reader and what landed."""

    def __init__(self, emulator: Emulator, hook: GongHook, folder: Path) -> None:
        days = sorted(call["started"] for call in emulator.calls())
        start = pendulum.parse(days[0]).in_timezone("UTC").start_of("day")
        end = pendulum.parse(days[-1]).in_timezone("UTC") + timedelta(days=1)
        self.window = {
            "stream": "calls",
            "from": start.format("YYYY-MM-DDTHH:mm:ss[Z]"),
            "to": end.format("YYYY-MM-DDTHH:mm:ss[Z]"),
            "planned_at": "2026-11-22T15:00:00.000000+00:00",
            "name": "all",
        }
        self.hook = hook
        self.landing = LandingZone(folder.as_uri())
        self.store = MemoryStore()

    def read(self, **kwargs: Any) -> dict[str, Any]:
        given = {"body": {"contentSelector": content_selector()}, **kwargs}
        return WindowReader(CALLS, self.window, self.hook.call, self.landing, self.store, **given).read()

    def landed(self, stream: str = "calls") -> list[dict[str, Any]]:
        manifest = self.landing.read_manifest(self.window)
        assert manifest is not None
        return [
            record
            for page in manifest["pages"]
            if stream in page["files"]
            for record in self.landing.read_page(self.window, page=page["page"], stream=stream)
        ]


@pytest.fixture
def reading(emulator: Emulator, make_hook: Callable[..., GongHook], tmp_path: Path) -> Reading:
    return Reading(emulator, make_hook(), tmp_path)
