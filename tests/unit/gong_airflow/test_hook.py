"""The hook over a real socket: what it sends, what it refuses, what "Test" says."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

from gong_airflow import __version__
from gong_airflow.errors import GongConfigurationError, GongInputError, GongUnavailableError
from gong_airflow.hooks.gong import GongHook
from gong_airflow.pacer import Pacer
from gong_airflow.recordings.upload import MediaStream, media_content
from gong_airflow.wire import BLOCK_SIZE
from tests.support.emulator import KEY, SECRET, Emulator
from tests.support.recordings import make_media, post_call
from tests.support.waiting import free_port

Make = Callable[..., GongHook]


def test_the_connection_wins_over_the_environment(
    make_hook: Callable[..., GongHook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://environment:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    extra = {"proxies": {"https": "http://connection:1"}, "verify": "false"}
    session = make_hook(extra=json.dumps(extra)).get_conn()
    chosen = session.merge_environment_settings("https://a.example/", {}, None, None, None)
    assert (chosen["proxies"]["https"], chosen["verify"]) == ("http://connection:1", False)


def test_the_user_agent_names_project_airflow_and_operator(make_hook: Make, emulator: Emulator) -> None:
    make_hook().call("GET /v2/users")
    (request,) = emulator.requests()
    assert request["userAgent"].startswith(f"gong-airflow/{__version__} apache-airflow/3.")
    assert request["userAgent"].endswith(" no-task")


def test_no_extra_leaves_the_house_as_a_header(make_hook: Make, emulator: Emulator) -> None:
    make_hook(extra='{"client_secret": "hidden", "X-Tenant": "hidden"}').call("GET /v2/users")
    (request,) = emulator.requests()
    allowed = {"host", "user-agent", "accept-encoding", "accept", "connection", "authorization"}
    assert {name.lower() for name in request["headers"]} <= allowed


def test_one_session_and_one_connection_serve_all_requests(
    make_hook: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    _spy(monkeypatch, events)
    hook = make_hook()
    for _ in range(3):
        hook.call("GET /v2/users")
    assert hook.get_conn() is hook.get_conn()
    assert events == ["connect", "turn", "turn", "turn"]


def test_a_connection_is_opened_before_the_turn_and_not_in_it(
    make_hook: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the one that replaces a connection that was reset."""
    events: list[str] = []
    _spy(monkeypatch, events)
    emulator.fault("reset", path="/v2/users")
    make_hook().call("GET /v2/users")
    assert events == ["connect", "turn", "connect", "turn"]


def _spy(monkeypatch: pytest.MonkeyPatch, events: list[str]) -> None:
    connect, turn = HTTPConnection.connect, Pacer.turn
    monkeypatch.setattr(HTTPConnection, "connect", lambda self: events.append("connect") or connect(self))
    monkeypatch.setattr(Pacer, "turn", lambda self: events.append("turn") or turn(self))


def test_placeholders_of_the_path_are_quoted(make_hook: Make, emulator: Emulator) -> None:
    with pytest.raises(GongInputError):
        make_hook().call("GET /v2/users/{id}", path={"id": "../calls?x=1"})
    (request,) = emulator.requests()
    assert request["query"] == {}


