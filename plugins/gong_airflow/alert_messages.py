"""What an alert says: flow, window, remedy and a link, and nothing about any person.

An exception's text may hold anything, so only a `GongError` is quoted, whose parts are free of personal
data by its own rules; of every other exception the type is named, and the log holds the rest.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from gong_airflow.errors import (
    GongCursorError,
    GongError,
    GongRateLimitError,
    GongUnavailableError,
    redact,
)

_CLEAR = "Then clear the failed task in the UI: nothing else runs again, and it goes on where it stopped."

# The remedy of these three says that the task tries again, which is no longer so once it failed for good.
_AFTER_THE_LAST_TRY: dict[type[GongError], str] = {
    GongRateLimitError: (
        "Gong's request limit was still used up at the last try. Find out who else calls Gong for this "
        "company, or wait for the next day"
    ),
    GongUnavailableError: "Gong could not be reached up to the last try. See https://status.gong.io",
    GongCursorError: "The window did not get through in the hour that Gong keeps a cursor: see what slows it",
}
_UNKNOWN_ERROR = "Read the error in the log; its text stays there, as it may hold personal data. Correct it"
_KILLED = (
    "Its process was killed or its machine went away, most often because memory ran out, or somebody marked "
    "it as failed"
)
_KILLED_REMEDY = (
    "Look at the memory of the worker and at the end of the log; give it more memory or a restart"
)
_RUN_REASONS = {
    "timed_out": (
        "The run took longer than the flow's dagrun_timeout and was ended",
        "Look at what the run waited for: a pool without free slots, retries, or Gong",
    ),
    "all_tasks_deadlocked": (
        "No task of the run can start any more",
        "Look at the run's graph for tasks whose upstream tasks were removed or skipped",
    ),
}
_RUN_FAILED = ("The run has failed", "Look at the run's page for the tasks that failed")
_LATE_BY_STATE = {
    "queued": "The run has not started: look for earlier runs still going, and whether the scheduler runs",
    "running": "The run is still going: look for tasks that wait for a pool, for a retry or for a person",
    "failed": "The run has failed and was not cleared: correct what its alert named, then clear its tasks",
    "success": "Nothing: the run has finished meanwhile",
}
_LOOK_AT_IT = "Look at the run's page for what it waits for"


@dataclass(frozen=True)
class Alert:
    """One message in the three forms that notifiers need; templates use it as `{{ alert.subject }}`."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class FailedTask:
    """A task of a run; `map_index` is -1 when it is not mapped."""

    task_id: str
    map_index: int = -1


def task_failed_message(context: Mapping[str, Any]) -> Alert:
    """The alert for one task, from the context of its own process or the thinner one of the DAG processor."""
    ti = context["ti"]
    window = window_of(context, ti.task_id, _map_index(ti))
    happened, remedy = _cause(context)
    return make_alert(
        f"Gong: {ti.dag_id} failed in {ti.task_id}" + (f", {window}" if window else ""),
        (
            ("Flow", ti.dag_id),
            ("Task", ti.task_id),
            ("Window", window),
            ("Run", redact(ti.run_id)),
            ("What happened", happened),
            ("What to do", f"{as_sentence(remedy)} {_CLEAR}"),
        ),
        ("Log", log_url(ti.dag_id, ti.run_id, ti.task_id, _map_index(ti), getattr(ti, "try_number", None))),
    )


def run_failed_message(context: Mapping[str, Any], silent: Sequence[FailedTask]) -> Alert:
    """The alert for a run, naming the failed tasks that could not report themselves (`silent`)."""
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    names = [_name(context, task) for task in silent[:10]]
    if len(silent) > 10:
        names.append(f"and {len(silent) - 10} more")
    cause = (_KILLED, _KILLED_REMEDY) if silent else _RUN_REASONS.get(str(context.get("reason")), _RUN_FAILED)
    happened, remedy = cause
    if len(silent) == 1:
        where, link = (
            f" in {names[0]}",
            ("Log", log_url(dag_id, run_id, silent[0].task_id, silent[0].map_index)),
        )
    else:
        where = f" in {len(silent)} tasks" if silent else ""
        link = ("Run page", run_url(dag_id, run_id))
    return make_alert(
        f"Gong: {dag_id} failed{where}",
        (
            ("Flow", dag_id),
            ("Tasks" if len(silent) > 1 else "Task", "; ".join(names)),
            ("Run", redact(run_id)),
            ("What happened", as_sentence(happened)),
            ("What to do", f"{as_sentence(remedy)} {_CLEAR}"),
        ),
        link,
    )


def late_message(context: Mapping[str, Any], now: datetime) -> Alert:
    """The alert for a run that missed its deadline.

    :param context: what the scheduler wrote down at the deadline: `dag_run` as the public API shows it, and
        `deadline`
    """
    run, deadline = context["dag_run"], context.get("deadline") or {}
    dag_id, run_id, state = run["dag_id"], run["dag_run_id"], str(run.get("state"))
    due = _moment(deadline.get("deadline_time"))
    return make_alert(
        f"Gong: {dag_id} is late",
        (
            ("Flow", dag_id),
            ("Run", redact(run_id)),
            ("Waiting since", _utc(_moment(run.get("queued_at")))),
            ("Due", _utc(due)),
            ("Late by", _duration(now - due) if due else ""),
            ("State at the deadline", state),
            ("What to do", f"{_LATE_BY_STATE.get(state, _LOOK_AT_IT)}."),
        ),
        ("Run page", run_url(dag_id, run_id)),
    )


