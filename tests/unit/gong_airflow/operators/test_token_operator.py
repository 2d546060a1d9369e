"""When the tokens are renewed, and when people are told that they cannot be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from gong_airflow import connection, oauth, token_exchange
from gong_airflow.errors import GongConfigurationError, GongCredentialsError, GongError, GongTokenLostError
from gong_airflow.hooks.gong import GongHook
from gong_airflow.operators import token as module
from gong_airflow.operators.token import GongRefreshTokenOperator
from gong_airflow.pacer import licensed_pacer
from tests.support.emulator import Emulator
from tests.support.oauth import TOKEN_PATH, App, FileVariables

Make = Callable[..., GongHook]


class Runs:
    """Runs of gong_token, against the emulator."""

    def __init__(self, app: App, make_hook: Make) -> None:
        self.app = app
        self.make_hook = make_hook

    def run(self, run_type: str = "scheduled", *, connection: Any = None, **form: Any) -> dict[str, str]:
        operator = GongRefreshTokenOperator(task_id="renew", pool="gong_api", **form)
        operator.hook = self.make_hook(**(connection or self.app.connection()))
        context = {"dag_run": SimpleNamespace(run_type=run_type), "ti": None, "task": operator}
        result: dict[str, str] = operator.execute(context)
        self.traffic = operator.hook.traffic.as_dict()
        return result

    def outcome(self, run_type: str = "scheduled", **form: Any) -> type[BaseException] | None:
        try:
            self.run(run_type, **form)
        except (GongError, AirflowSkipException) as error:
            self.said = str(error)
            return type(error)
        return None


@pytest.fixture(scope="module")
def emulator(emulator_process: Emulator) -> Emulator:
    """One for all tests of this file: each has an app of its own."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def runs(emulator: Emulator, tmp_path: Path, make_hook: Make, monkeypatch: pytest.MonkeyPatch) -> Runs:
    variables = FileVariables(tmp_path)
    app = App(emulator, variables)
    monkeypatch.setattr(oauth, "AirflowVariables", lambda: variables)
    # Each secret more makes the next one slower to mask; and what is logged is looked through unmasked.
    monkeypatch.setattr(connection, "mask_secret", lambda secret: None)
    monkeypatch.setattr(module, "utc_now", app.clock)
    # Where a default of the exchange is meant, the clock of the test is.
    exchange = token_exchange.TokenExchange
    monkeypatch.setattr(
        token_exchange,
        "TokenExchange",
        lambda *given: exchange(*given, now=app.clock, sleep=lambda seconds: None),
    )
    monkeypatch.setattr(exchange, "settle_seconds", 60.0)
    return Runs(app, make_hook)


def test_it_renews_when_half_of_the_life_is_over_and_not_before(runs: Runs) -> None:
    result = runs.run()
    assert runs.traffic == {
        "POST /oauth2/generate-customer-token": {
            **dict.fromkeys(("rate_limited", "retries"), 0),
            "requests": 1,
            "seconds_waited": runs.traffic["POST " + TOKEN_PATH]["seconds_waited"],
        }
    }
    ends = datetime.fromisoformat(result["works_until"])
    assert timedelta(hours=23, minutes=59) < ends - datetime.now(timezone.utc) < timedelta(hours=24)
    assert runs.outcome() is AirflowSkipException
    assert "The access token works until" in runs.said
    runs.app.clock.offset = timedelta(hours=11, minutes=59)
    assert runs.outcome() is AirflowSkipException
    runs.app.clock.offset = timedelta(hours=12, minutes=1)
    assert runs.outcome() is None
    assert runs.app.sent() == [1, 1, 0]


@pytest.mark.parametrize("now", [True, "True"])
def test_a_person_may_renew_now(runs: Runs, now: Any) -> None:
    runs.run()
    assert runs.outcome("manual", now=False) is AirflowSkipException
    assert runs.outcome("manual", now="None") is AirflowSkipException
    assert runs.outcome("manual", now=now) is None
    assert runs.app.sent() == [1, 1, 0]


def test_a_connection_with_a_key_has_nothing_to_renew(runs: Runs) -> None:
    key = {"login": "k", "password": "s", "host": runs.app.emulator.url}
    with pytest.raises(AirflowSkipException, match="has a key"):
        runs.run(connection=key)
    assert runs.app.emulator.requests() == []


def test_a_lost_pair_is_told_at_once_and_then_every_six_hours(runs: Runs) -> None:
    runs.run()
    runs.app.emulator.fault("lost_answer", path=TOKEN_PATH)
    assert runs.outcome(now=True) is GongTokenLostError
    told = [runs.outcome() for _ in range(3)]
    assert told == [AirflowSkipException] * 3
    assert "People were told at" in runs.said and "authorise the app again" in runs.said
    # Who starts it by hand is told.
    assert runs.outcome("manual") is GongTokenLostError
    runs.app.clock.offset = timedelta(hours=6, minutes=1)
    assert [runs.outcome() for _ in range(3)] == [
        GongTokenLostError,
        AirflowSkipException,
        AirflowSkipException,
    ]
    assert runs.app.sent()[:2] == [1, 1]
    assert runs.outcome("manual", send_again=True) is GongTokenLostError
    assert runs.app.sent()[:2] == [1, 2]


def test_a_loss_is_told_although_the_access_token_still_lives_long(runs: Runs) -> None:
    runs.run()
    runs.app.emulator.fault("lost_answer", path=TOKEN_PATH)
    runs.outcome("manual", now=True)
    runs.app.clock.offset = timedelta(hours=7)
    assert runs.outcome() is GongTokenLostError
    assert "The access token works until" in runs.said


def test_a_wrong_client_secret_is_told_once_and_works_when_corrected(runs: Runs) -> None:
    wrong = runs.app.connection(client_secret="wrong-secret")
    kinds = [runs.outcome(connection=wrong) for _ in range(3)]
    assert kinds == [GongCredentialsError, AirflowSkipException, AirflowSkipException]
    assert runs.outcome() is None


def test_outside_the_pool_nothing_is_sent(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    from gong_airflow import pacer
    from gong_airflow.hooks import gong

    task = SimpleNamespace(pool="default_pool", task_id="renew", pool_slots=1)
    monkeypatch.setattr(pacer, "_running_context", lambda: {"task": task, "ti": None})
    monkeypatch.setattr(gong, "licensed_pacer", licensed_pacer)
    assert runs.outcome() is GongConfigurationError
    assert 'Add pool="gong_api"' in runs.said
    assert sum(runs.app.sent()) == 0
    assert runs.app.store.load().attempt is None


def test_what_it_returns_and_logs_and_renders_is_not_secret(
    runs: Runs, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        result = runs.run()
    operator = GongRefreshTokenOperator(task_id="renew")
    rendered = {name: getattr(operator, name) for name in operator.template_fields}
    assert rendered == {"gong_conn_id": "gong_default", "now": False, "send_again": False}
    logged = caplog.text + capsys.readouterr().out
    for secret in runs.app.secrets():
        assert secret not in f"{result} {logged}"
    assert "The access token works until" in logged
