from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse_killed import Killer, killer
from warehouse_receipts import Place
from warehouse_records import Lander, Local

from include.warehouse.workspace import open_workspace


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


def _postgres_binaries() -> Path | None:
    """The folder of `postgres` and `initdb`: on the PATH, or where Debian's package puts them."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for these tests, on a free port; it ends with them."""
    binaries = _postgres_binaries()
    if binaries is None:
        if os.environ.get("CI") == "true":
            pytest.fail("No PostgreSQL found: CI must run these tests. Install Debian's package postgresql.")
        pytest.skip("NO POSTGRESQL FOUND: what the tables look like there is not tested on this machine.")
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="gong-pg-") as name:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        # The server refuses to run as root.
        user = {"user": "nobody", "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        if user:
            shutil.chown(name, "nobody")
        run = {"cwd": name, "stdout": subprocess.DEVNULL, **user}
        initdb = [binaries / "initdb", "-D", f"{name}/data", "-U", "gong", "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run(initdb, check=True, stderr=subprocess.PIPE, **run)
        options = ["-k", name, "-p", str(port), "-c", "fsync=off", "-c", "timezone=America/New_York"]
        with (Path(name) / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", f"{name}/data", *options], stderr=log, **run
            )
        try:
            url = f"postgresql://gong:none@127.0.0.1:{port}/postgres"
            _wait_for(server, url, Path(name) / "log")
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    import psycopg2

    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg2.connect(url).close()
        except psycopg2.OperationalError:
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        else:
            return


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
