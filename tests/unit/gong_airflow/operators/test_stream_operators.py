"""The tasks of flows that read several streams: planning days of the company, extracting, skipping."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from gong_airflow.errors import GongConfigurationError, GongCredentialsError, GongUnavailableError
from gong_airflow.hooks.gong import GongHook
from gong_airflow.operators import extract as extract_module
from gong_airflow.operators import plan_days as plan_module
from gong_airflow.operators.extract import GongExtractOperator
from gong_airflow.operators.plan_days import LAST_ZONE, GongPlanDaysOperator
from gong_airflow.planning import snapshots
from gong_airflow.streams import ACTIVITY
from gong_airflow.unread import NOT_READ
from gong_airflow.watermark import watermark_key
from include.landing import LandingZone
from tests.support.emulator import Emulator
from tests.unit.gong_airflow.conftest import MemoryStore

AGGREGATE, COACHING, TASKS = "/v2/stats/activity/aggregate", "/v2/coaching", "/v2/tasks"
MOMENT = "2026-11-22T15:00:00.000000+00:00"
SCOPE = "You don't have permission to use 'api:stats:user-actions' in your app."


class Flow:
    """One run of a flow; each task has a hook of its own."""

    def __init__(self, emulator: Emulator, make_hook: Callable[..., GongHook], folder: Path) -> None:
        self.emulator = emulator
        self.make_hook = make_hook
        self.landing = LandingZone(folder.as_uri())
        self.watermarks: dict[str, str] = {}
        self.params: dict[str, Any] = {}
        self.pushed: dict[str, Any] = {}
        self.try_number = 1

    def execute(self, operator: Any) -> Any:
        operator.hook = self.make_hook()
        run = SimpleNamespace(dag_id="d", run_id="r", run_type="manual", data_interval_start=None)
        ti = SimpleNamespace(try_number=self.try_number, xcom_push=self._push)
        store = SimpleNamespace(get=self.watermarks.get)
        context = {"ti": ti, "dag_run": run, "params": self.params, "asset_state_store": {"asset": store}}
        return operator.execute({**context, "task": operator})

    def _push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def plan(self, **given: Any) -> dict[str, dict[str, Any]]:
        names = [stream.name for stream in ACTIVITY]
        operator = GongPlanDaysOperator(**{"task_id": "plan_windows", "streams": names, **given})
        operator.inlets = ["asset"]
        return dict(self.execute(operator))

    def extract(self, name: str, **given: Any) -> Any:
        window = given.pop("window", snapshots([name], MOMENT)[name])
        args = {"window": window, "landing": self.landing, "skip_when_refused": True, **given}
        return self.execute(GongExtractOperator(task_id=name, **args))

    def sent(self) -> list[str]:
        return [one["operation"] for one in self.emulator.requests()]


@pytest.fixture
def flow(
    emulator: Emulator, make_hook: Callable[..., GongHook], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Flow:
    monkeypatch.setattr(extract_module, "CursorStore", lambda *args, **kwargs: MemoryStore())
    monkeypatch.setattr(plan_module, "give_way", lambda context: None)
    return Flow(emulator, make_hook, tmp_path)


class Clock(datetime):
    """2026-11-23 05:30 UTC: in US/Pacific it is still the 22nd."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime(2026, 11, 23, 5, 30, tzinfo=timezone.utc).astimezone(tz)


def test_a_period_that_gong_does_not_know_is_told_before_anything_is_sent(flow: Flow) -> None:
    with pytest.raises(GongConfigurationError, match="no calendar period 'FORTNIGHT'"):
        flow.plan(period="FORTNIGHT")
    assert flow.emulator.requests() == []


def test_days_are_those_of_the_company(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "datetime", Clock)
    flow.watermarks = {watermark_key("tasks"): "x", watermark_key("activity_aggregate"): "2026-11-21"}
    windows = flow.plan(look_back=2, initial=5)
    assert set(windows) == {"users", "workspaces", *(stream.name for stream in ACTIVITY)}
    assert (windows["users"]["from"], windows["tasks"]["from"]) == (None, None)
    day = windows["activity_aggregate"]
    assert (day["from_date"], day["to_date"], day["watermark"]) == ("2026-11-19", "2026-11-22", "2026-11-22")
    assert (day["from"], day["to"]) == ("2026-11-19T08:00:00Z", "2026-11-22T08:00:00Z")
    assert (day["time_zone"], day["period"]) == ("US/Pacific", "WEEK")
    assert windows["answered_scorecards"]["from_date"] == "2026-11-17"
    assert len({window["planned_at"] for window in windows.values()}) == 1


def test_the_plan_costs_one_request(flow: Flow) -> None:
    flow.plan()
    assert flow.sent() == [AGGREGATE]
    (asked,) = (one["body"]["filter"] for one in flow.emulator.requests())
    assert asked["toDate"] <= datetime.now(LAST_ZONE).date().isoformat()


