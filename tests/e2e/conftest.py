"""One emulator and one real Airflow for all tests of the flows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest

from include.local.report import TABLES as TABLE_OF
from tests.e2e.airflow_process import AirflowProcess
from tests.support.emulator import KEY, PROJECT, SECRET, Emulator, running_emulator
from tests.support.waiting import wait_until

# Tasks that a test kills: enough to hit every step, and E2E_KILLS=20 for a longer look.
KILLS = int(os.environ.get("E2E_KILLS", "3"))
LONG = pytest.mark.skipif(KILLS < 20, reason="a longer look: E2E_KILLS=20")
# Waited out for a component that was killed; Airflow's defaults are minutes.
IMPATIENT = {
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    "AIRFLOW__CORE__PARALLELISM": "8",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}


@dataclass
class World:
    """An emulated Gong, an Airflow that reads from it, and the tables."""

    emulator: Emulator
    airflow: AirflowProcess
    data: Path

    @property
    def drop(self) -> Path:
        """The drop folder of recordings."""
        folder = self.data / "recordings" / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def company(self, until: date, *, calls: int, days: int = 20) -> dict[str, str]:
        """A fresh company whose calls lie before `until`; the range that holds them all, for the form."""
        # A seed of its own: two companies with the same ids would be one company whose calls have moved.
        options = {"calls": calls, "days": days, "until": until.isoformat(), "seed": until.toordinal()}
        self.emulator.reset(**options, per_second=3, per_day=10_000)
        return {
            "from": f"{until - timedelta(days=days + 1)}T00:00:00Z",
            "to": f"{until + timedelta(days=1)}T00:00:00Z",
        }

    def clear(self) -> None:
        """Empty the data folder: a flow that looks through all of it would look through all earlier tests."""
        for path in self.data.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def run(self, dag_id: str, conf: dict[str, Any], timeout: float = 180) -> str:
        run_id = self.airflow.trigger(dag_id, conf)
        self.finish(dag_id, run_id, timeout)
        return run_id

    def finish(self, dag_id: str, run_id: str, timeout: float = 180) -> None:
        state = self.airflow.wait_finished(dag_id, run_id, timeout)
        assert state == "success", self.why(dag_id, run_id)

    def tasks(self, dag_id: str, run_id: str, task_id: str | None = None) -> list[dict[str, Any]]:
        # The API gives no more than 100 at a time.
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances?limit=100"
        found: list[dict[str, Any]] = []
        while True:
            page = self.airflow.api("GET", f"{path}&offset={len(found)}&order_by=id")
            found += page["task_instances"]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return [ti for ti in found if task_id in (None, ti["task_id"])]

    def why(self, dag_id: str, run_id: str) -> str:
        tasks = [
            (t["task_id"], t["map_index"], t["state"], t["try_number"]) for t in self.tasks(dag_id, run_id)
        ]
        logs = sorted((self.airflow.home / "logs").rglob(f"*{run_id}*/**/*.log"))
        return f"{tasks}\n" + "\n".join(log.read_text()[-3000:] for log in logs[-2:])

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the tables, once no load holds the file."""

        def rows() -> list[tuple[Any, ...]] | None:
            try:
                with duckdb.connect(str(self.data / "warehouse.duckdb"), read_only=True) as con:
                    return [*con.execute(query).fetchall(), ("end",)]
            except duckdb.IOException:
                return None

        return wait_until("the tables", rows, timeout=60)[:-1]

    def table_counts(self, form: dict[str, str]) -> dict[str, int]:
        """Rows per table that belong to calls of the range."""
        ids = f"(SELECT id FROM gong.call WHERE started >= '{form['from']}' AND started < '{form['to']}')"
        tables = sorted(set(TABLE_OF.values()))
        key = {table: "id" if table == "call" else "call_id" for table in tables}
        query = " UNION ALL ".join(
            f"SELECT '{table}', count(*) FROM gong.{table} WHERE {key[table]} IN {ids}" for table in tables
        )
        return {str(table): int(rows) for table, rows in self.sql(query)}

    def assert_exact(self, form: dict[str, str]) -> None:
        """The tables hold what the emulator holds, no more and no less."""
        held = self.emulator.counts()
        assert self.table_counts(form) == {table: held[name] for name, table in TABLE_OF.items()}
        ids = {call["id"] for call in self.emulator.calls() if not call["isPrivate"] and not call["deleted"]}
        found = self.sql(
            f"SELECT id FROM gong.call WHERE started >= '{form['from']}' AND started < '{form['to']}'"
        )
        assert {row[0] for row in found} == ids

    def assert_within_limits(self) -> None:
        assert self.emulator.max_per_second() <= 3
        assert [r for r in self.emulator.requests() if r["status"] == 429] == []


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home, data = tmp_path_factory.mktemp("airflow"), tmp_path_factory.mktemp("data")
    # One company after the other: the calls of the last one are rightly gone.
    env = {
        **IMPATIENT,
        "GONG_DATA_DIR": str(data),
        "GONG_INITIAL_DAYS": "40",
        "GONG_MAX_VANISHED_PERCENT": "100",
        "GONG_RECORDINGS_SETTLE_SECONDS": "1",
        "GONG_RECORDINGS_FIRST_LOOK_SECONDS": "2",
        "GONG_CRM_FIRST_LOOK_SECONDS": "1",
        "GONG_RETRY_SECONDS": "1",
        "GONG_ERASURE_FIRST_LOOK_SECONDS": "1",
        # As long as a test waits for an approval that never comes, in hours.
        "GONG_ERASURE_APPROVAL_HOURS": "0.006",
        "GONG_CRM_OWNER_EMAIL": "owner@example.com",
        "AIRFLOW_CONN_CRM_SOURCE": json.dumps({"conn_type": "sqlite", "host": str(data / "crm.sqlite")}),
    }
    with running_emulator("--calls", "10") as emulator:
        airflow = AirflowProcess(home=home, dags_folder=PROJECT / "dags", env=env)
        gong = {"GONG_BASE_URL": emulator.url, "GONG_ACCESS_KEY": KEY, "GONG_ACCESS_KEY_SECRET": SECRET}
        for command in (["airflow", "db", "migrate"], [sys.executable, "-m", "include.airflow_settings"]):
            subprocess.run(command, env={**airflow.env, **gong}, cwd=PROJECT, check=True, capture_output=True)
        with airflow:
            yield World(emulator, airflow, data)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
