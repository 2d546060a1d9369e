"""Settings as code: created when missing, never taking back what a person changed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from include.airflow_settings import connection, pools
from include.airflow_settings.connection import Wanted
from include.settings import SettingError

KEY, SECRET = "key-of-the-emulator", "secret-of-the-emulator"
EMULATOR = Wanted("http://127.0.0.1:8089", {"access_key": KEY, "access_key_secret": SECRET})


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    from airflow.models import crypto
    from airflow.models.connection import Connection
    from airflow.models.pool import Pool

    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", Fernet.generate_key().decode())
    crypto.get_fernet.cache_clear()
    engine = create_engine("sqlite://")
    for model in (Connection, Pool):
        model.__table__.create(engine)
    with Session(engine) as opened:
        yield opened
    crypto.get_fernet.cache_clear()


def stored(session: Session):
    from airflow.models.connection import Connection

    session.flush()
    session.expire_all()
    return session.scalar(select(Connection).where(Connection.conn_id == "gong_default"))


def test_pools_are_created_once_and_then_belong_to_people(session: Session) -> None:
    from airflow.models.pool import Pool

    pools.create_missing(session)
    assert {pool.pool: pool.slots for pool in session.scalars(select(Pool))} == {
        "gong_api": 3,
        "gong_warehouse": 1,
    }
    session.scalars(select(Pool).where(Pool.pool == "gong_api")).one().slots = 10
    said = pools.create_missing(session)
    assert session.scalars(select(Pool).where(Pool.pool == "gong_api")).one().slots == 10
    assert said[0] == "pool gong_api: kept, 10 slots"


def test_the_connection_is_written_encrypted(session: Session) -> None:
    said = connection.write(EMULATOR, session, emulated=True)
    found = stored(session)
    assert (found.conn_type, found.host) == ("gong", EMULATOR.host)
    assert found.extra_dejson == EMULATOR.credentials
    # The key too: Airflow keeps a login in plain text.
    for hidden in (KEY, SECRET):
        assert hidden not in str(session.execute(text("select * from connection")).all())
        assert hidden not in said + repr(EMULATOR)


def test_it_follows_the_environment_and_keeps_a_persons_extras(session: Session) -> None:
    connection.write(EMULATOR, session, emulated=True)
    stored(session).set_extra('{"read_timeout": 9}')
    moved = Wanted("http://127.0.0.1:9000", EMULATOR.credentials)
    assert (
        connection.write(moved, session, emulated=True)
        == "connection gong_default: written, http://127.0.0.1:9000"
    )
    assert (
        connection.write(moved, session, emulated=True)
        == "connection gong_default: kept, http://127.0.0.1:9000"
    )
    assert stored(session).extra_dejson == {"read_timeout": 9, **EMULATOR.credentials}
    real = Wanted("https://us-1.api.example", {"access_token": "token"})
    connection.write(real, session)
    assert stored(session).host == real.host
    assert stored(session).extra_dejson == {"read_timeout": 9, "access_token": "token"}
    connection.write(EMULATOR, session, emulated=True)
    assert stored(session).host == EMULATOR.host


def test_the_emulator_does_not_overwrite_what_a_person_set(session: Session) -> None:
    connection.write(EMULATOR, session, emulated=True)
    stored(session).host = "https://us-1.api.example"
    with pytest.raises(SettingError, match=r"us-1\.api\.example, which a person set"):
        connection.write(EMULATOR, session, emulated=True)
    assert stored(session).host == "https://us-1.api.example"


APP = {"client_id": "app", "client_secret": "hush", "refresh_token": "first"}


def test_an_oauth_app_is_written_and_a_persons_new_refresh_token_is_kept(session: Session) -> None:
    """After a new authorisation it is in the connection, while the environment still names the old one."""
    wanted = Wanted("", APP)
    assert connection.write(wanted, session) == "connection gong_default: written, OAuth app app"
    assert stored(session).extra_dejson == APP
    assert connection.write(wanted, session) == "connection gong_default: kept, OAuth app app"
    stored(session).set_extra(json.dumps({**APP, "refresh_token": "second"}))
    assert "kept" in connection.write(wanted, session)
    rotated = Wanted("", {**APP, "client_secret": "hush2"})
    assert "written" in connection.write(rotated, session)
    assert stored(session).extra_dejson == {**APP, "client_secret": "hush2", "refresh_token": "second"}
    renamed = Wanted("", {**APP, "refresh_token": "third"})
    assert "written" in connection.write(renamed, session)
    assert stored(session).extra_dejson == renamed.credentials
    for hidden in ("third", "hush"):
        assert hidden not in str(session.execute(text("select * from connection")).all())


def test_from_oauth_to_a_key_and_to_the_emulator(session: Session) -> None:
    connection.write(Wanted("", APP), session)
    connection.write(EMULATOR, session, emulated=True)
    assert stored(session).extra_dejson == EMULATOR.credentials
    stored(session).set_extra(json.dumps(APP))
    with pytest.raises(SettingError, match="which a person set"):
        connection.write(EMULATOR, session, emulated=True)


def test_the_environment_names_an_app_or_a_key(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONG_CLIENT_ID", "app")
    with pytest.raises(SettingError, match="GONG_REFRESH_TOKEN"):
        connection.from_environment()
    monkeypatch.setenv("GONG_CLIENT_SECRET", "hush")
    monkeypatch.setenv("GONG_REFRESH_TOKEN", "first")
    assert connection.from_environment() == Wanted("", APP)
    monkeypatch.setenv("GONG_TOKEN_URL", "http://127.0.0.1:8089/oauth2/x")
    monkeypatch.setenv("GONG_BASE_URL", "https://us-1.api.example")
    given = {**APP, "token_url": "http://127.0.0.1:8089/oauth2/x"}
    assert connection.from_environment() == Wanted("https://us-1.api.example", given)
    monkeypatch.setenv("GONG_ACCESS_KEY", "k")
    with pytest.raises(SettingError, match="and no key"):
        connection.from_environment()


def test_nothing_is_written_when_nothing_is_asked_for(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connection.from_environment() is None
    assert "none" in connection.write(None, session)
    assert stored(session) is None
    monkeypatch.setenv("GONG_BASE_URL", "https://us-1.api.example")
    with pytest.raises(SettingError, match="GONG_ACCESS_KEY"):
        connection.from_environment()
    monkeypatch.setenv("GONG_ACCESS_TOKEN", "token")
    assert connection.from_environment() == Wanted("https://us-1.api.example", {"access_token": "token"})
