"""Tells people which recordings of a run were rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gong_airflow.operators.base import FlowOperator
from gong_airflow.recordings import RecordingFolder


class ReportRejectedOperator(FlowOperator):
    """Tells people in one message of all recordings that the run has rejected; returns how many.

    Put it after the uploads with `trigger_rule="all_done"`: what is rejected is known by then, and the wait
    for Gong may take a day.

    :param recordings: what `FindRecordingsOperator` returned
    :param folder: the drop folder that they came from
    """

    template_fields: Sequence[str] = (*FlowOperator.template_fields, "recordings", "folder")

    def __init__(
        self, *, recordings: Sequence[Mapping[str, Any]], folder: RecordingFolder, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.recordings = recordings
        self.folder = folder

    def work(self, context: Any) -> int:
        """Read the receipts; at most one message."""
        from gong_airflow.alerts import recordings_rejected

        recordings = list(self.recordings or [])
        label = {recording["id"]: recording["label"] for recording in recordings}
        # A recording that was moved back after a rejection has the receipt of that run until it is settled;
        # one that Gong has dropped was told by its own task, which failed.
        rejected = [
            (label[receipt["recording_id"]], receipt["reasons"])
            for receipt in self.folder.receipts(recordings)
            if receipt["status"] == "rejected"
            and receipt["run_id"] == context["run_id"]
            and not receipt.get("lost")
        ]
        for name, reasons in rejected:
            self.log.warning("%s was rejected: %s", name, "; ".join(reasons))
        if rejected:
            recordings_rejected(context, rejected)
        return len(rejected)
