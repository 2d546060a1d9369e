"""A real emulator on a real socket, one for all tests of this folder; each test begins with a reset."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from crm_client import CrmClient
from upload_media import Uploader

from tests.support.emulator import EVERYTHING
from tests.support.waiting import free_port, wait_until

ROOT = Path(__file__).parents[4]
KEY = ("emulator-access-key", "emulator-access-key-secret")
UNTIL = "2026-03-16"  # the fortnight before holds a change to daylight saving time
CALLS, USERS = 330, 130


class Emulator:
    """A running emulator and a client for it."""

    key = KEY

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "include.emulator", "--port", str(self.port), *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", auth=KEY, timeout=30)

    def wait(self) -> Emulator:
        """Wait until it answers."""

        def answers() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError("the emulator ended at its start")
            try:
                return bool(self.http.get("/_emulator/health").json() == {"status": "ok"})
            except httpx.TransportError:
                return False

        wait_until("the emulator to start", answers, every=0.02)
        return self

    def stop(self) -> int:
        """End it as a process manager would; the exit code."""
        self.http.close()
        self.process.terminate()
        return self.process.wait(timeout=10)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control plane, which must agree."""
        answer = self.http.request(method, f"/_emulator{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.http.post(path, json=body, **options)

    def fault(self, kind: str, match: dict[str, Any] | None = None, **fields: Any) -> None:
        """Arm a fault."""
        self.control("POST", "/faults", {"match": match or {}, "fault": {"kind": kind, **fields}})

    def requests(self) -> list[dict[str, Any]]:
        """The log."""
        found: list[dict[str, Any]] = self.control("GET", "/requests")["requests"]
        return found

    def pages(self, path: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """All pages of a list: POST with ``body``, GET without."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            extra = {"cursor": cursor} if cursor else {}
            answer = self.get(path, **extra) if body is None else self.post(path, {**body, **extra})
            assert answer.status_code == 200, answer.text
            found.append(answer.json())
            cursor = found[-1]["records"].get("cursor")
            if cursor is None:
                return found

    def rows(self, path: str, array: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """All rows of a list."""
        return [row for page in self.pages(path, body) for row in page[array]]


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    options = ("--calls", str(CALLS), "--users", str(USERS), "--days", "14", "--until", UNTIL)
    running = Emulator(*options, "--per-second", "0", "--per-day", "0", "--host-name", "gong.test").wait()
    yield running
    running.stop()


@pytest.fixture
def emulator(server: Emulator) -> Emulator:
    server.control("POST", "/reset")
    return server


def errors(answer: httpx.Response) -> list[str]:
    """The sentences of an error, after checking Gong's envelope."""
    document = answer.json()
    assert set(document) == {"requestId", "errors"}
    assert answer.headers["x-traceid"] == document["requestId"]
    found: list[str] = document["errors"]
    return found


@pytest.fixture
def uploader(emulator: Emulator) -> Uploader:
    return Uploader(emulator)


@pytest.fixture
def crm(emulator: Emulator) -> CrmClient:
    return CrmClient(emulator)


@pytest.fixture
def sentences() -> Any:
    return errors


@pytest.fixture
def everything() -> dict[str, Any]:
    return EVERYTHING


@pytest.fixture
def start_emulator() -> Iterator[Any]:
    """Starts further emulators, several at once; all end with the test."""
    running: list[Emulator] = []

    def start(count: int, *options: str) -> list[Emulator]:
        running.extend(Emulator(*options) for _ in range(count))
        return [one.wait() for one in running]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.stop()
