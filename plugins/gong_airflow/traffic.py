"""Counts what a task asked of Gong: the quota is the scarcest thing there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

_FIELDS = ("requests", "rate_limited", "retries", "seconds_waited")


class Traffic:
    """Counters per operation: requests sent, 429s among them, retries among them, seconds waited.

    `seconds_waited` is the time spent before sending: pacing, Retry-After and back-off together.
    """

    def __init__(self) -> None:
        self._counters: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_FIELDS, 0))

    def add(self, operation: str, **amounts: float) -> None:
        """Add to the counters of `operation`, e.g. `add("GET /v2/users", requests=1)`."""
        counters = self._counters[operation]
        for name, amount in amounts.items():
            counters[name] += amount

    @property
    def requests(self) -> int:
        """All requests sent so far."""
        return int(sum(counters["requests"] for counters in self._counters.values()))

    def as_dict(self) -> dict[str, dict[str, float]]:
        """`{operation: {"requests", "rate_limited", "retries", "seconds_waited"}}`, JSON-able."""
        return {
            operation: {
                name: round(value, 1) if name == "seconds_waited" else int(value) for name, value in c.items()
            }
            for operation, c in sorted(self._counters.items())
        }

    def lines(self) -> Iterable[str]:
        """One line per operation for the task log."""
        for operation, c in self.as_dict().items():
            yield (
                f"{operation}: {c['requests']} requests, {c['rate_limited']} answered 429, "
                f"{c['retries']} retries, {c['seconds_waited']} s waited"
            )
