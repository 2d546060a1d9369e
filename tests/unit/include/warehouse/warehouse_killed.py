"""Runs loads that are killed: a process of its own, so that no thread of the tests is forked.

Reads a line of JSON per attempt: `{"landing", "windows", "warehouse": [destination, conn], "after": seconds}`;
forks, loads in the child, kills it with SIGKILL after that time; answers with the child's exit status.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]


class Killer:
    """The test's end of the process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def attempt(self, **order: Any) -> int:
        """Exit status of the load: 0 done, -9 killed."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith("status "):
            assert line, "the process that runs the loads has died"
        return int(line.split()[1])


@contextmanager
def killer(environment: dict[str, str]) -> Iterator[Killer]:
    command = [sys.executable, __file__]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
    ) as process:
        yield Killer(process)
        assert process.stdin
        process.stdin.close()


def _serve() -> None:
    # Imported once here, so that a forked load begins at once.
    import dlt  # noqa: F401
    import dlt.destinations.impl.duckdb.duck
    import dlt.destinations.impl.postgres.postgres
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    from include.landing import LandingZone
    from include.warehouse import Warehouse

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ |= order.get("environment", {})
            Warehouse(*order["warehouse"]).load_calls(LandingZone(order["landing"]), order["windows"])
            os._exit(0)
        timer = threading.Timer(order["after"], os.kill, (child, signal.SIGKILL))
        timer.start()
        _, status = os.waitpid(child, 0)
        timer.cancel()
        sys.stdout.write(f"status {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
