"""A run of the CRM flow without Gong, to be killed: in a process of its own, so that no thread is forked.

Reads a line of JSON per run, `{"place", "source", "after"}`: forks, and in the child selects, publishes,
notes answers, settles, writes the table and the watermark, and cleans; the child gets SIGKILL after so many
seconds (never, when null). Answers with the child's exit status and how long it lived.
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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]


class Runs:
    """The test's end of the process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def attempt(self, place: Path, source: list[dict[str, Any]], after: float | None) -> tuple[int, float]:
        """Exit status of the run (0 done, -9 killed) and its seconds."""
        assert self._process.stdin and self._process.stdout
        order = {"place": str(place), "source": source, "after": after}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith("status "):
            assert line, "the process that runs the flow has died"
        _, status, seconds = line.split()
        return int(status), float(seconds)


@contextmanager
def runs() -> Iterator[Runs]:
    command = [sys.executable, __file__]
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugins")])
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        yield Runs(process)
        assert process.stdin
        process.stdin.close()


def read_table(place: Path) -> dict[str, dict[str, Any]]:
    """What stands for the table crm_upload_error and the watermarks."""
    try:
        return dict(json.loads((place / "table.json").read_bytes()))
    except FileNotFoundError:
        return {}


def run(place: Path, source: list[dict[str, Any]]) -> None:
    """One run; Gong refuses what is called so, and a row without a name is set aside."""
    from crm_batches import INTEGRATION, NOW, aside, rows_of, version_of

    from include.crm.ledger import Ledger
    from include.crm.outbox import Outbox
    from include.crm.settling import settle
    from include.files import put_file

    outbox = Outbox(url=f"file://{place}/crm")
    adopted = [batch for batch in outbox.leftovers("CONTACT") if batch.attempted]
    if not adopted:
        for batch in outbox.leftovers("CONTACT"):
            outbox.remove(batch)
        known = rows_of(Ledger(INTEGRATION, "CONTACT", outbox.url))
        chosen, held = [], []
        for record in source:
            row = known.get(record["objectId"], {"version": None, "refused": None})
            version = version_of(record)
            if version == row["refused"]:
                modified = {"modified_date": record["modifiedDate"]}
                held.append({"object_id": record["objectId"], "version": str(version), **modified})
            elif record["lastName"] and version != row["version"]:
                chosen.append(record)
        bad = [aside(record["objectId"]) for record in source if not record["lastName"]]
        _publish(outbox, [chosen[0::2], chosen[1::2]], bad, held)
    _answer(outbox)
    settled = settle(outbox, INTEGRATION, run_id="r", now=NOW)
    table = read_table(place)
    table |= {f"{row['object_id']} {row['version']}": row for row in settled.errors}
    table |= {"watermark": {"at": settled.watermarks.get("CONTACT")}} if settled.watermarks else {}
    put_file(place / "table.json", json.dumps(table).encode())
    settled.clean()


def _publish(outbox: Any, parts: Any, bad: Any, held: Any) -> None:
    from crm_batches import publish

    # As many different batches as there are selections.
    began = f"{time.time_ns()}"
    publish(outbox, [part for part in parts if part], set_aside=bad, held=held, began=began)


def _answer(outbox: Any) -> None:
    from crm_batches import answer

    for batch in outbox.leftovers("CONTACT"):
        for file in batch.references:
            if not batch.facts(file["part"]).get("result"):
                with outbox.open(file) as lines:
                    names = [json.loads(line)["lastName"] for line in lines]
                refused = [(number, "No") for number, name in enumerate(names, 1) if name == "refused"]
                answer(outbox, file, refused=refused)


def _serve() -> None:
    # Imported once here, so that a forked run begins at once.
    import duckdb  # noqa: F401
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    import include.crm.settling  # noqa: F401

    for line in sys.stdin:
        order = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            run(Path(order["place"]), order["source"])
            os._exit(0)
        timer = threading.Timer(order["after"] or 3600, os.kill, (child, signal.SIGKILL))
        timer.start()
        _, status = os.waitpid(child, 0)
        timer.cancel()
        answer = f"status {os.waitstatus_to_exitcode(status)} {time.monotonic() - started}\n"
        sys.stdout.write(answer)
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
