"""Errors of the drop folder. None of them names a file: names hold telephone numbers and people's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gong_airflow.errors import GongInputError, GongTakenOverError, redact


class RecordingGoneError(GongInputError):
    """Files of the recording are not where they were, or not what they were."""

    remedy = "Put the recording into the drop folder again, the next run takes it; nothing is lost in Gong"


def gone(recording: Mapping[str, Any]) -> RecordingGoneError:
    """There are no such files any more."""
    return RecordingGoneError(
        f"{_title(recording)} is no longer in the drop folder: somebody moved or deleted its files"
    )


def changed(recording: Mapping[str, Any]) -> RecordingGoneError:
    """The files have another size than when they were found."""
    return RecordingGoneError(
        f"{_title(recording)} has changed since this run found it",
        remedy="Nothing to do: the next run takes the files as they are then",
    )


def missing(what: str) -> RecordingGoneError:
    """There never was such a file, or it went after it was looked for."""
    return RecordingGoneError(f"The recording has no {what} file")


def filed_already(recording: Mapping[str, Any], call_id: Any) -> GongInputError:
    """A recording that is done cannot be rejected."""
    return GongInputError(
        f"{_title(recording)} is filed under done as call {call_id} and cannot be rejected",
        remedy="Check the call in Gong; to send the recording again, copy its files into the drop folder",
    )


def taken_over(recording: Mapping[str, Any], run_id: str) -> GongTakenOverError:
    """The claim or the receipt belongs to another run."""
    return GongTakenOverError(
        f"{_title(recording)} belongs to another run now: {redact(run_id)}",
        remedy="Nothing to do here: that run goes on with it, see there what became of it",
    )


def not_a_call_id(call_id: object) -> GongInputError:
    """A call id becomes the name of a folder."""
    return GongInputError(
        f"A call id of {len(str(call_id))} characters is not a number, and cannot name a folder in `done`",
        remedy="Give the digits of the id that Gong answered with",
    )


def _title(recording: Mapping[str, Any]) -> str:
    return f"The recording {recording.get('label', '')} ({recording['id']})"
