"""Refresh tokens serve once: whatever breaks, none is sent twice unasked, and people are told what to do."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import requests

from gong_airflow import connection, token_exchange
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongError,
    GongRateLimitError,
    GongTokenLostError,
    GongUnavailableError,
)
from gong_airflow.oauth import AirflowVariables, TokenStore
from tests.support.emulator import PROJECT, Emulator
from tests.support.oauth import LONGER_THAN_AN_EXCHANGE, TOKEN_PATH, App, FileVariables
from tests.support.waiting import free_port

MARKED = '"sent_at": "'


class KilledError(BaseException):
    """What `kill -9` does, as far as Python can."""


@pytest.fixture(scope="module")
def emulator(emulator_process: Emulator) -> Emulator:
    """One for all tests of this file: each has an app of its own."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def variables(tmp_path: Path) -> FileVariables:
    return FileVariables(tmp_path)


@pytest.fixture
def app(emulator: Emulator, variables: FileVariables, monkeypatch: pytest.MonkeyPatch) -> App:
    # Each secret more makes the next one slower to mask.
    monkeypatch.setattr(connection, "mask_secret", lambda secret: None)
    return App(emulator, variables)


def stored(app: App) -> str:
    return str(app.variables.get(app.store.key))


def test_each_exchange_uses_the_refresh_token_that_the_one_before_gave(app: App) -> None:
    first, second, third = app.renew(), app.renew(), app.renew()
    assert app.sent() == [1, 1, 1, 0]
    assert len({pair.access_token for pair in (first, second, third)}) == 3
    assert app.pair() == third
    assert third.base_url == app.emulator.url
    assert third.end - third.renew_from == timedelta(hours=12)
    answer = requests.get(
        f"{third.base_url}/v2/users", headers={"Authorization": f"Bearer {third.access_token}"}, timeout=10
    )
    assert answer.ok


def test_what_is_stored_shows_no_secret_and_opens_with_the_client_secret_only(app: App) -> None:
    app.renew()
    for secret in app.secrets():
        assert secret not in stored(app)
        assert secret not in repr(app.pair()) + repr(app.store.load()) + repr(app.app) + repr(app.settings)
    other = TokenStore("gong_default", replace(app.app, client_secret="another"), app.variables)
    with pytest.raises(GongTokenLostError, match=r"sealed with another client secret.*Put the former"):
        other.open(other.load())


STAGES = [
    ("before the note", "before", 1),
    ("after the note", "after", 1),
    ("before the mark", "before", 2),
    ("after the mark", "after", 2),
    ("before the pair is stored", "before", 3),
    ("after the pair is stored", "after", 3),
]


@pytest.mark.parametrize(("when", "number"), [stage[1:] for stage in STAGES], ids=[s[0] for s in STAGES])
def test_wherever_the_process_is_killed_no_refresh_token_is_sent_twice(
    app: App, when: str, number: int
) -> None:
    writes: list[str] = []

    def kill(value: str) -> None:
        writes.append(value)
        if len(writes) == number:
            raise KilledError

    setattr(app.variables, f"{when}_set", kill)
    with pytest.raises(KilledError):
        app.renew()
    setattr(app.variables, f"{when}_set", lambda value: None)
    app.clock.offset += LONGER_THAN_AN_EXCHANGE
    answer_may_be_lost = (when, number) in (("after", 2), ("before", 3))
    for _ in range(3):
        if answer_may_be_lost:
            with pytest.raises(GongTokenLostError, match="it is not sent again unasked"):
                app.renew()
        else:
            app.renew()
    assert max(app.sent()) <= 1
    assert (app.pair() is None) is answer_may_be_lost


