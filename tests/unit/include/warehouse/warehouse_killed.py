"""Runs loads that are killed: a process of its own, so that no thread of the tests is forked.

Reads a line of JSON per attempt: `{"landing", "windows", "warehouse": [destination, conn], "data_dir", "calls",
"later"}`. Forks and loads in the child, which gets SIGKILL `later` seconds after it has made so many Python
calls: a moment that depends on neither the machine nor what else it does. Answers with the child's exit
status and the number of calls that it made, where it came to its end.
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

    def attempt(self, **order: Any) -> tuple[int, int]:
        """Exit status of the load (0 done, -9 killed) and how many calls it made (0 if it was killed)."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        calls = 0
        while not (line := self._process.stdout.readline()).startswith("status "):
            assert line, "the process that runs the loads has died"
            if line.startswith("calls "):
                calls = int(line.split()[1])
        return int(line.split()[1]), calls


@contextmanager
def killer() -> Iterator[Killer]:
    command = [sys.executable, __file__]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        yield Killer(process)
        assert process.stdin
        process.stdin.close()


def _count_calls(limit: int, later: float) -> list[int]:
    """Count the calls of this thread from now on; kill this process `later` seconds after the `limit`th."""
    count = [0]

    def on_event(frame: Any, event: str, argument: Any) -> None:
        count[0] += 1
        if count[0] == limit:
            threading.Timer(later, os.kill, (os.getpid(), signal.SIGKILL)).start()

    sys.setprofile(on_event)
    return count


def _serve() -> None:
    # Imported once here, so that a forked load begins at once.
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    from include.landing import LandingZone
    from include.warehouse import Warehouse

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ["GONG_DATA_DIR"] = order["data_dir"]
            count = _count_calls(order["calls"], order["later"])
            Warehouse(*order["warehouse"]).load_calls(LandingZone(order["landing"]), order["windows"])
            sys.setprofile(None)
            os.write(1, f"calls {count[0]}\n".encode())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"status {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
