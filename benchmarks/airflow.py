"""An Airflow of its own for a benchmark, with the pools and the connection that the flows need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.airflow_process import AirflowProcess
from tests.support.emulator import KEY, PROJECT, SECRET, Emulator


@contextmanager
def airflow_for(emulator: Emulator, folder: Path, **settings: str) -> Iterator[AirflowProcess]:
    """A running Airflow whose flows talk to `emulator`; its home and the data folder are in `folder`."""
    env = {
        "GONG_DATA_DIR": str(folder / "data"),
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        **settings,
    }
    airflow = AirflowProcess(home=folder / "airflow", dags_folder=PROJECT / "dags", env=env)
    airflow.home.mkdir()
    gong = {"GONG_BASE_URL": emulator.url, "GONG_ACCESS_KEY": KEY, "GONG_ACCESS_KEY_SECRET": SECRET}
    for command in (["airflow", "db", "migrate"], [sys.executable, "-m", "include.airflow_settings"]):
        subprocess.run(command, env={**airflow.env, **gong}, cwd=PROJECT, check=True, capture_output=True)
    with airflow:
        yield airflow