KILLED = """
import os, signal, sys
from pathlib import Path
from gong_airflow.connection import GongConnection, OAuthApp
from gong_airflow.oauth import TokenStore
from gong_airflow.token_exchange import TokenExchange
from contextlib import nullcontext
from tests.support.oauth import FileVariables

variables = FileVariables(Path(sys.argv[1]))
def kill(value):
    if '"attempt": null' in value:
        os.kill(os.getpid(), signal.SIGKILL)
variables.before_set = kill
app = OAuthApp(*sys.argv[2:6])
store = TokenStore("gong_default", app, variables)
TokenExchange(GongConnection("", app=app), app, store, nullcontext, sleep=lambda s: None).renew()
"""


def test_a_pair_lost_by_kill_9_is_told_with_what_works_still_and_what_to_do(app: App) -> None:
    before = app.renew()
    given = app.app
    command = [sys.executable, "-c", KILLED, str(app.variables.folder)]
    command += [given.client_id, given.client_secret, given.refresh_token, given.token_url]
    path = os.pathsep.join([str(PROJECT), str(PROJECT / "plugins")])
    done = subprocess.run(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert app.sent() == [1, 1, 0]
    with pytest.raises(GongUnavailableError, match="Another process is renewing") as waiting:
        app.renew()
    assert 0 < waiting.value.retry_after < LONGER_THAN_AN_EXCHANGE.total_seconds()
    app.clock.offset += LONGER_THAN_AN_EXCHANGE
    with pytest.raises(GongTokenLostError) as lost:
        app.renew()
    text = str(lost.value)
    assert f"The access token works until {before.end:%Y-%m-%d %H:%M:%S} UTC" in text
    assert "authorise the app again and put the new refresh token into the connection" in text
    assert "send_again" in text
    assert app.sent() == [1, 1, 0]
    assert app.pair() == before
    # A person may try; Gong has used it up, and from then on that is what is said.
    with pytest.raises(GongTokenLostError, match=r"refuses the refresh token.*HTTP 400.*invalid_grant"):
        app.renew(send_again=True)
    with pytest.raises(GongTokenLostError, match="Gong refused the refresh token"):
        app.renew()
    assert app.sent() == [1, 2, 0]


def test_a_new_authorisation_starts_afresh_and_a_former_one_is_still_known(app: App) -> None:
    former = app.renew()
    first = app.app
    app.app = replace(first, refresh_token=app.emulator.oauth_app()["refresh_token"])
    assert app.pair() is None
    # A wrong one is refused, and has not harmed the one that works.
    with pytest.raises(GongTokenLostError, match="No access token works any more"):
        app.renew()
    app.app = first
    assert app.pair() == former
    assert app.renew() != former


@pytest.mark.parametrize("fault", ["lost_answer", "reset_body", "truncate", "reset"])
def test_a_lost_answer_is_not_followed_by_another_try(app: App, fault: str) -> None:
    app.emulator.fault(fault, path=TOKEN_PATH)
    for _ in range(3):
        with pytest.raises(GongTokenLostError):
            app.renew()
    assert app.sent()[0] == 1
    if fault == "reset":  # before Gong read it
        assert app.renew(send_again=True) == app.pair()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 503}, GongUnavailableError),
        ({"status": 429, "headers": {"Retry-After": "7"}}, GongRateLimitError),
        ({"status": 404, "body": "<html>"}, GongConfigurationError),
        ({"status": 302, "headers": {"Location": "https://elsewhere.example/"}}, GongConfigurationError),
        ({"status": 400, "body": '{"error": "invalid_client"}'}, GongCredentialsError),
    ],
)
def test_an_answer_that_leaves_the_refresh_token_alone_leaves_it_to_the_next_try(
    app: App, fault: dict[str, Any], error: type[GongError]
) -> None:
    app.emulator.fault("status", path=TOKEN_PATH, **fault)
    with pytest.raises(error):
        app.renew()
    assert app.store.load().attempt is None
    assert app.renew() == app.pair()


