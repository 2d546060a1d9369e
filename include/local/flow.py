"""Triggers a DAG, follows its run, and says what failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
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


def follow(api: Api, dag_id: str, run_id: str, alive: Callable[[], None]) -> None:
    """Wait for the run to finish and say now and then where it is.

    :raises FlowError: the run failed
    """
    path = f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
    started = spoke = time.monotonic()
    said = ""
    while True:
        alive()
        state = api.get(path)["state"]
        now = time.monotonic()
        finished = state in ("success", "failed")
        if finished or now - spoke >= SPEAK_SECONDS:
            tasks = api.all(f"{path}/taskInstances", "task_instances")
            line = progress(tasks)
            if line != said or now - spoke >= 6 * SPEAK_SECONDS:
                print(f"{now - started:5.0f} s  {line}", flush=True)
                said, spoke = line, now
            if state == "failed":
                raise FlowError(failure(api, path, dag_id, tasks))
        if finished:
            return
        time.sleep(0.3)


def progress(tasks: list[dict[str, Any]]) -> str:
    """Where a run is, task by task: `plan success, extract 9: 3 success 2 running 4 queued, load waiting`."""
    states: dict[str, Counter[str]] = {}
    for task in sorted(tasks, key=lambda task: (task["start_date"] is None, task["start_date"] or "")):
        states.setdefault(task["task_id"], Counter())[task["state"] or "waiting"] += 1
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
