"""Law 4: which stretch of time a run reads."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from gong_airflow.errors import GongInputError
from gong_airflow.ranges import range_from_form, range_from_watermark, range_of_days
from gong_airflow.windows import cut

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def test_an_empty_form_has_no_range() -> None:
    assert range_from_form(None, "", NOW) is None


def test_a_range_with_offset_becomes_utc_and_moves_no_watermark() -> None:
    chosen = range_from_form("2026-10-01T00:00:00-07:00", "2026-10-02T00:00:00.500Z", NOW)
    assert chosen is not None
    assert chosen.start == datetime(2026, 10, 1, 7, tzinfo=timezone.utc)
    assert chosen.watermark is None


def test_an_open_end_means_now() -> None:
    chosen = range_from_form("2026-10-01T00:00:00Z", None, NOW)
    assert chosen is not None
    assert chosen.end == NOW


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-10-01T00:00:00", None, "`from` has no time zone"),
        ("2026-10-01", None, "`from` has no time zone"),
        ("yesterday", None, "`from` is not an ISO 8601 time"),
        ("2026-13-01T00:00:00Z", None, "`from` is not an ISO 8601 time"),
        ("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z", "`from` is not before `to`"),
        ("2026-10-02T00:00:00Z", "2026-10-01T00:00:00Z", "`from` is not before `to`"),
        ("2026-12-01T00:00:00Z", None, "`from` is in the future"),
        ("2026-10-01T00:00:00Z", "2026-11-23T00:00:00Z", "`to` is in the future"),
        (None, "2026-10-01T00:00:00Z", "`to` is given without `from`"),
        (20261001, None, "`from` is not an ISO 8601 time|`from` has no time zone"),
    ],
)
def test_a_wrong_range_is_refused_with_what_to_do(start: object, end: object, said: str) -> None:
    with pytest.raises(GongInputError, match=said):
        range_from_form(start, end, NOW)


def test_a_run_reads_from_the_watermark_minus_the_look_back() -> None:
    chosen = range_from_watermark("2026-11-15T12:00:00Z", now=NOW, look_back=DAY, initial=30 * DAY)
    assert chosen.start == datetime(2026, 11, 14, 12, tzinfo=timezone.utc)
    assert chosen.end == chosen.watermark == NOW


def test_the_first_run_reads_the_initial_stretch() -> None:
    chosen = range_from_watermark(None, now=NOW, look_back=DAY, initial=30 * DAY)
    assert chosen.start == NOW - 30 * DAY
    assert chosen.watermark == NOW


def test_a_watermark_ahead_of_the_clock_does_not_turn_the_range_around() -> None:
    chosen = range_from_watermark("2026-11-25T00:00:00Z", now=NOW, look_back=DAY, initial=30 * DAY)
    assert chosen.start == NOW - DAY


def test_a_sweep_moves_no_watermark() -> None:
    chosen = range_of_days(7, now=NOW)
    assert (chosen.start, chosen.end, chosen.watermark) == (NOW - 7 * DAY, NOW, None)


def test_a_range_of_the_form_can_be_cut_into_windows() -> None:
    chosen = range_from_form("2026-10-01T00:00:00-07:00", "2026-10-20T00:00:00Z", NOW)
    assert chosen is not None
    assert len(cut(chosen.start, chosen.end, [1.0] * 9)) == 9
