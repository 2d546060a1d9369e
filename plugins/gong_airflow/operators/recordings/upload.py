"""Streams the media of a recording: `PUT /v2/calls/{id}/media`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pendulum

from gong_airflow.content import Content
from gong_airflow.errors import GongInputError
from gong_airflow.operators.recordings.base import GongRecordingOperator, is_refusal, reasons_of

OPERATION = "PUT /v2/calls/{id}/media"
_HANDLED = re.compile(r"has already been handled", re.IGNORECASE)
_SAME_CONTENT = re.compile(r"uploaded in the past|same content", re.IGNORECASE)
_CALL_ID = re.compile(r"\d{5,20}")
_BARE = {"bad request", "bad request."}


class GongUploadMediaOperator(GongRecordingOperator):
    """Sends the media file as one request, in constant memory, with a line of progress every few seconds.

    A connection lost in the middle starts the media again, nothing else. Gong's "has already been handled"
    is success; the same bytes under another call are told as what they are, and the recording is rejected.
    A recording that Gong fetches itself (`downloadMediaUrl`) sends nothing here.

    The slot is held while the file is on its way, for one request: give the task `max_active_tis_per_dag=1`,
    so that uploads never take more than one slot of the pool from others.

    :param call_id: what `GongAddCallOperator` returned
    """

    template_fields: Sequence[str] = (*GongRecordingOperator.template_fields, "call_id")

    def __init__(self, *, call_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.call_id = call_id

    def work(self, context: Any) -> str:
        """Nothing, or one request."""
        run_id = context["run_id"]
        facts = self.folder.facts(self.recording, run_id)
        if facts.get("media_source") == "downloadMediaUrl":
            self.log.info("Gong fetches the media itself")
            self.folder.note(self.recording, run_id, uploaded_at=facts.get("accepted_at"))
        elif facts.get("uploaded_to") == self.call_id:
            self.log.info("The media was sent before")
        else:
            self._send(context)
        return self.call_id

    def _send(self, context: Any) -> None:
        from gong_airflow.recordings.media import inspect_media
        from gong_airflow.recordings.upload import MediaStream, media_content

        run_id = context["run_id"]
        files = self.folder.files(self.recording, run_id)
        self.document(context, files)
        with ExitStack() as opened:
            file = opened.enter_context(files.open_media())
            media = inspect_media(file, size=files.size, name=files.media_names[0])
            streams: list[MediaStream] = []

            def content() -> Content:
                file.seek(0)
                streams.append(MediaStream(file, files.size))
                return media_content(streams[-1], extension=media.extension, content_type=media.content_type)

            again = False
            try:
                self.hook.call(OPERATION, path={"id": self.call_id}, content=content)
            except GongInputError as error:
                again = any(_HANDLED.search(sentence) for sentence in error.errors)
                if not again:
                    self._refused(context, error)
        self.log.info("Gong %s the media of call %s", "already had" if again else "accepted", self.call_id)
        self.folder.note(
            self.recording,
            run_id,
            media_sha256=streams[-1].sha256,
            uploaded_to=self.call_id,
            uploaded_at=pendulum.now("UTC").isoformat(timespec="seconds"),
        )

    def _refused(self, context: Any, error: GongInputError) -> None:
        """Reject what Gong refuses for good; raise anything else."""
        # 404: the call that was added is gone.
        if not (is_refusal(error) or error.status == 404):
            raise error
        self.reject(context, [*_explain(error, self.call_id), *reasons_of(error)])


def _explain(error: GongInputError, call_id: str) -> list[str]:
    said = " ".join(error.errors)
    if _SAME_CONTENT.search(said):
        others = [number for number in _CALL_ID.findall(said) if number != call_id]
        where = f"as call {others[-1]}" if others else "under another call"
        return [f"The same media was uploaded before, {where}: Gong keeps one of the same content"]
    if said.strip().lower() in _BARE:
        return ["Gong gives no reason; it answers like this when the same media was uploaded before"]
    return []
