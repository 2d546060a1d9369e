"""A PostgreSQL server for tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _postgres_binaries() -> Path | None:
    """The folder of `postgres` and `initdb`: on the PATH, or where Debian's package puts them."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a server on a free port; skips the test where PostgreSQL is not installed."""
    binaries = _postgres_binaries()
    if binaries is None:
        if os.environ.get("CI") == "true":
            pytest.fail("No PostgreSQL found: CI must run these tests. Install Debian's package postgresql.")
        pytest.skip("NO POSTGRESQL FOUND: what happens there is not tested on this machine.")
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
