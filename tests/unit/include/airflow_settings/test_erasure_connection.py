"""The connection that suppression and certificates rest on: made once, never touched again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from include.airflow_settings import erasure


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    from airflow.models import crypto
    from airflow.models.connection import Connection

    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", Fernet.generate_key().decode())
    crypto.get_fernet.cache_clear()
    engine = create_engine("sqlite://")
    Connection.__table__.create(engine)
    with Session(engine) as opened:
        yield opened
    crypto.get_fernet.cache_clear()


def stored(session: Session) -> Any:
    from airflow.models.connection import Connection

    session.flush()
    session.expire_all()
    return session.scalars(select(Connection).where(Connection.conn_id == "gong_erasure")).one()


def test_it_is_made_with_a_long_random_password_that_is_neither_said_nor_kept_readable(
    session: Session,
) -> None:
    said = erasure.write(session)
    found = stored(session)
    assert found.conn_type == "generic"
    assert len(found.password) >= 64
    assert "keep a copy" in found.description.lower()
    assert "keep a copy" in said
    assert found.password not in said + str(session.execute(text("select * from connection")).all())


def test_one_that_is_there_is_never_changed(session: Session) -> None:
    from airflow.models.connection import Connection

    session.add(Connection(conn_id="gong_erasure", conn_type="generic", description="mine"))
    assert erasure.write(session) == "connection gong_erasure: kept"
    # Nor is a missing password made up: whatever it was, another one would let erased people in again.
    assert (stored(session).password, stored(session).description) == (None, "mine")


def test_two_installations_have_different_passwords(session: Session) -> None:
    erasure.write(session)
    first = stored(session).password
    session.delete(stored(session))
    erasure.write(session)
    assert stored(session).password != first
