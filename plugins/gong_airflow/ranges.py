"""Which stretch of time a run reads: from the form, from a backfill's interval, or from the watermark."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pendulum

from gong_airflow.errors import GongInputError

log = logging.getLogger(__name__)

_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)


@dataclass(frozen=True)
class Range:
    """[start, end) in UTC.

    :param why: for the log
    :param watermark: where the watermark stands once the run is through; None when it must not move
    """

    start: datetime
    end: datetime
    why: str
    watermark: datetime | None = None


def parse_time(name: str, value: Any) -> datetime:
    """An ISO 8601 time with zone, as UTC; GongInputError tells what is wrong with `name` otherwise."""
    text = str(value).strip()
    example = "Write it like 2026-10-01T00:00:00Z or 2026-10-01T09:00:00-07:00"
    try:
        parsed = pendulum.parse(text, strict=True)
    except (ValueError, OverflowError):
        parsed = None
    if not isinstance(parsed, pendulum.DateTime):
        raise GongInputError(f"`{name}` is not an ISO 8601 time", remedy=example)
    if not _ZONE.search(text):
        raise GongInputError(f"`{name}` has no time zone", remedy=example)
    utc = parsed.in_timezone("UTC")
    # A plain datetime: the intervals of pendulum's own cannot be divided like a timedelta.
    return datetime.combine(utc.date(), utc.time(), tzinfo=timezone.utc)


def range_from_form(start: Any, end: Any, now: datetime) -> Range | None:
    """The range typed into the form; None when the form is empty."""
    if not start and not end:
        return None
    if not start:
        raise GongInputError("`to` is given without `from`", remedy="Give `from` too, or leave both empty")
    first = parse_time("from", start)
    last = parse_time("to", end) if end else now
    for name, moment in (("from", first), ("to", last)):
        if moment > now:
            raise GongInputError(
                f"`{name}` is in the future (it is {now:%Y-%m-%dT%H:%M:%SZ} now)",
                remedy="Give a time in the past; an empty `to` means now",
            )
    if first >= last:
        raise GongInputError("`from` is not before `to`", remedy="Swap them or widen the range")
    return Range(first, last, "the range of the form")


def range_from_watermark(
    watermark: str | None, *, now: datetime, look_back: timedelta, initial: timedelta
) -> Range:
    """From the watermark minus the look-back to now, or the initial stretch when nothing was read yet."""
    if not watermark:
        return Range(now - initial, now, f"the first run: the last {_days(initial)} days", now)
    since = parse_time("watermark", watermark)
    start = min(since, now) - look_back
    return Range(start, now, f"watermark {since:%Y-%m-%dT%H:%M:%SZ} minus {_days(look_back)} days", now)


def range_of_run(
    context: Any,
    *,
    now: datetime,
    start: Any,
    end: Any,
    watermark: str | None,
    look_back: timedelta,
    initial: timedelta,
    days: Any = None,
) -> Range:
    """From the form, else the interval of a backfill, else `days` (a sweep), else from the watermark."""
    if form := range_from_form(given(start), given(end), now):
        return form
    run = context["dag_run"]
    if run.run_type == "backfill" and run.data_interval_start:
        first = run.data_interval_start.astimezone(timezone.utc)
        last = min(run.data_interval_end.astimezone(timezone.utc), now)
        return Range(first, last, "the interval of the backfill")
    if stretch := given(days):
        return range_of_days(float(stretch), now=now)
    return range_from_watermark(watermark, now=now, look_back=look_back, initial=initial)


def cutoff(now: datetime, kept: timedelta) -> datetime:
    """The beginning, at midnight UTC, of what is kept: a day is kept whole.

    All plans of a day and the retention of that day agree on it, whatever their order.
    """
    return (now.astimezone(timezone.utc) - kept).replace(hour=0, minute=0, second=0, microsecond=0)


def kept_part(chosen: Range, now: datetime, kept: timedelta | None) -> Range:
    """What of the range is kept so long; GongInputError when that is nothing.

    :param kept: None: for ever
    """
    if not kept or chosen.start >= (first := cutoff(now, kept)):
        return chosen
    if chosen.end <= first:
        raise too_old(chosen.why, iso(first))
    log.info("Begins with %s instead of %s: nothing older is kept", iso(first), iso(chosen.start))
    return replace(chosen, start=first)


def too_old(what: str, first: str) -> GongInputError:
    """The error for a range of which nothing would be kept.

    :param what: which range, e.g. `the range of the form`
    :param first: the time or day since when records are kept
    """
    return GongInputError(
        f"Records are kept since {first}, and {what} ends before that",
        remedy="Choose a later range. To read it all the same, raise GONG_RETENTION_DAYS (of media, "
        "GONG_RETENTION_MEDIA_DAYS too), or take it away",
    )


def given(value: Any) -> Any:
    """None for what a template makes of an empty form field."""
    return None if value is None or str(value).strip() in ("", "None") else value


def iso(moment: datetime) -> str:
    """UTC, as windows and watermarks hold times: times of one format compare as text."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def range_of_days(days: float, *, now: datetime) -> Range:
    """The last `days` days, for a sweep; the watermark stays where it is."""
    return Range(now - timedelta(days=days), now, f"the last {days:g} days")


def _days(delta: timedelta) -> str:
    return f"{delta / timedelta(days=1):g}"
