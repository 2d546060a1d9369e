"""The connection to Gong, from the environment into Airflow's database (encrypted there, nowhere else)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from include import settings

CONN_ID, CONN_TYPE = "gong_default", "gong"


CREDENTIALS = ("access_key", "access_key_secret", "access_token")


@dataclass(frozen=True)
class Wanted:
    """What the connection shall hold: the credentials as extras, which Airflow encrypts, login or not."""

    host: str
    credentials: dict[str, str] = field(repr=False)

    @property
    def port(self) -> int:
        """The port of the host's URL, written or implied."""
        parts = urlsplit(self.host)
        return parts.port or (80 if parts.scheme == "http" else 443)

    def note(self) -> str:
        """The description that marks a connection as written here, for this host."""
        return f"Written from GONG_BASE_URL={self.host}"


def from_environment() -> Wanted | None:
    """What GONG_BASE_URL and the credentials beside it ask for; None when there is no base URL."""
    host = settings.text("GONG_BASE_URL")
    if not host:
        return None
    given = {name: settings.text(f"GONG_{name.upper()}") for name in CREDENTIALS}
    credentials = {name: value for name, value in given.items() if value}
    if set(credentials) in ({"access_key", "access_key_secret"}, {"access_token"}):
        return Wanted(host, credentials)
    raise settings.SettingError(
        "GONG_BASE_URL is set: set GONG_ACCESS_KEY and GONG_ACCESS_KEY_SECRET as well, or GONG_ACCESS_TOKEN "
        "alone for a bearer token."
    )


def write(wanted: Wanted | None, session: Session, *, emulated: bool = False) -> str:
    """Make the connection hold what is `wanted`; one line saying what was done.

    Other extras (time-outs, proxies) are left as a person set them. With `emulated`, a connection that a
    person pointed at another Gong is not overwritten: its secret could not be had back.

    :raises settings.SettingError: a person's connection is in the way of the emulator's
    """
    from airflow.models.connection import Connection

    found: Any = session.scalar(select(Connection).where(Connection.conn_id == CONN_ID))
    if wanted is None:
        return f"connection {CONN_ID}: " + ("kept" if found else "none; set GONG_BASE_URL or use the UI")
    if found is None:
        found = Connection(conn_id=CONN_ID, conn_type=CONN_TYPE)
        session.add(found)
    elif _holds(found, wanted):
        return f"connection {CONN_ID}: kept, {wanted.host}"
    elif emulated and not _ours(found):
        raise settings.SettingError(
            f"Connection {CONN_ID} leads to {found.host}, which a person set. To run against that Gong set "
            f"GONG_BASE_URL and its credentials; to run against the emulator delete the connection first."
        )
    extras = {name: value for name, value in found.extra_dejson.items() if name not in CREDENTIALS}
    found.conn_type, found.host, found.description = CONN_TYPE, wanted.host, wanted.note()
    # The UI's "Test" sends a missing port as 0, and Airflow takes that for another destination.
    found.port = wanted.port
    found.set_extra(json.dumps({**extras, **wanted.credentials}))
    return f"connection {CONN_ID}: written, {wanted.host}"


def _holds(found: Any, wanted: Wanted) -> bool:
    held = {name: value for name, value in found.extra_dejson.items() if name in CREDENTIALS}
    now = (found.conn_type, found.host, found.port, held)
    return now == (CONN_TYPE, wanted.host, wanted.port, wanted.credentials)


def _ours(found: Any) -> bool:
    return bool(found.description == Wanted(found.host, {}).note())
