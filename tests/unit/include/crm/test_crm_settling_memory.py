"""Settling takes no more memory for many records than for some."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = """
import json, resource, sys
from pathlib import Path
from crm_batches import INTEGRATION, NOW, RUN, answer, contact, publish
from include.crm.ledger import Ledger
from include.crm.outbox import Outbox
from include.crm.settling import settle
from airflow.sdk import ObjectStoragePath

def held():
    # Linux counts the parent's peak in ru_maxrss.
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1000

outbox, rows = Outbox(url=sys.argv[1]), int(sys.argv[2])
with outbox.draft("CONTACT", RUN) as draft:
    with (draft.folder / "part-0001.ldjson").open("w") as file:
        for n in range(rows):
            record = contact(n, title="Vice President " * 20, emailAddress=f"somebody{n}@customer.example")
            file.write(json.dumps(record) + "\\n")
    part = {"part": "part-0001", "rows": rows, "bytes": 0, "digest": "d"}
    manifest = {"object_type": "CONTACT", "run_id": RUN, "began": "1", "high": "2026-12-01T00:00:00Z"}
    [file] = draft.publish({**manifest, "parts": [part]})
answer(outbox, file)
before = held()
assert settle(outbox, INTEGRATION, run_id=RUN, now=NOW).taken == {"CONTACT": rows}
after = held()
assert Ledger(INTEGRATION, "CONTACT", outbox.url).counts()["held"] == rows
print(json.dumps(after - before))
"""


def test_memory_does_not_grow_with_the_records(tmp_path: Path) -> None:
    def megabytes(rows: int) -> float:
        command = [sys.executable, "-c", SCRIPT, f"file://{tmp_path}/{rows}", str(rows)]
        path = [str(ROOT), str(ROOT / "plugins"), str(Path(__file__).parent)]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(path)}
        )
        return float(json.loads(done.stdout.splitlines()[-1]))

    # 150,000 lines are 65 MB.
    assert megabytes(150_000) - megabytes(15_000) < 30
