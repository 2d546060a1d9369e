"""Law 4 for flows of several streams: what a run reads, by watermark, form or backfill."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gong_airflow import planning
from gong_airflow.errors import GongInputError
from gong_airflow.planning import day_window, days_of_run, planned_at, snapshots, stretches, with_parents
from gong_airflow.streams import STREAMS
from gong_airflow.watermark import watermark_key

NOW, TODAY = "2026-11-22T15:30:00.123456+00:00", date(2026, 11, 22)
LOGS = ["logs_access", "logs_user_activity"]


def context(
    watermarks: dict[str, str] | None = None,
    run_type: str = "scheduled",
    interval: tuple[str, str] | None = None,
) -> dict[str, Any]:
    start, end = (datetime.fromisoformat(one) for one in interval) if interval else (None, None)
    kept = {watermark_key(stream): moment for stream, moment in (watermarks or {}).items()}
    run = SimpleNamespace(run_type=run_type, data_interval_start=start, data_interval_end=end)
    return {"dag_run": run, "asset_state_store": {"asset": SimpleNamespace(get=kept.get)}}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "planned_at", lambda: NOW)


def logs(given: dict[str, Any], start: Any = None, end: Any = None, names: list[str] | None = None) -> Any:
    back = {"look_back": timedelta(hours=1), "initial": timedelta(days=30)}
    return stretches(given, "asset", names or LOGS, start=start, end=end, **back)


def days(given: dict[str, Any], start: Any = None, end: Any = None, watermark: Any = None) -> Any:
    back = {"look_back": 3, "initial": 30}
    return days_of_run(given, today=TODAY, start=start, end=end, watermark=watermark, **back)


def test_parents_come_along_once_and_before_their_children() -> None:
    assert with_parents(["coaching", "tasks"]) == ["users", "workspaces", "coaching", "tasks"]
    assert with_parents(["permission_profile_users"]) == [
        "workspaces", "permission_profiles", "permission_profile_users"
    ]  # fmt: skip
    everything = with_parents(STREAMS)
    for place, name in enumerate(everything):
        assert set(STREAMS[name].parents) <= set(everything[:place])
    with pytest.raises(GongInputError, match="no stream 'user'"):
        with_parents(["user"])


def test_snapshots_share_the_moment_of_the_run() -> None:
    windows = snapshots(["flows"], NOW)
    assert windows["users"] == {
        "stream": "users", "from": None, "to": None, "planned_at": NOW, "name": "users"
    }  # fmt: skip
    assert list(windows) == ["users", "flows"]


def test_two_plans_never_share_a_moment() -> None:
    assert len({planned_at() for _ in range(50)}) > 1
    assert datetime.fromisoformat(planned_at()).utcoffset() == timedelta(0)


def test_each_log_goes_on_from_its_own_watermark() -> None:
    windows = logs(context({"logs_access": "2026-11-22T13:00:00Z"}))
    access, activity = windows["logs_access"], windows["logs_user_activity"]
    assert (access["from"], access["to"]) == ("2026-11-22T12:00:00Z", "2026-11-22T15:30:00Z")
    assert access["watermark"] == activity["watermark"] == "2026-11-22T15:30:00Z"
    assert activity["from"] == "2026-10-23T15:30:00Z"


def test_a_week_without_a_scheduler_is_one_run() -> None:
    window = logs(context({"logs_call_play": "2026-11-15T15:30:00Z"}), names=["logs_call_play"])[
        "logs_call_play"
    ]
    assert (window["from"], window["to"]) == ("2026-11-15T14:30:00Z", "2026-11-22T15:30:00Z")


def test_the_access_log_is_not_asked_for_what_gong_no_longer_keeps() -> None:
    window = logs(context())["logs_access"]
    assert window["from"] == "2026-11-08T16:30:00Z"
    old = logs(context(), "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    assert old["logs_access"]["from"] == old["logs_access"]["to"] == "2026-01-02T00:00:00Z"
    assert old["logs_user_activity"]["from"] == "2026-01-01T00:00:00Z"


def test_a_range_of_the_form_or_of_a_backfill_leaves_the_watermark_alone() -> None:
    known = {name: "2026-11-22T13:00:00Z" for name in LOGS}
    form = logs(context(known), "2026-11-20T01:00:00+02:00", "2026-11-21T00:00:00Z")["logs_user_activity"]
    assert (form["from"], form["to"], form["watermark"]) == (
        "2026-11-19T23:00:00Z",
        "2026-11-21T00:00:00Z",
        "",
    )
    interval = ("2026-11-20T00:00:00+00:00", "2026-11-20T01:00:00+00:00")
    backfill = logs(context(known, "backfill", interval))["logs_user_activity"]
    assert (backfill["from"], backfill["to"]) == ("2026-11-20T00:00:00Z", "2026-11-20T01:00:00Z")
    assert backfill["watermark"] == ""


def test_a_scheduled_run_reads_whole_days_up_to_yesterday_and_the_look_back() -> None:
    assert days(context(), watermark="2026-11-21") == (date(2026, 11, 18), TODAY, "2026-11-22")
    assert days(context()) == (date(2026, 10, 23), TODAY, "2026-11-22")
    # A watermark of today, or one of a zone that was ahead: yesterday is read all the same.
    ahead = {"look_back": 0, "initial": 30}
    for watermark in ("2026-11-22", "2026-11-23"):
        found = days_of_run(context(), today=TODAY, start=None, end=None, watermark=watermark, **ahead)
        assert found[:2] == (date(2026, 11, 21), TODAY)


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2026-11-01", "2026-11-03", date(2026, 11, 1), date(2026, 11, 3)),
        ("2026-11-01", "", date(2026, 11, 1), TODAY),
        ("2026-11-01", "None", date(2026, 11, 1), TODAY),
        (" 2026-11-21 ", "2026-11-22", date(2026, 11, 21), TODAY),
    ],
)
def test_days_of_the_form(start: str, end: str, first: date, last: date) -> None:
    assert days(context(), start, end, "2026-11-21") == (first, last, "")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-22", "", "not over"), ("2026-11-01", "2026-11-23", "not over"),
        ("", "2026-11-02", "without `from`"), ("2026-11-03", "2026-11-02", "not before"),
        ("2026-11-02", "2026-11-02", "not before"), ("yesterday", "", "not a date"),
        ("2026-13-01", "", "not a date"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_are_refused(start: str, end: str, said: str) -> None:
    with pytest.raises(GongInputError, match=said):
        days(context(), start, end)


@pytest.mark.parametrize(
    ("first", "last", "read"),
    [
        ("2026-11-10T00:00", "2026-11-11T00:00", (date(2026, 11, 10), date(2026, 11, 11))),
        ("2026-11-10T13:00", "2026-11-10T14:00", (date(2026, 11, 10), date(2026, 11, 11))),
        ("2026-11-21T13:00", "2026-11-22T13:00", (date(2026, 11, 21), TODAY)),
        # Nothing is over of these days yet: the last day that is.
        ("2026-11-22T00:00", "2026-11-23T00:00", (date(2026, 11, 21), TODAY)),
        ("2026-11-22T13:00", "2026-11-23T13:00", (date(2026, 11, 21), TODAY)),
    ],
)
def test_a_backfill_reads_the_days_of_its_interval(first: str, last: str, read: tuple[date, date]) -> None:
    interval = (f"{first}:00+00:00", f"{last}:00+00:00")
    assert days(context({}, "backfill", interval), watermark="2026-11-21") == (*read, "")


def test_a_day_of_the_company_is_not_a_day_of_utc() -> None:
    zone = ZoneInfo("US/Pacific")
    window = day_window("tasks", NOW, (date(2026, 10, 31), date(2026, 11, 2), "2026-11-02"), zone)
    assert (window["from"], window["to"]) == ("2026-10-31T07:00:00Z", "2026-11-02T08:00:00Z")
    assert (window["from_date"], window["to_date"]) == ("2026-10-31", "2026-11-02")
    assert (window["time_zone"], window["watermark"]) == ("US/Pacific", "2026-11-02")
    fixed = day_window("tasks", NOW, (date(2026, 1, 1), date(2026, 1, 2), ""), timezone(timedelta(hours=-12)))
    assert fixed["from"] == "2026-01-01T12:00:00Z"
