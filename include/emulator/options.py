"""What a start of the emulator is told: every option, its default, and how the command line gives it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone


@dataclass(frozen=True)
class Options:
    """The options of one start. The same options (``until`` included) give the same data, byte for byte.

    ``until`` is the UTC midnight at which the day of the newest call ends; ``per_second`` and ``per_day``
    of 0 mean no limit; ``latency_ms`` is added to every answer of the API, not of the control plane.
    ``page_size``: Gong's is 100; a smaller one makes many pages of little data.
    ``processing_seconds``: how long an uploaded recording stays invisible, by the emulator's clock (some four
    minutes were measured at Gong); ``minimum_seconds``: shorter recordings are silently discarded.
    ``crm_processing_seconds``: how long a file of CRM records is PENDING and IN_PROGRESS, by that clock.
    """

    until: datetime
    host: str = "127.0.0.1"
    port: int = 8089
    calls: int = 500
    users: int = 12
    days: int = 30
    seed: int = 1
    per_second: int = 3
    per_day: int = 10_000
    access_key: str = "emulator-access-key"
    access_key_secret: str = "emulator-access-key-secret"  # noqa: S105 - a public default, guards made-up data
    latency_ms: float = 0.0
    page_size: int = 100
    host_names: tuple[str, ...] = ()
    processing_seconds: float = 240.0
    minimum_seconds: float = 30.0
    crm_processing_seconds: float = 5.0


def default_until(now: datetime) -> datetime:
    """UTC midnight two days before ``now``: by then every call of the data set has become visible."""
    midnight = now.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=2)


def midnight_of(day: date) -> datetime:
    """The UTC midnight that begins ``day``."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("must be a number and not negative")
    return seconds


def _positive(text: str) -> int:
    number = _count(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def parse(arguments: Sequence[str] | None, now: datetime) -> Options:
    """Read the command line; ``now`` gives the default of ``--until``."""
    parser = argparse.ArgumentParser(prog="python -m include.emulator", description="Emulates Gong's API v2.")
    parser.add_argument("--host", default=Options.host)
    parser.add_argument("--port", type=_count, default=Options.port, help="0 lets the system choose")
    parser.add_argument("--calls", type=_count, default=Options.calls)
    parser.add_argument("--users", type=_count, default=Options.users)
    parser.add_argument("--days", type=_positive, default=Options.days)
    parser.add_argument("--until", type=date.fromisoformat, help="YYYY-MM-DD, a UTC midnight")
    parser.add_argument("--seed", type=int, default=Options.seed)
    parser.add_argument("--per-second", type=_count, default=Options.per_second, help="0: no limit")
    parser.add_argument("--per-day", type=_count, default=Options.per_day, help="0: no limit")
    parser.add_argument("--access-key", default=Options.access_key)
    parser.add_argument("--access-key-secret", default=Options.access_key_secret)
    parser.add_argument("--latency-ms", type=float, default=Options.latency_ms)
    parser.add_argument("--page-size", type=_positive, default=Options.page_size)
    parser.add_argument("--processing-seconds", type=_seconds, default=Options.processing_seconds)
    parser.add_argument("--minimum-seconds", type=_seconds, default=Options.minimum_seconds)
    parser.add_argument("--crm-processing-seconds", type=_seconds, default=Options.crm_processing_seconds)
    parser.add_argument(
        "--host-name",
        action="append",
        default=[],
        help="a further name under which clients reach it; any other Host header is answered 401",
    )
    given = vars(parser.parse_args(arguments))
    until = given.pop("until")
    names = tuple(given.pop("host_name"))
    if given["calls"] and not given["users"]:
        parser.error("--calls needs at least one user to host them")
    return Options(until=midnight_of(until) if until else default_until(now), host_names=names, **given)
