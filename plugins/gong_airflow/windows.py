"""Cuts a range into windows that are read in parallel, one task each.

A window is a JSON-able mapping that travels through XCom:

    stream      name of the stream
    from, to    UTC, ISO 8601, half-open
    planned_at  when the plan was made: it tells two runs over one range apart
    name        what the UI shows
    expected    records in the whole range as Gong counted them; None when it did not
    windows     number of windows in the plan
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from datetime import datetime, timedelta

# Large enough that starting a task does not matter, small enough to be read well within the hour
# that a cursor lives: 45 requests take 45 seconds in one slot.
TARGET_REQUESTS = 45
LEAST_REQUESTS = 20
SLOTS = 3


def number_of_windows(total: int, *, page_size: int, requests_per_page: int) -> int:
    """How many windows of 20 to 60 requests keep three slots busy until the end."""
    requests = requests_per_page * math.ceil(total / page_size)
    if requests < SLOTS * LEAST_REQUESTS:
        return max(1, requests // LEAST_REQUESTS)
    return SLOTS * math.ceil(requests / (SLOTS * TARGET_REQUESTS))


def calendar_weight(hour: datetime) -> float:
    """How many calls an hour has compared with others: people sell on working days.

    Gong tells the total of a range for one request, but not how it is spread. Equal stretches of the
    calendar would give windows of very different size.
    """
    return 1.0 if hour.weekday() < 5 else 0.05


def cut(
    start: datetime, end: datetime, pieces: int, weight: Callable[[datetime], float] = calendar_weight
) -> list[tuple[datetime, datetime]]:
    """Cut [start, end) into `pieces` half-open ranges of about equal weight, in order, without a gap."""
    if pieces <= 1:
        return [(start, end)]
    step = min(timedelta(hours=1), (end - start) / pieces)
    hours = math.ceil((end - start) / step)
    weights = [weight(start + i * step) for i in range(hours)]
    share = sum(weights) / pieces
    edges, filled = [start], 0.0
    for i, w in enumerate(weights):
        # Several edges may fall into one hour; each lies where its share of the hour is reached.
        while len(edges) < pieces and filled + w >= share * len(edges):
            part = (share * len(edges) - filled) / w
            edges.append(_whole_second(start + (i + part) * step))
        filled += w
    edges = [*dict.fromkeys(edge for edge in edges if start <= edge < end), end]
    return list(itertools.pairwise(edges))


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
