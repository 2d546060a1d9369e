"""``GET /v2/logs``: five types of log, ascending by time, in pages of 100.

Documented: access logs are kept for 14 days only. Invented: that the range is half open and ends now if it
has no end, and the text of the 404.
"""

from __future__ import annotations

import orjson

from include.emulator.activity_paging import Listing, page
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.logs_book import LOG_TYPES, Line
from include.emulator.operations import Operation
from include.emulator.state import Emulator
from include.emulator.validation import parse_range

NO_LOGS = "No logs found corresponding to the provided filters"


async def list_logs(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """The entries of one type from ``fromDateTime`` until before ``toDateTime``."""
    given = exchange.query
    log_type, first = given.get("logType"), given.get("fromDateTime")
    missing = [name for name in ("logType", "fromDateTime") if name not in given]
    if log_type is None or first is None:
        raise ApiError(400, [f"{name}: must not be null" for name in missing])
    if log_type not in LOG_TYPES:
        raise ApiError(400, [f"logType: must be one of {', '.join(LOG_TYPES)}"])
    since, before = parse_range(first, given.get("toDateTime"))
    lines = emulator.activity.logs.between(log_type, since, before, emulator.clock.micros())
    listing = Listing(
        "logEntries",
        ("time", "logId"),
        [((line.at, line.number), line) for line in lines],
        f"{log_type}|{since}|{before}",
        NO_LOGS,
    )
    return await page(emulator, exchange, listing, given.get("cursor"), _render)


def _render(line: Line) -> bytes:
    return orjson.dumps(line.entry)


OPERATIONS = [Operation("GET", "/v2/logs", "api:logs:read", list_logs, "logEntries")]
