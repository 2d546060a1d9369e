from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta, timezone

import pytest

from gong_airflow.windows import cut, number_of_windows

START = datetime(2026, 10, 1, 7, 13, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(("total", "windows"), [(0, 1), (1, 1), (1000, 1), (2000, 2), (3000, 3), (20_000, 9)])
def test_number_of_windows(total: int, windows: int) -> None:
    assert number_of_windows(total, page_size=100, requests_per_page=2) == windows


@pytest.mark.parametrize("total", [*range(0, 100_000, 977), 3_000_000])
def test_windows_hold_20_to_60_requests_and_keep_three_slots_busy(total: int) -> None:
    windows = number_of_windows(total, page_size=100, requests_per_page=2)
    requests = 2 * -(-total // 100)
    assert requests / windows <= 60
    assert windows == 1 or requests / windows >= 20
    assert requests < 60 or windows % 3 == 0


@pytest.mark.parametrize("pieces", [1, 2, 3, 9, 48])
@pytest.mark.parametrize("days", [0.01, 1, 7.3, 30, 400])
def test_cut_covers_the_range_without_gap_or_overlap(pieces: int, days: float) -> None:
    end = START + timedelta(days=days)
    spans = cut(START, end, pieces)
    assert spans[0][0] == START
    assert spans[-1][1] == end
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
    assert all(start < stop for start, stop in spans)
    assert len(spans) == pieces


def test_a_range_too_short_for_its_pieces_gives_fewer() -> None:
    spans = cut(START, START + timedelta(seconds=2), 9)
    assert spans[0][0] == START
    assert spans[-1][1] == START + timedelta(seconds=2)
    assert len(spans) <= 3


def test_windows_of_a_working_calendar_hold_about_the_same_number_of_calls() -> None:
    rng = random.Random(3)
    days = [START + timedelta(days=d) for d in range(60) if (START + timedelta(days=d)).weekday() < 5]
    calls = [day.replace(hour=16) + timedelta(hours=9 * rng.random()) for day in days for _ in range(300)]
    spans = cut(START, START + timedelta(days=60), 9)
    sizes = [sum(start <= call < end for call in calls) for start, end in spans]
    assert max(sizes) < 1.2 * len(calls) / 9
