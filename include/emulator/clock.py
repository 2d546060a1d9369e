"""The emulator's clock: real time plus an offset that the control plane moves. It never stands still.

Only calendar time moves (visibility, expiry of cursors, the day's quota). The sliding second of the rate
limit is measured with the real monotonic clock.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z of an aware datetime, exactly."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The UTC datetime of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


class Clock:
    """Real time plus ``offset_seconds``."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def seconds(self) -> float:
        """Now, in seconds since 1970 by this clock."""
        return time.time() + self.offset_seconds

    def micros(self) -> int:
        """Now, in microseconds since 1970 by this clock."""
        return int(self.seconds() * 1_000_000)

    def now(self) -> datetime:
        """Now by this clock, in UTC."""
        return from_micros(self.micros())

    def advance(self, seconds: float) -> None:
        """Move the clock on (or back, with a negative number)."""
        self.offset_seconds += seconds

    def set(self, moment: datetime) -> None:
        """Make it ``moment`` now."""
        self.offset_seconds = to_micros(moment) / 1_000_000 - time.time()

    def reset(self) -> None:
        """Back to real time."""
        self.offset_seconds = 0.0
