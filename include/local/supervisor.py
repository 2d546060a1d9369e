"""Starts the emulator and Airflow, in order, and ends them; `run` and `up` are made of it."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from include import settings
from include.local import (
    company,
    environment,
    gong,
    keys,
    lock,
    ports,
    prepare,
    readiness,
    report,
    sample_crm,
)
from include.local.api import Api
from include.local.errors import FlowError, ParentGoneError
from include.local.processes import Components

READING_DAGS = ("gong_calls", "gong_directory", "gong_activity")
"""What `make run` runs."""
TOKEN_DAG = "gong_token"  # noqa: S105 - the name of a DAG
OWNER_EMAIL = "GONG_CRM_OWNER_EMAIL"
EMULATOR_SECONDS = 300.0
"""How long the emulator may take to make its calls before it answers."""


@dataclass
class Project:
    """The project while it runs."""

    components: Components
    api: Api
    gong: gong.Gong
    keys: keys.Keys
    environment: dict[str, str]
    started: datetime
    parent: int | None

    def alive(self) -> None:
        """Raise when a component, or the process that started us, is no longer there."""
        self.components.check()
        if self.parent is not None and os.getppid() != self.parent:
            raise ParentGoneError

    def emulator_counts(self) -> dict[str, int]:
        """What the emulated Gong holds."""
        return {name: int(count) for name, count in _ask(f"{self.gong.base_url}/_emulator/counts").items()}

    def table_rows(self) -> dict[str, int]:
        """How many rows each table has."""
        command = [sys.executable, "-m", "include.warehouse", "counts"]
        code, counted = self.components.finish("tables", command, self.environment, self.alive)
        if code:
            raise FlowError(f"The tables cannot be counted ({counted.log}):\n{counted.tail()}")
        return report.read_rows(counted.log.read_text())


def dag_ids() -> list[str]:
    """The project's own DAGs, each in a file of its name."""
    return sorted(path.stem for path in (settings.PROJECT / "dags").glob("gong_*.py"))


@contextmanager
def project(given: Mapping[str, int], *, scheduled: bool, parent: int | None) -> Iterator[Project]:
    """The project from its first process to its last; `given` are the emulator's options asked for.

    With `scheduled` False only what is triggered runs, and earlier runs of its flows are given up.

    :raises settings.SettingError: a setting, a port or the data folder does not allow it
    """
    started = datetime.now(timezone.utc)
    port, emulator_port = ports.port("AIRFLOW_PORT", 8080), ports.port("EMULATOR_PORT", 8089)
    chosen = gong.chosen(emulator_port)
    home = environment.airflow_home()
    company.refuse_foreign(home)
    with lock.sole(home) as held:
        ports.require_free(
            {"AIRFLOW_PORT": port} | ({"EMULATOR_PORT": emulator_port} if chosen.emulated else {})
        )
        calendar = company.meet(settings.data_dir(), home, chosen, dict(given), started)
        own = keys.keys(home)
        variables = environment.airflow_environment(home, port, own, scheduled=scheduled)
        with Components(home / "logs", held=held) as components:
            api = Api(f"http://{ports.HOST}:{port}", own.password)
            running = Project(components, api, chosen, own, variables, started, parent)
            if calendar:
                # The first read covers the whole data set, however old it is by now.
                variables["GONG_INITIAL_DAYS"] = str(calendar.initial_days(started))
                emulator = ["include.emulator", "--port", str(emulator_port), *calendar.arguments()]
                components.start("emulator", [sys.executable, "-m", *emulator], variables)
            # It takes longest to start and asks the database only when it is asked itself.
            _start_airflow(running, "api-server")
            crm = _sample_crm(calendar, variables) if calendar else None
            _prepare(running, crm, give_up_runs=not scheduled)
            _start_airflow(running, "scheduler", "dag-processor")
            if calendar:
                _wait_for_emulator(running)
            readiness.wait_ready(api, running.alive)
            # Needed only once a task waits: on a small machine it would delay the others' start.
            _start_airflow(running, "triggerer")
            yield running


def _sample_crm(calendar: company.Calendar, variables: dict[str, str]) -> Path:
    """The CRM of the emulated company, and in `variables` one of its users to answer for it in Gong."""
    file = settings.data_dir() / sample_crm.FILE
    sample_crm.make_sample_crm(file, calendar.options())
    if not settings.text(OWNER_EMAIL):
        variables[OWNER_EMAIL] = sample_crm.owner_email(calendar.options())
    return file


def _prepare(running: Project, crm: Path | None, *, give_up_runs: bool) -> None:
    arguments = ["--emulated"] if running.gong.emulated else []
    if crm:
        arguments += ["--sample-crm", str(crm)]
    if give_up_runs:
        arguments += ["--give-up-runs-of", *READING_DAGS, TOKEN_DAG]
    # The only process that is told the credentials, and by its environment: no command line shows them.
    told = {**running.environment, **running.gong.environment()}
    command = [sys.executable, "-m", "include.local.prepare", *arguments]
    code, prepared = running.components.finish("prepare", command, told, running.alive)
    if code == prepare.REFUSED:
        raise settings.SettingError(prepared.tail(1))
    if code:
        raise FlowError(f"Airflow's database could not be made ready ({prepared.log}):\n{prepared.tail()}")


def _start_airflow(running: Project, *names: str) -> None:
    for name in names:
        # Both would serve the logs to all of the network; here they are files on this machine.
        quiet = ["--skip-serve-logs"] if name in ("scheduler", "triggerer") else []
        running.components.start(name, [sys.executable, "-m", "airflow", name, *quiet], running.environment)


def _wait_for_emulator(running: Project) -> None:
    deadline = time.monotonic() + EMULATOR_SECONDS
    while True:
        running.alive()
        try:
            _ask(f"{running.gong.base_url}/_emulator/health")
        except OSError as error:
            if time.monotonic() > deadline:
                raise FlowError(
                    f"The emulator did not answer in {EMULATOR_SECONDS:.0f} s: {error}"
                ) from error
            time.sleep(0.2)
        else:
            return


def _ask(url: str) -> dict[str, Any]:
    # Never through a proxy: the emulator is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
        return told
