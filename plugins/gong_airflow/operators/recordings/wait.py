"""Waits until Gong shows the call: `GET /v2/calls/{id}`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pendulum
from pendulum import DateTime

from gong_airflow.errors import GongInputError, GongRecordingLostError
from gong_airflow.operators.recordings.base import GongRecordingOperator

OPERATION = "GET /v2/calls/{id}"
# Gong processed recordings in about four minutes when it was measured; its documents say less than an hour.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# Each pause is this part of the time that has passed: looks 1, 2, 3.2, 5.1, 8.2 ... minutes after the upload.
GROWTH = 0.6


class GongWaitForCallOperator(GongRecordingOperator):
    """Looks whether Gong shows the call, with growing pauses; between them it holds no worker and no slot.

    One request a look. Gong has no other way to ask, and reports nothing when it drops a recording.

    :param call_id: what `GongUploadMediaOperator` returned
    :param deadline: how long after the upload to give up; hours, when a number
    :param first_pause: until the first look
    :param longest_pause: the pauses grow up to it
    :raises GongRecordingLostError: at the deadline, with what Gong is known to drop silently; the recording
        is then in `rejected`
    """

    template_fields: Sequence[str] = (*GongRecordingOperator.template_fields, "call_id", "deadline")

    def __init__(
        self,
        *,
        call_id: str,
        deadline: timedelta | float | str = timedelta(hours=24),
        first_pause: timedelta = FIRST_PAUSE,
        longest_pause: timedelta = LONGEST_PAUSE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.call_id = call_id
        self.deadline = deadline
        self.first_pause = first_pause
        self.longest_pause = longest_pause

    def work(self, context: Any) -> str:
        """No look when it is too early for one, else one look."""
        run_id = context["run_id"]
        facts = self.folder.facts(self.recording, run_id)
        now = pendulum.now("UTC")
        uploaded_at = pendulum.instance(datetime.fromisoformat(facts["uploaded_at"]))
        waited = timedelta(seconds=(now - uploaded_at).total_seconds())
        # What Gong had before this flow came may have been visible for long.
        if waited < self.first_pause and not facts.get("was_in_gong"):
            self.sleep_until(context, uploaded_at + self.first_pause, "Gong has just received it")
        if not self._is_visible():
            self._wait_on(context, now, uploaded_at + self._deadline(), waited)
        self.folder.note(self.recording, run_id, visible_at=now.isoformat(timespec="seconds"))
        self.log.info("Gong shows call %s, %s after the upload", self.call_id, _words(waited))
        return self.call_id

    def _wait_on(self, context: Any, now: DateTime, give_up_at: DateTime, waited: timedelta) -> NoReturn:
        if now >= give_up_at:
            self._give_up(context, waited)
        pause = min(max(waited * GROWTH, self.first_pause), self.longest_pause)
        self.log.info("Gong does not show call %s yet, %s after the upload", self.call_id, _words(waited))
        self.sleep_until(context, min(now + pause, give_up_at), "Gong does not show the call yet")

    def _is_visible(self) -> bool:
        try:
            self.hook.call(OPERATION, path={"id": self.call_id})
        except GongInputError as error:
            if error.status == 404:
                return False
            raise
        return True

    def _deadline(self) -> timedelta:
        given = self.deadline
        return given if isinstance(given, timedelta) else timedelta(hours=float(given))

    def _give_up(self, context: Any, waited: timedelta) -> NoReturn:
        error = GongRecordingLostError(
            f"Gong accepted call {self.call_id} and does not show it {_words(waited)} later",
            operation=OPERATION,
        )
        self.folder.note(self.recording, context["run_id"], lost=True)
        self.folder.reject(self.recording, context["run_id"], [error.what, error.remedy])
        raise error


def _words(span: timedelta) -> str:
    return str(pendulum.duration(seconds=int(span.total_seconds())).in_words())
