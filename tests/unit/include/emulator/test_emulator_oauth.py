"""The token endpoint: who may exchange what, once, and what becomes of the tokens."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest

TOKEN = "/oauth2/generate-customer-token"


class Client:
    """An app of the company, at the emulator."""

    def __init__(self, emulator: Any, **fields: Any) -> None:
        self.emulator = emulator
        self.app = emulator.control("POST", "/oauth/apps", fields)

    def send(self, *, form: bool = False, auth: Any = (), **parameters: Any) -> httpx.Response:
        given = {"data": parameters} if form else {"params": parameters}
        auth = auth or (self.app["client_id"], self.app["client_secret"])
        return httpx.post(f"{self.emulator.http.base_url}{TOKEN}", auth=auth, **given)

    def refresh(self, token: str = "", **parameters: Any) -> httpx.Response:
        token = token or self.app["refresh_token"]
        return self.send(grant_type="refresh_token", refresh_token=token, **parameters)

    def users(self, access_token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return httpx.get(f"{self.emulator.http.base_url}/v2/users", headers=headers)


@pytest.fixture
def client(emulator: Any) -> Client:
    return Client(emulator)


@pytest.mark.parametrize("form", [False, True], ids=["in the query", "as a form"])
def test_an_exchange_gives_a_new_pair(client: Client, form: bool) -> None:
    sent = {"grant_type": "refresh_token", "refresh_token": client.app["refresh_token"]}
    answer = client.send(form=form, **sent)
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert set(given) == {
        *("access_token", "refresh_token", "expires_in", "scope", "token_type", "api_base_url_for_customer")
    }
    assert (given["expires_in"], given["token_type"]) == (86_400, "Bearer")
    assert given["api_base_url_for_customer"] == str(client.emulator.http.base_url).rstrip("/")
    assert given["refresh_token"] != client.app["refresh_token"]
    assert "api:users:read" in given["scope"].split()
    assert client.users(given["access_token"]).status_code == 200


def test_a_refresh_token_serves_once_and_the_new_one_after_it(client: Client) -> None:
    first = client.refresh().json()
    again = client.refresh()
    assert again.status_code == 400
    assert again.json() == {
        "error": "invalid_grant",
        "error_description": "Refresh token code is invalid",
    }
    assert client.refresh(first["refresh_token"]).status_code == 200
    # The refused repeat has harmed nothing, and the older access token lives to its end.
    assert client.users(first["access_token"]).status_code == 200


def test_an_exchange_may_end_the_access_token_before_it(client: Client) -> None:
    client.emulator.control("PUT", "/oauth/settings", {"revoke_at_once": True})
    first = client.refresh().json()
    second = client.refresh(first["refresh_token"]).json()
    refused = client.users(first["access_token"])
    assert (refused.status_code, refused.json()["errors"]) == (401, ["Access token has been revoked"])
    assert client.users(second["access_token"]).status_code == 200


def test_a_code_is_exchanged_once_within_ten_minutes(client: Client) -> None:
    code = {"grant_type": "authorization_code", "code": client.app["code"]}
    assert client.send(**code).status_code == 200
    assert client.send(**code).json()["error"] == "invalid_grant"
    late = Client(client.emulator)
    client.emulator.control("POST", "/time", {"advance_seconds": 601})
    assert late.send(grant_type="authorization_code", code=late.app["code"]).status_code == 400


def test_what_is_not_the_apps_own_is_refused(client: Client) -> None:
    other = Client(client.emulator)
    assert client.refresh(other.app["refresh_token"]).json()["error"] == "invalid_grant"
    wrong = client.send(
        auth=(client.app["client_id"], "wrong"),
        grant_type="refresh_token",
        refresh_token=client.app["refresh_token"],
    )
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert client.send(grant_type="password").json()["error"] == "unsupported_grant_type"
    assert client.send(grant_type="refresh_token").json()["error"] == "invalid_grant"
    assert client.refresh(validity_duration="soon").json()["error"] == "invalid_request"
    # None of that has used it up.
    assert client.refresh().status_code == 200


def test_an_access_token_ends_by_the_emulators_clock_with_a_text_of_its_own(
    client: Client, sentences: Any
) -> None:
    given = client.refresh(validity_duration=100).json()
    assert given["expires_in"] == 100
    client.emulator.control("POST", "/time", {"advance_seconds": 99})
    assert client.users(given["access_token"]).status_code == 200
    client.emulator.control("POST", "/time", {"advance_seconds": 2})
    ended = client.users(given["access_token"])
    assert (ended.status_code, sentences(ended)) == (401, ["Access token has expired"])
    assert sentences(client.users("nobody")) == ["Unauthorized"]


def test_the_control_plane_ends_all_access_tokens(client: Client, sentences: Any) -> None:
    given = client.refresh().json()
    assert client.emulator.control("POST", "/oauth/end") == {"ended": 1}
    assert sentences(client.users(given["access_token"])) == ["Access token has expired"]
    assert client.emulator.control("POST", "/oauth/end") == {"ended": 0}


def test_scopes_are_those_of_the_app(emulator: Any, sentences: Any) -> None:
    client = Client(emulator, scopes=["api:workspaces:read"])
    given = client.refresh().json()
    assert given["scope"] == "api:workspaces:read"
    refused = client.users(given["access_token"])
    assert sentences(refused) == ["You don't have permission to use 'api:users:read' in your app."]


def test_how_often_each_refresh_token_came_is_counted_also_when_a_fault_answers(client: Client) -> None:
    client.emulator.fault("status", {"path": TOKEN}, status=503)
    assert client.refresh().status_code == 503
    given = client.refresh().json()
    client.refresh("never-given")
    told = client.emulator.control("GET", "/oauth")
    first, second = told["refresh_tokens"]
    assert (first["sent"], first["state"]) == (2, "used")
    assert (second["sent"], second["state"]) == (0, "live")
    assert second["sha256"] == hashlib.sha256(given["refresh_token"].encode()).hexdigest()[:16]
    assert told["sent_unknown"] == 1
    assert given["refresh_token"] not in str(told)


@pytest.mark.parametrize("form", [False, True])
def test_the_log_holds_the_request_and_no_secret(client: Client, form: bool) -> None:
    given = client.send(
        form=form, grant_type="refresh_token", refresh_token=client.app["refresh_token"]
    ).json()
    (entry,) = client.emulator.requests()
    assert (entry["method"], entry["operation"], entry["status"]) == ("POST", TOKEN, 200)
    assert entry["query"] == ({} if form else {"grant_type": "refresh_token", "refresh_token": "***"})
    for secret in (*client.app.values(), given["access_token"], given["refresh_token"]):
        assert secret == client.app["client_id"] or secret not in str(entry)


def test_it_counts_for_no_limit_and_goes_with_a_reset(client: Client) -> None:
    client.emulator.control("PUT", "/limits", {"per_second": 1, "per_day": 1})
    token = client.app["refresh_token"]
    for _ in range(3):
        token = client.refresh(token).json()["refresh_token"]
    assert client.emulator.control("GET", "/limits")["used_today"] == 0
    client.emulator.control("POST", "/reset")
    assert client.refresh(token).json()["error"] == "invalid_client"
    assert client.emulator.control("GET", "/oauth")["refresh_tokens"] == []


def test_only_post(emulator: Any) -> None:
    assert emulator.get(TOKEN).status_code == 405
