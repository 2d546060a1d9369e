"""Checks a recording before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gong_airflow.errors import GongRecordingError
from gong_airflow.operators.recordings.base import ERASED, RecordingOperator, brief, names_of
from gong_airflow.recordings import Files

if TYPE_CHECKING:
    from gong_airflow.recordings.media import Media


class CheckRecordingOperator(RecordingOperator):
    """Checks the JSON and the media, see `metadata` and `media` in `gong_airflow.recordings`.

    A recording with a fault is moved to `rejected` with all its faults, and its task is skipped. It needs no
    pool: it sends nothing. Notes in the drop folder what the later steps need, `client_unique_id` among it,
    which is derived from the content when the JSON names none.

    :param check_only: say what would become of the recording, leave it where it is and skip the rest
    """

    template_fields: Sequence[str] = (*RecordingOperator.template_fields, "check_only")

    def __init__(self, *, check_only: bool | str = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check_only = check_only

    def work(self, context: Any) -> dict[str, Any]:
        """Read the JSON and the media's headers; all of the media only to derive an id from it."""
        from gong_airflow.recordings.metadata import client_unique_id, summary

        run_id = context["run_id"]
        files = self.folder.files(self.recording, run_id)
        document, media, reasons = _inspect(files)
        if self.folder.suppressed(document, names_of(files)):
            reasons.insert(0, ERASED)
        if str(self.check_only).lower() == "true":
            self._only(run_id, reasons)
        if reasons:
            self.reject(context, reasons)
        facts = {**summary(document), "media_source": "downloadMediaUrl"}
        if media is not None:
            facts |= {"media_source": "media", "media_format": media.format}
            if media.note:
                self.log.warning("The media file is %s", media.note)
        sha256 = _sha256(files) if media is not None and not document.get("clientUniqueId") else None
        facts["client_unique_id"] = client_unique_id(document, sha256)
        self.folder.note(self.recording, run_id, **facts)
        self.log.info("Recording %s is in order: %s, %d bytes", self.label, facts["media_source"], files.size)
        return {"media_source": facts["media_source"], "media_bytes": files.size}

    def _only(self, run_id: str, reasons: Sequence[str]) -> None:
        from airflow.sdk.exceptions import AirflowSkipException

        self.folder.release(self.recording, run_id)
        for reason in reasons:
            self.log.warning("It would be rejected: %s", reason)
        self.why_not = f" - would be rejected: {brief(reasons)}" if reasons else " - would be sent"
        raise AirflowSkipException(f"Only checked{self.why_not}")


def _inspect(files: Files) -> tuple[dict[str, Any], Media | None, list[str]]:
    """The JSON, what the media is, and everything that is wrong."""
    from gong_airflow.recordings.media import inspect_media
    from gong_airflow.recordings.metadata import read_metadata

    reasons: list[str] = []
    document: dict[str, Any] = {}
    media: Media | None = None
    if files.metadata_name is None:
        reasons.append("There is no JSON file of the same name: put one beside the media")
    else:
        try:
            document = read_metadata(files.read_metadata())
        except GongRecordingError as error:
            reasons += error.reasons
    if len(files.media_names) > 1:
        reasons.append("There are several media files of this name: one JSON file describes one of them")
    elif files.media_names:
        try:
            with files.open_media() as file:
                media = inspect_media(file, size=files.size, name=files.media_names[0])
        except GongRecordingError as error:
            reasons += error.reasons
        if document.get("downloadMediaUrl"):
            reasons.append("There is a media file, and downloadMediaUrl names another: remove one of the two")
    elif document and not document.get("downloadMediaUrl"):
        reasons.append("There is no media file of the same name, and the JSON has no downloadMediaUrl")
    elif not document and not reasons:
        reasons.append("The JSON is empty")
    return document, media, reasons


def _sha256(files: Files) -> str:
    from gong_airflow.recordings.media import sha256_of

    with files.open_media() as file:
        return sha256_of(file)
