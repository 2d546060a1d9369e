from __future__ import annotations

import base64
import json

import pytest
import requests
from airflow.sdk import Connection

from gong_airflow.connection import TOKEN_URL, OAuthApp, read_connection
from gong_airflow.errors import GongConfigurationError


def conn(**fields):
    given = {"host": "https://us-1.api.gong.io", "login": "key", "password": "s3cret", **fields}
    return Connection(conn_id="gong_default", conn_type="gong", **given)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, "https://us-1.api.gong.io"),
        ({"host": "us-1.api.gong.io"}, "https://us-1.api.gong.io"),
        ({"host": "https://us-1.api.gong.io/"}, "https://us-1.api.gong.io"),
        ({"host": " https://us-1.api.gong.io/v2/ "}, "https://us-1.api.gong.io"),
        ({"host": "127.0.0.1", "schema": "http", "port": 8089}, "http://127.0.0.1:8089"),
        ({"host": "http://127.0.0.1:8089"}, "http://127.0.0.1:8089"),
        ({"host": "http://127.0.0.1:8089", "port": 8089}, "http://127.0.0.1:8089"),
        ({"port": 443}, "https://us-1.api.gong.io"),
        ({"port": 0}, "https://us-1.api.gong.io"),
    ],
)
def test_base_url(fields: dict, url: str) -> None:
    assert read_connection(conn(**fields))[0].base_url == url


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"host": None}, "has no base URL.*each company has its own"),
        ({"host": "  "}, "has no base URL"),
        ({"host": "ftp://us-1.api.gong.io"}, "not a web address"),
        ({"host": "https://user:pw@us-1.api.gong.io"}, "not a web address"),
        ({"password": None}, "has no access key secret"),
        ({"login": None, "password": None}, "has no access key and secret"),
        ({"extra": '{"read_timeout": "soon"}'}, "read_timeout"),
        ({"extra": '{"connect_timeout": -1}'}, "connect_timeout"),
        ({"extra": '{"proxies": "http://proxy"}'}, "proxies"),
    ],
)
def test_what_cannot_work_is_refused_and_no_secret_is_told(fields: dict, said: str) -> None:
    with pytest.raises(GongConfigurationError, match=said) as error:
        read_connection(conn(**fields))
    assert "s3cret" not in str(error.value)
    assert "user:pw" not in str(error.value)


def header(connection) -> str:
    request = requests.Request("GET", connection.base_url).prepare()
    return connection.auth(request).headers["Authorization"]


def test_key_and_secret_are_basic_authorization() -> None:
    wanted = "Basic " + base64.b64encode(b"key:s3cret").decode()
    assert header(read_connection(conn())[0]) == wanted


def test_a_secret_without_key_is_a_bearer_token() -> None:
    assert header(read_connection(conn(login=""))[0]) == "Bearer s3cret"


def test_what_the_form_fills_in_goes_before_login_and_password() -> None:
    form = '{"access_key": "k", "access_key_secret": "hush"}'
    wanted = "Basic " + base64.b64encode(b"k:hush").decode()
    assert header(read_connection(conn(login=None, password=None, extra=form))[0]) == wanted
    token = read_connection(conn(login=None, password=None, extra='{"access_token": "tok"}'))
    assert header(token[0]) == "Bearer tok"
    assert token[1] == []


def test_extras_come_from_a_list_and_others_are_ignored_by_name() -> None:
    extra = '{"read_timeout": "30", "verify": "false", "pool": "gong_eu", "client_secret": "hidden"}'
    connection, ignored = read_connection(conn(extra=extra))
    assert (connection.read_timeout, connection.verify, connection.pool) == (30.0, False, "gong_eu")
    assert ignored == ["client_secret"]


APP = {"client_id": "app", "client_secret": "hush-hush", "refresh_token": "first+/="}


def oauth(**extra: str) -> Connection:
    given = {"host": None, "login": None, "password": None}
    return conn(**given, extra=json.dumps({**APP, **extra}))


def test_an_oauth_app_needs_no_base_url() -> None:
    connection, ignored = read_connection(oauth(pool="gong_eu"))
    assert connection.app == OAuthApp("app", "hush-hush", "first+/=", TOKEN_URL)
    assert (connection.base_url, connection.auth, connection.pool, ignored) == ("", None, "gong_eu", [])
    for hidden in ("hush-hush", "first"):
        assert hidden not in repr(connection)
    named = read_connection(oauth(token_url="http://127.0.0.1:8089/oauth2/x"))[0]
    assert named.app.token_url == "http://127.0.0.1:8089/oauth2/x"
    fields = {"login": None, "password": None, "extra": json.dumps(APP)}
    assert read_connection(conn(**fields))[0].base_url == "https://us-1.api.gong.io"


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        (
            oauth(access_key="k", access_key_secret="s3cret"),
            "client id and an access key or access token as well",
        ),
        (oauth(access_token="t"), "client id and an access key or access token as well"),
        (conn(extra=json.dumps(APP)), "client id and an access key or access token as well"),
        (oauth(client_secret=""), "has no client_secret"),
        (oauth(refresh_token=" ", client_secret=""), "has no client_secret and no refresh_token"),
        (oauth(client_id=""), "has no client_id"),
        (oauth(token_url="app.gong.io"), "token URL that is not a web address"),
        (oauth(token_url="https://app.gong.io/x?refresh_token=first"), "token URL"),
        (oauth(token_url="https://[app"), "token URL"),
    ],
)
def test_half_an_oauth_app_and_a_mixture_are_refused(connection: Connection, said: str) -> None:
    with pytest.raises(GongConfigurationError, match=said) as error:
        read_connection(connection)
    for hidden in ("s3cret", "hush-hush", "first"):
        assert hidden not in str(error.value)


def test_another_authorisation_is_told_from_the_one_before() -> None:
    first = read_connection(oauth())[0].app
    for changed in ({"refresh_token": "second"}, {"client_id": "other"}):
        assert read_connection(oauth(**changed))[0].app.authorisation != first.authorisation
    assert read_connection(oauth(client_secret="new"))[0].app.authorisation == first.authorisation
    assert "first" not in first.authorisation


def test_no_secret_is_in_the_repr() -> None:
    assert "s3cret" not in repr(read_connection(conn())[0])
