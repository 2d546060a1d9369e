"""Gong's token endpoint: one request that uses a refresh token up, and what its answers mean.

It is documented with its parameters in the query and no body. The answer holds `access_token`,
`refresh_token`, `expires_in`, `scope`, `token_type` and `api_base_url_for_customer`; a refusal is 400 with
`{"error": "invalid_grant", "error_description": …}`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from requests.auth import HTTPBasicAuth

from gong_airflow.answers import retry_after_seconds
from gong_airflow.connection import GongConnection, OAuthApp, is_web_address
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongError,
    GongRateLimitError,
    GongTokenLostError,
    GongUnavailableError,
)
from gong_airflow.transport import Session, read_body
from gong_airflow.wire import PacedAdapter, Turn

OPERATION = "POST /oauth2/generate-customer-token"
# Gong's documentation: a day, unless the answer says otherwise.
USUAL_LIFE = 86_400.0
_CLIENT = ("invalid_client", "unauthorized_client")


@dataclass(frozen=True)
class Reply:
    """An answer that came whole."""

    status: int
    headers: Any = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Granted:
    """What Gong gave. `seconds`: life of the access token; `base_url` is empty if it told none."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    seconds: float
    base_url: str
    scope: str


def send_token(settings: GongConnection, app: OAuthApp, refresh_token: str, turn: Turn) -> Reply:
    """Send `refresh_token`, at most once: nothing is repeated, no redirect followed.

    :param turn: entered when the connection is open; the request leaves inside
    :raises requests.exceptions.RequestException: no answer, or half of one
    """
    with Session() as session, _silent_paths():
        session.auth = HTTPBasicAuth(app.client_id, app.client_secret)
        session.verify = settings.verify
        session.proxies.update(settings.proxies)
        for scheme in ("http://", "https://"):
            session.mount(scheme, PacedAdapter(turn, send_timeout=settings.read_timeout))
        response = session.post(
            app.token_url,
            params={"grant_type": "refresh_token", "refresh_token": refresh_token},
            headers={"Accept": "application/json"},
            timeout=(settings.connect_timeout, settings.read_timeout),
            allow_redirects=False,
            stream=True,
        )
        with response:
            content = read_body(response, time.monotonic() + settings.read_timeout)
        return Reply(response.status_code, response.headers, content)


def read_reply(reply: Reply, refresh_token: str) -> Granted:
    """The tokens in `reply`, which answers `refresh_token`.

    :raises GongTokenLostError: with status 400, Gong refuses the refresh token; with another, the exchange
        took place and its answer cannot be read
    :raises GongError: of another type, the refresh token was not used
    """
    body = _parse(reply.content)
    if not 200 <= reply.status < 300:
        raise _refusal(reply, body, refresh_token)
    access_token = _text(body.get("access_token"))
    if not access_token:
        raise GongTokenLostError("Gong's answer holds no access token", status=reply.status)
    base_url = _text(body.get("api_base_url_for_customer")).rstrip("/").removesuffix("/v2")
    return Granted(
        access_token=access_token,
        # RFC 6749, section 6: where no new one comes the old one lives on.
        refresh_token=_text(body.get("refresh_token")) or refresh_token,
        seconds=_life(body.get("expires_in")),
        base_url=base_url if is_web_address(base_url) else "",
        scope=_text(body.get("scope")),
    )


def _refusal(reply: Reply, body: dict[str, Any], refresh_token: str) -> GongError:
    errors = body.get("errors")
    told = [body.get("error"), body.get("error_description"), *(errors if isinstance(errors, list) else [])]
    said = [text.replace(refresh_token, "<token>") for one in told if (text := _text(one))]
    facts: dict[str, Any] = {"operation": OPERATION, "status": reply.status, "errors": said}
    if reply.status == 401 or (reply.status == 400 and body.get("error") in _CLIENT):
        return GongCredentialsError(
            "Gong does not know this client id and client secret",
            remedy="Compare them with those of the app in Gong; the refresh token was not used",
            **facts,
        )
    if reply.status == 400:
        return GongTokenLostError("Gong refuses the refresh token", **facts)
    retry_after = retry_after_seconds(reply.headers.get("Retry-After"))
    if reply.status == 429:
        return GongRateLimitError("Gong's request limit is reached", retry_after=retry_after, **facts)
    if reply.status >= 500 or reply.status in (408, 425):
        return GongUnavailableError("Gong failed to answer", retry_after=retry_after, **facts)
    return GongConfigurationError(
        "The token URL is not that of Gong", remedy="Correct it in the connection, or leave it empty", **facts
    )


@contextmanager
def _silent_paths() -> Iterator[None]:
    """Keep urllib3 from logging the path of the request, which holds the refresh token."""
    logger = logging.getLogger("urllib3.connectionpool")

    def passes(record: logging.LogRecord) -> bool:
        return "grant_type" not in record.getMessage()

    logger.addFilter(passes)
    try:
        yield
    finally:
        logger.removeFilter(passes)


def _parse(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _life(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return USUAL_LIFE
    return seconds if 0 < seconds < 366 * USUAL_LIFE else USUAL_LIFE
