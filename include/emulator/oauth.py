"""OAuth: apps that a company has authorised, and the endpoint where their tokens are exchanged.

Documented: client authentication by Basic, parameters in the query, a life of a day unless
``validity_duration`` says otherwise, refresh tokens that serve once. Seen in use: parameters as a form.
Invented: see README.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from include.emulator.auth import TOKEN_EXPIRED, TOKEN_REVOKED, Keys
from include.emulator.clock import Clock, from_micros

TOKEN_PATH = "/oauth2/generate-customer-token"  # noqa: S105 - a path
CODE_SECONDS = 600.0
_FORM = "application/x-www-form-urlencoded"


class OAuthError(Exception):
    """A refusal of the endpoint, in OAuth's form and not in Gong's envelope."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status, self.error, self.description = status, error, description


@dataclass
class OAuthSettings:
    """``revoke_at_once``: an exchange ends the access tokens before it, which otherwise live to their end."""

    validity_seconds: int = 86_400
    revoke_at_once: bool = False


@dataclass(frozen=True)
class App:
    """An app; ``scopes`` None means all."""

    client_id: str
    client_secret: str
    scopes: frozenset[str] | None


@dataclass
class Grant:
    """A refresh token or an authorization code: whose it is, until when (None: for ever), whether used."""

    client_id: str
    ends_at: float | None = None
    used: bool = False


class OAuth:
    """Apps, codes and tokens. Access tokens are keys like others, see ``auth``."""

    def __init__(self, clock: Clock, keys: Keys) -> None:
        self.settings = OAuthSettings()
        self._clock = clock
        self._keys = keys
        self._apps: dict[str, App] = {}
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._sent: Counter[str] = Counter()

    def add_app(
        self, client_id: str | None, client_secret: str | None, scopes: frozenset[str] | None
    ) -> dict[str, str]:
        """Make an app that the company authorises twice over: a code to exchange, and a refresh token."""
        app = App(client_id or _text(12), client_secret or _text(32), scopes)
        self._apps[app.client_id] = app
        code, refresh_token = _text(24), _text(48)
        self._codes[code] = Grant(app.client_id, self._clock.seconds() + CODE_SECONDS)
        self._refresh[refresh_token] = Grant(app.client_id)
        return {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "code": code,
            "refresh_token": refresh_token,
        }

    def arrived(self, query: str, body: bytes | None) -> None:
        """Count the refresh token of a request, whatever becomes of it."""
        if token := _parameters(query, body or b"").get("refresh_token"):
            self._sent[token] += 1

    def end_access_tokens(self) -> int:
        """Every access token ends now; how many."""
        now = self._clock.seconds()
        living = [token for token, grant in self._access.items() if (grant.ends_at or 0) > now]
        for token in living:
            self._access[token].ends_at = now
            self._keys.end_token(token, TOKEN_EXPIRED)
        return len(living)

    def exchange(self, authorization: str, given: Mapping[str, str]) -> tuple[App, str, str, int]:
        """Use a code or a refresh token up: app, access token, refresh token, seconds."""
        app = self._client(authorization)
        kind = given.get("grant_type")
        if kind not in ("authorization_code", "refresh_token"):
            raise OAuthError(400, "unsupported_grant_type", "grant_type is not supported")
        seconds = self._validity(given.get("validity_duration"))
        if kind == "refresh_token":
            self._use(self._refresh, given.get("refresh_token"), app, "Refresh token code is invalid")
        else:
            self._use(self._codes, given.get("code"), app, "Authorization code is invalid")
        if self.settings.revoke_at_once:
            self._revoke(app)
        access_token, refresh_token = _jwt_like(), _text(48)
        ends_at = self._clock.seconds() + seconds
        self._access[access_token] = Grant(app.client_id, ends_at)
        self._keys.add_token(access_token, app.scopes, ends_at)
        self._refresh[refresh_token] = Grant(app.client_id)
        return app, access_token, refresh_token, seconds

    def document(self) -> dict[str, Any]:
        """All there is, tokens as hashes."""
        now = self._clock.seconds()
        unknown = sum(count for token, count in self._sent.items() if token not in self._refresh)
        return {
            "settings": vars(self.settings),
            "apps": [
                {"client_id": app.client_id, "scopes": None if app.scopes is None else sorted(app.scopes)}
                for app in self._apps.values()
            ],
            "refresh_tokens": [
                {
                    "sha256": _hash(token),
                    "client_id": grant.client_id,
                    "sent": self._sent[token],
                    "state": "used" if grant.used else "live",
                }
                for token, grant in self._refresh.items()
            ],
            "sent_unknown": unknown,
            "access_tokens": [
                {
                    "sha256": _hash(token),
                    "client_id": grant.client_id,
                    "ends_at": from_micros(int((grant.ends_at or 0) * 1_000_000)).isoformat(),
                    "state": "live" if (grant.ends_at or 0) > now else "ended",
                }
                for token, grant in self._access.items()
            ],
        }

    def _client(self, authorization: str) -> App:
        scheme, _, value = authorization.partition(" ")
        try:
            pair = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            pair = ""
        client_id, _, secret = pair.partition(":")
        app = self._apps.get(client_id) if scheme.lower() == "basic" else None
        if app is None or not hmac.compare_digest(app.client_secret.encode(), secret.encode()):
            raise OAuthError(401, "invalid_client", "Client authentication failed")
        return app

    def _validity(self, given: str | None) -> int:
        if given is None:
            return self.settings.validity_seconds
        if not given.isascii() or not given.isdigit() or not 0 < int(given) < 10**9:
            raise OAuthError(400, "invalid_request", "validity_duration must be a number of seconds")
        return int(given)

    def _use(self, grants: dict[str, Grant], given: str | None, app: App, refusal: str) -> None:
        grant = grants.get(given or "")
        if grant is None or grant.used or grant.client_id != app.client_id:
            raise OAuthError(400, "invalid_grant", refusal)
        if grant.ends_at is not None and self._clock.seconds() >= grant.ends_at:
            raise OAuthError(400, "invalid_grant", refusal)
        grant.used = True

    def _revoke(self, app: App) -> None:
        now = self._clock.seconds()
        for token, grant in self._access.items():
            if grant.client_id == app.client_id and (grant.ends_at or 0) > now:
                grant.ends_at = now
                self._keys.end_token(token, TOKEN_REVOKED)


