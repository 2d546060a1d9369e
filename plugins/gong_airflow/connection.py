"""Reads an Airflow connection of type `gong`.

| form field             | meaning                                                             |
|------------------------|---------------------------------------------------------------------|
| Base URL (host)        | the company's own host, e.g. `https://us-12345.api.gong.io`; there is no default |
| `access_key`, `access_key_secret` | sent as Basic authorization                              |
| `access_token`         | a bearer token, instead of the two                                  |
| `client_id`, `client_secret`, `refresh_token` | OAuth instead: an app and its first refresh token |
| `token_url`            | where that app exchanges refresh tokens                             |
| `pool`                 | the pool whose slots are the company's requests per second          |
| `connect_timeout`, `read_timeout`, `verify`, `proxies` | of the HTTP session                 |

With OAuth, Gong tells the base URL, and the tokens in use are kept by `gong_airflow.oauth`.

All but the host are extras, because Airflow encrypts those and keeps a login in plain text. A URI in the
environment may name key and secret as login and password; a password without login is a bearer token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import requests
from airflow.sdk.log import mask_secret
from requests.auth import AuthBase, HTTPBasicAuth

from gong_airflow.errors import GongConfigurationError
from gong_airflow.pacer import POOL

TOKEN_URL = "https://app.gong.io/oauth2/generate-customer-token"  # noqa: S105 - an address
CREDENTIALS = ("access_key", "access_key_secret", "access_token")
OAUTH = ("client_id", "client_secret", "refresh_token")
EXTRAS = ("pool", "connect_timeout", "read_timeout", "verify", "proxies")


class BearerAuth(AuthBase):
    """`Authorization: Bearer <token>`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True)
class OAuthApp:
    """An app in Gong, and the refresh token that its authorisation gave first."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str = TOKEN_URL

    @property
    def authorisation(self) -> str:
        """Tells one authorisation of an app from another, without telling its refresh token."""
        return hashlib.sha256(f"{self.client_id}\0{self.refresh_token}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class GongConnection:
    """What the hook needs to know; the secrets are in no repr.

    Of `auth` and `app` one is given. With an app the base URL may be empty: Gong tells it with the tokens.
    """

    base_url: str
    auth: AuthBase | None = field(default=None, repr=False)
    app: OAuthApp | None = None
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
    timeouts: dict[str, Any] = {
        name: _seconds(conn, name, used.pop(name)) for name in list(used) if name.endswith("_timeout")
    }
    app = _app(conn, extras)
    ignored = sorted(set(extras) - {*EXTRAS, *CREDENTIALS} - ({*OAUTH, "token_url"} if app else set()))
    auth = None if app else _auth(conn, extras)
    base_url = "" if app and not (conn.host or "").strip() else _base_url(conn)
    return GongConnection(base_url=base_url, auth=auth, app=app, **timeouts, **_checked(conn, used)), ignored


def _problem(conn: Any, what: str, remedy: str) -> GongConfigurationError:
    return GongConfigurationError(f"Connection {conn.conn_id!r} {what}", remedy=remedy)


def is_web_address(url: str) -> bool:
    """Whether `url` is http or https, names a host and holds no user name."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


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
    if not is_web_address(host):
        raise _problem(
            conn, "has a base URL that is not a web address", "Set it like https://us-12345.api.gong.io"
        )
    parts = urlsplit(host)
    implied = {"http": 80, "https": 443}[parts.scheme]
    port = f":{conn.port}" if conn.port not in (None, 0, implied) and parts.port is None else ""
    # Operations start with /v2 themselves; many people paste the address with it.
    path = parts.path.rstrip("/").removesuffix("/v2")
    return f"{parts.scheme}://{parts.netloc}{port}{path}"


def _app(conn: Any, extras: Mapping[str, Any]) -> OAuthApp | None:
    """The OAuth app of the connection; None when that has no client id, or a key and no client id."""
    given = {name: value for name in OAUTH if (value := str(extras.get(name) or "").strip())}
    for name in OAUTH[1:]:
        mask_everywhere(given.get(name, ""))
    key = any(str(extras.get(name) or "").strip() for name in CREDENTIALS) or conn.login or conn.password
    if not given or (key and "client_id" not in given):
        return None
    if key:
        raise _problem(
            conn,
            "has a client id and an access key or access token as well",
            "Leave one of them: client id, client secret and refresh token, or access key and secret",
        )
    if missing := [name for name in OAUTH if name not in given]:
        raise _problem(
            conn,
            f"has no {' and no '.join(missing)}",
            "For OAuth set client_id, client_secret and the refresh_token that the app's authorisation gave",
        )
    token_url = str(extras.get("token_url") or "").strip() or TOKEN_URL
    if not is_web_address(token_url) or urlsplit(token_url).query:
        raise _problem(conn, "has a token URL that is not a web address", f"Set it like {TOKEN_URL}")
    return OAuthApp(**given, token_url=token_url)


def mask_everywhere(secret: str) -> None:
    """Have Airflow mask `secret` in logs, also as it stands in a URL."""
    for spelling in {secret, quote(secret, safe=""), quote_plus(secret)} - {""}:
        mask_secret(spelling)


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
        "Set access key and access key secret, or an access token, or an OAuth app",
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
