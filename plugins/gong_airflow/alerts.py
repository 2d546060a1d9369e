"""One place that tells people when a flow failed for good or is late.

A DAG file needs one line more:

    with DAG("calls", default_args=alert_args(), **flow_args(late_after=timedelta(hours=2)), ...):

| what happened                              | told by        | where and when                     |
|--------------------------------------------|----------------|------------------------------------|
| a task raised at its last try              | `task_failed`  | the task's process, at once        |
| a task's process was killed (no memory) or | `flow_ended`   | the DAG processor, when the run is |
| its machine was lost; the run timed out    |                | over                               |
| a run is not done when it should be        | `flow_is_late` | the triggerer, at the deadline     |
| recordings were rejected                   | `recordings_rejected` | a task of the flow itself   |
| rows of the CRM are not in Gong            | `rows_not_taken` | a task of the flow itself        |
| a stream can no longer be read             | `streams_not_read` | a task of the flow itself      |

What is said is in `gong_airflow.alert_messages` and `gong_airflow.alert_notices`, who is told in
`gong_airflow.alert_notifiers`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from gong_airflow.alert_messages import (
    FailedTask,
    late_message,
    run_failed_message,
    task_failed_message,
)
from gong_airflow.alert_notices import rejected_message, rows_message, unread_message
from gong_airflow.alert_notifiers import deliver
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongTokenExpiredError,
    GongTokenLostError,
)

# XCom of a failed task whose alert was sent: its map index. Airflow deletes it when the task is cleared.
ALERTED = "alerted"
# Beside it: the class of the error that was told.
ALERTED_ERROR = "alerted_error"
# Errors that the tasks of a run have in common.
_OF_ALL = (GongCredentialsError, GongConfigurationError, GongTokenExpiredError, GongTokenLostError)

log = logging.getLogger(__name__)


def alert_args() -> dict[str, Any]:
    """What `default_args` of every DAG holds."""
    return {"on_failure_callback": task_failed}


def flow_args(late_after: timedelta | None = None) -> dict[str, Any]:
    """What every `DAG(...)` is given; no deadline without `late_after`."""
    arguments: dict[str, Any] = {"on_failure_callback": flow_ended, "on_success_callback": flow_ended}
    if late_after is not None:
        arguments["deadline"] = deadline(late_after)
    return arguments


def deadline(after: timedelta) -> DeadlineAlert:
    """People are told when a run is not done successfully `after` the moment it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=after,
        callback=AsyncCallback(flow_is_late),
    )


def task_failed(context: Mapping[str, Any]) -> None:
    """Tell that a task has failed for good: `on_failure_callback` of a task.

    When its process is lost, Airflow 3.3.2 calls this in the DAG processor, and calls it twice: once for
    the heartbeat that is missing and once for the executor's report. It leaves those to `flow_ended`, if
    the DAG has it, so that one failure is told once.
    """
    try:
        in_its_own_process = "exception" in context
        if not in_its_own_process and _has_flow_ended(context["dag"]):
            log.info("The process of %s is gone; people are told when the run is over", context["ti"].task_id)
            return
        told = _told_for_all(context) or deliver(task_failed_message(context), context)
        if told and in_its_own_process:
            _remember(context["ti"], context["exception"])
    except Exception as error:  # noqa: BLE001 - the task's own error is what its log must end with
        _could_not_tell(error)


def flow_ended(context: Mapping[str, Any]) -> None:
    """Tell what no task could tell itself: `on_failure_callback` and `on_success_callback` of a DAG.

    Airflow 3.3.2 calls nothing of a task whose process is killed while its supervisor lives on, which is
    what the kernel does when memory runs out; but it calls the DAG of the run. A run may end well although
    such a task failed, so both ends are looked at.
    """
    try:
        reason, silent = context.get("reason"), _silent_tasks(context)
        # Told twice is better than never: when nobody knows who has told, a failed run is told.
        if silent or (reason != "success" if silent is None else reason not in ("success", "task_failure")):
            deliver(run_failed_message(context, silent or []), context)
    except Exception as error:  # noqa: BLE001 - there is nobody left to handle it
        _could_not_tell(error)


