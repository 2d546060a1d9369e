"""Keeps a window's cursor where a retry finds it.

Airflow deletes a task's own XComs before it tries again, so the state of a window is an XCom of the
task that planned it. Clearing that task clears the cursors with it: the plan starts afresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CursorStore:
    """The state of one window, as an XCom of the task that planned the window.

    :param context: the running task's context
    :param plan_task_id: the task that planned the window
    """

    def __init__(self, context: Any, *, plan_task_id: str, window: Mapping[str, Any]) -> None:
        run = context["dag_run"]
        self._where = {"dag_id": run.dag_id, "run_id": run.run_id, "task_id": plan_task_id}
        self._key = f"cursor {window['stream']} {window['from']}"

    def load(self) -> dict[str, Any] | None:
        """What `save` kept last, None when nothing was."""
        from airflow.sdk.execution_time.xcom import XCom

        state = XCom.get_one(key=self._key, map_index=-1, **self._where)
        return dict(state) if state else None

    def save(self, state: Mapping[str, Any]) -> None:
        """Keep a JSON-able state; it holds ids and a cursor, never a record."""
        from airflow.sdk.execution_time.xcom import XCom

        XCom.set(key=self._key, value=dict(state), **self._where)

    def clear(self) -> None:
        """Forget the window: it is done."""
        from airflow.sdk.execution_time.xcom import XCom

        XCom.delete(key=self._key, map_index=-1, **self._where)
