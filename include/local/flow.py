"""Triggers DAGs, follows their runs, and says what failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from include.local.api import Api, ApiError
from include.local.errors import FlowError

SPEAK_SECONDS = 5.0
ERROR_LINES = 15


def trigger(api: Api, dag_id: str) -> str:
    """Start a run of `dag_id` with its form as it is; the id of the run."""
    api.patch(f"/dags/{dag_id}", {"is_paused": False})
    run: dict[str, Any] = api.post(f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {}})
    return str(run["dag_run_id"])


def follow(api: Api, runs: Mapping[str, str], alive: Callable[[], None]) -> None:
    """Wait for runs (id by DAG) to finish and say now and then where they are.

    :raises FlowError: a run failed
    """
    started = time.monotonic()
    going = {dag_id: _Run(dag_id, run_id) for dag_id, run_id in runs.items()}
    while going:
        alive()
        for dag_id, run in list(going.items()):
            if run.finished(api, started, many=len(runs) > 1):
                del going[dag_id]
        if going:
            time.sleep(0.3)


class _Run:
    """A run that is followed, and what was said of it."""

    def __init__(self, dag_id: str, run_id: str) -> None:
        self._dag_id = dag_id
        self._path = f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
        self._said, self._spoke = "", time.monotonic()

    def finished(self, api: Api, started: float, *, many: bool) -> bool:
        """Whether it is over; says where it is when that is new, or was said long ago."""
        state, now = api.get(self._path)["state"], time.monotonic()
        over = state in ("success", "failed")
        if over or now - self._spoke >= SPEAK_SECONDS:
            tasks = api.all(f"{self._path}/taskInstances", "task_instances")
            line = progress(tasks)
            if line != self._said or now - self._spoke >= 6 * SPEAK_SECONDS:
                print(f"{now - started:5.0f} s  {self._dag_id + ': ' if many else ''}{line}", flush=True)
                self._said, self._spoke = line, now
            if state == "failed":
                raise FlowError(failure(api, self._path, self._dag_id, tasks))
        return over


def progress(tasks: list[dict[str, Any]]) -> str:
    """Where a run is, task by task: `plan success, extract 9: 3 success 2 running 4 queued, load waiting`.

    The tasks of a group are told as one.
    """
    states: dict[str, Counter[str]] = {}
    for task in sorted(tasks, key=lambda task: (task["start_date"] is None, task["start_date"] or "")):
        states.setdefault(task["task_id"].partition(".")[0], Counter())[task["state"] or "waiting"] += 1
    parts = []
    for name, counts in states.items():
        if sum(counts.values()) == 1:
            parts.append(f"{name} {next(iter(counts))}")
        else:
            counted = " ".join(f"{count} {state}" for state, count in counts.most_common())
            parts.append(f"{name} {sum(counts.values())}: {counted}")
    return ", ".join(parts) or "no task yet"


def failure(api: Api, path: str, dag_id: str, tasks: list[dict[str, Any]]) -> str:
    """Which task failed and the last errors in its log; `path` is that of the run in the API."""
    failed = [task for task in tasks if task["state"] == "failed"]
    if not failed:
        return f"The run of {dag_id} failed, though none of its tasks did: {progress(tasks)}."
    task = min(failed, key=lambda task: task["end_date"] or "")
    name = task["task_id"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else "")
    others = f" ({len(failed)} tasks failed, this one first)" if len(failed) > 1 else ""
    log = f"{path}/taskInstances/{task['task_id']}/logs/{task['try_number']}?map_index={task['map_index']}"
    try:
        lines = error_lines(api.get(log)["content"])
    except ApiError as error:
        lines = [str(error)]
    return "\n".join([f"Task {name} of {dag_id} failed{others}:", *(f"  {line}" for line in lines)])


def error_lines(content: list[Any]) -> list[str]:
    """The last errors of a task's log, or its last lines when it holds none."""
    errors: list[str] = []
    everything: list[str] = []
    for message in content:
        if not isinstance(message, dict):
            everything.append(str(message))
            continue
        lines = str(message.get("event", "")).splitlines()
        for fault in message.get("error_detail") or []:
            lines.extend(f"{fault['exc_type']}: {fault['exc_value']}".splitlines())
        everything.extend(lines)
        if str(message.get("level", "")).lower() in ("error", "critical"):
            errors.extend(lines)
    return (errors or everything)[-ERROR_LINES:]
