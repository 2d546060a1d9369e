"""What alerts say, and what they never say."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from gong_airflow.alert_messages import (
    Alert,
    FailedTask,
    late_message,
    run_failed_message,
    task_failed_message,
)
from gong_airflow.alert_notices import rows_message, unread_message
from gong_airflow.errors import (
    GongCredentialsError,
    GongCursorError,
    GongRateLimitError,
    GongUnavailableError,
)
from tests.unit.gong_airflow import alert_contexts as contexts
from tests.unit.gong_airflow.alert_contexts import (
    PERSON,
    RUN,
    RUN_PAGE,
    WINDOW,
    a_dag,
    at_the_end,
    in_the_dag_processor,
    in_the_task,
)

# The fixtures of this file.
settings = contexts.settings


def everything(alert: Alert) -> str:
    return "\n".join((alert.subject, alert.text, alert.html))


def test_streams_that_gong_refuses_are_told_with_what_it_wants() -> None:
    alert = unread_message(in_the_task(None), [("tasks", "Gong Engage"), ("trackers", "scope api:x")])
    assert alert.subject.endswith("could not read 2 streams")
    assert "tasks: Gong wants Gong Engage." in alert.text
    assert "trackers: Gong wants scope api:x." in alert.text


def test_rows_that_are_not_in_gong_are_told_by_reason() -> None:
    rows = [("CONTACT", "emailAddress: not an e-mail address")] * 3
    rows += [("DEAL", f"Field [owner] {PERSON} was not found"), *(("LEAD", f"reason {n}") for n in range(30))]

    alert = rows_message(in_the_task(None), rows)

    assert alert.subject == "Gong: calls could not bring 34 rows into Gong"
    lines = alert.text.splitlines()
    assert "CONTACT: 3 x emailAddress: not an e-mail address." in lines
    assert "DEAL: 1 x Field [owner] <e-mail> was not found." in lines
    assert "and: 12 more reasons" in lines
    assert "crm_upload_error" in lines[-2]
    assert PERSON not in everything(alert)


def test_a_gong_error_is_told_with_flow_window_remedy_and_link() -> None:
    error = GongCredentialsError(
        "Gong refused the key",
        operation="POST /v2/calls/extensive",
        status=401,
        request_id="4711abc",
        errors=[f"{PERSON} has no <access>"],
    )

    alert = task_failed_message(in_the_task(error))

    assert alert.subject == f"Gong: calls failed in extract, {WINDOW}"
    assert alert.text.splitlines() == [
        "Flow: calls",
        "Task: extract",
        f"Window: {WINDOW}",
        f"Run: {RUN}",
        "What happened: GongCredentialsError: Gong refused the key "
        "(POST /v2/calls/extensive, HTTP 401, Gong request id 4711abc). Gong says: <e-mail> has no <access>.",
        "What to do: Check access key, secret and base URL of the connection, and the scopes of the key in "
        "Gong. "
        "Then clear the failed task in the UI: nothing else runs again, and it goes on where it stopped.",
        f"Log: {RUN_PAGE}/tasks/extract/mapped/3?try_number=2",
    ]
    assert "&lt;e-mail&gt; has no &lt;access&gt;" in alert.html
    assert f'<a href="{RUN_PAGE}/tasks/extract/mapped/3?try_number=2">' in alert.html


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        (GongRateLimitError, "Find out who else calls Gong"),
        (GongUnavailableError, "https://status.gong.io"),
        (GongCursorError, "see what slows it"),
    ],
)
def test_after_the_last_try_nobody_is_told_that_the_task_tries_again(kind: Any, remedy: str) -> None:
    alert = task_failed_message(in_the_task(kind("Gong said no")))

    assert remedy in alert.text
    assert kind.remedy not in alert.text


def test_a_remedy_of_the_error_itself_comes_first() -> None:
    error = GongRateLimitError("The day's requests are used up", remedy="Ask Gong to raise the daily limit")

    assert (
        "What to do: Ask Gong to raise the daily limit. Then" in task_failed_message(in_the_task(error)).text
    )


@pytest.mark.parametrize("error", [ValueError(f"{PERSON} +49 170 1234567"), f"{PERSON}", None])
def test_the_text_of_any_other_error_stays_in_the_log(error: BaseException | str | None) -> None:
    alert = task_failed_message(in_the_task(error))

    assert "What happened: " + ("ValueError." if isinstance(error, ValueError) else "An error.") in alert.text
    for personal in ("kim", "example.com", "1234567"):
        assert personal not in everything(alert)


def test_a_run_named_after_a_person_is_not_named() -> None:
    context = in_the_task(ValueError())
    context["ti"].run_id = f"erase {PERSON}"

    alert = task_failed_message(context)

    assert "kim" not in everything(alert)
    assert alert.text.endswith("Log: https://airflow.example/dags/calls")


def test_names_are_escaped_and_a_subject_is_one_line() -> None:
    context = in_the_task(ValueError())
    context["task"].window = {"name": "<script>\nBcc: everybody"}

    alert = task_failed_message(context)

    assert "<script>" not in alert.html
    assert "\n" not in alert.subject


def test_a_lost_process_is_told_from_the_thinner_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        RuntimeTaskInstance, "xcom_pull", lambda self, **_: [{"name": f"window {n}"} for n in range(5)]
    )

    alert = task_failed_message(in_the_dag_processor(a_dag()))

    assert alert.subject == "Gong: calls failed in extract, window 3"
    assert "killed or its machine went away" in alert.text
    assert f"Log: {RUN_PAGE}/tasks/extract/mapped/3?try_number=2" in alert.text


def test_without_the_plan_the_window_is_named_by_its_index(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise RuntimeError("no server")

    monkeypatch.setattr(RuntimeTaskInstance, "xcom_pull", gone)

    assert "Window: mapped task 3" in task_failed_message(in_the_dag_processor(a_dag())).text


def test_a_task_that_is_not_mapped_has_no_window() -> None:
    alert = task_failed_message(in_the_dag_processor(a_dag(), "plan_windows", -1))

    assert alert.subject == "Gong: calls failed in plan_windows"
    assert "Window" not in alert.text


def test_many_lost_tasks_are_one_message() -> None:
    alert = run_failed_message(at_the_end(a_dag(), {}, {}), [FailedTask("extract", n) for n in range(12)])

    assert alert.subject == "Gong: calls failed in 12 tasks"
    assert "extract (window 9); and 2 more" in alert.text
    assert f"Run page: {RUN_PAGE}" in alert.text


def test_a_late_run_is_told_with_since_when_and_how_late() -> None:
    due = datetime(2026, 2, 3, 6, 5, 6, tzinfo=timezone.utc)
    run = {
        "dag_id": "calls",
        "dag_run_id": RUN,
        "queued_at": "2026-02-03T04:05:06.500000Z",
        "state": "running",
        "conf": {"email": PERSON},
        "note": PERSON,
        "triggering_user_name": PERSON,
    }

    alert = late_message(
        {"dag_run": run, "deadline": {"deadline_time": due}}, now=due + timedelta(hours=1, minutes=2)
    )

    assert alert.subject == "Gong: calls is late"
    assert alert.text.splitlines() == [
        "Flow: calls",
        f"Run: {RUN}",
        "Waiting since: 2026-02-03 04:05:06 UTC",
        "Due: 2026-02-03 06:05:06 UTC",
        "Late by: 1 h 2 min",
        "State at the deadline: running",
        "What to do: The run is still going: look for tasks that wait for a pool, for a retry or "
        "for a person.",
        f"Run page: {RUN_PAGE}",
    ]
