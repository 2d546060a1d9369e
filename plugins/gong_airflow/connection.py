"""Reads an Airflow connection of type `gong`.

| form field             | meaning                                                             |
|------------------------|---------------------------------------------------------------------|
| Base URL (host)        | the company's own host, e.g. `https://us-12345.api.gong.io`; there is no default |
| `access_key`, `access_key_secret` | sent as Basic authorization                              |
| `access_token`         | a bearer token, instead of the two                                  |
| `pool`                 | the pool whose slots are the company's requests per second          |
| `connect_timeout`, `read_timeout`, `verify`, `proxies` | of the HTTP session                 |

All but the host are extras, because Airflow encrypts those and keeps a login in plain text. A URI in the
environment may name key and secret as login and password; a password without login is a bearer token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from airflow.sdk.log import mask_secret
from requests.auth import AuthBase, HTTPBasicAuth

from gong_airflow.errors import GongConfigurationError
from gong_airflow.pacer import POOL

CREDENTIALS = ("access_key", "access_key_secret", "access_token")
EXTRAS = ("pool", "connect_timeout", "read_timeout", "verify", "proxies")


class BearerAuth(AuthBase):
    """`Authorization: Bearer <token>`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True)
class GongConnection:
    """What the hook needs to know; the secrets are in `auth` and in no repr."""

    base_url: str
    auth: AuthBase = field(repr=False)
    pool: str = POOL
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    verify: bool | str = True
    proxies: dict[str, str] = field(default_factory=dict, repr=False)


def read_connection(conn: Any) -> tuple[GongConnection, list[str]]:
    """The settings in an Airflow connection, and the names of extras that are ignored.

    :raises GongConfigurationError: a field is missing or cannot be used
    """
    extras: Mapping[str, Any] = conn.extra_dejson or {}
    used = {name: extras[name] for name in EXTRAS if extras.get(name) not in (None, "")}
    ignored = sorted(set(extras) - set(EXTRAS) - set(CREDENTIALS))
    timeouts: dict[str, Any] = {
        name: _seconds(conn, name, used.pop(name)) for name in list(used) if name.endswith("_timeout")
    }
    return GongConnection(
        base_url=_base_url(conn), auth=_auth(conn, extras), **timeouts, **_checked(conn, used)
    ), ignored


def _problem(conn: Any, what: str, remedy: str) -> GongConfigurationError:
    return GongConfigurationError(f"Connection {conn.conn_id!r} {what}", remedy=remedy)


def _base_url(conn: Any) -> str:
    host = (conn.host or "").strip().rstrip("/")
    if not host:
        raise _problem(
            conn,
            "has no base URL",
            "Set Base URL to the address that Gong shows under Company settings > Ecosystem > API, "
            "e.g. https://us-12345.api.gong.io (each company has its own)",
        )
    if "://" not in host:
        host = f"{conn.schema or 'https'}://{host}"
    parts = urlsplit(host)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise _problem(
            conn, "has a base URL that is not a web address", "Set it like https://us-12345.api.gong.io"
        )
    implied = {"http": 80, "https": 443}[parts.scheme]
    port = f":{conn.port}" if conn.port not in (None, 0, implied) and parts.port is None else ""
    # Operations start with /v2 themselves; many people paste the address with it.
    path = parts.path.rstrip("/").removesuffix("/v2")
    return f"{parts.scheme}://{parts.netloc}{port}{path}"


def _auth(conn: Any, extras: Mapping[str, Any]) -> AuthBase:
    key, secret, token = (str(extras.get(name) or "").strip() for name in CREDENTIALS)
    key, secret = key or (conn.login or "").strip(), secret or (conn.password or "").strip()
    for value in (key, secret, token):
        if value:
            # Airflow masks a password by itself, and what is called a secret or a token.
            mask_secret(value)
    if token or (secret and not key):
        return BearerAuth(token or secret)
    if key and secret:
        return HTTPBasicAuth(key, secret)
    raise _problem(
        conn,
        "has no access key and secret" if not key else "has no access key secret",
        "Set access key and access key secret, or an access token",
    )


def _seconds(conn: Any, name: str, value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise _problem(conn, f"has {name}={value!r}", f"Set {name} to seconds between 0 and 3600")
    return seconds


def _checked(conn: Any, used: dict[str, Any]) -> dict[str, Any]:
    proxies = used.get("proxies")
    if proxies is not None and not isinstance(proxies, dict):
        raise _problem(
            conn, "has extra `proxies` that is not an object", 'Set it like {"https": "http://proxy:3128"}'
        )
    verify = used.get("verify")
    if isinstance(verify, str) and verify.lower() in ("true", "false"):
        used["verify"] = verify.lower() == "true"
    if "pool" in used:
        used["pool"] = str(used["pool"])
    return used
