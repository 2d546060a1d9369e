"""Requests that Gong works on for a while: their ids, and what it says of them.

Source: Gong's OpenAPI document. The `clientRequestId` is the sender's, of letters, digits, dashes and
underscores; a repeated one is answered 409 "Client request id has already been used", which is progress.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gong_airflow.errors import GongInputError, GongProtocolError, redact
from gong_airflow.streams import count_of

STATUS = "GET /v2/crm/request-status"
# The line of an error that is not of one line.
GENERAL = 0
# Gong names no more errors than this at a time.
MOST_NAMED = 20
_USED = re.compile(r"already\b.*\bused|request id\b.*\balready", re.IGNORECASE)
_UNKNOWN = re.compile(r"not found|unknown|not exist|no such|no request", re.IGNORECASE)
_REQUEST = re.compile(r"request", re.IGNORECASE)
_INTEGRATION = re.compile(r"integration", re.IGNORECASE)


@dataclass(frozen=True)
class Status:
    """What Gong says of a request.

    :param name: PENDING, IN_PROGRESS, DONE, FAILED, or what Gong may add
    :param errors: `(line, description)`, line 1 the first, `GENERAL` for none in particular; descriptions
        are redacted, and there are at most `MOST_NAMED`
    :param error_count: how many lines Gong did not take; None when it does not say
    """

    name: str
    errors: tuple[tuple[int, str], ...]
    error_count: int | None
    success_count: int | None

    @property
    def ended(self) -> bool:
        """Whether Gong has said all that it will say."""
        return self.name in ("DONE", "FAILED")


def client_request_id(object_type: str, integration_id: str, digest: str, without: Sequence[int] = ()) -> str:
    """The id of the upload of a file: the same for the same file, another for another.

    :param digest: of the file's reference
    :param without: lines of the file that are left out
    """
    return _named(object_type, integration_id, digest, sorted(without))


def deletion_request_id(integration_id: str) -> str:
    """The id of the deletion of an integration; Gong gives a new integration a new id."""
    return _named("DELETE", integration_id)


def _named(name: str, *what: Any) -> str:
    return f"{name}-{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:40]}"


def read_status(body: Mapping[str, Any]) -> Status:
    """Gong's answer to `STATUS`; members that are unknown, missing or null do no harm."""
    listed = body.get("errors")
    errors = []
    for error in listed if isinstance(listed, list) else []:
        if isinstance(error, Mapping):
            line = count_of(error.get("line"))
            # A line that cannot be understood is one that is not named.
            errors.append((-1 if line is None else line, redact(str(error.get("description") or ""))))
    return Status(
        name=str(body.get("status") or "").upper(),
        errors=tuple(errors),
        error_count=count_of(body.get("totalErrorCount")),
        success_count=count_of(body.get("totalSuccessCount")),
    )


def is_used(error: GongInputError) -> bool:
    """Whether Gong says that it has this client request id already."""
    return error.status == 409 and any(_USED.search(sentence) for sentence in error.errors)


def is_unknown(error: GongInputError) -> bool:
    """Whether Gong says that it does not know the request; its words for that are not documented."""
    said = " ".join(error.errors)
    if _INTEGRATION.search(said):
        return False
    if error.status == 404:
        return True
    return error.status == 400 and bool(_UNKNOWN.search(said) and _REQUEST.search(said))


def read_integration_id(value: Any, operation: str, request_id: str | None) -> str:
    """`integrationId` as text. It is a number above 2^53, which a float would change.

    :raises GongProtocolError: there is none, or it is no integer
    """
    if count_of(value) is not None:
        return str(value)
    raise GongProtocolError(
        "Gong named no integrationId that is an integer", operation=operation, request_id=request_id
    )
