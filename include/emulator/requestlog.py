"""The log of requests to the API, and how many of them arrived within any one second."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from include.emulator.clock import from_micros
from include.emulator.exchange import Exchange

KEPT = 100_000
BODY_LIMIT = 16 * 1024
BODIES_LIMIT = 64 * 1024 * 1024


@dataclass(slots=True)
class Entry:
    """One request. ``status`` and ``duration`` (seconds) are None unless it has been answered.

    ``size`` and ``received`` are the bytes of the bodies that were sent and read.
    """

    n: int
    at: int
    exchange: Exchange
    status: int | None = None
    size: int = 0
    received: int = 0
    duration: float | None = None
    fault: str | None = None

    def count(self, size: int) -> None:
        """So many bytes more of the request's body have been read."""
        self.received += size

    def document(self) -> dict[str, Any]:
        """The entry as the control plane shows it: names of headers only, never credentials."""
        exchange = self.exchange
        return {
            "n": self.n,
            "arrived": exchange.arrived,
            "at": from_micros(self.at).isoformat(),
            "method": exchange.method,
            "path": exchange.path,
            "operation": exchange.template,
            "status": self.status,
            "requestId": exchange.request_id,
            "userAgent": exchange.headers.get("user-agent"),
            "headers": sorted(exchange.headers),
            "authScheme": exchange.headers.get("authorization", "").partition(" ")[0] or None,
            "query": exchange.query,
            "body": exchange.parsed_body(),
            "bytes": self.size,
            "bytesReceived": self.received,
            "durationMs": None if self.duration is None else round(self.duration * 1000, 3),
            "fault": self.fault,
        }


class RequestLog:
    """The last ``KEPT`` requests, refused ones too, in the order of arrival."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._with_body: deque[Entry] = deque()
        self._body_bytes = 0
        self._number = 0
        self._second: deque[float] = deque()
        self.max_per_second = 0

    def open(self, exchange: Exchange, at: int) -> Entry:
        """Note the arrival of a request at ``at`` (emulator time, microseconds)."""
        self._number += 1
        entry = Entry(self._number, at, exchange)
        self._entries.append(entry)
        second = self._second
        second.append(exchange.arrived)
        while second[0] <= exchange.arrived - 1.0:
            second.popleft()
        self.max_per_second = max(self.max_per_second, len(second))
        return entry

    def keep_body(self, entry: Entry) -> None:
        """Count the body of ``entry``, and give up the oldest bodies when all together are too many."""
        self._with_body.append(entry)
        self._body_bytes += len(entry.exchange.body or b"")
        while self._body_bytes > BODIES_LIMIT:
            oldest = self._with_body.popleft().exchange
            self._body_bytes -= len(oldest.body or b"")
            oldest.body = None

    def since(self, number: int) -> list[Entry]:
        """The entries after the ``number``-th."""
        return [entry for entry in self._entries if entry.n > number]

    def clear(self) -> None:
        """Forget all requests; numbers go on."""
        self._entries.clear()
        self._with_body.clear()
        self._body_bytes = 0
        self._second.clear()
        self.max_per_second = 0