def test_a_body_is_sent_with_the_time_out_of_answers_and_in_large_blocks(
    make_hook: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that reads slowly needs longer than one that is to be connected to."""
    sent: list[tuple[float, int]] = []
    send = HTTPConnection.send

    def spy(self: HTTPConnection, data: bytes) -> None:
        sent.append((self.sock.gettimeout(), len(data)))
        send(self, data)

    media = make_media("WAV", seed=1)
    call_id = post_call(emulator, seed=1)
    hook = make_hook(extra='{"connect_timeout": 5, "read_timeout": 30}')
    monkeypatch.setattr(HTTPConnection, "send", spy)
    hook.call(
        "PUT /v2/calls/{id}/media",
        path={"id": call_id},
        content=lambda: media_content(
            MediaStream(io.BytesIO(media), len(media)), extension=".wav", content_type="audio/wav"
        ),
    )
    monkeypatch.undo()
    assert {timeout for timeout, _ in sent} == {30}
    assert max(size for _, size in sent) == BLOCK_SIZE
    assert emulator.uploads()[0]["bytes"] == len(media)


def test_a_write_whose_fate_is_unknown_is_not_sent_again(make_hook: Make, emulator: Emulator) -> None:
    emulator.fault("reset", path="/v2/users/extensive", times=None)
    with pytest.raises(GongUnavailableError):
        make_hook().call("POST /v2/users/extensive", json={"filter": {}}, repeatable=False)
    assert len(emulator.requests()) == 1


def test_run_is_paced_counted_and_typed_like_call(make_hook: Make, emulator: Emulator) -> None:
    hook = make_hook()
    assert hook.run("v2/users").json()["users"]
    assert hook.traffic.requests == 1
    with pytest.raises(GongInputError):
        hook.run("/v2/users/1")
    with pytest.raises(GongConfigurationError, match="extra_options"):
        hook.run("/v2/users", extra_options={"timeout": 1})


def test_a_request_through_the_session_alone_is_paced_and_counted(
    make_hook: Make, emulator: Emulator
) -> None:
    hook = make_hook()
    assert hook.get_conn().get(f"{emulator.url}/v2/users", timeout=10).ok
    assert hook.traffic.requests == 1


def test_a_repeated_request_after_a_reset_opens_a_new_connection(make_hook: Make, emulator: Emulator) -> None:
    emulator.fault("reset", path="/v2/users")
    hook = make_hook()
    assert hook.call("GET /v2/users").body["users"]
    assert hook.traffic.as_dict()["GET /v2/users"]["retries"] == 1


@pytest.mark.parametrize(
    ("fields", "ok", "said"),
    [
        ({}, True, "accepts the key"),
        ({"password": "wrong"}, False, "does not accept the key at this base URL"),
        ({"login": "", "password": "wrong"}, False, "does not accept the key"),
        ({"host": f"http://127.0.0.1:{free_port()}"}, False, "is the base URL right"),
        ({"host": ""}, False, "has no base URL"),
        ({"password": ""}, False, "has no access key secret"),
    ],
)
def test_the_connection_test_tells_what_is_wrong(make_hook: Make, fields: Any, ok: bool, said: str) -> None:
    result, message = make_hook(**fields).test_connection()
    assert result is ok, message
    assert said in message
    assert SECRET not in message


@pytest.mark.parametrize("missing", ["api:calls:read:extensive", "api:calls:read:transcript"])
def test_the_connection_test_names_the_missing_scope(
    make_hook: Make, emulator: Emulator, missing: str
) -> None:
    scopes = {"api:calls:read:extensive", "api:calls:read:transcript"} - {missing}
    emulator.control("POST", "keys", {"access_key": "k", "access_key_secret": "s", "scopes": sorted(scopes)})
    result, message = make_hook(login="k", password="s").test_connection()
    assert not result
    assert f"Give the key scope {missing}" in message


@pytest.mark.parametrize("status", [200, 302, 404])
def test_another_web_server_is_told_from_gong(make_hook: Make, emulator: Emulator, status: int) -> None:
    emulator.fault("html", path="/v2/", status=status, times=None)
    result, message = make_hook().test_connection()
    assert not result
    assert "base URL" in message


def test_a_bearer_token_is_sent_as_such(make_hook: Make, emulator: Emulator) -> None:
    emulator.control("POST", "keys", {"token": "tok", "scopes": ["api:users:read"]})
    assert make_hook(login="", password="tok").call("GET /v2/users").body["users"]
    assert emulator.requests()[0]["authScheme"].lower() == "bearer"
    assert KEY not in str(emulator.requests())
