"""Windows of flows that read several streams in one run: snapshots, days of the company, stretches of time.

A flow is given a window for each stream by name. A stream that is read for the records of others brings
those along, as snapshots of the same run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from gong_airflow.errors import GongInputError
from gong_airflow.parents import snapshot_of
from gong_airflow.ranges import cutoff, iso, kept_part, range_of_run, too_old
from gong_airflow.streams import STREAMS
from gong_airflow.watermark import watermark_key

log = logging.getLogger(__name__)

Windows = dict[str, dict[str, Any]]


def planned_at() -> str:
    """The moment of a plan, which tells its windows from those of every other run."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def with_parents(names: Iterable[str]) -> list[str]:
    """The streams with those whose records they are read for, in the order of the catalogue.

    :raises GongInputError: a name is in no catalogue
    """
    wanted, open_ends = set[str](), list(names)
    while open_ends:
        name = open_ends.pop()
        if name not in STREAMS:
            raise GongInputError(f"There is no stream {name!r}", remedy=f"Use some of {sorted(STREAMS)}")
        if name not in wanted:
            wanted.add(name)
            open_ends += STREAMS[name].parents
    return [name for name in STREAMS if name in wanted]


def snapshots(names: Iterable[str], moment: str) -> Windows:
    """A window for each stream and its parents, of everything that Gong holds."""
    return {name: snapshot_of(name, {"planned_at": moment}) for name in with_parents(names)}


def lookups(name: str, ids: Sequence[str]) -> Windows:
    """A window for a stream that is read for given ids, and its parents.

    :raises GongInputError: there are no ids
    """
    if not any(str(one).strip() for one in ids or ()):
        raise GongInputError("No ids are given", remedy="Write at least one into `ids`")
    return snapshots([name], planned_at())


def stretches(
    context: Any,
    asset: Any,
    names: Iterable[str],
    *,
    start: Any,
    end: Any,
    look_back: timedelta,
    initial: timedelta,
    not_before: timedelta | None = None,
) -> Windows:
    """A window for each stream from its own watermark minus the look-back to now.

    :param asset: inlet of the running task; its state store holds a watermark for each stream
    :param start: ISO 8601 with zone from the form; with it the watermarks stay where they are
    :param not_before: how long records are kept, see `kept_part`; None for ever
    """
    store, moment = context["asset_state_store"][asset], planned_at()
    now = datetime.fromisoformat(moment).replace(microsecond=0)
    windows: Windows = {}
    for name in names:
        chosen = range_of_run(
            context,
            now=now,
            start=start,
            end=end,
            watermark=store.get(watermark_key(name)),
            look_back=look_back,
            initial=initial,
        )
        chosen = kept_part(chosen, now, not_before)
        first = chosen.start
        if (kept := STREAMS[name].kept_for) is not None:
            # Gong has nothing older; the hour keeps the first moment from ageing out while it is read.
            first = min(max(first, now - kept + timedelta(hours=1)), chosen.end)
        windows[name] = {
            **snapshot_of(name, {"planned_at": moment}),
            "from": iso(first),
            "to": iso(chosen.end),
            "name": f"{name} {first:%Y-%m-%d %H:%M} to {chosen.end:%Y-%m-%d %H:%M} UTC",
            "watermark": iso(chosen.watermark) if chosen.watermark else "",
        }
    return windows


def days_of_run(
    context: Any, *, today: date, start: Any, end: Any, watermark: str | None, look_back: int, initial: int
) -> tuple[date, date, str]:
    """The first day to read, the day after the last, and the watermark afterwards (`""`: it stays).

    Today is never read: Gong refuses it as an end, and a day is counted when it is over.

    :param today: the company's
    :raises GongInputError: the form asks for days that cannot be
    """
    if start or end:
        return _days_of_form(start, end, today)
    run = context["dag_run"]
    if run.run_type == "backfill" and run.data_interval_start:
        first, last = (moment.date() for moment in (run.data_interval_start, run.data_interval_end))
        # The interval is one of UTC, where it may be tomorrow already.
        first = min(first, today - timedelta(days=1))
        return first, min(max(last, first + timedelta(days=1)), today), ""
    since = date.fromisoformat(str(watermark)) - timedelta(days=look_back) if watermark else None
    first = since or today - timedelta(days=initial)
    return min(first, today - timedelta(days=1)), today, today.isoformat()


def kept_days(days: tuple[date, date, str], now: datetime, kept: timedelta | None) -> tuple[date, date, str]:
    """Those of the days that are kept so long, see `kept_part`; a day counts by its date."""
    first, last, watermark = days
    if not kept or first >= (earliest := cutoff(now, kept).date()):
        return days
    if last <= earliest:
        raise too_old("the range of days", earliest.isoformat())
    log.info("Begins with %s instead of %s: nothing older is kept", earliest, first)
    return earliest, last, watermark


def _days_of_form(start: Any, end: Any, today: date) -> tuple[date, date, str]:
    first, last = (_date(name, value) for name, value in (("from", start), ("to", end)))
    if first is None:
        raise GongInputError("`to` is given without `from`", remedy="Give `from` too, or leave both empty")
    last = last or today
    if last > today or first >= today:
        raise GongInputError(
            f"Today ({today} in the company's time zone) is not over", remedy="End with today at the latest"
        )
    if first >= last:
        raise GongInputError("`from` is not before `to`", remedy="Swap them; `to` itself is not read")
    return first, last, ""


def _date(name: str, value: Any) -> date | None:
    if value is None or str(value).strip() in ("", "None"):
        return None
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise GongInputError(f"`{name}` is not a date", remedy="Write it like 2026-10-01") from None


def day_window(name: str, moment: str, days: tuple[date, date, str], zone: tzinfo) -> dict[str, Any]:
    """The window of a stream of the company's days."""
    first, last, watermark = days
    edges = [datetime.combine(day, time(), tzinfo=zone) for day in (first, last)]
    return {
        **snapshot_of(name, {"planned_at": moment}),
        "from": iso(edges[0]),
        "to": iso(edges[1]),
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "time_zone": str(zone),
        "name": f"{name} {first} to {last}",
        "watermark": watermark,
    }
