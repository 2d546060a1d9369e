"""Starts the emulator as a process of its own and drives its control plane."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.support.waiting import free_port, wait_until

PROJECT = Path(__file__).resolve().parents[2]
KEY, SECRET = "emulator-access-key", "emulator-access-key-secret"


EVERYTHING: dict[str, Any] = {
    "context": "Extended",
    "exposedFields": {
        "parties": True,
        "content": {
            "structure": True,
            "topics": True,
            "trackers": True,
            "trackerOccurrences": True,
            "brief": True,
            "outline": True,
            "highlights": True,
            "callOutcome": True,
            "keyPoints": True,
        },
        "interaction": {"speakers": True, "video": True, "personInteractionStats": True, "questions": True},
        "collaboration": {"publicComments": True},
        "media": True,
    },
}
"""A content selector that asks for all there is."""


class Emulator:
    """The control plane of a running emulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self.url}/_emulator/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def reset(self, **options: Any) -> None:
        self.control("POST", "reset", options)

    def forget(self) -> None:
        """No faults and an empty log, at a fraction of the cost of a reset."""
        self.control("DELETE", "faults")
        self.control("DELETE", "requests")

    def fault(self, kind: str, *, path: str, skip: int = 0, times: int | None = 1, **fault: Any) -> None:
        match = {"path": path, "skip": skip, "times": times}
        self.control("POST", "faults", {"match": match, "fault": {"kind": kind, **fault}})

    def requests(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "requests")["requests"])

    def max_per_second(self) -> int:
        return int(self.control("GET", "requests")["maxPerSecond"])

    def counts(self) -> dict[str, int]:
        return dict(self.control("GET", "counts"))

    def calls(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "calls")["calls"])

    def uploads(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "uploads")["uploads"])

    def upload_settings(self, **settings: Any) -> dict[str, Any]:
        return dict(self.control("PUT", "uploads/settings", settings))

    def discard(self, call_id: str, reason: str) -> None:
        self.control("POST", f"uploads/{call_id}/discard", {"reason": reason})

    def crm(self, *, counts: bool = False) -> dict[str, Any]:
        """What the emulator holds of the CRM; `counts` instead of every record when there are many."""
        return dict(self.control("GET", "crm?counts=true" if counts else "crm"))

    def crm_settings(self, **settings: Any) -> dict[str, Any]:
        return dict(self.control("PUT", "crm/settings", settings))

    def crm_release(self) -> int:
        """Let the requests go on that `hold_next` keeps PENDING; how many."""
        return int(self.control("POST", "crm/release")["released"])

    def users(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "users")["users"])

    def importing_user(self) -> str:
        """The id of an active user whose recordings Gong imports."""
        users = self.users()
        return next(u["id"] for u in users if u["active"] and u["settings"]["telephonyCallsImported"])

    def records(self, kind: str) -> list[dict[str, Any]]:
        """All records of a stream, with their `recordId` and what the API does not show of them."""
        return list(self.control("GET", f"records/{kind}")["records"])

    def delete_record(self, kind: str, record_id: str) -> None:
        """Let a record vanish as if it was deleted in Gong."""
        self.control("DELETE", f"records/{kind}/{quote(record_id, safe='')}")

    def change_record(self, kind: str, record_id: str, **members: Any) -> None:
        self.control("POST", f"records/{kind}/{quote(record_id, safe='')}", members)

    def add_log(self, log_type: str, **entry: Any) -> str:
        """Write one more log entry, as the API shall show it; its `recordId`."""
        return str(self.control("POST", "logs", {"logType": log_type, "entry": entry})["recordId"])

    def products(self, **present: bool) -> dict[str, bool]:
        """Say which products the company has: `engage`, `coaching`."""
        return dict(self.control("PUT", "products", present))

    def edit_user(self, user_id: str, **fields: bool) -> None:
        self.control("PATCH", f"users/{user_id}", fields)

    def oauth_app(self, **fields: Any) -> dict[str, str]:
        """An authorised app: `client_id`, `client_secret`, `code`, `refresh_token`."""
        return dict(self.control("POST", "oauth/apps", fields))

    def oauth(self) -> dict[str, Any]:
        """Apps, and tokens as hashes: how often each refresh token was sent."""
        return dict(self.control("GET", "oauth"))

    def oauth_settings(self, **settings: Any) -> dict[str, Any]:
        return dict(self.control("PUT", "oauth/settings", settings))

    def end_access_tokens(self) -> int:
        return int(self.control("POST", "oauth/end")["ended"])

    def advance(self, seconds: float) -> None:
        self.control("POST", "time", {"advance_seconds": seconds})

    def healthy(self) -> bool:
        try:
            return bool(self.control("GET", "health")["status"] == "ok")
        except requests.RequestException:
            return False


@contextmanager
def running_emulator(*options: str, port: int | None = None) -> Iterator[Emulator]:
    """An emulator on a free port; ends with the block."""
    port = port or free_port()
    command = [sys.executable, "-m", "include.emulator", "--port", str(port), *options]
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(command, cwd=PROJECT, env=env, stdout=subprocess.DEVNULL) as process:
        try:
            emulator = Emulator(f"http://127.0.0.1:{port}")
            wait_until("the emulator to start", emulator.healthy, every=0.05)
            yield emulator
        finally:
            process.terminate()