def test_where_nothing_was_sent_nothing_is_lost(app: App) -> None:
    right = app.app
    app.app = replace(right, token_url=f"http://127.0.0.1:{free_port()}{TOKEN_PATH}")
    with pytest.raises(GongUnavailableError, match="The connection failed before the answer"):
        app.renew()
    app.app = replace(right, token_url=f"http://nobody.invalid{TOKEN_PATH}")
    with pytest.raises(GongUnavailableError):
        app.renew()
    app.app = right
    assert app.renew() == app.pair()


def test_a_wrong_client_secret_is_told_and_corrected_without_loss(app: App) -> None:
    right = app.app
    app.app = replace(right, client_secret="wrong")
    with pytest.raises(GongCredentialsError, match="the refresh token was not used"):
        app.renew()
    app.app = right
    assert app.renew() == app.pair()


def test_a_pair_that_airflow_does_not_take_is_offered_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([OSError("database is locked"), RuntimeError("500"), None, None])

    def fail(value: str) -> None:
        if '"attempt": null' in value and (error := next(failures)):
            raise error

    app.variables.before_set = fail
    pair = app.renew()
    assert app.pair() == pair
    app.variables.before_set = lambda value: (
        (_ for _ in ()).throw(OSError()) if '": null, "told' in value else None
    )
    monkeypatch.setattr(token_exchange, "KEEP_SECONDS", -1.0)
    with pytest.raises(GongTokenLostError, match="Airflow did not take the new tokens"):
        app.renew()


def test_an_airflow_that_does_not_answer_is_not_taken_for_an_empty_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Airflow 3.3 says "not found" for both, and the first refresh token would be sent again."""
    import airflow.sdk

    listed: list[str] = ["gong_oauth_gong_default"]
    variable = SimpleNamespace(get=lambda key, default: default, keys=lambda prefix: listed)
    monkeypatch.setattr(airflow.sdk, "Variable", variable)
    assert AirflowVariables().get("gong_oauth_gong_default") is None
    with pytest.raises(GongUnavailableError, match="did not hand it out"):
        AirflowVariables().get("gong_oauth_gong_default", certain=True)
    listed.clear()
    assert AirflowVariables().get("gong_oauth_gong_default", certain=True) is None


def test_a_value_that_cannot_be_read_back_stops_before_anything_is_sent(app: App) -> None:
    """E.g. because AIRFLOW_VAR_… defines it too."""
    app.variables.after_set = lambda value: (app.variables.folder / app.store.key).write_text(
        '{"version": 1, "authorisations": {}}'
    )
    with pytest.raises(GongUnavailableError, match="does not read as written"):
        app.renew()
    assert sum(app.sent()) == 0


def test_what_another_process_stored_meanwhile_is_not_overwritten(app: App) -> None:
    before = app.store.load()
    pair = app.renew()
    with pytest.raises(GongUnavailableError, match="this one gives way"):
        app.store.save(replace(before, told_at="2026-01-01T00:00:00+00:00"), instead_of=before)
    assert app.pair() == pair


def test_a_foreign_value_is_told_and_kept(app: App) -> None:
    for text in ("not JSON", "[]", '{"version": 1, "authorisations": {"x": {"pair": 1}}}'):
        app.variables.set(app.store.key, text, "")
        with pytest.raises(GongConfigurationError, match="does not hold what gong_token writes"):
            app.renew()
        assert stored(app) == text


def test_of_many_processes_at_once_one_sends(app: App) -> None:
    """The pause after the note is real here: it is what keeps them apart."""
    barrier = threading.Barrier(12)
    errors: list[BaseException] = []

    def process() -> None:
        exchange = app.exchange(settle=0.4)
        exchange._sleep = time.sleep
        barrier.wait()
        try:
            exchange.renew()
        except GongUnavailableError as error:
            errors.append(error)

    with ThreadPoolExecutor(12) as pool:
        for done in [pool.submit(process) for _ in range(12)]:
            done.result()
    assert len(errors) == 11
    assert app.sent() == [1, 0]


def test_who_comes_too_late_gives_way(app: App) -> None:
    """A process that was left behind goes on right before it sends, and finds another's note."""
    left_behind = app.exchange()
    successor = app.exchange()

    def overtaken(seconds: float) -> None:
        left_behind._sleep = lambda seconds: None
        app.clock.offset += LONGER_THAN_AN_EXCHANGE
        successor.renew()

    left_behind._sleep = overtaken
    with pytest.raises(GongUnavailableError, match="Another process"):
        left_behind.renew()
    assert app.sent() == [1, 0]


