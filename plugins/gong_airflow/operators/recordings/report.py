"""Says what became of a run's recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gong_airflow.operators.base import FlowOperator
from gong_airflow.recordings import RecordingFolder


class ReportRecordingsOperator(FlowOperator):
    """Counts the run's recordings by what became of them, and tells people once of all that were rejected.

    Give it `trigger_rule="all_done"`. Returns `{"done", "rejected", "unsettled"}`; unsettled are those whose
    tasks failed: they are still in the drop folder, and the next run takes them over.

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

    def work(self, context: Any) -> dict[str, int]:
        """Read the receipts; one message when something was rejected."""
        recordings = list(self.recordings or [])
        label = {recording["id"]: recording["label"] for recording in recordings}
        # A recording that was moved back after a rejection has the receipt of that run until it is settled.
        receipts = [
            receipt for receipt in self.folder.receipts(recordings) if receipt["run_id"] == context["run_id"]
        ]
        rejected = [receipt for receipt in receipts if receipt["status"] == "rejected"]
        for receipt in rejected:
            reasons = "; ".join(receipt["reasons"])
            self.log.warning("%s: rejected: %s", label[receipt["recording_id"]], reasons)
        # A recording that Gong has dropped was told by its own task, which failed.
        news = [
            (label[receipt["recording_id"]], receipt["reasons"])
            for receipt in rejected
            if not receipt.get("lost")
        ]
        if news:
            from gong_airflow.alerts import recordings_rejected

            recordings_rejected(context, news)
        counts = {"done": len(receipts) - len(rejected), "rejected": len(rejected)}
        counts["unsettled"] = len(recordings) - len(receipts)
        self.log.info("%(done)d recordings filed, %(rejected)d rejected, %(unsettled)d not settled", counts)
        return counts