def recordings_rejected(context: Mapping[str, Any], rejected: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Tell that recordings were rejected, all of a run in one message.

    :param rejected: label and reasons of each
    """
    try:
        deliver(rejected_message(context, rejected), context)
    except Exception as error:  # noqa: BLE001 - the flow did what it should; its log names them too
        _could_not_tell(error)


def rows_not_taken(context: Mapping[str, Any], rows: Sequence[tuple[str, str]]) -> None:
    """Tell that rows of the CRM are not in Gong, all that are new in one message.

    :param rows: object type and reason of each
    """
    try:
        deliver(rows_message(context, rows), context)
    except Exception as error:  # noqa: BLE001 - the flow did what it should; the table names them too
        _could_not_tell(error)


def streams_not_read(context: Mapping[str, Any], unread: Sequence[tuple[str, str]]) -> None:
    """Tell that Gong refuses streams that it let the last run read, all in one message.

    :param unread: name of each stream, and the scope or product that Gong wants
    """
    try:
        deliver(unread_message(context, unread), context)
    except Exception as error:  # noqa: BLE001 - the flow did what it could; its log names them too
        _could_not_tell(error)


async def flow_is_late(context: Mapping[str, Any]) -> None:
    """Tell that a run has missed its deadline: callback of `deadline`, in the triggerer."""
    try:
        alert = late_message(context, now=datetime.now(timezone.utc))
        # Notifiers block, and one that blocks in the triggerer would hold up every waiting task.
        await asyncio.to_thread(deliver, alert, context)
    except Exception as error:  # noqa: BLE001 - Airflow would log the error's text
        _could_not_tell(error)


def _has_flow_ended(dag: Any) -> bool:
    callbacks = dag.on_failure_callback or []
    return flow_ended in (callbacks if isinstance(callbacks, list | tuple) else [callbacks])


def _silent_tasks(context: Mapping[str, Any]) -> list[FailedTask] | None:
    """The failed tasks of the run that have not sent an alert themselves; None when that is unknown."""
    dag, run_id, ti = context["dag"], context["run_id"], context.get("ti")
    if ti is None:
        return None
    failed: dict[str, list[int]] = {}
    silent: list[FailedTask] = []
    try:
        states = ti.get_task_states(dag_id=dag.dag_id, run_ids=[run_id]).get(run_id, {})
        for key, state in states.items():
            if state == "failed":
                task = _parse(key, dag.task_ids)
                failed.setdefault(task.task_id, []).append(task.map_index)
        for task_id, indexes in failed.items():
            told = ti.xcom_pull(task_ids=task_id, key=ALERTED)
            told = told if isinstance(told, list) else [told]
            silent.extend(FailedTask(task_id, index) for index in sorted(indexes) if index not in told)
    except Exception as error:  # noqa: BLE001 - an API server that does not answer, a task that was removed
        log.warning("Could not see which tasks failed (%s)", type(error).__name__)
        return None
    return silent


def _parse(key: str, task_ids: list[str]) -> FailedTask:
    """The task of a key of `get_task_states`: its id, and `_` and the map index when it is mapped."""
    if key in task_ids:
        return FailedTask(key)
    task_id, _, index = key.rpartition("_")
    return FailedTask(task_id, int(index))


def _told_for_all(context: Mapping[str, Any]) -> bool:
    """Whether another instance of the mapped task has told what concerns all of them.

    A key that Gong does not accept would otherwise be two hundred messages.
    """
    ti, error = context["ti"], context.get("exception")
    if not isinstance(error, _OF_ALL) or not isinstance(ti.map_index, int) or ti.map_index < 0:
        return False
    try:
        told = ti.xcom_pull(task_ids=ti.task_id, key=ALERTED_ERROR)
    except Exception as unseen:  # noqa: BLE001 - told twice is better than never
        log.warning("Could not see what was told already (%s)", type(unseen).__name__)
        return False
    known = type(error).__name__ in (told if isinstance(told, list) else [told])
    if known:
        log.info("People were told the same of another of these tasks")
    return known


def _remember(ti: Any, told: BaseException) -> None:
    """Keep `flow_ended` and the other instances of a mapped task from telling the same again."""
    try:
        ti.xcom_push(key=ALERTED, value=ti.map_index if isinstance(ti.map_index, int) else -1)
        ti.xcom_push(key=ALERTED_ERROR, value=type(told).__name__)
    except Exception as error:  # noqa: BLE001 - people may be told twice, which is better than never
        log.warning("Could not note that the alert was sent (%s)", type(error).__name__)


def _could_not_tell(error: Exception) -> None:
    log.error("No alert was sent: %s while writing it. Please report this", type(error).__name__)
