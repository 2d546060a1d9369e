"""Alerts as people get them: a real Airflow, a real SMTP server, and four ways to go wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from textwrap import dedent

import pytest

from tests.e2e.airflow_process import AirflowProcess
from tests.e2e.mail_server import Mail, MailServer

pytestmark = pytest.mark.e2e

DAGS = dedent(
    """
    import os
    import signal
    from datetime import timedelta
    from pathlib import Path

    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.sdk import DAG, BaseOperator, task

    from gong_airflow.alerts import alert_args, flow_args
    from gong_airflow.errors import GongCredentialsError

    HERE = Path(__file__).parent
    WINDOWS = [{"name": "Monday"}, {"name": "Tuesday"}, {"name": "Wednesday"}]


    class Extract(BaseOperator):
        template_fields = ("window",)

        def __init__(self, *, window, way="credentials", **kwargs):
            super().__init__(**kwargs)
            self.window = window
            self.way = way

        def execute(self, context):
            window = self.window["name"]
            if self.way == "credentials" and window == "Tuesday":
                raise GongCredentialsError(
                    "Gong refused the key",
                    operation="POST /v2/calls/extensive",
                    status=401,
                    request_id="4711abc",
                    errors=["The key of kim.doe@example.com was revoked"],
                )
            if self.way in ("killed", "lost") and window == "Tuesday":
                # The supervisor first: nobody is left to say how the task ended.
                os.kill(os.getppid(), signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
            if self.way == "killed" and window == "Wednesday":
                # As the kernel does when memory runs out: the supervisor lives on.
                os.kill(os.getpid(), signal.SIGKILL)


    def flow(way, **arguments):
        with DAG(f"alerts_{way}", schedule=None, default_args=alert_args(), **arguments):

            @task
            def plan_windows():
                return WINDOWS

            Extract.partial(task_id="extract", way=way, retries=0).expand(window=plan_windows())


    flow("credentials", **flow_args())
    flow("killed", **flow_args())
    # Without flow_args the DAG processor's thinner context has to do.
    flow("lost")

    with DAG(
        "alerts_late", schedule=None, default_args=alert_args(), **flow_args(late_after=timedelta(seconds=1))
    ):
        PythonSensor(
            task_id="wait",
            python_callable=lambda: (HERE / "released").exists(),
            poke_interval=0.5,
            timeout=60,
        )
    """
)
SETTINGS = {
    "GONG_ALERT_EMAIL": "data-team@ops.example, on-call@ops.example",
    # How soon Airflow notices that a worker is gone; 300 s and 10 s unless set.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "6",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "1",
}


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, mails: MailServer) -> Iterator[AirflowProcess]:
    home = tmp_path_factory.mktemp("airflow")
    dags = home / "dags"
    dags.mkdir()
    (dags / "alerting.py").write_text(DAGS, encoding="utf-8")
    with AirflowProcess(home=home, dags_folder=dags, env=SETTINGS) as process:
        # As a person does in the UI: worker, DAG processor and triggerer must each find it in the database.
        connection = {"connection_id": "smtp_default", **mails.connection()}
        connection["extra"] = json.dumps(connection["extra"])
        process.api("POST", "/connections", connection)
        yield process


def row(mail: Mail, label: str) -> str:
    """The value beside `label` in the mail's table."""
    found = re.search(rf"<th[^>]*>{label}</th><td>(.*?)</td>", mail.body)
    assert found, f"no {label} in {mail.body}"
    return found.group(1)


def test_people_are_told(airflow: AirflowProcess, mails: MailServer) -> None:
    runs = {
        way: airflow.trigger(f"alerts_{way}", {"email": "kim.doe@example.com"} if way == "late" else None)
        for way in ("late", "credentials", "killed", "lost")
    }
    # Airflow 3.3.2 calls back twice for the lost task; hence five mails for four flows.
    arrived = mails.take(5, timeout=180)
    (airflow.dags_folder / "released").touch()
    for way, run_id in runs.items():
        expected = "success" if way == "late" else "failed"
        assert airflow.wait_finished(f"alerts_{way}", run_id) == expected
    # What comes now was told twice.
    arrived += mails.take(99, timeout=3)

    by_flow: dict[str, list[Mail]] = {way: [] for way in runs}
    for mail in arrived:
        by_flow[row(mail, "Flow").removeprefix("alerts_")].append(mail)
        assert mail.recipients == ["data-team@ops.example", "on-call@ops.example"]
        assert "kim.doe" not in mail.raw + mail.body
    told = {way: sorted({mail.subject for mail in those}) for way, those in by_flow.items()}
    assert told == {
        "late": ["Gong: alerts_late is late"],
        "credentials": ["Gong: alerts_credentials failed in extract, Tuesday"],
        "killed": ["Gong: alerts_killed failed in 2 tasks"],
        "lost": ["Gong: alerts_lost failed in extract, Tuesday"],
    }, airflow.tail()
    assert [len(by_flow[way]) for way in ("late", "credentials", "killed")] == [1, 1, 1]

    (credentials,) = by_flow["credentials"]
    assert row(credentials, "Window") == "Tuesday"
    assert row(credentials, "What to do").startswith("Check access key, secret and base URL")
    assert "POST /v2/calls/extensive, HTTP 401, Gong request id 4711abc" in row(credentials, "What happened")
    run = runs["credentials"].replace(":", "%3A").replace("+", "%2B")
    page = f"{airflow.url}/dags/alerts_credentials/runs/{run}/tasks/extract/mapped/1?try_number=1"
    assert f'href="{page}"' in credentials.body

    (killed,) = by_flow["killed"]
    assert row(killed, "Tasks") == "extract (Tuesday); extract (Wednesday)"
    assert f'href="{airflow.url}/dags/alerts_killed/runs/' in killed.body
    lost = by_flow["lost"][0]
    assert row(lost, "Window") == "Tuesday"
    assert "/tasks/extract/mapped/1" in lost.body
    for mail in (killed, lost):
        assert "memory" in row(mail, "What to do")

    (late,) = by_flow["late"]
    assert row(late, "Late by").endswith(" s")
    assert row(late, "State at the deadline") in ("queued", "running")
    assert f'href="{airflow.url}/dags/alerts_late/runs/' in late.body
