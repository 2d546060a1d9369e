"""Errors typed by what to do about them.

| class                  | remedy                                                        | retried |
|------------------------|---------------------------------------------------------------|---------|
| GongRateLimitError     | wait until `retry_after` seconds have passed                  | then    |
| GongUnavailableError   | wait a little: the network or Gong's edge failed              | jitter  |
| GongCursorError        | read this window again from its first page                    | by the operator |
| GongCredentialsError   | fix the key, its scope, the trusted IP list or the base URL   | no      |
| GongInputError         | fix what was sent                                             | no      |
| GongRecordingError     | correct the recording                                         | no      |
| GongRecordingLostError | look at the recording: Gong has dropped it without a word         | no      |
| GongConfigurationError | fix the connection, the DAG or a setting                      | no      |
| GongTokenExpiredError  | wait until `gong_token` has renewed the access token          | soon    |
| GongTokenLostError     | authorise the app in Gong again: the pair of tokens is gone   | no      |
| GongTakenOverError     | nothing: a later try of the task goes on                      | no      |
| GongProtocolError      | give up: the answers make no sense, tell Gong                 | no      |
| GongErasureIncompleteError | see what is left of the person, then let the flow go on       | no      |

No message holds a header, a body, a person's name, an e-mail address, a phone number or a signed URL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowException

# What may hide in Gong's own sentences, e.g. "parties[0].emailAddress: ... is not a valid email address".
_PERSONAL = (
    (re.compile(r"[^\s'\"<>(),;:]+@[^\s'\"<>(),;:]+\.[^\s'\"<>(),;:]+"), "<e-mail>"),
    (re.compile(r"\+\d[\d\s().-]{6,}\d"), "<phone>"),
    (re.compile(r"https?://[^\s'\"<>]+"), "<url>"),
    (re.compile(r"\beyJ[\w-]+\.[\w.-]+"), "<token>"),
)
_LONGEST_TEXT = 300
# More of it is not looked at: its first and last letters are all that is shown.
_LONGEST_LOOK = 4000


def redact(text: str) -> str:
    """`text` without e-mail addresses, phone numbers, URLs and tokens, at most 300 characters long.

    What is too long loses its middle: Gong quotes what it was sent, and says what matters at the end.
    """
    if len(text) > _LONGEST_LOOK:
        text = f"{text[: _LONGEST_LOOK // 2]} {text[-_LONGEST_LOOK // 2 :]}"
    for pattern, label in _PERSONAL:
        text = pattern.sub(label, text)
    half = _LONGEST_TEXT // 2
    return text if len(text) <= _LONGEST_TEXT else f"{text[: half - 1]}…{text[-half:]}"


class GongError(AirflowException):
    """What went wrong with a request to Gong.

    :param what: what happened, one sentence without a full stop
    :param operation: method and path template, e.g. `POST /v2/calls/extensive`
    :param status: HTTP status, None when no answer came
    :param request_id: Gong's own id of the request, which its support asks for
    :param errors: Gong's sentences from the envelope `{"requestId", "errors"}`
    :param retry_after: seconds that Gong asks to wait
    """

    remedy = "See the task log"

    def __init__(
        self,
        what: str,
        *,
        operation: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        errors: Sequence[str] = (),
        retry_after: float | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.errors = [redact(str(error)) for error in errors]
        self.retry_after = retry_after
        if remedy:
            self.remedy = remedy
        super().__init__(self._message())

    def _message(self) -> str:
        where = [
            part
            for part in (
                self.operation,
                f"HTTP {self.status}" if self.status else None,
                f"Gong request id {self.request_id}" if self.request_id else None,
            )
            if part
        ]
        said = f" Gong says: {' | '.join(self.errors)}." if self.errors else ""
        place = f" ({', '.join(where)})" if where else ""
        return f"{self.what}{place}.{said} {self.remedy}."


class GongRateLimitError(GongError):
    """429: the company's requests of this second or this day are used up."""

    remedy = "Nothing to do: the task tries again when Gong allows it"


class GongUnavailableError(GongError):
    """No answer, half an answer, or an answer of Gong's edge (5xx, not JSON)."""

    remedy = "The task tries again by itself; if it keeps failing, see https://status.gong.io"


class GongCursorError(GongError):
    """400: the cursor has expired (an hour after the first page) or cannot be verified."""

    remedy = "The window is read again from its first page"


class GongCredentialsError(GongError):
    """401 or 403: wrong key, wrong host, missing scope, or an IP address that Gong does not trust."""

    remedy = "Check access key, secret and base URL of the connection, and the scopes of the key in Gong"


class GongScopeError(GongCredentialsError):
    """401: the key or app lacks a scope; another token would not change that.

    :param scope: the scope that Gong names
    """

    def __init__(self, scope: str, **facts: Any) -> None:
        self.scope = scope
        super().__init__(
            f"The key lacks scope {scope}",
            remedy=f"Give the key scope {scope} in Gong's API settings",
            **facts,
        )


class GongInputError(GongError):
    """A 4xx that sending again cannot change."""

    remedy = "Correct what the task was given; sending it again would fail the same way"


class GongRecordingError(GongInputError):
    """A recording that cannot be sent as it is.

    :param reasons: everything that is wrong with it, sentences for the person who made the recording
    """

    remedy = "Correct the recording and put it into the drop folder again"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(self.reasons))


class GongRecordingLostError(GongError):
    """A recording that Gong accepted is not shown by the deadline."""

    remedy = (
        "Gong says nothing when it drops a recording. Known reasons: it is too short (the company's minimum,"
        " often 30 or 60 seconds, after silence is cut), silence, no human speech, a primary user who is not"
        " set for recording import, or the same recording came before. Look at it in Gong, correct it and"
        " put it into the drop folder again, or clear this task to look once more"
    )


class GongConfigurationError(GongError):
    """The connection, the DAG or a setting cannot work; nothing was sent."""

    remedy = "Correct it and start the task again"


class GongProtocolError(GongError):
    """Answers that contradict Gong's own rules: a cursor that repeats, pages that never end."""

    remedy = "Nothing was lost; give the request id to Gong's support"


class GongErasureIncompleteError(GongError):
    """A person who was to be erased is still to be found, and waiting longer is no plan.

    Its `what` says what is left and where, in counts.
    """

    remedy = "Start gong_erasure again for the person: it goes on from there"
    hopeless = True  # another try would find the same


class GongTakenOverError(GongError):
    """A later try of the same task is at work; this process was left behind by a scheduler that died."""

    remedy = "Nothing to do: the later try goes on"


class GongTokenExpiredError(GongError):
    """There is no access token that works: it is past its end, or none was fetched yet."""

    remedy = (
        "gong_token renews it, and a task that has tries left tries again. If it goes on, look at the last"
        " run of gong_token, or start it with `now`"
    )


class GongTokenLostError(GongError):
    """The refresh token was used and no new pair is stored, or Gong does not take it."""

    remedy = (
        "In Gong authorise the app again and put the new refresh token into the connection (and into"
        " GONG_REFRESH_TOKEN, if the connection is written from it). To try the old refresh token once more,"
        " start gong_token with `send_again`"
    )
