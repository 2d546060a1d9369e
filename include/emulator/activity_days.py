"""The company's days, by which statistics are asked for: a day begins at midnight of the company's zone.

Documented: ``YYYY-MM-DD``, the end exclusive and not after the current day. The messages are invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.emulator.clock import Clock, from_micros
from include.emulator.errors import ApiError
from include.emulator.generation import COMPANY_ZONE

TIME_ZONE = "US/Pacific"
PERIODS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_DAY = timedelta(days=1)
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Days:
    """The days from ``since`` until before ``before``."""

    since: date
    before: date

    def __contains__(self, day: date) -> bool:
        return self.since <= day < self.before

    def each(self) -> Iterator[date]:
        """Every day, in order."""
        for number in range((self.before - self.since).days):
            yield self.since + number * _DAY

    def periods(self, period: str) -> Iterator[Days]:
        """The calendar periods that they touch, the first and the last cut off at the edges."""
        start = self.since
        while start < self.before:
            end = min(_next_start(start, period), self.before)
            yield Days(start, end)
            start = end


def _next_start(day: date, period: str) -> date:
    """The first day of the period after the one that ``day`` lies in; weeks begin on Monday."""
    if period == "DAY":
        return day + _DAY
    if period == "WEEK":
        return day + timedelta(days=7 - day.weekday())
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[period]
    month = (day.month - 1) // months * months + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def day_of(micros: int) -> date:
    """The company's day in which a time lies."""
    return from_micros(micros).astimezone(COMPANY_ZONE).date()


def today(clock: Clock) -> date:
    """The company's current day."""
    return day_of(clock.micros())


def midnight(day: date) -> datetime:
    """When ``day`` begins."""
    return datetime(day.year, day.month, day.day, tzinfo=COMPANY_ZONE)


def midnight_text(day: date) -> str:
    """The same as Gong writes it, e.g. ``2026-03-09T00:00:00-07:00`` (OpenAPI document)."""
    return midnight(day).isoformat()


def parse_day(text: str | None, path: str) -> date | None:
    """A day of a filter; 400 for anything but ``YYYY-MM-DD``; None stays None."""
    if text is None:
        return None
    try:
        if _WRITTEN.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ApiError(400, [f"{path}: must be a date in the format YYYY-MM-DD"])


def parse_days(since: str, before: str, current: date) -> Days:
    """``filter.fromDate`` and ``filter.toDate``; 400 unless they hold a day and end by ``current``."""
    first, end = parse_day(since, "filter.fromDate"), parse_day(before, "filter.toDate")
    if first is None or end is None or first >= end:
        raise ApiError(400, ["filter.fromDate: must be before toDate"])
    if end > current:
        raise ApiError(400, ["filter.toDate: must not be after the current day"])
    return Days(first, end)
