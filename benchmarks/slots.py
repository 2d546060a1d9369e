"""How well a run uses the company's requests per second, under a real scheduler.

    python -m benchmarks.slots [--calls 20000]

Starts an emulator with a strict sliding second of 3 requests and an Airflow of its own, runs `gong_calls`
over all calls, and prints the requests that the emulator saw from the first to the last, as a ratio
against 3 a second.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.e2e.airflow_process import AirflowProcess
from tests.support.emulator import KEY, PROJECT, SECRET, Emulator, running_emulator

DAYS = 60
PER_SECOND = 3


def measure(emulator: Emulator, until: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "GONG_DATA_DIR": f"{folder}/data",
            "AIRFLOW__CORE__PARALLELISM": "8",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        }
        airflow = AirflowProcess(home=Path(folder) / "airflow", dags_folder=PROJECT / "dags", env=env)
        airflow.home.mkdir()
        gong = {"GONG_BASE_URL": emulator.url, "GONG_ACCESS_KEY": KEY, "GONG_ACCESS_KEY_SECRET": SECRET}
        for command in (["airflow", "db", "migrate"], [sys.executable, "-m", "include.airflow_settings"]):
            subprocess.run(command, env={**airflow.env, **gong}, cwd=PROJECT, check=True, capture_output=True)
        form = {"from": f"{until - timedelta(days=DAYS)}T00:00:00Z", "to": f"{until}T12:00:00Z"}
        with airflow:
            state = airflow.wait_finished("gong_calls", airflow.trigger("gong_calls", form), timeout=900)
    seen = emulator.requests()
    arrivals = [request["arrived"] for request in seen]
    return {
        "state": state,
        "requests": len(seen),
        "answered 429": sum(request["status"] == 429 for request in seen),
        "most in any sliding second": emulator.max_per_second(),
        "seconds from first to last": round(arrivals[-1] - arrivals[0], 1),
        "ratio against 3 a second": round((len(seen) - 1) / (arrivals[-1] - arrivals[0]) / PER_SECOND, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    until = datetime.now(timezone.utc).date() - timedelta(days=3)
    options = ("--calls", str(calls), "--days", str(DAYS), "--until", until.isoformat())
    with running_emulator(*options) as emulator:
        for name, value in measure(emulator, until).items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
