"""What the media storage is told by the control plane, and the log of what it was asked for."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from include.emulator.media_storage_content import MediaObject

Kind = Literal["cut", "stall", "short", "type", "changed", "expired", "status"]
KEPT = 10_000


@dataclass
class MediaFault:
    """Goes wrong ``times`` times (None: for ever) for requests of a call (None: any) and kind of media.

    ``after_bytes``: of the answer's body; ``status`` and ``content_type`` of the kinds of that name.
    """

    kind: Kind
    call_id: str | None = None
    media: str | None = None
    after_bytes: int = 0
    times: int | None = 1
    status: int = 503
    content_type: str = "text/html"

    def takes(self, call_id: str, media: str) -> bool:
        """Whether it fires for this request; if so, it is counted."""
        if self.times == 0 or self.call_id not in (None, call_id) or self.media not in (None, media):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class MediaEntry:
    """One request to the storage; never with its query. ``size``: bytes of the body that were sent."""

    method: str
    path: str
    headers: list[str]
    range: str | None
    status: int = 0
    size: int = 0
    fault: str | None = None

    def document(self) -> dict[str, Any]:
        """As the control plane shows it."""
        shown = {
            name: getattr(self, name) for name in ("method", "path", "headers", "range", "status", "fault")
        }
        return {**shown, "bytes": self.size}


@dataclass
class MediaSettings:
    """``bytes``: size of each object; ``calls``: by call id, where it differs."""

    seed: int
    bytes: int = 100_000
    calls: dict[str, int] = field(default_factory=dict)
    faults: list[MediaFault] = field(default_factory=list)
    entries: deque[MediaEntry] = field(default_factory=lambda: deque(maxlen=KEPT))
    bytes_sent: int = 0
    _versions: dict[str, int] = field(default_factory=dict)

    @property
    def secret(self) -> str:
        """With which addresses are signed."""
        return f"emulator-media-{self.seed}"

    def object(self, call_id: str, kind: str) -> MediaObject:
        """What lies under the address of a call and kind."""
        name = f"{self.seed}:{call_id}:{self._versions.get(call_id, 0)}"
        return MediaObject(name, kind, self.calls.get(call_id, self.bytes))

    def change(self, call_id: str) -> None:
        """Put other media in place of those of a call."""
        self._versions[call_id] = self._versions.get(call_id, 0) + 1

    def fault(self, call_id: str, kind: str) -> MediaFault | None:
        """The first fault that fires for a request."""
        return next((fault for fault in self.faults if fault.takes(call_id, kind)), None)

    def count(self, entry: MediaEntry, size: int) -> None:
        """So many bytes more have left."""
        entry.size += size
        self.bytes_sent += size

    def document(self, last: int = 1000) -> dict[str, Any]:
        """Sizes, bytes sent in all, and the last requests."""
        entries = itertools.islice(self.entries, max(0, len(self.entries) - last), None)
        return {
            "bytes": self.bytes,
            "calls": self.calls,
            "bytesSent": self.bytes_sent,
            "requests": [entry.document() for entry in entries],
        }
