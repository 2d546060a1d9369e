"""Removes old windows from the landing zone.

A window is as old as the end of what it was read for, a snapshot or a look-up as its planning. The path of
its folder tells both, so no file is opened. Of each stream that is read as a snapshot the newest complete
one stays, however old: it is what Gong holds, as far as we know.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from gong_airflow.streams import LOOKUP
from include import settings
from include.landing import MANIFEST, SNAPSHOT
from include.media.landed import MEDIA
from include.retention.limits import Limits
from include.retention.removal import Removal
from include.storage import Entry, Storage

log = logging.getLogger(__name__)

# A run that is at work may still load a window that is complete, and read one that is not.
LOADING, READING = timedelta(days=1), timedelta(days=7)

_TIME = r"\d{8}T\d{6}(?:\.\d{1,6})?Z"
_FOLDER = re.compile(rf"(?:{SNAPSHOT}|{_TIME}--(?P<to>{_TIME}))/planned-(?P<planned>{_TIME})")
_STREAM = re.compile(r"[a-z]\w*")
_LOOKUPS = {stream.name for stream in LOOKUP}


@dataclass
class Window:
    """A window's folder.

    :param folder: below the landing zone
    :param to: end of what it was read for; None for a snapshot
    """

    folder: str
    to: datetime | None
    planned: datetime
    entries: list[Entry] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether there is a manifest."""
        return any(entry.path == f"{self.folder}/{MANIFEST}" for entry in self.entries)

    def is_old(self, limits: Limits) -> bool:
        """Whether it is too old, and no run that is at work needs it."""
        if limits.landed is None or (self.to or self.planned) > limits.landed:
            return False
        if self.complete:
            return self.planned <= limits.now - LOADING
        # One that nobody went on with for as long as anything is kept is nobody's.
        return self.planned <= max(limits.now - READING, limits.landed)


def remove_windows(limits: Limits, *, count_only: bool, url: str | None = None) -> dict[str, Any]:
    """Remove what is older than `limits.landed`; a killed removal is completed by the next.

    Returns `files`, their `bytes`, and `windows` by stream.

    :param url: of the landing zone; default: the setting `GONG_LANDING_URL`
    """
    storage = Storage(f"{(url or settings.landing_url()).rstrip('/')}/{MEDIA}")
    removal, windows = Removal(storage, count_only), dict[str, int]()
    if limits.landed is None:
        return {**removal.counts(), "windows": windows}
    for stream in sorted(filter(_STREAM.fullmatch, set(storage.names("")) - {MEDIA})):
        old = list(_old(_windows(storage, stream), limits, stream))
        found = [window for window in old if window.entries]
        if found:
            windows[stream] = len(found)
        _remove(removal, found)
        removal.remove_empty(window.folder for window in old)
        removal.remove_empty(sorted({window.folder.rpartition("/")[0] for window in old}))
    return {**removal.counts(), "windows": windows}


def _windows(storage: Storage, stream: str) -> list[Window]:
    """All windows of a stream; where there are folders also those that hold nothing."""
    found: dict[str, Window] = {}
    if storage.local:
        for path in Path(storage.full(stream)).glob("*/planned-*"):
            _add(found, f"{stream}/{path.parent.name}/{path.name}")
    for entry in storage.entries(stream):
        if window := _add(found, entry.path.rpartition("/")[0]):
            window.entries.append(entry)
    return list(found.values())


def _add(found: dict[str, Window], folder: str) -> Window | None:
    """The window of the folder; None for what is none of ours."""
    if folder not in found:
        match = _FOLDER.fullmatch(folder.partition("/")[2])
        if match is None:
            return None
        to = match["to"]
        found[folder] = Window(folder, _moment(to) if to else None, _moment(match["planned"]))
    return found[folder]


def _old(windows: Iterable[Window], limits: Limits, stream: str) -> Iterator[Window]:
    windows = list(windows)
    kept = [window.planned for window in windows if window.to is None and window.complete]
    newest = max(kept, default=None) if stream not in _LOOKUPS else None
    for window in windows:
        is_newest = window.to is None and window.complete and window.planned == newest
        if not is_newest and window.is_old(limits):
            yield window


def _remove(removal: Removal, windows: list[Window]) -> None:
    entries = [entry for window in windows for entry in window.entries]
    manifests = [entry for entry in entries if entry.path.endswith(f"/{MANIFEST}")]
    # The manifests first: a window without its pages must not look complete.
    removal.remove(manifests)
    removal.remove([entry for entry in entries if not entry.path.endswith(f"/{MANIFEST}")])


def _moment(text: str) -> datetime:
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.strptime(whole, "%Y%m%dT%H%M%S").replace(tzinfo=timezone.utc)
    return moment + timedelta(microseconds=int(fraction.ljust(6, "0") or 0))
