"""Who asks: Basic access keys and Bearer tokens, each with scopes, and the company's own host.

Recorded: a wrong host and a missing scope are both 401. Invented: the texts for a key that is not known
and for an access token past its end.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, replace

from include.emulator.errors import UNAUTHORIZED, ApiError, missing_scope

TOKEN_EXPIRED = "Access token has expired"  # noqa: S105 - a sentence, invented
TOKEN_REVOKED = "Access token has been revoked"  # noqa: S105 - a sentence; others have seen it for a wrong host
_OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True)
class Credential:
    """A known key or token; ``scopes`` None means all.

    ``ends_at``: seconds since 1970 by the emulator's clock, None for ever; ``over``: what is said since it
    ended before.
    """

    name: str
    scheme: str
    secret: str
    scopes: frozenset[str] | None
    ends_at: float | None = None
    over: str | None = None

    def require(self, scope: str) -> None:
        """Raise 401 with the recorded sentence unless ``scope`` is granted."""
        if self.scopes is not None and scope not in self.scopes:
            raise missing_scope(scope)


class Keys:
    """The keys and tokens that the company has made."""

    def __init__(self, access_key: str, secret: str, host_names: tuple[str, ...] = ()) -> None:
        self._basic: dict[str, Credential] = {}
        self._bearer: dict[str, Credential] = {}
        self._hosts = _OWN_HOSTS | {name.lower() for name in host_names}
        self.add_key(access_key, secret, None)

    def add_key(self, access_key: str, secret: str, scopes: frozenset[str] | None) -> None:
        """Make (or replace) an access key."""
        self._basic[access_key] = Credential(access_key, "Basic", secret, scopes)

    def add_token(self, token: str, scopes: frozenset[str] | None, ends_at: float | None = None) -> None:
        """Make (or replace) a Bearer token."""
        self._bearer[token] = Credential(token, "Bearer", token, scopes, ends_at)

    def end_token(self, token: str, text: str) -> None:
        """From now on a Bearer token is refused with ``text``."""
        self._bearer[token] = replace(self._bearer[token], over=text)

    def remove(self, name: str) -> bool:
        """Delete a key or a token; whether there was one."""
        return (self._basic.pop(name, None) or self._bearer.pop(name, None)) is not None

    def check_host(self, host: str) -> None:
        """Refuse hosts other than the company's own, as ``api.gong.io`` refuses most companies' keys."""
        name = host.lower()
        if not name.startswith("[") or "]:" in name:
            name = name.rsplit(":", 1)[0] if ":" in name else name
        if name not in self._hosts:
            raise ApiError(401, [UNAUTHORIZED], note="the Host header is not the company's; see --host-name")

    def identify(self, authorization: str, now: float) -> Credential:
        """The credential of an ``Authorization`` header, or 401; ``now`` by the emulator's clock."""
        scheme, _, value = authorization.partition(" ")
        found = None
        if scheme.lower() == "basic":
            found = self._by_pair(value.strip())
        elif scheme.lower() == "bearer":
            found = self._bearer.get(value.strip())
        if found is None:
            raise ApiError(401, [UNAUTHORIZED], note="no such key, wrong secret or no Authorization header")
        if found.over or (found.ends_at is not None and now >= found.ends_at):
            raise ApiError(401, [found.over or TOKEN_EXPIRED])
        return found

    def _by_pair(self, value: str) -> Credential | None:
        try:
            pair = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        name, _, secret = pair.partition(":")
        found = self._basic.get(name)
        if found is None or not hmac.compare_digest(found.secret.encode(), secret.encode()):
            return None
        return found
