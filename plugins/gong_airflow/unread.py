"""Streams that Gong refuses for want of a scope or a product: skipped, and told at the end of the run."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from gong_airflow.alerts import streams_not_read
from gong_airflow.declaration import Stream
from gong_airflow.errors import GongCredentialsError, GongError, GongScopeError, GongUnavailableError
from gong_airflow.streams import STREAMS

log = logging.getLogger(__name__)

# XCom of a task whose stream was refused, and what the asset's state store remembers of the last run.
NOT_READ = "not_read"
# An outage looks the same as a product that is missing, but passes.
TRIES_OF_A_FIXED_500 = 2


def lacking(stream: Stream, error: GongError, try_number: int) -> dict[str, Any] | None:
    """What the company lacks, when that is what `error` says; None for every other error.

    A missing scope is 401 with a sentence that names it; a product that the company does not have is 403,
    or a 500 at each try. Any other 401 is a key that Gong does not know.
    """
    if isinstance(error, GongScopeError):
        wants = f"scope {error.scope}"
    elif isinstance(error, GongCredentialsError) and error.status == 403:
        wants = " and ".join(filter(None, (stream.product, f"scope {stream.scope}" if stream.scope else "")))
    elif isinstance(error, GongUnavailableError) and error.status == 500 and error.request_id:
        if not stream.product or try_number < TRIES_OF_A_FIXED_500:
            return None
        wants = stream.product
    else:
        return None
    return {
        "stream": stream.name,
        "operation": stream.operation,
        "status": error.status,
        "request_id": error.request_id,
        "wants": wants or "a product or a scope that Gong does not name",
    }


def sentence(refusal: Mapping[str, Any]) -> str:
    """One clear line, e.g. `tasks was not read: Gong answers 500 (POST /v2/tasks). It wants Gong Engage.`"""
    return (
        f"{refusal['stream']} was not read: Gong answers {refusal['status']} ({refusal['operation']}, Gong "
        f"request id {refusal['request_id']}). It wants {refusal['wants']}"
    )


def report_unread(context: Any, asset: Any, task_ids: Sequence[str]) -> dict[str, str]:
    """Say what the run could not read, and tell people of what the last run could still read.

    :param asset: inlet of the running task; its state store remembers what was not read
    :param task_ids: the tasks that extract streams
    :return: what Gong wants, by stream
    :raises GongCredentialsError: nothing at all could be read, which is rather a key or an address
    """
    found = [context["ti"].xcom_pull(task_ids=task_id, key=NOT_READ) for task_id in task_ids]
    refusals = [refusal for refusal in found if refusal]
    for refusal in refusals:
        log.warning("%s.", sentence(refusal))
    unread = {str(refusal["stream"]): str(refusal["wants"]) for refusal in refusals}
    asked = context["ti"].xcom_pull(task_ids="plan_windows", key="return_value")
    for name in _names(task_ids):
        if asked and name not in asked:
            continue
        if blocked := [parent for parent in STREAMS[name].parents if parent in unread]:
            log.warning("%s was not read either, as it is read for the records of %s.", name, blocked[0])
            unread.setdefault(name, unread[blocked[0]])
    store = context["asset_state_store"][asset]
    known = store.get(NOT_READ) or {}
    if news := [(stream, wants) for stream, wants in unread.items() if stream not in known]:
        streams_not_read(context, news)
    if unread != known:
        store.set(NOT_READ, unread)
    read = [t for t in task_ids if context["ti"].xcom_pull(task_ids=t, key="return_value")]
    if refusals and not read:
        raise GongCredentialsError(
            "Gong refused every stream of this run",
            remedy="Check the key's scopes and trusted IP addresses in Gong, and the base URL",
            status=refusals[0]["status"],
            request_id=refusals[0]["request_id"],
        )
    if not unread:
        log.info("Everything that was asked for could be read")
    return unread


def _names(task_ids: Sequence[str]) -> list[str]:
    """The streams of the tasks, parents first."""
    wanted = {task_id.rpartition(".")[2] for task_id in task_ids}
    return [name for name in STREAMS if name in wanted]
