"""`python -m include.local run` and `… up`: see the Makefile, which is what people call."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence

from include.local import flow, readiness, report, supervisor
from include.local.api import ApiError
from include.local.errors import FlowError, ParentGoneError
from include.settings import SettingError

OPTIONS = {
    "calls": "calls that the emulator holds",
    "days": "days over which they are spread",
    "users": "users who made them",
    "seed": "another seed makes another company",
}


class Terminated(BaseException):
    """A signal asked us to end."""


def run(given: dict[str, int], parent: int | None) -> None:
    """Run the flows that read and print what landed; raises FlowError when one fails or rows are missing."""
    print("Starting ...", flush=True)
    with supervisor.project(given, scheduled=False, parent=parent) as project:
        for dag_id in supervisor.READING_DAGS:
            readiness.wait_parsed(project.api, dag_id, project.started, project.alive)
        if project.gong.oauth:
            readiness.wait_parsed(project.api, supervisor.TOKEN_DAG, project.started, project.alive)
            _run_all(project, [supervisor.TOKEN_DAG])
        print(f"Reading from {_which(project)}", flush=True)
        _run_all(project, supervisor.READING_DAGS)
        rows = project.table_rows()
        held = project.emulator_counts() if project.gong.emulated else None
    print(report.table(rows, held), flush=True)
    if wrong := report.differing(rows, held or {}):
        raise FlowError(f"Not all that Gong holds is in the tables: {', '.join(wrong)}.")


def _run_all(project: supervisor.Project, dag_ids: Sequence[str]) -> None:
    """Run DAGs at the same time, to their ends."""
    runs = {dag_id: flow.trigger(project.api, dag_id) for dag_id in dag_ids}
    flow.follow(project.api, runs, project.alive)


def up(given: dict[str, int], parent: int | None) -> None:
    """Run everything until a signal comes."""
    print("Starting ...", flush=True)
    with supervisor.project(given, scheduled=True, parent=parent) as project:
        for dag_id in supervisor.dag_ids():
            readiness.wait_parsed(project.api, dag_id, project.started, project.alive)
        dags = readiness.unpause_all(project.api)
        print(
            f"Airflow:  {project.api.base_url}   user admin, password {project.keys.password}"
            f"   (kept in {project.keys.password_file})\n"
            f"Gong:     {_which(project)}\n"
            f"DAGs:     {', '.join(dags)}\n"
            "Ctrl-C ends it.",
            flush=True,
        )
        while True:
            project.alive()
            time.sleep(1)


def _which(project: supervisor.Project) -> str:
    return f"{project.gong.base_url}{' (the emulator)' if project.gong.emulated else ''}"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m include.local", description=__doc__)
    parser.add_argument("command", choices=["run", "up"])
    for name, meaning in OPTIONS.items():
        parser.add_argument(f"--{name}", type=int, help=meaning)
    parser.add_argument("--end-with-parent", action="store_true", help="end when the calling process is gone")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 for what failed, 2 for what has to be set otherwise, 128 + n for signal n."""
    options = _parse(arguments)
    given = {name: value for name in OPTIONS if (value := getattr(options, name)) is not None}
    parent = os.getppid() if options.end_with_parent else None
    received: list[int] = []

    def end(number: int, _frame: object) -> None:
        if not received:
            received.append(number)
            raise Terminated

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        {"run": run, "up": up}[options.command](given, parent)
    except Terminated:
        print("Stopped.", flush=True)
        return 0 if options.command == "up" and received == [signal.SIGINT] else 128 + received[0]
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except (FlowError, ApiError) as error:
        print(error, file=sys.stderr)
        return 1
    except ParentGoneError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