def create_endpoint(
    oauth: Callable[[], OAuth], all_scopes: Sequence[str]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. ``oauth`` gives the state of now, which a reset replaces."""

    async def exchange_token(request: Request) -> Response:
        form = await request.body() if request.headers.get("content-type", "").startswith(_FORM) else b""
        given = _parameters(request.url.query, form)
        try:
            granted = oauth().exchange(request.headers.get("authorization", ""), given)
        except OAuthError as error:
            body = {"error": error.error, "error_description": error.description}
            return JSONResponse(body, error.status)
        app, access_token, refresh_token, seconds = granted
        return JSONResponse(
            {
                "access_token": access_token,
                "refresh_token": refresh_token,
                "expires_in": seconds,
                "scope": " ".join(all_scopes if app.scopes is None else sorted(app.scopes)),
                "token_type": "Bearer",
                "api_base_url_for_customer": f"{request.url.scheme}://{request.headers['host']}",
            },
            headers={"cache-control": "no-store"},
        )

    return exchange_token


def masked(query: str) -> str:
    """A query of the endpoint for the log: names, and no value but that of ``grant_type``."""
    return urlencode(
        [(name, value if name == "grant_type" else "***") for name, value in parse_qsl(query, True)]
    )


def _parameters(query: str, form: bytes) -> dict[str, str]:
    return dict([*parse_qsl(form.decode("latin-1")), *parse_qsl(query)])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _text(size: int) -> str:
    # `+`, `/` and `=` occur, so that a client which does not quote them fails here.
    return base64.b64encode(b"\xfb\xff" + secrets.token_bytes(size)).decode()


def _jwt_like() -> str:
    return ".".join(["eyJhbGciOiJIUzI1NiJ9", secrets.token_urlsafe(90), secrets.token_urlsafe(32)])
