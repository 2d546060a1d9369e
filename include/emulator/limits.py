"""Gong's two limits: N requests in any sliding second, M in a day; 429 with ``Retry-After`` beyond.

Both count for the company, whatever key is used (Gong OpenAPI document). Invented: a refused request uses up
nothing; the day is the 24 hours that follow its first counted request; the daily answer wins over the other.
"""

from __future__ import annotations

import math
from collections import deque

from include.emulator.clock import Clock
from include.emulator.errors import TOO_MANY_REQUESTS, ApiError

DAY = 86_400.0


class Limiter:
    """Counts requests of one company. Limits of 0 are no limits."""

    def __init__(self, clock: Clock, per_second: int, per_day: int) -> None:
        self._clock = clock
        self.per_second = per_second
        self.per_day = per_day
        self.used_today = 0
        self.window_ends: float | None = None
        self._recent: deque[float] = deque()

    def change(self, per_second: int, per_day: int, reset_after: float | None = None) -> None:
        """New limits; counters begin anew, and the day ends ``reset_after`` seconds from now, if given."""
        self.per_second, self.per_day = per_second, per_day
        self.used_today = 0
        self.window_ends = None if reset_after is None else self._clock.seconds() + reset_after
        self._recent.clear()

    def admit(self, arrived: float) -> None:
        """Count a request that arrived at ``arrived`` (monotonic seconds), or refuse it with 429."""
        now = self._clock.seconds()
        if self.window_ends is not None and now >= self.window_ends:
            self.window_ends, self.used_today = None, 0
        while self._recent and self._recent[0] <= arrived - 1.0:
            self._recent.popleft()
        if self.per_day and self.used_today >= self.per_day and self.window_ends is not None:
            raise _refusal(math.ceil(self.window_ends - now), "the day's quota is used up")
        if self.per_second and len(self._recent) >= self.per_second:
            raise _refusal(1, f"more than {self.per_second} requests within one second")
        self._recent.append(arrived)
        self.used_today += 1
        if self.window_ends is None:
            self.window_ends = now + DAY

    def resets_in(self) -> float | None:
        """Seconds until the day's quota is whole again; None while nothing is counted."""
        return None if self.window_ends is None else max(0.0, self.window_ends - self._clock.seconds())


def _refusal(seconds: int, note: str) -> ApiError:
    return ApiError(429, [TOO_MANY_REQUESTS], {"Retry-After": str(max(1, seconds))}, note)
