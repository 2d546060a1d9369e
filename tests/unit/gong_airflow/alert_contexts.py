"""Contexts as Airflow builds them for alerts, and notifiers that keep what they are given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk import DAG, BaseNotifier, BaseOperator
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from gong_airflow.alert_notifiers import EMAIL, NOTIFIERS, SMTP_CONN_ID
from gong_airflow.alerts import ALERTED
from tests.e2e.mail_server import MailServer

RUN = "manual__2026-02-03T04:05:06+00:00"
RUN_PAGE = "https://airflow.example/dags/calls/runs/manual__2026-02-03T04%3A05%3A06%2B00%3A00"
WINDOW = "2026-01-01 00:00:00 to 2026-01-02 00:00:00 UTC"
PERSON = "kim.doe@example.com"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (NOTIFIERS, EMAIL, SMTP_CONN_ID, "AIRFLOW_CONN_SMTP_DEFAULT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example/")


class Plan(BaseOperator):
    def execute(self, context: Any) -> None: ...


class Extract(BaseOperator):
    def __init__(self, *, window: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.window = window

    def execute(self, context: Any) -> None: ...


def a_dag(**arguments: Any) -> DAG:
    with DAG("calls", schedule=None, **arguments) as dag:
        plan = Plan(task_id="plan_windows")
        Extract.partial(task_id="extract").expand(window=plan.output)
    return dag


def in_the_task(error: BaseException | str | None, **arguments: Any) -> dict[str, Any]:
    """The context of a mapped task that failed in its own process."""
    with DAG("calls", schedule=None, **arguments) as dag:
        task = Extract(task_id="extract", window={"name": WINDOW})
    pushed: dict[str, Any] = {}
    ti = SimpleNamespace(
        dag_id="calls",
        task_id="extract",
        run_id=RUN,
        map_index=3,
        try_number=2,
        pushed=pushed,
        xcom_push=lambda key, value: pushed.update({key: value}),
    )
    return {"dag": dag, "task": task, "ti": ti, "run_id": RUN, "exception": error}


def in_the_dag_processor(dag: DAG, task_id: str = "extract", map_index: int = 3) -> dict[str, Any]:
    """The context that the DAG processor builds for a task whose process was lost, without a server."""
    ti = RuntimeTaskInstance.model_construct(
        id=uuid4(),
        dag_id="calls",
        task_id=task_id,
        run_id=RUN,
        map_index=map_index,
        try_number=2,
        task=dag.get_task(task_id),
    )
    return dict(ti.get_template_context())


def at_the_end(
    dag: DAG, states: dict[str, str], told: dict[str, Any], reason: str = "task_failure"
) -> dict[str, Any]:
    """The context of a DAG's callback for a run whose tasks ended in `states`, with their XComs `told`."""
    ti = SimpleNamespace(
        task_id="load",
        get_task_states=lambda dag_id, run_ids: {RUN: states} if run_ids == [RUN] else {},
        xcom_pull=lambda task_ids, key=None, **_: (
            told.get(task_ids) if key == ALERTED else [{"name": f"window {n}"} for n in range(20)]
        ),
    )
    return {"dag": dag, "run_id": RUN, "ti": ti, "reason": reason}


class Recorder(BaseNotifier):
    """Keeps what it is given."""

    template_fields = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def notify(self, context: Any) -> None:
        RECORDED.append(self.text)


class AsyncRecorder(Recorder):
    """One that only has the asynchronous side."""

    def notify(self, context: Any) -> None:
        raise NotImplementedError

    async def async_notify(self, context: Any) -> None:
        RECORDED.append(f"async {self.text}")


class Broken(BaseNotifier):
    """Fails with a secret in its text."""

    def notify(self, context: Any) -> None:
        raise ConnectionError("https://hooks.example/T0/secret-token")


RECORDED: list[str] = []
HERE = f"{__name__}."


@pytest.fixture
def recorded() -> Iterator[list[str]]:
    RECORDED.clear()
    yield RECORDED


def use(monkeypatch: pytest.MonkeyPatch, *entries: Any) -> None:
    monkeypatch.setenv(NOTIFIERS, json.dumps(entries))


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with MailServer() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(server.connection()))
        yield server
