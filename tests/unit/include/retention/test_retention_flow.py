"""What a run is told to do, by the form or by the settings, and what it reports."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from retention_support import DAY, NOW

from gong_airflow.errors import GongInputError
from include import settings
from include.landing import LandingZone
from include.media import LandedMedia
from include.recordings.notes import Notes
from include.retention import flow
from include.retention.flow import Order
from include.retention.limits import Limits
from include.retention.times import moment_of, receipt_of
from include.storage import Storage
from include.warehouse import Warehouse

DAYS, MEDIA_DAYS = "GONG_RETENTION_DAYS", "GONG_RETENTION_MEDIA_DAYS"
EMPTY: dict[str, Any] = {"days": None, "media_days": None, "count_only": True}


def context(run_type: str = "scheduled", after: datetime = NOW, **params: Any) -> dict[str, Any]:
    run = SimpleNamespace(run_type=run_type, run_after=after)
    return {"dag_run": run, "params": {**EMPTY, **params}}


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_by_schedule_the_settings_hold_and_it_removes(monkeypatch: pytest.MonkeyPatch, run_type: str) -> None:
    monkeypatch.setenv(DAYS, "90")
    monkeypatch.setenv(MEDIA_DAYS, "30.5")
    order = Order.of(context(run_type, days=3, media_days=3))
    assert order == Order(90 * DAY, 30.5 * DAY, False, NOW)
    assert order.limits == Limits(
        NOW,
        datetime(2026, 8, 24, tzinfo=timezone.utc),
        datetime(2026, 10, 23, tzinfo=timezone.utc),
    )
    assert flow.is_wanted(context(run_type))


def test_by_hand_it_counts_unless_told_otherwise_and_the_form_goes_before_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(DAYS, "90")
    assert Order.of(context("manual")) == Order(90 * DAY, None, True, NOW)
    assert Order.of(context("manual", days=5, media_days=7)) == Order(5 * DAY, 7 * DAY, True, NOW)
    assert Order.of(context("manual", count_only=False)).count_only is False
    for unclear in (None, "false", 0):
        assert Order.of(context("manual", count_only=unclear)).count_only is True


def test_a_run_that_is_to_be_in_the_future_is_one_of_now() -> None:
    before = datetime.now(timezone.utc)
    assert before <= Order.of(context(after=before + 1000 * DAY)).now <= datetime.now(timezone.utc)


def test_without_a_word_of_how_long_nothing_is_wanted() -> None:
    assert flow.is_wanted(context()) is False
    with pytest.raises(GongInputError, match="Nothing says how long anything is kept"):
        flow.is_wanted(context("manual"))
    assert flow.is_wanted(context("manual", media_days=3))


@pytest.mark.parametrize("value", ["", "0"])
def test_off_is_the_default(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(DAYS, value)
    assert settings.kept_for() is settings.media_kept_for() is None


@pytest.mark.parametrize("value", ["1", "-1", "1.9", "40000", "nan", "inf", "a month"])
def test_what_is_no_number_of_days_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(MEDIA_DAYS, value)
    with pytest.raises(settings.SettingError, match=MEDIA_DAYS):
        settings.media_kept_for()


def test_rows_of_media_go_with_either() -> None:
    early, late = NOW - 9 * DAY, NOW - 3 * DAY
    assert Limits(NOW, early, late).media_rows == Limits(NOW, late, early).media_rows == late
    assert Limits(NOW, early).media_rows == Limits(NOW, None, early).media_rows == early
    assert Limits(NOW).media_rows is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T15:30:00Z", NOW),
        ("2026-11-22T08:30:00.0-07:00", NOW),
        ("2026-11-22T15:30:00", NOW),
        ("2026-11-22T15:30:00.12Z", NOW + timedelta(milliseconds=120)),
        ("2026-11-22T15:30:00.1234567+00:00", NOW + timedelta(microseconds=123456)),
        ("2026-11-22", NOW.replace(hour=0, minute=0)),
        ("soon", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
        (5, None),
    ],
)
def test_times_of_receipts(text: Any, moment: datetime | None) -> None:
    assert moment_of({"at": text}, ("none", "at")) == moment


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff"])
def test_a_receipt_that_cannot_be_read_says_nothing(content: bytes | None) -> None:
    assert receipt_of(content) == {}


def test_a_run_removes_what_it_counted_everywhere_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    window = {
        "stream": "calls", "from": "2026-10-01T00:00:00Z", "to": "2026-10-02T00:00:00Z",
        "planned_at": "2026-10-02T00:00:00.000000+00:00",
    }  # fmt: skip
    LandingZone().put_manifest(window, {"window": window, "pages": []})
    with LandedMedia().open("7", "audio") as part:
        part.restart({})
        part.append(b"sound!")
        part.keep("mp3", {"call_id": "7", "kind": "audio", "started": "2026-10-01T00:00:00Z"})
    Notes(Storage(settings.recordings_url())).put_receipt(
        {"recording_id": "a" * 16, "settled_at": "2026-10-01T00:00:00Z", "files": {}}
    )
    Warehouse().load_call_media([{"call_id": "7", "kind": "audio", "started": "2026-10-01T00:00:00Z"}])

    def all_of(order: dict[str, Any]) -> dict[str, Any]:
        return flow.report(order, flow.landed(order), flow.media(order), flow.rows(order))

    with caplog.at_level(logging.INFO):
        counted = all_of(context("manual", days=10, media_days=10))
        assert "may read it again" not in caplog.text
        assert "landing zone: would remove" in caplog.text
        removed = all_of(context("manual", days=10, media_days=10, count_only=False))
    assert "set GONG_RETENTION_DAYS=10" in caplog.text
    assert "set GONG_RETENTION_MEDIA_DAYS=10" in caplog.text
    assert counted.pop("count_only") and not removed.pop("count_only")
    assert removed == counted
    assert removed["kept_since"] == dict.fromkeys(("landed", "media"), "2026-11-12T00:00:00+00:00")
    assert removed["landed"]["windows"] == {"calls": 1}
    assert removed["media"]["files"] == 3
    assert (removed["recordings"]["recordings"], removed["recordings"]["files"]) == (1, 1)
    assert removed["rows"] == {"call_media": 1}
    again = all_of(context("manual", days=10, media_days=10, count_only=False))
    assert (again["landed"]["files"], again["media"]["files"], again["rows"]) == (0, 0, {})


def test_with_the_setting_nothing_comes_back_and_nobody_is_warned(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(DAYS, "10")
    with caplog.at_level(logging.WARNING):
        flow.report(context(), {}, {}, {})
        flow.report(context("manual", days=20, count_only=False), {}, {}, {})
    assert caplog.text == ""
    flow.report(context("manual", days=9, count_only=False), {}, {}, {})
    assert "set GONG_RETENTION_DAYS=9" in caplog.text
