"""The connection to Gong, from the environment into Airflow's database (encrypted there, nowhere else)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from include import settings

CONN_ID, CONN_TYPE = "gong_default", "gong"


KEY, TOKEN, APP = (
    frozenset({"access_key", "access_key_secret"}),
    frozenset({"access_token"}),
    frozenset({"client_id", "client_secret", "refresh_token"}),
)
CREDENTIALS = tuple(sorted(KEY | TOKEN | APP | {"token_url"}))


@dataclass(frozen=True)
class Wanted:
    """What the connection shall hold: the credentials as extras, which Airflow encrypts, login or not.

    With an OAuth app the host may be empty: Gong tells it with the tokens.
    """

    host: str
    credentials: dict[str, str] = field(repr=False)

    @property
    def port(self) -> int:
        """The port of the host's URL, written or implied."""
        parts = urlsplit(self.host)
        return parts.port or (80 if parts.scheme == "http" else 443)

    def note(self) -> str:
        """The description that marks a connection as written here, for this host and this authorisation."""
        if not self.oauth:
            return f"Written from GONG_BASE_URL={self.host}"
        token = hashlib.sha256(self.credentials["refresh_token"].encode()).hexdigest()[:8]
        return f"Written from GONG_CLIENT_ID={self.credentials['client_id']}, refresh token #{token}"

    @property
    def oauth(self) -> bool:
        """Whether the credentials are those of an OAuth app."""
        return "client_id" in self.credentials

    def name(self) -> str:
        """What the connection leads to, for people."""
        return self.host or f"OAuth app {self.credentials['client_id']}"


def from_environment() -> Wanted | None:
    """What GONG_BASE_URL and the credentials ask for; None when there is neither base URL nor OAuth app."""
    host = settings.text("GONG_BASE_URL")
    given = {name: settings.text(f"GONG_{name.upper()}") for name in CREDENTIALS}
    credentials = {name: value for name, value in given.items() if value}
    kinds = set(credentials) - {"token_url"}
    if kinds == APP or (host and kinds in (KEY, TOKEN)):
        return Wanted(host, credentials)
    if not host and not kinds:
        return None
    raise settings.SettingError(
        "Set GONG_BASE_URL with GONG_ACCESS_KEY and GONG_ACCESS_KEY_SECRET, or with GONG_ACCESS_TOKEN alone "
        "for a bearer token; or for OAuth GONG_CLIENT_ID, GONG_CLIENT_SECRET and GONG_REFRESH_TOKEN, and no "
        "key."
    )


def write(wanted: Wanted | None, session: Session, *, emulated: bool = False) -> str:
    """Make the connection hold what is `wanted`; one line saying what was done.

    Other extras (time-outs, proxies) are left as a person set them, and so is a refresh token that a person
    put in after a new authorisation, while the environment still names the former one. With `emulated`, a
    connection that a person pointed at another Gong is not overwritten: its secret could not be had back.

    :raises settings.SettingError: a person's connection is in the way of the emulator's
    """
    from airflow.models.connection import Connection

    found: Any = session.scalar(select(Connection).where(Connection.conn_id == CONN_ID))
    if wanted is None:
        none = "none; set GONG_BASE_URL or GONG_CLIENT_ID, or use the UI"
        return f"connection {CONN_ID}: " + ("kept" if found else none)
    if found is None:
        found = Connection(conn_id=CONN_ID, conn_type=CONN_TYPE)
        session.add(found)
    elif _holds(found, wanted):
        return f"connection {CONN_ID}: kept, {wanted.name()}"
    elif emulated and not _ours(found):
        raise settings.SettingError(
            f"Connection {CONN_ID} leads to {found.host or 'an OAuth app'}, which a person set. To run "
            "against that Gong set its credentials in the environment; to run against the emulator delete "
            "the connection first."
        )
    extras = {name: value for name, value in found.extra_dejson.items() if name not in CREDENTIALS}
    credentials = _credentials(found, wanted)
    found.conn_type, found.host, found.description = CONN_TYPE, wanted.host, wanted.note()
    # The UI's "Test" sends a missing port as 0, and Airflow takes that for another destination.
    found.port = wanted.port
    found.set_extra(json.dumps({**extras, **credentials}))
    return f"connection {CONN_ID}: written, {wanted.name()}"


def _holds(found: Any, wanted: Wanted) -> bool:
    held = {name: value for name, value in found.extra_dejson.items() if name in CREDENTIALS}
    now = (found.conn_type, found.host or "", found.port, held)
    return now == (CONN_TYPE, wanted.host, wanted.port, _credentials(found, wanted))


def _credentials(found: Any, wanted: Wanted) -> dict[str, str]:
    held = found.extra_dejson.get("refresh_token")
    if wanted.oauth and held and found.description == wanted.note():
        # The environment names the refresh token that was written before; another one is a person's.
        return {**wanted.credentials, "refresh_token": held}
    return wanted.credentials


def _ours(found: Any) -> bool:
    app = found.extra_dejson.get("client_id")
    if app:
        return str(found.description).startswith(f"Written from GONG_CLIENT_ID={app}, ")
    return bool(found.description == Wanted(found.host, {}).note())