def test_a_day_without_activity_does_not_tell_the_zone_but_two_months_do(flow: Flow) -> None:
    flow.emulator.fault("status", path=AGGREGATE, status=404, errors=["Nothing"])
    assert flow.plan()["coaching"]["time_zone"] == "US/Pacific"
    first, second = (one["body"]["filter"] for one in flow.emulator.requests())
    assert second["fromDate"] < first["fromDate"]
    assert second["toDate"] == first["toDate"]


@pytest.mark.parametrize(
    ("fault", "given", "zone"),
    [
        ({"status": 404, "errors": ["Nothing"]}, {}, str(LAST_ZONE)),
        ({"status": 404, "errors": ["Nothing"]}, {"time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"status": 401, "errors": [SCOPE]}, {"time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"status": 403, "errors": ["Forbidden"]}, {}, str(LAST_ZONE)),
    ],
)
def test_without_an_answer_the_setting_counts_and_else_what_is_over_everywhere(
    flow: Flow, fault: dict[str, Any], given: dict[str, Any], zone: str
) -> None:
    flow.emulator.fault("status", path=AGGREGATE, times=None, **fault)
    window = flow.plan(**given)["coaching"]
    assert window["time_zone"] == zone
    assert window["to_date"] <= (datetime.now(timezone.utc) + timedelta(hours=9)).date().isoformat()


def test_a_plan_fails_for_a_key_that_gong_does_not_know_and_a_zone_that_nobody_knows(flow: Flow) -> None:
    with pytest.raises(GongConfigurationError, match="no time zone 'Mars'"):
        flow.emulator.fault("status", path=AGGREGATE, status=404, errors=["Nothing"], times=2)
        flow.plan(time_zone="Mars")
    flow.emulator.fault("status", path=AGGREGATE, status=401, errors=["Unauthorized"], times=None)
    with pytest.raises(GongCredentialsError):
        flow.plan()


def test_a_stream_that_was_not_asked_for_is_skipped(flow: Flow) -> None:
    with pytest.raises(AirflowSkipException, match="Not asked for"):
        flow.extract("users", window=None)
    assert flow.sent() == []


def test_a_stream_lands_and_tells_counts_and_no_records(flow: Flow) -> None:
    result = flow.extract("users")
    assert result["window"] == "users"
    assert result["records"] == {"users": flow.emulator.counts()["users"]}
    assert result["traffic"]["GET /v2/users"]["requests"] == 1
    assert "@" not in json.dumps(result)


def test_avatars_come_when_asked_for(flow: Flow) -> None:
    result = flow.extract("users", query={"includeAvatars": "true"})
    assert flow.emulator.requests()[0]["query"] == {"includeAvatars": "true"}
    assert result["records"]["users"] > flow.emulator.counts()["users"]


def test_a_missing_product_skips_at_once_or_at_the_second_try(flow: Flow) -> None:
    flow.emulator.products(engage=False, coaching=False)
    flow.extract("users")
    with pytest.raises(AirflowSkipException, match=r"flows was not read: Gong answers 403 .* Gong Engage"):
        flow.extract("flows")
    assert flow.pushed[NOT_READ]["stream"] == "flows"
    flow.pushed.clear()
    with pytest.raises(GongUnavailableError):
        flow.extract("tasks")
    assert flow.pushed == {}
    flow.try_number = 2
    with pytest.raises(AirflowSkipException, match=r"tasks was not read: Gong answers 500"):
        flow.extract("tasks")
    assert flow.pushed[NOT_READ]["wants"] == "Gong Engage"


def test_a_missing_scope_skips_and_names_it(flow: Flow) -> None:
    sentence = "You don't have permission to use 'api:workspaces:read' in your app."
    flow.emulator.fault("status", path="/v2/workspaces", status=401, errors=[sentence], times=None)
    with pytest.raises(AirflowSkipException, match="It wants scope api:workspaces:read"):
        flow.extract("workspaces")
    with pytest.raises(GongCredentialsError):
        flow.extract("workspaces", skip_when_refused=False)


def test_other_errors_do_not_skip(flow: Flow) -> None:
    flow.emulator.fault("status", path="/v2/workspaces", status=401, errors=["Unauthorized"], times=None)
    with pytest.raises(GongCredentialsError):
        flow.extract("workspaces")
    assert flow.pushed == {}


def test_ids_come_from_the_form_and_stay_out_of_what_is_rendered(flow: Flow) -> None:
    flow.params = {"ids": [" person@x.example ", "2"]}
    result = flow.extract("flow_assignments", ids_param="ids")
    (body,) = (one["body"] for one in flow.emulator.requests())
    assert body == {"crmProspectsIds": ["person@x.example", "2"]}
    assert "@" not in json.dumps(result)
    fields = set(GongExtractOperator.template_fields)
    assert "ids_param" not in fields
    assert {"window", "only"} <= fields
