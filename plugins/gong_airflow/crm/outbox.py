"""What the operators need of an outbox; the project's own is `include.crm.outbox.Outbox`.

An outbox holds files of records on their way into Gong: UTF-8 LDJSON, one object type a file, each record
once, at most 200 MB. Between tasks a file travels as a reference without content:

    object_type   one of `gong_airflow.crm.objects.OBJECT_TYPES`
    batch, part   where it lies in the outbox
    rows, bytes   of the file
    digest        hexadecimal; derived from the file's content and from what Gong took before: the same
                  content that is to be sent once more, after something else was, has another one

What is known of a file's way into Gong is kept beside it as facts, so that any task of this run or a later
one can go on from there:

    attempted_at    before the first request
    integration_id  text
    rounds          list of {"client_request_id", "without": [line, ...], "accepted_at", "status",
                    "error_count", "success_count", "errors": [{"line", "description"}]}; `without` counts the
                    lines of the file itself, 1 the first, `errors` those of what was sent
    result          once Gong has said all it will say: {"status": "DONE" or "FAILED",
                    "refused": [[line, description], ...], "general": [description, ...],
                    "undecided": whether it is unknown what Gong took of the lines that are not refused}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, Protocol

FileReference = Mapping[str, Any]


class RecordOutbox(Protocol):
    """Files of records and the facts about them."""

    def open(self, file: FileReference) -> BinaryIO:
        """The file's bytes."""

    def note(self, file: FileReference, **facts: Any) -> None:
        """Keep JSON-able facts about the file, in one step, beside and in place of those noted before."""

    def facts(self, file: FileReference) -> dict[str, Any]:
        """What was noted; empty at first."""
