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
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

# Large enough that starting a task does not matter, small enough to be read well within the hour
# that a cursor lives: 45 requests take 45 seconds in one slot.
TARGET_REQUESTS = 45
LEAST_REQUESTS = 20
SLOTS = 3
Weight = Callable[[datetime], float]


def shares(total: int, *, page_size: int, requests_per_page: int) -> list[float]:
    """The windows' shares of the range: as many as keep three slots busy, of 20 to 60 requests each.

    Where every slot reads several windows, the later ones are smaller: whoever is done early takes the
    next, so that what was cut unevenly evens out and all slots end at about the same time.
    """
    requests = requests_per_page * math.ceil(total / page_size)
    if requests < SLOTS * LEAST_REQUESTS:
        return [1.0] * max(1, requests // LEAST_REQUESTS)
    rounds = math.ceil(requests / (SLOTS * TARGET_REQUESTS))
    falling = [1.2 - 0.2 * r / max(1, rounds - 2) for r in range(rounds - 1) for _ in range(SLOTS)]
    parts = [*falling, 0.85, 0.8, 0.75]
    if rounds == 1 or requests * parts[-1] / sum(parts) < LEAST_REQUESTS:
        return [1.0] * (SLOTS * rounds)
    return parts


def calendar(sample: Sequence[datetime] = ()) -> Weight:
    """How many calls an hour has, compared with others: people sell on working days, in working hours.

    Gong tells the total of a range for one request, but not how it is spread. Equal stretches of the
    calendar would give windows of very different size.

    :param sample: starts of the first calls of the range, in Gong's order, with the company's offset;
        it tells the working hours, and before its first nothing is expected
    """
    ascending = len(sample) > 1 and sample[0] < sample[-1]
    zone = sample[0].tzinfo if sample else None
    first = sample[0] - timedelta(hours=1) if ascending else None

    def weight(hour: datetime) -> float:
        if first and hour < first:
            return 0.0
        local = hour.astimezone(zone) if zone else hour
        working = local.weekday() < 5 and (zone is None or 8 <= local.hour < 18)
        return 1.0 if working else 0.02

    return weight


def cut(
    start: datetime, end: datetime, parts: Sequence[float], weight: Weight | None = None
) -> list[tuple[datetime, datetime]]:
    """Cut [start, end) into half-open ranges whose weights are as `parts`, in order, without a gap.

    A range too short for all its parts gives fewer.
    """
    step = min(timedelta(hours=1), (end - start) / len(parts))
    hours = [start + i * step for i in range(math.ceil((end - start) / step))]
    weights = [(weight or calendar())(hour) for hour in hours]
    goals = [sum(weights) * part / sum(parts) for part in itertools.accumulate(parts)]
    edges, filled = [start], 0.0
    for hour, w in zip(hours, weights, strict=True):
        # Several edges may fall into one hour; each lies where its share of the hour is reached.
        while w and len(edges) < len(parts) and filled + w >= goals[len(edges) - 1]:
            edges.append((hour + (goals[len(edges) - 1] - filled) / w * step).replace(microsecond=0))
        filled += w
    edges = [*dict.fromkeys(edge for edge in edges if start <= edge < end), end]
    return list(itertools.pairwise(edges))
