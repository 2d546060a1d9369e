"""What selecting a million contacts costs: CPU beside DuckDB's own JSON export, memory beside an idle task.

    python -m benchmarks.crm [--rows 1000000] [--rounds 3]

The source is an SQLite database whose rows come in no order. Each measurement is a process of its own, all
take turns, and CPU seconds are those of the process after its imports.

1. `fetch`: the rows are read by the same cursor, and dropped.
2. `DuckDB`: the rows, read by the same cursor, go into a DuckDB table by way of Arrow and from there, sorted
   by modifiedDate, into a file of JSON lines: no checks, no comparison, all in memory.
3. `first`: `select_rows` when Gong has nothing: all rows become files.
4. `again`: `select_rows` of all rows when Gong has all of them but 50: what the ledger is for.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
COLUMNS = (
    "objectId", "modifiedDate", "accountId", "emailAddress", "firstName", "lastName", "title", "phoneNumber",
    "url", "department", "score", "region",
)  # fmt: skip
SQL = f"SELECT {', '.join(COLUMNS)} FROM contact"  # noqa: S608 - constants
CHANGED = 50


def make(path: Path, rows: int) -> None:
    """The CRM."""
    chance = random.Random(1)
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)

    def contact(number: int) -> tuple[Any, ...]:
        modified = start + timedelta(seconds=chance.randrange(60_000_000))
        return (
            f"003{number:015d}",
            f"{modified:%Y-%m-%dT%H:%M:%SZ}",
            f"001{number % 50_000:015d}",
            f"firstname.lastname{number}@customer{number % 5000}.example",
            "Firstname",
            f"Lastname{number % 1000}",
            "Vice President Sales",
            f"+1 202 555 {number % 10_000:04d}",
            f"https://crm.example/contact/{number}",
            "Sales",
            number % 1000 / 10,
            "EMEA",
        )

    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE contact ({', '.join(COLUMNS)})")
        marks = ", ".join("?" * len(COLUMNS))
        database.executemany(f"INSERT INTO contact VALUES ({marks})", map(contact, range(rows)))  # noqa: S608


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _batches(crm: Path) -> Any:
    cursor = sqlite3.connect(crm).execute(SQL)
    while rows := cursor.fetchmany(10_000):
        yield rows


def fetch(crm: Path, _: Path) -> int:
    """Measurement 1."""
    return sum(len(rows) for rows in _batches(crm))


def duckdb_export(crm: Path, _: Path) -> int:
    """Measurement 2."""
    import duckdb
    import pyarrow as pa

    with tempfile.TemporaryDirectory() as temporary, duckdb.connect() as database:
        database.execute("SET threads = 1")
        for number, rows in enumerate(_batches(crm)):
            batch = pa.table([pa.array(column) for column in zip(*rows, strict=True)], list(COLUMNS))
            database.register("batch", batch)
            into = "INSERT INTO contact" if number else "CREATE TABLE contact AS"
            database.execute(f"{into} FROM batch")
            database.unregister("batch")
        before = cpu_seconds()
        path = f"{temporary}/contact.json"
        database.execute(f"COPY (FROM contact ORDER BY modifiedDate) TO '{path}' (FORMAT json)")
        print(json.dumps({"export": cpu_seconds() - before}))
        return Path(path).stat().st_size


def select(_: Path, folder: Path) -> int:
    """Measurements 3 and 4."""
    from gong_airflow.crm.objects import OBJECT_TYPES, Field
    from include.crm.mapping import CrmMapping, ObjectMapping
    from include.crm.outbox import Outbox
    from include.crm.selecting import select_rows
    from include.crm.source import Source

    declared = (
        Field("department", "PICKLIST", label="Department", values=("Sales", "IT")),
        Field("score", "NUMBER", label="Score"),
        Field("region", label="Region"),
    )
    mapping = CrmMapping({"CONTACT": ObjectMapping(OBJECT_TYPES["CONTACT"], SQL, declared)})
    chosen = select_rows(
        mapping,
        Source("crm_source"),
        Outbox("changes", f"file://{folder}"),
        integration_id="1",
        run_id="benchmark",
        watermarks={},
        now=datetime(2026, 11, 22, tzinfo=timezone.utc),
        look_back=timedelta(days=1),
        most_bad=0,
    )
    return sum(file["bytes"] for file in chosen["CONTACT"])


def remember(crm: Path, folder: Path) -> int:
    """As if Gong had taken what `first` wrote; then change some rows of the CRM."""
    from include.crm.database import open_database
    from include.crm.ledger import Ledger
    from include.crm.ledger_rows import TAKEN, LedgerRows
    from include.crm.outbox import Outbox

    url = f"file://{folder}"
    outbox, ledger = Outbox("changes", url), Ledger("1", "CONTACT", url)
    with open_database() as database:
        rows = LedgerRows(database, "CONTACT", deletions=False)
        for batch in outbox.leftovers("CONTACT"):
            for part in batch.references:
                with outbox.open(part) as file:
                    rows.add(file, TAKEN)
        ledger.commit(ledger.state, rows.write(None, datetime(2026, 11, 1, tzinfo=timezone.utc)))
    with sqlite3.connect(crm) as database:
        database.execute("UPDATE contact SET title = title || '!' WHERE rowid <= ?", [CHANGED])
    return 0


def idle(_: Path, __: Path) -> int:
    """What the others begin with."""
    return 0


ACTIONS: dict[str, Callable[[Path, Path], int]] = {
    "idle": idle,
    "fetch": fetch,
    "DuckDB": duckdb_export,
    "first": select,
    "remember": remember,
    "again": select,
}


def measure_here(action: str, crm: Path, folder: Path) -> None:
    """In the process that is measured."""
    import airflow.sdk  # noqa: F401 - an Airflow task has both
    from airflow.sdk import BaseHook

    import gong_airflow.hooks.gong  # noqa: F401

    hook = BaseHook.get_connection("crm_source").get_hook()
    hook.get_conn().close()
    if action == "DuckDB":
        import duckdb  # noqa: F401
        import pyarrow  # noqa: F401
    began = cpu_seconds()
    written = ACTIONS[action](crm, folder)
    scale = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    print(json.dumps({"cpu": cpu_seconds() - began, "peak": peak, "written": written}))


def measure(action: str, crm: Path, folder: Path) -> dict[str, float]:
    """In a process of its own: CPU seconds, peak bytes, bytes written."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "plugins")]),
        "AIRFLOW_CONN_CRM_SOURCE": json.dumps({"conn_type": "sqlite", "host": str(crm)}),
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.crm", "--measure", action, str(crm), str(folder)],
        cwd=PROJECT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, float] = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            found |= json.loads(line)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        action, crm, folder = given.measure
        measure_here(action, Path(crm), Path(folder))
        return
    with tempfile.TemporaryDirectory() as temporary:
        crm = Path(temporary) / "crm.db"
        make(crm, given.rows)
        found: dict[str, list[dict[str, float]]] = {action: [] for action in ACTIONS}
        for number in range(given.rounds):
            folder = Path(temporary) / str(number)
            for action in ACTIONS:
                found[action].append(measure(action, crm, folder))
        report(found, given.rows)


def report(found: dict[str, list[dict[str, float]]], rows: int) -> None:
    """Print ratios; microseconds only hold for one machine."""

    def median(action: str, what: str = "cpu") -> float:
        return statistics.median(one[what] for one in found[action])

    base = min(one["peak"] for one in found["idle"])
    for action in ("fetch", "DuckDB", "first", "again"):
        peak = max(one["peak"] for one in found[action]) - base
        print(
            f"{action:8} {median(action) / rows * 1e6:6.2f} us CPU a row, that is"
            f" {median(action) / median('DuckDB'):.2f} of DuckDB's; peak {peak / 1e6:.1f} MB above idle;"
            f" {median(action, 'written') / 1e6:.2f} MB written"
        )
    without = (median("first") - median("fetch")) / (median("DuckDB") - median("fetch"))
    print(f"without the fetching: {without:.2f}")
    alone = (median("first") - median("fetch")) / median("DuckDB", "export")
    print(f"without the fetching, against the bare COPY of DuckDB's own table: {alone:.2f}")


if __name__ == "__main__":
    main()
