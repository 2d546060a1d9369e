"""Nothing is read that is older than records are kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from gong_airflow import planning
from gong_airflow.errors import GongInputError
from gong_airflow.hooks.gong import GongHook
from gong_airflow.operators import plan as plan_module
from gong_airflow.operators import plan_days as plan_days_module
from gong_airflow.operators.plan import GongPlanOperator
from gong_airflow.operators.plan_days import GongPlanDaysOperator
from gong_airflow.planning import kept_days, stretches
from gong_airflow.ranges import Range, cutoff, kept_part, range_of_days
from tests.support.emulator import Emulator

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=timezone.utc)
DAY = timedelta(days=1)
EARLIEST = datetime(2026, 11, 12, tzinfo=timezone.utc)
DAYS = (date(2026, 11, 1), date(2026, 11, 22), "2026-11-22")


def test_a_day_is_kept_whole_and_all_of_a_day_agree() -> None:
    assert cutoff(NOW, 10 * DAY) == EARLIEST
    evening = datetime(2026, 11, 22, 15, 59, tzinfo=timezone(timedelta(hours=-8)))
    assert cutoff(evening, 10 * DAY) == EARLIEST
    assert cutoff(evening + timedelta(minutes=1), 10 * DAY) == EARLIEST + DAY


def test_a_range_begins_where_records_are_kept_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        chosen = kept_part(range_of_days(30, now=NOW), NOW, 10 * DAY)
    assert (chosen.start, chosen.end) == (EARLIEST, NOW)
    assert "Begins with 2026-11-12T00:00:00Z instead of 2026-10-23T15:30:00Z" in caplog.text
    caplog.clear()
    for untouched in (range_of_days(10, now=NOW), Range(EARLIEST, NOW, "x", NOW)):
        assert kept_part(untouched, NOW, 10 * DAY) == untouched
    assert kept_part(range_of_days(900, now=NOW), NOW, None).start < EARLIEST
    assert caplog.text == ""


def test_clipping_leaves_the_watermark() -> None:
    assert kept_part(Range(EARLIEST - DAY, NOW, "x", NOW), NOW, 10 * DAY).watermark == NOW


@pytest.mark.parametrize("end", [EARLIEST, EARLIEST - 5 * DAY])
def test_a_range_of_which_nothing_is_kept_is_refused(end: datetime) -> None:
    old = Range(end - DAY, end, "the range of the form")
    with pytest.raises(
        GongInputError, match=r"kept since 2026-11-12T00:00:00Z, and the range of the form"
    ) as e:
        kept_part(old, NOW, 10 * DAY)
    assert "raise GONG_RETENTION_DAYS" in str(e.value)


def test_days_count_by_their_date(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert kept_days(DAYS, NOW, 10 * DAY) == (date(2026, 11, 12), *DAYS[1:])
    assert "Begins with 2026-11-12 instead of 2026-11-01" in caplog.text
    assert kept_days(DAYS, NOW, None) == kept_days(DAYS, NOW, 21 * DAY) == DAYS
    old = (date(2026, 11, 1), date(2026, 11, 12), "")
    with pytest.raises(GongInputError, match=r"kept since 2026-11-12, and the range of days ends before"):
        kept_days(old, NOW, 10 * DAY)


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize("offset", [-12, -8, 0, 14])
def test_the_last_day_that_is_over_is_always_kept(hour: int, offset: int) -> None:
    """Two days is the least that can be set."""
    now = NOW.replace(hour=hour).astimezone(timezone(timedelta(hours=offset)))
    yesterday = (now.date() - DAY, now.date(), "")
    assert kept_days(yesterday, now, 2 * DAY) == yesterday


def test_logs_begin_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "planned_at", lambda: NOW.isoformat(timespec="microseconds"))
    run = SimpleNamespace(run_type="scheduled", data_interval_start=None)
    context = {"dag_run": run, "asset_state_store": {"asset": SimpleNamespace(get=lambda key: None)}}
    given: dict[str, Any] = {"start": None, "end": None, "look_back": DAY, "initial": 30 * DAY}
    names = ["logs_user_activity", "logs_access"]
    windows = stretches(context, "asset", names, **given, not_before=10 * DAY)
    assert {w["from"] for w in windows.values()} == {"2026-11-12T00:00:00Z"}
    assert windows["logs_access"]["watermark"] == "2026-11-22T15:30:00Z"
    # Of what Gong keeps for 14 days no more is asked for because we keep it longer.
    windows = stretches(context, "asset", names, **given, not_before=25 * DAY)
    assert windows["logs_access"]["from"] == "2026-11-08T16:30:00Z"
    assert windows["logs_user_activity"]["from"] == "2026-10-28T00:00:00Z"
    form = given | {"start": "2026-11-01T00:00:00Z", "end": "2026-11-12T00:00:00Z"}
    with pytest.raises(GongInputError, match="ends before that"):
        stretches(context, "asset", names, **form, not_before=10 * DAY)


class Run:
    """Plans a run against the emulator."""

    def __init__(self, emulator: Emulator, make_hook: Callable[..., GongHook]) -> None:
        self.emulator, self.make_hook = emulator, make_hook

    def execute(self, operator: Any, run_type: str = "manual", interval: Any = None) -> Any:
        operator.hook = self.make_hook()
        operator.inlets = ["asset"]
        start, end = interval or (None, None)
        run = SimpleNamespace(
            dag_id="d", run_id="r", run_type=run_type, data_interval_start=start, data_interval_end=end
        )
        store = {"asset": SimpleNamespace(get=lambda key: None)}
        ti = SimpleNamespace(try_number=1, xcom_push=lambda key, value: None)
        return operator.execute(
            {"ti": ti, "dag_run": run, "params": {}, "asset_state_store": store, "task": operator}
        )

    def asked(self) -> list[Any]:
        return [request["body"]["filter"] for request in self.emulator.requests()]


@pytest.fixture
def run(emulator: Emulator, make_hook: Callable[..., GongHook], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(plan_module, "give_way", lambda context: None)
    monkeypatch.setattr(plan_days_module, "give_way", lambda context: None)
    return Run(emulator, make_hook)


@pytest.mark.parametrize("given", [{"days": 30}, {}, {"initial": timedelta(days=60)}])
def test_a_sweep_and_a_first_run_ask_gong_for_nothing_older(run: Run, given: dict[str, Any]) -> None:
    before = cutoff(datetime.now(timezone.utc), 10 * DAY)
    windows = run.execute(GongPlanOperator(task_id="plan_windows", not_before=10 * DAY, **given))
    (asked,) = run.asked()
    assert asked["fromDateTime"] == windows[0]["from"]
    # It may be midnight just now.
    assert windows[0]["from"] in {f"{day:%Y-%m-%dT%H:%M:%SZ}" for day in (before, before + DAY)}
    assert min(window["from"] for window in windows) == windows[0]["from"]


def test_a_form_and_a_backfill_that_lie_before_are_refused_before_anything_is_sent(run: Run) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=timezone.utc)
    bounded: dict[str, Any] = {"task_id": "plan_windows", "not_before": 10 * DAY}
    form = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    with pytest.raises(GongInputError, match="the range of the form ends before that"):
        run.execute(GongPlanOperator(**bounded, **form))
    with pytest.raises(GongInputError, match="the interval of the backfill ends before that"):
        run.execute(GongPlanOperator(**bounded), "backfill", (long_ago, long_ago + DAY))
    assert run.asked() == []
    windows = run.execute(GongPlanOperator(task_id="plan_windows", **form))
    assert windows[0]["from"] == "2020-01-01T00:00:00Z"


def test_days_of_the_company_begin_there_too(run: Run) -> None:
    before = cutoff(datetime.now(timezone.utc), 10 * DAY).date()
    given = {"streams": ["activity_day_by_day"], "initial": 30, "not_before": 10 * DAY}
    windows = run.execute(GongPlanDaysOperator(task_id="plan_windows", **given))
    first = windows["activity_day_by_day"]["from_date"]
    assert first in {before.isoformat(), (before + DAY).isoformat()}
    with pytest.raises(GongInputError, match="Records are kept since"):
        run.execute(GongPlanDaysOperator(task_id="p", start="2020-01-01", end="2020-01-02", **given))
