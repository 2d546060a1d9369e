"""Runs loads that are killed: a process of its own, so that no thread of the tests is forked.

Reads a line of JSON per attempt: `{"warehouse": [destination, conn], "data_dir"}` and one of `"landing",
"windows", "after"`, of `"receipts"`, and of `"now", "days", "deletions"`. Forks; the child loads windows,
when it gets SIGKILL after so many seconds (never, when null); or receipts, when it gets SIGKILL between two
statements of the merge; or it removes what is older than so many days, when it gets SIGKILL after so many
deletions. Answers with the child's exit status and how long it lived.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]


class Killer:
    """The test's end of the process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def attempt(self, **order: Any) -> tuple[int, float]:
        """Exit status of the load (0 done, -9 killed) and its seconds."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith("status "):
            assert line, "the process that runs the loads has died"
        _, status, seconds = line.split()
        return int(status), float(seconds)


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


def _die_in_merge() -> None:
    """Have the child killed after its first statement that changes a table."""
    from include.warehouse import merge

    replace = merge.replace

    def dying(*arguments: Any) -> Iterator[str]:
        yield next(replace(*arguments))
        os.kill(os.getpid(), signal.SIGKILL)

    merge.replace = dying


def _die_in_transaction(deletions: int) -> None:
    """Have the child killed when it is about to delete once more."""
    from include.warehouse import merge

    transaction = merge.transaction

    def dying(client: Any) -> Any:
        execute, left = client.execute_sql, [deletions]

        def one(sql: str, *values: Any) -> Any:
            if sql.startswith("DELETE"):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, *values)

        client.execute_sql = one
        return transaction(client)

    merge.transaction = dying


def _remove(warehouse: Any, order: dict[str, Any]) -> None:
    from include.retention.limits import Limits

    kept = timedelta(days=order["days"])
    _die_in_transaction(order["deletions"])
    warehouse.remove_old(Limits.of(datetime.fromisoformat(order["now"]), kept, None))


def _serve() -> None:
    # Imported once here, so that a forked load begins at once.
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    from include.landing import LandingZone
    from include.warehouse import Warehouse

    for line in sys.stdin:
        order = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            os.environ["GONG_DATA_DIR"] = order["data_dir"]
            warehouse = Warehouse(*order["warehouse"])
            if "receipts" in order:
                _die_in_merge()
                warehouse.load_recording_uploads(order["receipts"])
            elif "deletions" in order:
                _remove(warehouse, order)
            else:
                warehouse.load_calls(LandingZone(order["landing"]), order["windows"])
            os._exit(0)
        timer = threading.Timer(order.get("after") or 3600, os.kill, (child, signal.SIGKILL))
        timer.start()
        _, status = os.waitpid(child, 0)
        timer.cancel()
        answer = f"status {os.waitstatus_to_exitcode(status)} {time.monotonic() - started}\n"
        sys.stdout.write(answer)
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
