"""The connection to the sample CRM; one to a company's own CRM is made by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

CONN_ID, CONN_TYPE = "crm_source", "sqlite"


def write(database: Path, session: Session) -> str:
    """Make the connection lead to the SQLite file `database`, read-only; one line saying what was done.

    A connection that a person made or changed is kept.
    """
    from airflow.models.connection import Connection

    # A part of the file's name and not an extra: Airflow takes the values of extras for secrets.
    host = f"{quote(str(database))}?mode=ro"
    found: Any = session.scalar(select(Connection).where(Connection.conn_id == CONN_ID))
    if found is None:
        found = Connection(conn_id=CONN_ID, conn_type=CONN_TYPE)
        session.add(found)
    elif (found.conn_type, found.description) != (CONN_TYPE, _note(found.host)):
        return f"connection {CONN_ID}: kept, a person's"
    elif found.host == host:
        return f"connection {CONN_ID}: kept, the sample CRM"
    found.host, found.description = host, _note(host)
    return f"connection {CONN_ID}: written, the sample CRM"


def _note(host: str) -> str:
    """The description that marks a connection as written here, for this host."""
    return f"The sample CRM, {host}"
