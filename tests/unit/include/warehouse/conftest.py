from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse_killed import Killer, killer
from warehouse_receipts import Place
from warehouse_records import Lander, Local
from warehouse_streams import Memory, StreamLander

from include.warehouse.workspace import Workspace, open_workspace
from tests.support.postgres import postgres_server


@pytest.fixture
def lander(tmp_path: Path) -> Lander:
    # Its import sets up Airflow's logging, which would take a test's `caplog` out if it came during the test.
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    return Lander((tmp_path / "landing").as_uri())


@pytest.fixture
def local(lander: Lander) -> Iterator[Local]:
    with open_workspace() as workspace:
        workspace.run("SET threads = 1")  # rows are few, threads cost more than they bring
        yield Local(lander, workspace)


@pytest.fixture
def streams(tmp_path: Path) -> StreamLander:
    return StreamLander((tmp_path / "landing").as_uri())


@pytest.fixture(scope="session")
def stream_workspace() -> Iterator[Workspace]:
    with open_workspace() as workspace:
        workspace.run("SET threads = 1")
        yield workspace


@pytest.fixture
def memory(streams: StreamLander, stream_workspace: Workspace) -> Memory:
    return Memory(streams.zone, stream_workspace)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's data folder for this test: holds `warehouse.duckdb` after a load."""
    folder = tmp_path / "data"
    monkeypatch.setenv("GONG_DATA_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def loads() -> Iterator[Killer]:
    """Loads that are killed."""
    with killer() as process:
        yield process


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for these tests; it ends with them."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def postgres(postgres_url: str) -> str:
    """The server's URL; its database has no tables of ours."""
    import psycopg2

    with contextlib.closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS gong CASCADE; DROP SCHEMA IF EXISTS gong_staging CASCADE")
        connection.commit()
    return postgres_url


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, data_dir: Path) -> Place:
    """Each destination that is tested, without tables of ours."""
    return Place(request.getfixturevalue("postgres") if request.param == "postgres" else None, data_dir)
