from __future__ import annotations

import base64

import pytest
import requests
from airflow.sdk import Connection

from gong_airflow.connection import read_connection
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


def test_no_secret_is_in_the_repr() -> None:
    assert "s3cret" not in repr(read_connection(conn())[0])
