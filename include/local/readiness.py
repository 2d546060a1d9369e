"""Waits until Airflow works and has read the project's DAG files."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from include.local.api import Api, ApiError
from include.local.errors import FlowError

START_SECONDS = 180.0
"""How long Airflow may take to start and to read a DAG file, on a slow machine."""


def wait_ready(api: Api, alive: Callable[[], None]) -> None:
    """Wait until API server and scheduler work; `alive` raises when a component has ended."""

    def ready() -> bool:
        api.wake()
        health = api.get("/monitor/health")
        return bool(health["metadatabase"]["status"] == "healthy" == health["scheduler"]["status"])

    _until(ready, alive, "Airflow did not become healthy")


def wait_parsed(api: Api, dag_id: str, since: datetime, alive: Callable[[], None]) -> None:
    """Wait until the DAG processor has read the file of `dag_id` after `since`.

    :raises FlowError: the file cannot be imported, or there is no such DAG
    """

    def parsed() -> bool:
        try:
            dag = api.get(f"/dags/{dag_id}")
        except ApiError as error:
            if error.status != 404:
                raise
            _refuse_import_errors(api)
            return False
        if dag["has_import_errors"]:
            _refuse_import_errors(api)
        read = dag["last_parsed_time"]
        return bool(read and not dag["is_stale"] and _time(read) >= since)

    _until(parsed, alive, f"Airflow did not find the DAG {dag_id} in the folder dags/")


def unpause_all(api: Api) -> list[str]:
    """Let every DAG of the project run; their ids."""
    dags = [dag["dag_id"] for dag in api.all("/dags", "dags")]
    for dag_id in dags:
        api.patch(f"/dags/{dag_id}", {"is_paused": False})
    return sorted(dags)


def _refuse_import_errors(api: Api) -> None:
    errors = api.all("/importErrors", "import_errors")
    if errors:
        told = "\n".join(f"{error['filename']}:\n{error['stack_trace'].rstrip()}" for error in errors)
        raise FlowError(f"Airflow cannot import a DAG file.\n{told}")


def _until(condition: Callable[[], bool], alive: Callable[[], None], otherwise: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        alive()
        reason = ""
        try:
            if condition():
                return
        except ApiError as error:
            if error.status is not None and error.status < 500:
                raise
            reason = f": {error}"
        if time.monotonic() > deadline:
            raise FlowError(f"{otherwise} within {START_SECONDS:.0f} s{reason}.")
        time.sleep(0.2)


def _time(text: str) -> datetime:
    # Python 3.10 does not read the letter.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
