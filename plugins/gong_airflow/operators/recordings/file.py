"""Files a recording that Gong shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gong_airflow.operators.recordings.base import RecordingOperator


class FileRecordingOperator(RecordingOperator):
    """Moves the recording to `done/<call id>` and writes its receipt. It sends nothing and needs no pool.

    :param call_id: what `GongWaitForCallOperator` returned
    """

    template_fields: Sequence[str] = (*RecordingOperator.template_fields, "call_id")

    def __init__(self, *, call_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.call_id = call_id

    def work(self, context: Any) -> str:
        """One move."""
        self.folder.file(self.recording, context["run_id"], self.call_id)
        self.log.info("Filed under done/%s", self.call_id)
        return self.call_id
