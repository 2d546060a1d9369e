"""One failure, one alert, whoever of Airflow's processes is left to tell it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from gong_airflow import alerts
from gong_airflow.errors import GongCredentialsError, GongInputError
from tests.e2e.mail_server import MailServer
from tests.unit.gong_airflow import alert_contexts as contexts
from tests.unit.gong_airflow.alert_contexts import (
    HERE,
    RUN,
    WINDOW,
    a_dag,
    at_the_end,
    in_the_dag_processor,
    in_the_task,
    use,
)

# The fixtures of this file.
settings = contexts.settings
recorded = contexts.recorded
mails = contexts.mails


def test_a_task_that_told_is_not_told_again(monkeypatch: pytest.MonkeyPatch, recorded: list[str]) -> None:
    use(monkeypatch, {"notifier": HERE + "Recorder", "text": "{{ alert.subject }}"})
    context = in_the_task(ValueError(), **alerts.flow_args())

    alerts.task_failed(context)
    assert context["ti"].pushed == {alerts.ALERTED: 3, alerts.ALERTED_ERROR: "ValueError"}
    alerts.flow_ended(at_the_end(a_dag(), {"plan_windows": "success", "extract_3": "failed"}, {"extract": 3}))

    assert recorded == [f"Gong: calls failed in extract, {WINDOW}"]


@pytest.mark.parametrize("told", [None, "GongCredentialsError", ["ValueError", "GongCredentialsError"]])
def test_a_key_that_gong_does_not_accept_is_told_once_a_mapped_task(
    told: Any, monkeypatch: pytest.MonkeyPatch, recorded: list[str]
) -> None:
    use(monkeypatch, {"notifier": HERE + "Recorder", "text": "{{ alert.subject }}"})
    context = in_the_task(GongCredentialsError("Gong does not accept the key"), **alerts.flow_args())
    other = in_the_task(GongInputError("Gong refused the request"), **alerts.flow_args())
    for one in (context, other):
        one["ti"].xcom_pull = lambda task_ids, key: told if key == alerts.ALERTED_ERROR else None
        alerts.task_failed(one)

    assert len(recorded) == (2 if told is None else 1)
    # Told either way: the end of the run has nothing to add.
    assert context["ti"].pushed[alerts.ALERTED] == 3


def test_a_lost_process_is_told_once_when_the_run_is_over(
    monkeypatch: pytest.MonkeyPatch, recorded: list[str]
) -> None:
    use(monkeypatch, {"notifier": HERE + "Recorder", "text": "{{ alert.subject }}"})
    dag = a_dag(**alerts.flow_args())
    states = {"plan_windows": "success", "extract_1": "failed", "extract_3": "failed", "extract_11": "failed"}

    alerts.task_failed(in_the_dag_processor(dag))
    assert recorded == []
    alerts.flow_ended(at_the_end(dag, states, {"extract": [1, 11]}))
    alerts.flow_ended(at_the_end(dag, {"extract_3": "failed"}, {}, reason="success"))
    alerts.flow_ended(at_the_end(dag, {"extract_3": "success"}, {}, reason="success"))

    assert recorded == ["Gong: calls failed in extract (window 3)"] * 2


def test_a_dag_without_flow_args_is_told_of_a_lost_process_at_once(
    monkeypatch: pytest.MonkeyPatch, recorded: list[str]
) -> None:
    use(monkeypatch, {"notifier": HERE + "Recorder", "text": "{{ alert.subject }}"})

    alerts.task_failed(in_the_dag_processor(a_dag(default_args=alerts.alert_args()), "plan_windows", -1))

    assert recorded == ["Gong: calls failed in plan_windows"]


def test_a_run_that_timed_out_is_told(monkeypatch: pytest.MonkeyPatch, recorded: list[str]) -> None:
    use(monkeypatch, {"notifier": HERE + "Recorder", "text": "{{ alert.text }}"})

    alerts.flow_ended(at_the_end(a_dag(), {"extract_3": "skipped"}, {}, reason="timed_out"))

    assert "What happened: The run took longer than the flow's dagrun_timeout" in recorded[0]


@pytest.mark.parametrize(
    "context",
    [
        {"dag": a_dag(), "run_id": RUN, "reason": "task_failure"},
        at_the_end(a_dag(), {"a_removed_task": "failed"}, {}),
    ],
)
def test_a_failed_run_is_told_when_nobody_knows_who_has_told(
    context: Any, monkeypatch: pytest.MonkeyPatch, recorded: list[str]
) -> None:
    use(monkeypatch, {"notifier": HERE + "Recorder", "text": "{{ alert.subject }}"})

    alerts.flow_ended(context)
    alerts.flow_ended({**context, "reason": "success"})

    assert recorded == ["Gong: calls failed"]


def test_a_context_that_nobody_foresaw_is_no_exception(caplog: pytest.LogCaptureFixture) -> None:
    alerts.task_failed({})
    alerts.flow_ended({})
    asyncio.run(alerts.flow_is_late({}))

    assert caplog.text.count("No alert was sent: KeyError") == 3


LATE = {
    "dag_run": {
        "dag_id": "calls",
        "dag_run_id": RUN,
        "queued_at": "2026-02-03T04:05:06Z",
        "state": "queued",
    },
    "deadline": {"deadline_time": datetime(2026, 2, 3, tzinfo=timezone.utc)},
}


def test_a_late_run_is_mailed_from_an_event_loop(mails: MailServer) -> None:
    asyncio.run(alerts.flow_is_late(LATE))

    assert mails.next().subject == "Gong: calls is late"


def test_a_slow_notifier_does_not_hold_up_the_triggerer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop_goes_on = threading.Event()
    monkeypatch.setattr(alerts, "deliver", lambda alert, context: answers.append(loop_goes_on.wait(5)))
    answers: list[bool] = []

    async def triggerer() -> None:
        sending = asyncio.create_task(alerts.flow_is_late(LATE))
        asyncio.get_running_loop().call_later(0.05, loop_goes_on.set)
        await sending

    asyncio.run(triggerer())

    assert answers == [True]


def test_a_deadline_leads_to_the_callback() -> None:
    alert = alerts.flow_args(late_after=timedelta(hours=2))["deadline"]

    assert alert.interval == timedelta(hours=2)
    assert alert.callback.path == "gong_airflow.alerts.flow_is_late"
    assert "deadline" not in alerts.flow_args()


def test_a_dag_file_that_imports_alerts_loads_nothing_more() -> None:
    code = (
        "import sys, datetime, airflow.sdk.exceptions; from airflow.sdk import DAG, BaseOperator\n"
        "before = set(sys.modules)\n"
        "from gong_airflow import alerts; alerts.flow_args(datetime.timedelta(1))\n"
        "print([name for name in set(sys.modules) - before if not name.startswith('gong_airflow')])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip().splitlines()[-1] == "[]"
