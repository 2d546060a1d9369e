"""A hook with an OAuth app: it reads the access token that is there, and never renews it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Connection

from gong_airflow import connection, oauth
from gong_airflow.errors import GongScopeError, GongTokenExpiredError, GongTokenLostError
from gong_airflow.hooks.gong import GongHook
from gong_airflow.oauth import Attempt, LiveToken, TokenState
from gong_airflow.recordings.upload import MediaStream, media_content
from tests.support.emulator import Emulator
from tests.support.oauth import TOKEN_PATH, App, FileVariables
from tests.support.recordings import make_media, post_call
from tests.support.waiting import wait_until

Make = Callable[..., GongHook]


@pytest.fixture(scope="module")
def emulator(emulator_process: Emulator) -> Emulator:
    """One for all tests of this file: each has an app of its own."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def app(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    variables = FileVariables(tmp_path)
    monkeypatch.setattr(oauth, "AirflowVariables", lambda: variables)
    # Each secret more makes the next one slower to mask.
    monkeypatch.setattr(connection, "mask_secret", lambda secret: None)
    return App(emulator, variables)


@pytest.fixture
def make(app: App, make_hook: Make) -> Make:
    return lambda **extra: make_hook(**app.connection(**extra))


def api_requests(emulator: Emulator) -> list[dict[str, Any]]:
    return [request for request in emulator.requests() if request["operation"] != TOKEN_PATH]


def test_it_asks_the_address_that_came_with_the_tokens(app: App, make: Make) -> None:
    app.renew()
    hook = make()
    assert hook.settings.base_url == ""
    assert hook.call("GET /v2/users").body["users"]
    hook.method = "GET"
    assert hook.run("v2/users").json()["users"]
    assert hook.get_conn().get(f"{app.emulator.url}/v2/users", timeout=10).ok
    assert {request["authScheme"] for request in api_requests(app.emulator)} == {"Bearer"}


def test_before_the_first_token_and_past_the_end_nothing_is_sent(app: App, make: Make) -> None:
    hook = make()
    for _ in range(2):
        with pytest.raises(GongTokenExpiredError, match="has no access token yet"):
            hook.call("GET /v2/users")
    app.clock.offset = -timedelta(hours=25)
    app.renew()
    with pytest.raises(GongTokenExpiredError, match=r"ended at .* gong_token renews it"):
        hook.call("GET /v2/users")
    with pytest.raises(GongTokenExpiredError):
        hook.get_conn().get(f"{app.emulator.url}/v2/users", timeout=10)
    assert api_requests(app.emulator) == []
    app.clock.offset = timedelta()
    app.renew()
    assert hook.call("GET /v2/users").body["users"]


def test_once_it_has_ended_and_cannot_be_renewed_that_is_what_is_said(app: App, make: Make) -> None:
    app.renew()
    lost = replace(app.store.load(), attempt=Attempt("x", "2026-01-01T00:00:00+00:00", ended="refused"))
    app.store.save(lost)
    assert make().call("GET /v2/users").body["users"]
    app.store.save(replace(lost, pair=None))
    with pytest.raises(GongTokenLostError, match="authorise the app again"):
        make().call("GET /v2/users")


def test_a_missing_scope_is_told_and_changes_nothing(app: App, make: Make) -> None:
    """Refresh tokens were burnt in loops that took every 401 for an expired token."""
    narrow = App(app.emulator, app.variables, scopes=["api:workspaces:read"])
    app.app = narrow.app
    app.renew()
    hook = make()
    hook._live.pair()
    reads, before = app.variables.reads, app.sent()
    for _ in range(3):
        with pytest.raises(GongScopeError, match="api:users:read"):
            hook.call("GET /v2/users")
    assert app.variables.reads == reads
    assert app.sent() == before
    assert len(api_requests(app.emulator)) == 3


def test_a_token_that_gong_no_longer_takes_is_read_again(app: App, make: Make) -> None:
    app.renew()
    hook = make()
    hook.call("GET /v2/users")
    app.emulator.end_access_tokens()
    with pytest.raises(GongTokenExpiredError, match=r"does not take the access token.*HTTP 401"):
        hook.call("GET /v2/users")
    assert len(api_requests(app.emulator)) == 2
    app.renew()
    assert hook.call("GET /v2/users").body["users"]
    app.emulator.end_access_tokens()
    app.renew()
    assert hook.run("v2/users").json()["users"]
    # Refused, read again, sent once more: twice each.
    assert [r["status"] for r in api_requests(app.emulator)] == [200, 401, 401, 200, 401, 200]


def test_a_body_is_made_anew_for_the_other_token(app: App, make: Make) -> None:
    app.renew()
    hook = make()
    hook.call("GET /v2/users")
    app.emulator.end_access_tokens()
    app.renew()
    media, call_id = make_media("WAV", seed=1), post_call(app.emulator, seed=1)
    hook.call(
        "PUT /v2/calls/{id}/media",
        path={"id": call_id},
        content=lambda: media_content(
            MediaStream(io.BytesIO(media), len(media)), extension=".wav", content_type="audio/wav"
        ),
    )
    assert app.emulator.uploads()[0]["bytes"] == len(media)


def test_forty_tasks_at_the_end_of_the_token_and_one_renewal(app: App, make: Make) -> None:
    """Each gets what it asked for at the first try after the renewal; nobody else uses a refresh token."""
    app.renew()
    app.emulator.end_access_tokens()
    refused, answered = threading.Semaphore(0), []
    conn = Connection(conn_id="gong_default", conn_type="gong", **app.connection())

    def task(number: int) -> int:
        hook = make()
        hook.get_connection = lambda conn_id: conn  # type: ignore[method-assign]
        tries = 0

        def attempt() -> bool:
            nonlocal tries
            tries += 1
            try:
                answered.append(hook.call("GET /v2/users").body["users"])
            except GongTokenExpiredError:
                if tries == 1:
                    refused.release()
                return False
            return True

        wait_until(f"task {number}", attempt, every=0.1)
        return tries

    with ThreadPoolExecutor(41) as pool:
        tasks = [pool.submit(task, number) for number in range(40)]
        for _ in range(40):
            refused.acquire()
        app.renew()
        tries = [done.result() for done in tasks]
    assert len(answered) == 40
    assert min(tries) == 2
    assert app.sent() == [1, 1, 0]
    assert {r["status"] for r in api_requests(app.emulator)} == {200, 401}


def test_the_connection_test_says_what_can_be_said(app: App, make: Make) -> None:
    """The UI tests under a name of its own, where no token is stored; a test must use none up."""
    ok, said = make().test_connection()
    assert ok
    assert (
        "cannot be tested without using the refresh token up: save the connection and start gong_token"
        in said
    )
    assert app.emulator.requests() == []
    app.renew()
    assert make().test_connection() == (
        True,
        f"{app.emulator.url} accepts the key; it may read calls and transcripts.",
    )
    assert make(client_secret="").test_connection()[0] is False


def test_an_answer_without_an_address_needs_one_in_the_connection(app: App) -> None:
    live = LiveToken(app.store, "https://us-1.api.example")
    pair = replace(app.renew(), base_url="")
    app.store.save(TokenState(app.store.seal(pair)))
    assert live.base_url == "https://us-1.api.example"
