"""Adds the call of a recording: `POST /v2/calls`."""

from __future__ import annotations

import re
from typing import Any

import pendulum

from gong_airflow.errors import GongInputError, GongProtocolError
from gong_airflow.operators.recordings.base import GongRecordingOperator, is_refusal, reasons_of

OPERATION = "POST /v2/calls"
# Recorded: "A call with clientUniqueId '…' has already been posted for the call 123". The id that Gong
# quotes is the sender's own text, so only the end of the sentence counts.
_POSTED = re.compile(r"has already been posted for the call (\d{1,20})\W*$")


class GongAddCallOperator(GongRecordingOperator):
    """Sends the JSON as it is, with its `clientUniqueId`, and returns Gong's id of the call.

    Safe to repeat: Gong answers a repetition with the id that it gave before. What Gong refuses is moved to
    `rejected`, and the task is skipped. One request, none when the id is known from an earlier try or run.
    """

    def work(self, context: Any) -> str:
        """At most one request."""
        run_id = context["run_id"]
        facts = self.folder.facts(self.recording, run_id)
        if facts.get("call_id"):
            self.log.info("It was added before, as call %s", facts["call_id"])
            return str(facts["call_id"])
        # As it is now: somebody may have corrected the file since it was checked.
        document = self.document(context, self.folder.files(self.recording, run_id))
        body = {**document, "clientUniqueId": facts["client_unique_id"]}
        try:
            answer = self.hook.call(OPERATION, json=body)
        except GongInputError as error:
            call_id, again = posted_before(error), True
            if call_id is None:
                if not is_refusal(error):
                    raise
                self.reject(context, _reasons(error, document))
        else:
            call_id, again = _call_id(answer.body, answer.request_id), False
        self.log.info("Gong %s call %s for it", "already had" if again else "added", call_id)
        self.folder.note(
            self.recording,
            run_id,
            call_id=call_id,
            accepted_at=pendulum.now("UTC").isoformat(timespec="seconds"),
            was_in_gong=again,
        )
        return call_id


def posted_before(error: GongInputError) -> str | None:
    """The call's id in Gong's answer to a `clientUniqueId` that it knows, else None."""
    matches = (_POSTED.search(sentence) for sentence in error.errors)
    return next((match[1] for match in matches if match), None)


def _call_id(body: dict[str, Any], request_id: str | None) -> str:
    call_id = body.get("callId")
    if call_id is None or not str(call_id).isdigit():
        raise GongProtocolError(
            "Gong accepted the call and gave no callId", operation=OPERATION, request_id=request_id
        )
    return str(call_id)


def _reasons(error: GongInputError, document: dict[str, Any]) -> list[str]:
    if error.status == 409:
        user = document.get("primaryUser")
        return [
            f"The primary user {user} is not set for recording import: switch it on for this user in Gong"
            " (Company settings > Users > Data capture), or name another primaryUser",
            *reasons_of(error),
        ]
    return reasons_of(error)