def window_of(context: Mapping[str, Any], task_id: str, map_index: int) -> str:
    """The name of a mapped task's window, else its index, else nothing."""
    if map_index < 0:
        return ""
    name = None
    ti, task = context.get("ti"), context.get("task")
    # The context may be that of another task of the run, when the run is told of.
    if getattr(ti, "task_id", None) == task_id and _map_index(ti) == map_index:
        window = getattr(task, "window", None)
        name = window.get("name") if isinstance(window, Mapping) else None
        name = name or getattr(ti, "rendered_map_index", None)
    name = name or _planned_name(context, task_id, map_index)
    return redact(str(name)) if name else f"mapped task {map_index}"


def _planned_name(context: Mapping[str, Any], task_id: str, map_index: int) -> str | None:
    """The window's name from the plan's XCom: outside the task's process the task is not expanded."""
    try:
        planned = context["dag"].get_task(task_id).expand_input.value["window"]
        windows = planned.resolve(context) if hasattr(planned, "resolve") else planned
        return str(windows[map_index]["name"])
    except Exception:  # noqa: BLE001 - a name less in the alert is better than no alert
        return None


def log_url(
    dag_id: str, run_id: str, task_id: str, map_index: int = -1, try_number: int | None = None
) -> str:
    """Address of a task's page in the UI, which shows its log."""
    mapped = f"/mapped/{map_index}" if map_index >= 0 else ""
    which_try = f"?try_number={try_number}" if try_number else ""
    if redact(run_id) != run_id:
        return run_url(dag_id, run_id)
    return f"{run_url(dag_id, run_id)}/tasks/{quote(task_id, safe='')}{mapped}{which_try}"


def run_url(dag_id: str, run_id: str) -> str:
    """Address of a run's page in the UI; of the flow's page when somebody put a person into the run's id."""
    from airflow.sdk.configuration import conf

    base = conf.get("api", "base_url", fallback=None) or "http://localhost:8080"
    page = f"{base.rstrip('/')}/dags/{quote(dag_id, safe='')}"
    return page if redact(run_id) != run_id else f"{page}/runs/{quote(run_id, safe='')}"


def _cause(context: Mapping[str, Any]) -> tuple[str, str]:
    """What happened, and the remedy."""
    # The task's own process always sets it; without it this is the DAG processor, after the process was lost.
    if "exception" not in context:
        return as_sentence(_KILLED), _KILLED_REMEDY
    error = context["exception"]
    if not isinstance(error, GongError):
        kind = type(error).__name__ if isinstance(error, BaseException) else "An error"
        return as_sentence(kind), _UNKNOWN_ERROR
    where = (
        error.operation,
        f"HTTP {error.status}" if error.status else None,
        f"Gong request id {error.request_id}" if error.request_id else None,
    )
    place = ", ".join(part for part in where if part)
    said = f" Gong says: {as_sentence(' | '.join(error.errors))}" if error.errors else ""
    what = f"{redact(error.what)} ({place})" if place else redact(error.what)
    return f"{type(error).__name__}: {as_sentence(what)}{said}", _remedy(error)


def _remedy(error: GongError) -> str:
    if error.remedy == type(error).remedy:
        for kind, remedy in _AFTER_THE_LAST_TRY.items():
            if isinstance(error, kind):
                return remedy
    return error.remedy


def _name(context: Mapping[str, Any], task: FailedTask) -> str:
    window = window_of(context, task.task_id, task.map_index)
    return f"{task.task_id} ({window})" if window else task.task_id


def make_alert(subject: str, rows: Iterable[tuple[str, str]], link: tuple[str, str]) -> Alert:
    """Text and HTML from the same rows; an empty value leaves its row out."""
    given = [(label, value) for label, value in rows if value]
    label, url = link
    lines = [f"{name}: {value}" for name, value in given]
    cells = "".join(
        f'<tr><th align="left" valign="top">{html.escape(name)}</th><td>{html.escape(value)}</td></tr>'
        for name, value in given
    )
    target = html.escape(url, quote=True)
    return Alert(
        # A line break in a subject would be a header of its own.
        subject=" ".join(subject.split()),
        text="\n".join([*lines, f"{label}: {url}"]),
        html=(
            f'<h3>{html.escape(subject)}</h3><table cellpadding="4">{cells}<tr><th align="left">'
            f'{html.escape(label)}</th><td><a href="{target}">{target}</a></td></tr></table>'
        ),
    )


def _map_index(ti: Any) -> int:
    index = getattr(ti, "map_index", None)
    return index if isinstance(index, int) else -1


def _moment(value: Any) -> datetime | None:
    """A time with zone, from a time or from the API's ISO 8601."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def _duration(span: Any) -> str:
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def as_sentence(text: str) -> str:
    """`text` with a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
