"""Who gets an alert, and that no notifier can hurt a task or another notifier."""

from __future__ import annotations

import json
import logging

import pytest

from gong_airflow import alerts
from gong_airflow.alert_notifiers import EMAIL, NOTIFIERS, SMTP_CONN_ID
from gong_airflow.errors import GongCredentialsError
from tests.e2e.mail_server import MailServer
from tests.unit.gong_airflow import alert_contexts as contexts
from tests.unit.gong_airflow.alert_contexts import HERE, PERSON, RUN_PAGE, WINDOW, in_the_task, use

# The fixtures of this file.
settings = contexts.settings
recorded = contexts.recorded
mails = contexts.mails


def test_a_broken_notifier_stops_no_other_and_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, recorded: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    template = {"text": "{{ alert.subject }}"}
    use(
        monkeypatch,
        {"notifier": HERE + "Broken"},
        {"notifier": "no.such.Notifier"},
        {"notifier": HERE + "Recorder", "no_such_argument": "secret-token"},
        {"notifier": HERE + "Recorder", **template},
        {"notifier": HERE + "AsyncRecorder", **template},
    )
    context = in_the_task(ValueError())

    with caplog.at_level(logging.INFO):
        alerts.task_failed(context)

    subject = f"Gong: calls failed in extract, {WINDOW}"
    assert recorded == [subject, f"async {subject}"]
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [error.split("(")[-1].split(")")[0] for error in errors] == [
        "ConnectionError",
        "ModuleNotFoundError",
        "TypeError",
    ]
    assert "secret-token" not in caplog.text
    assert "alert" not in context


@pytest.mark.parametrize("setting", ["{broken", '"text"', "[1]", '[{"to": "somebody"}]'])
def test_a_broken_setting_falls_back_to_mail_and_says_so(
    setting: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(NOTIFIERS, setting)

    alerts.task_failed(in_the_task(ValueError()))

    assert f"{NOTIFIERS} is not a JSON list of objects" in caplog.text
    assert "there is no connection 'smtp_default'" in caplog.text


def test_without_a_connection_the_log_says_how_to_get_alerts(caplog: pytest.LogCaptureFixture) -> None:
    context = in_the_task(ValueError())

    alerts.task_failed(context)

    assert f"Nobody was told 'Gong: calls failed in extract, {WINDOW}': there is no connection" in caplog.text
    assert "Add one of type smtp" in caplog.text
    assert context["ti"].pushed == {}


def test_a_connection_without_an_address_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", '{"conn_type": "smtp", "host": "127.0.0.1"}')

    alerts.task_failed(in_the_task(ValueError()))

    assert f"set {EMAIL}, or `from_email` in the extras of 'smtp_default'" in caplog.text


def test_an_empty_list_is_silence(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    use(monkeypatch)

    alerts.task_failed(in_the_task(ValueError()))

    assert caplog.text == ""


def test_a_mail_arrives(mails: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMAIL, "a@ops.example, b@ops.example")
    error = GongCredentialsError("Gong refused the key {{ 7 * 7 }}", errors=[f"{PERSON} is unknown"])

    context = in_the_task(error, render_template_as_native_obj=True)
    # What an alert quotes is text, whatever it looks like to a template engine.
    context["task"].window = {"name": "{{ 6 * 7 }}"}

    alerts.task_failed(context)

    mail = mails.next()
    assert mail.recipients == ["a@ops.example", "b@ops.example"]
    assert mail.subject == "Gong: calls failed in extract, {{ 6 * 7 }}"
    for part in (
        "<td>calls</td>",
        "<td>{{ 6 * 7 }}</td>",
        "Check access key, secret and base URL",
        f'href="{RUN_PAGE}/tasks/extract/mapped/3?try_number=2"',
        "{{ 7 * 7 }}",
    ):
        assert part in mail.body
    assert "kim" not in mail.raw + mail.body


def test_the_sender_is_told_when_nobody_is_named(mails: MailServer) -> None:
    alerts.task_failed(in_the_task(ValueError()))

    assert mails.next().recipients == ["airflow@ops.example"]


def test_another_connection_can_be_named(mails: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SMTP_CONN_ID, "ops_mail")
    monkeypatch.setenv("AIRFLOW_CONN_OPS_MAIL", json.dumps(mails.connection(from_email="ops@ops.example")))

    alerts.task_failed(in_the_task(ValueError()))

    assert mails.next().recipients == ["ops@ops.example"]
