from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gong_airflow.media.download import Downloader
from gong_airflow.media.session import media_session
from gong_airflow.media.window import MediaReader
from include.media import LandedMedia
from tests.support.emulator import Emulator

SIZE = 300_000  # more than a block


class Media:
    """The media of a few days' calls: the window, its reader, and what has landed."""

    def __init__(self, emulator: Emulator, reading: Any, folder: Path) -> None:
        self.emulator, self.reading, self.root = emulator, reading, folder
        days = sorted(call["started"] for call in emulator.calls())
        self.window = reading.window | {"from": f"{days[-12][:10]}T00:00:00Z"}
        self.store = reading.store
        self.folder = LandedMedia(folder.as_uri())
        self.slept: list[float] = []
        emulator.control("PUT", "media", {"bytes": SIZE})

    def read(self, *kinds: str, **kwargs: Any) -> dict[str, int]:
        given = {
            "window": self.window,
            "call": self.reading.hook.call,
            "folder": self.folder,
            "store": self.store,
            "downloader": Downloader(media_session(), sleep=self.slept.append),
            "kinds": kinds or ("audio",),
            "run_id": "run 1",
        }
        return MediaReader(**{**given, **kwargs}).read()

    def fault(self, kind: str, **fields: Any) -> None:
        self.emulator.control("POST", "media/faults", {"kind": kind, **fields})

    def told(self) -> dict[str, Any]:
        return dict(self.emulator.control("GET", "media"))

    def downloads(self) -> list[tuple[str, int]]:
        """Path and status of each request to the storage."""
        return [
            (entry["path"].rpartition("/calls/")[2], entry["status"]) for entry in self.told()["requests"]
        ]

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the requests to Gong."""
        return [request["body"] for request in self.emulator.requests()]

    def files(self) -> dict[str, Path]:
        """Media by `<call id>/<name>`."""
        found = sorted(self.root.glob("media/[0-9]*/[av]*.mp[34]"))
        return {f"{path.parent.name}/{path.name}": path for path in found}

    def two_pages(self) -> None:
        """A window of more calls than a page holds, of small media."""
        self.emulator.control("PUT", "media", {"bytes": 10})
        days = sorted(call["started"] for call in self.emulator.calls())
        self.window["from"] = f"{days[-24][:10]}T00:00:00Z"

    def receipts(self) -> list[dict[str, Any]]:
        found = self.root.glob("media/[0-9]*/[av]*.json")
        return [json.loads(path.read_bytes()) for path in sorted(found)]

    def offered(self, name: str = "audioUrl") -> dict[str, bool]:
        """Calls of the window that have such an address, and whether each is private."""
        body = {
            "filter": {"fromDateTime": self.window["from"], "toDateTime": self.window["to"]},
            "contentSelector": {"exposedFields": {"media": True}},
        }
        answer = self.reading.hook.call("POST /v2/calls/extensive", json=body).body
        self.emulator.control("DELETE", "requests")
        return {
            call["metaData"]["id"]: call["metaData"]["isPrivate"]
            for call in answer["calls"]
            if name in call.get("media", {})
        }


@pytest.fixture
def media(emulator: Emulator, reading: Any, tmp_path: Path) -> Media:
    return Media(emulator, reading, tmp_path)


@pytest.fixture
def again(media: Media) -> Callable[[], None]:
    """The next run of the same window: with no state."""
    return media.store.clear
