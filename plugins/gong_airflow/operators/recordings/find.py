"""Finds what is complete in the drop folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pendulum

from gong_airflow.operators.base import FlowOperator
from gong_airflow.recordings import RecordingFolder

_AT_WORK = ("queued", "running")


class FindRecordingsOperator(FlowOperator):
    """Claims the complete recordings of a drop folder for this run and returns references to them.

    What may still be being written is looked at a second time, `folder.settle_seconds` later; the task is
    deferred meanwhile. What is then still changing is left to the next run.

    Recordings that a run had claimed and left behind, because it failed, are taken over with all that was
    known of them: Gong's own check for repetition makes that safe.

    :param folder: the drop folder
    :param match: only names that match, e.g. `2026-11-*`
    :param limit: recordings a run takes at most; Airflow maps a task over 1,024 at most
    """

    template_fields: Sequence[str] = (*FlowOperator.template_fields, "folder", "match")

    def __init__(self, *, folder: RecordingFolder, match: str = "*", limit: int = 200, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder
        self.match = match
        self.limit = limit

    def work(self, context: Any) -> list[dict[str, Any]]:
        """One look, or two."""
        return self._look(context, last=False)

    def wake(self, context: Any, event: Any = None) -> list[dict[str, Any]]:  # noqa: ARG002 - Airflow's
        """The second look."""
        return self._look(context, last=True)

    def _look(self, context: Any, *, last: bool) -> list[dict[str, Any]]:
        run = context["dag_run"]
        found = self.folder.find(
            run_id=run.run_id,
            match=self.match or "*",
            limit=self.limit,
            is_over=lambda run_id: _is_over(context["ti"], run.dag_id, run_id),
        )
        self.log.info(
            "%d recordings taken; %d may still be being written, %d are with another run, %d are left for "
            "the next one, %d were filed before",
            *(len(found.recordings), found.unsettled, found.held, found.left, found.repeated),
        )
        if found.unsettled and not last and len(found.recordings) < self.limit:
            moment = pendulum.now("UTC").add(seconds=self.folder.settle_seconds)
            self.sleep_until(context, moment, f"{found.unsettled} files may still be being written")
        return found.recordings


def _is_over(ti: Any, dag_id: str, run_id: str) -> bool:
    """Whether the run will do nothing more; one that was deleted will not either."""
    return not ti.get_dr_count(dag_id=dag_id, run_ids=[run_id], states=list(_AT_WORK))
