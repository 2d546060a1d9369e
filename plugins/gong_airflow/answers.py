"""Reads Gong's answers: JSON or not, envelope, empty, error by remedy.

Gong's envelope is `{"requestId": str, "errors": [str]}` without codes, so sentences decide where the
status cannot. Bodies may also come from a proxy at Gong's edge and hold anything.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from dataclasses import dataclass, field
from typing import Any

from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongCursorError,
    GongError,
    GongInputError,
    GongRateLimitError,
    GongScopeError,
    GongUnavailableError,
)

# "No calls found corresponding to the provided filters", for scorecards with a full stop. Every other
# 404 is an error: a wrong host or a missing object must not look like a quiet day.
_EMPTY = re.compile(r"\bno\b.*\bfound\b.*\bprovided filters\b", re.IGNORECASE | re.DOTALL)
_DEAD_CURSOR = re.compile(r"cursor has expired|failed to verify cursor", re.IGNORECASE)
# A day and a half: no quota of a day lasts longer, so a larger number is a mistake.
LONGEST_RETRY_AFTER = 129_600.0
_BASE_URL = "Set the connection's base URL to the address that Gong's API page shows"
_SCOPE = re.compile(r"permission to use '(?P<scope>[a-z0-9:_-]+)'", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """A successful answer.

    :param body: the JSON object; `{}` when empty
    :param empty: Gong answered 404 "No … found corresponding to the provided filters"
    """

    operation: str
    status: int
    request_id: str | None
    body: dict[str, Any] = field(repr=False)
    empty: bool = False


def read_answer(operation: str, status: int, headers: Any, content: bytes) -> Answer:
    """Turn status, headers and body into an Answer, or raise the error that names the remedy."""
    body = _parse(content)
    envelope = body if isinstance(body, dict) else {}
    request_id = envelope.get("requestId") or headers.get("x-traceid")
    request_id = str(request_id)[:64] if request_id else None
    if 200 <= status < 300:
        if isinstance(body, dict):
            return Answer(operation, status, request_id, body)
        raise GongUnavailableError(
            "Gong answered with something that is not a JSON object",
            operation=operation,
            status=status,
            request_id=request_id,
        )
    errors = _sentences(envelope)
    if status == 404 and any(_EMPTY.search(sentence) for sentence in errors):
        return Answer(operation, status, request_id, {}, empty=True)
    raise _error(operation, status, headers, request_id, errors)


def _parse(content: bytes) -> Any:
    # json keeps integers of any size; the ids of Gong have up to 20 digits.
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _sentences(envelope: dict[str, Any]) -> list[str]:
    errors = envelope.get("errors")
    if isinstance(errors, str):
        errors = [errors]
    return [str(error) for error in errors if error] if isinstance(errors, list) else []


def _error(operation: str, status: int, headers: Any, request_id: str | None, errors: list[str]) -> GongError:
    facts: dict[str, Any] = {
        "operation": operation,
        "status": status,
        "request_id": request_id,
        "errors": errors,
    }
    said = " ".join(errors)
    if status == 429:
        seconds = retry_after_seconds(headers.get("Retry-After"))
        return GongRateLimitError("Gong's request limit is reached", retry_after=seconds, **facts)
    if status in (401, 403):
        return _credentials_error(status, said, facts)
    if status >= 500 or status in (408, 425):
        return GongUnavailableError(
            "Gong failed to answer", retry_after=retry_after_seconds(headers.get("Retry-After")), **facts
        )
    if status == 400 and _DEAD_CURSOR.search(said):
        return GongCursorError("Gong no longer accepts the cursor", **facts)
    if status < 400 or (status == 404 and not errors):
        # A redirect, or a 404 that is not in Gong's envelope.
        return GongConfigurationError("The base URL is not that of Gong's API", remedy=_BASE_URL, **facts)
    return GongInputError("Gong refused the request", **facts)


def _credentials_error(status: int, said: str, facts: dict[str, Any]) -> GongCredentialsError:
    if missing := _SCOPE.search(said):
        return GongScopeError(missing["scope"], **facts)
    if status == 403:
        return GongCredentialsError(
            "Gong denies access",
            remedy="Check the key's trusted IP addresses in Gong, and that the company has this product",
            **facts,
        )
    return GongCredentialsError("Gong does not accept the key at this base URL", **facts)


def retry_after_seconds(value: str | None) -> float | None:
    """Seconds in a Retry-After header; None when it is absent or makes no sense.

    Gong documents an integer. A date is what HTTP allows besides, so it must not crash anything.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