def test_who_is_overtaken_while_the_connection_opens_sends_nothing(app: App) -> None:
    @contextmanager
    def turn() -> Iterator[None]:
        app.clock.offset += LONGER_THAN_AN_EXCHANGE
        app.renew()
        yield

    with pytest.raises(GongUnavailableError, match="Another process"):
        app.exchange(turn=turn).renew()
    assert app.sent() == [1, 0]


def test_a_note_that_has_grown_old_is_not_acted_upon(app: App) -> None:
    """By then another process may take it for one that was left behind."""

    @contextmanager
    def turn() -> Iterator[None]:
        app.clock.offset += LONGER_THAN_AN_EXCHANGE
        yield

    with pytest.raises(GongUnavailableError, match="took too long to open"):
        app.exchange(turn=turn).renew()
    assert sum(app.sent()) == 0
    assert app.renew() == app.pair()


def test_an_airflow_too_slow_to_keep_two_apart_is_not_trusted(app: App) -> None:
    exchange = app.exchange(settle=0.05)
    app.variables.before_set = lambda value: time.sleep(0.06)
    with pytest.raises(GongUnavailableError, match=r"took more than 0\.05 s"):
        exchange.renew()
    assert sum(app.sent()) == 0


def test_the_mark_stands_before_the_first_byte_leaves(app: App) -> None:
    seen: list[tuple[bool, int]] = []
    app.variables.after_set = lambda value: seen.append((MARKED in value, sum(app.sent())))
    app.renew()
    assert seen == [(False, 0), (True, 0), (False, 1)]


def test_nothing_secret_is_logged_at_any_level(app: App, caplog: pytest.LogCaptureFixture) -> None:
    told = []
    with caplog.at_level(logging.DEBUG):
        app.renew()
        app.emulator.fault(
            "status", path=TOKEN_PATH, status=400, body=json.dumps({"error": app.pair().refresh_token})
        )
        secrets = app.secrets()
        for options in ({}, {}, {"send_again": True}):
            try:
                app.renew(**options)
            except GongError as error:
                told.append(str(error))
    assert len(told) == 2
    assert "urllib3" in {record.name.partition(".")[0] for record in caplog.records}
    assert "<token>" in told[0]
    for secret in {*secrets, *app.secrets()}:
        for spelling in {secret, quote(secret), quote(secret, safe="")}:
            assert spelling not in caplog.text + str(told)


def test_airflow_is_told_to_mask_every_secret(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []
    monkeypatch.setattr(connection, "mask_secret", masked.append)
    fields = app.connection()
    conn = SimpleNamespace(
        conn_id="c", extra_dejson=json.loads(fields["extra"]), **fields, schema="", port=None
    )
    connection.read_connection(conn)
    app.renew()
    for secret in app.secrets():
        assert {secret, quote(secret, safe="")} <= set(masked)


def test_answers_that_lack_something_are_made_the_best_of(app: App) -> None:
    """No new refresh token: the old one lives on (RFC 6749); no life: a day; no address: the connection's."""
    app.settings = replace(app.settings, base_url="https://us-1.api.example")
    app.emulator.fault("status", path=TOKEN_PATH, status=200, body='{"access_token": "a", "expires_in": "x"}')
    pair = app.renew()
    assert (pair.refresh_token, pair.base_url) == (app.app.refresh_token, "https://us-1.api.example")
    assert pair.end - pair.renew_from == timedelta(hours=12)
