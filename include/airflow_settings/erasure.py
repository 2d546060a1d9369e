"""The connection whose password suppression and certificates rest on."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

CONN_ID, CONN_TYPE = "gong_erasure", "generic"
DESCRIPTION = (
    "Its password keeps erased people out and signs certificates. Keep a copy in a safe place: without it "
    "neither suppression nor certificates can be checked, and another one would let erased people in again."
)


def write(session: Session) -> str:
    """Create the connection with a random password when there is none; one line saying what was done.

    One that exists is never changed: with another password all that rests on it would be worthless.
    """
    from airflow.models.connection import Connection

    if session.scalar(select(Connection.id).where(Connection.conn_id == CONN_ID)) is not None:
        return f"connection {CONN_ID}: kept"
    made = Connection(conn_id=CONN_ID, conn_type=CONN_TYPE, password=secrets.token_urlsafe(48))
    made.description = DESCRIPTION
    session.add(made)
    return f"connection {CONN_ID}: created; keep a copy of its password in a safe place"
