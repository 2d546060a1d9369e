"""What the steps of a recording have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from gong_airflow.errors import GongInputError, GongRecordingError
from gong_airflow.operators.base import FlowOperator, GongOperator
from gong_airflow.recordings import Files, RecordingFolder

ERASED = "Someone on this recording has asked to be erased: it is not sent; delete its files"
# Gong's answers that mean this recording, and not the key, the address or the network.
REFUSALS = (400, 409, 413, 415, 422)


class RecordingOperator(FlowOperator):
    """A step of one recording.

    :param recording: reference that `FindRecordingsOperator` returned, see `gong_airflow.recordings`
    :param folder: the drop folder that it came from
    """

    template_fields: Sequence[str] = (*FlowOperator.template_fields, "recording", "folder")

    def __init__(self, *, recording: Mapping[str, Any], folder: RecordingFolder, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.recording = recording
        self.folder = folder

    def execute(self, context: Any) -> Any:
        """Do the step; a recording that cannot be sent as it is goes to `rejected`."""
        try:
            return super().execute(context)
        except GongRecordingError as error:
            self.reject(context, error.reasons)

    @property
    def label(self) -> str:
        """For `map_index_template`: the recording's label and, after a failed attempt, why."""
        return f"{self.recording['label']}{self.why_not}"[:250]

    def reject(self, context: Any, reasons: Sequence[str]) -> NoReturn:
        """Move the recording to `rejected` with its reasons; the task and those after it are skipped.

        :raises AirflowSkipException: always: what is wrong with one recording does not hold up the others
        """
        from airflow.sdk.exceptions import AirflowSkipException

        self.folder.reject(self.recording, context["run_id"], reasons)
        for reason in reasons:
            self.log.warning("Rejected: %s", reason)
        self.why_not = f" - rejected: {brief(reasons)}"
        raise AirflowSkipException(f"Rejected for {len(reasons)} reasons")

    def document(self, context: Any, files: Files) -> dict[str, Any]:
        """The JSON as it is now; the recording is rejected if someone on it was erased since the check."""
        from gong_airflow.recordings.metadata import read_metadata

        document = read_metadata(files.read_metadata())
        if self.folder.suppressed(document, names_of(files)):
            self.reject(context, [ERASED])
        return document


class GongRecordingOperator(RecordingOperator, GongOperator):
    """A step of one recording that sends requests to Gong."""

    template_fields: Sequence[str] = (*GongOperator.template_fields, *RecordingOperator.template_fields)


def names_of(files: Files) -> list[str]:
    """The names of a recording's files."""
    return [*files.media_names, *([files.metadata_name] if files.metadata_name else [])]


def brief(reasons: Sequence[str]) -> str:
    """The first sentence of the first reason, for the name of a task; the log has them all."""
    more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return reasons[0].split(". ")[0] + more


def is_refusal(error: GongInputError) -> bool:
    """Whether Gong refuses the recording itself."""
    return error.status in REFUSALS


def reasons_of(error: GongInputError) -> list[str]:
    """Gong's refusal in its own words, with what its support asks for."""
    said = " | ".join(error.errors) or "no reason given"
    return [f"Gong refused it (HTTP {error.status}, Gong request id {error.request_id or 'unknown'}): {said}"]
