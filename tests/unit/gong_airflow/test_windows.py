from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta, timezone

import pytest

from gong_airflow.windows import calendar, cut, shares

START = datetime(2026, 10, 1, 7, 13, 5, tzinfo=timezone.utc)


def parts(total: int) -> list[float]:
    return shares(total, page_size=100, requests_per_page=2)


@pytest.mark.parametrize(("total", "windows"), [(0, 1), (1, 1), (1000, 1), (2000, 2), (3000, 3), (20_000, 9)])
def test_number_of_windows(total: int, windows: int) -> None:
    assert len(parts(total)) == windows


@pytest.mark.parametrize("total", [*range(0, 100_000, 977), 3_000_000])
def test_windows_hold_20_to_60_requests_and_keep_three_slots_busy(total: int) -> None:
    requests = 2 * -(-total // 100)
    sizes = [requests * part / sum(parts(total)) for part in parts(total)]
    assert max(sizes) <= 60
    assert len(sizes) == 1 or min(sizes) >= 20
    assert requests < 60 or len(sizes) % 3 == 0
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("pieces", [1, 2, 3, 9, 48])
@pytest.mark.parametrize("days", [0.01, 1, 7.3, 30, 400])
def test_cut_covers_the_range_without_gap_or_overlap(pieces: int, days: float) -> None:
    end = START + timedelta(days=days)
    spans = cut(START, end, [1.0] * pieces)
    assert spans[0][0] == START
    assert spans[-1][1] == end
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
    assert all(start < stop for start, stop in spans)
    assert len(spans) == pieces


def test_a_range_too_short_for_its_pieces_gives_fewer() -> None:
    spans = cut(START, START + timedelta(seconds=2), [1.0] * 9)
    assert spans[0][0] == START
    assert spans[-1][1] == START + timedelta(seconds=2)
    assert len(spans) <= 3


PACIFIC = timezone(timedelta(hours=-8))


def calls_of(days: int) -> list[datetime]:
    rng = random.Random(3)
    mornings = [START.astimezone(PACIFIC).replace(hour=8) + timedelta(days=d) for d in range(days)]
    return sorted(
        morning + timedelta(hours=10 * rng.random())
        for morning in mornings
        if morning.weekday() < 5
        for _ in range(300)
    )


@pytest.mark.parametrize("days", [3, 20, 60])
def test_the_first_calls_tell_the_working_hours(days: int) -> None:
    """So that windows hold about the same number of calls, wherever the company works."""
    calls = calls_of(days)
    spans = cut(START - timedelta(days=5), calls[-1], [1.0] * 9, calendar(calls[:100]))
    sizes = [sum(start <= call < end for call in calls) for start, end in spans]
    assert sum(sizes) == len(calls) - 1
    assert max(sizes) < 1.1 * len(calls) / 9


def test_a_sample_in_another_order_still_gives_windows_over_the_whole_range() -> None:
    calls = calls_of(20)[::-1]
    spans = cut(START, START + timedelta(days=20), [1.0] * 9, calendar(calls[:100]))
    assert (spans[0][0], spans[-1][1], len(spans)) == (START, START + timedelta(days=20), 9)
