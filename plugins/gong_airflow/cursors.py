"""Keeps a window's cursor where a retry finds it.

Airflow deletes a task's own XComs before it tries again, so the state of a window is an XCom of the
task that planned it. Clearing that task clears the cursors with it: the plan starts afresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gong_airflow.errors import GongTakenOverError


class CursorStore:
    """The state of one window, as an XCom of the task that planned the window.

    It also keeps two tries of one task apart. A scheduler that is killed leaves its running tasks
    behind; when the next one starts such a task again, the older process must stop by itself.

    :param context: the running task's context
    :param plan_task_id: the task that planned the window
    """

    def __init__(self, context: Any, *, plan_task_id: str, window: Mapping[str, Any]) -> None:
        run = context["dag_run"]
        self._where = {"dag_id": run.dag_id, "run_id": run.run_id, "task_id": plan_task_id}
        self._key = f"cursor {window['stream']} {window['from'] or 'snapshot'}"
        self._try = context["ti"].try_number

    def load(self) -> dict[str, Any] | None:
        """What `save` kept last, None when nothing was."""
        kept = self._get()
        return dict(kept["state"]) if kept else None

    def save(self, state: Mapping[str, Any]) -> None:
        """Keep a JSON-able state; it holds ids and a cursor, never a record.

        :raises GongTakenOverError: a later try has kept a state already
        """
        from airflow.sdk.execution_time.xcom import XCom

        kept = self._get()
        if kept and kept["try"] > self._try:
            raise GongTakenOverError(f"Try {kept['try']} of this task is at work, so try {self._try} stops")
        XCom.set(key=self._key, value={"try": self._try, "state": dict(state)}, **self._where)

    def clear(self) -> None:
        """Forget the window: it is done."""
        from airflow.sdk.execution_time.xcom import XCom

        XCom.delete(key=self._key, map_index=-1, **self._where)

    def _get(self) -> Any:
        from airflow.sdk.execution_time.xcom import XCom

        return XCom.get_one(key=self._key, map_index=-1, **self._where)
