"""What is done asynchronously: uploads of files of records and the deletion of an integration."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from include.emulator.clock import from_micros

Status = Literal["PENDING", "IN_PROGRESS", "DONE", "FAILED"]
ERRORS_SHOWN = 20
MAXIMUM_BYTES = 200_000_000
GENERAL_ERROR = "An unexpected error occurred while the file was processed"  # invented
_IN_MEMORY = 1024 * 1024


@dataclass
class CrmSettings:
    """``processing_seconds`` are of the emulator's clock, ``read_bytes_per_second`` is of real time.

    ``dangling``: what becomes of a reference to a record that is not there. ``native``: the name of the
    native CRM that the company is connected to. ``fail_next``, ``hold_next``: so many of the requests that
    come next end with a general error, or stay PENDING.
    """

    processing_seconds: float
    dangling: Literal["refuse", "wait"] = "refuse"
    native: str | None = None
    maximum_bytes: int = MAXIMUM_BYTES
    read_bytes_per_second: int | None = None
    fail_next: int = 0
    hold_next: int = 0


class ReceivedLines:
    """A file as it came: on disk unless it is small, gone when it is closed."""

    def __init__(self) -> None:
        self.content: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - see CrmRequest.close
        self.size = 0
        self._hash = hashlib.sha256()
        self._newlines = 0
        self._last = b"\n"

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        self.content.write(piece)
        self._hash.update(piece)
        self.size += len(piece)
        self._newlines += piece.count(b"\n")
        self._last = piece[-1:] or self._last

    @property
    def lines(self) -> int:
        """How many lines; the last one may lack its newline."""
        return self._newlines + (self._last != b"\n")

    @property
    def sha256(self) -> str:
        """Of the bytes so far, hexadecimal."""
        return self._hash.hexdigest()


@dataclass
class Outcome:
    """What Gong says of a file, all of it or the part that has been processed."""

    errors: list[tuple[int, str]] = field(default_factory=list)
    error_count: int = 0
    success_count: int = 0

    def refuse(self, line: int, description: str) -> None:
        """Line 0 is the file as a whole."""
        self.error_count += 1
        if len(self.errors) < ERRORS_SHOWN:
            self.errors.append((line, description))

    def refuse_late(self, faults: list[tuple[int, str]]) -> None:
        """Faults, in the order of lines, that were found after those of later lines."""
        self.error_count += len(faults)
        self.errors = sorted(self.errors + faults[:ERRORS_SHOWN])[:ERRORS_SHOWN]


@dataclass
class CrmRequest:
    """One request. ``arrived``: microseconds, emulator's clock; ``object_type`` None deletes the integration.

    ``fails``: it is to end with a general error; ``held``: it stays PENDING.
    """

    client_request_id: str
    arrived: int
    object_type: str | None = None
    file: ReceivedLines | None = None
    fails: bool = False
    held: bool = False
    begun: bool = False
    ended: bool = False
    outcome: Outcome = field(default_factory=Outcome)

    def status(self, now: int, lasts: int) -> Status:
        """``lasts``: microseconds of processing, of which the first half is spent in the queue."""
        if self.ended:
            return "FAILED" if self.outcome.error_count else "DONE"
        if self.begun or (not self.held and now >= self.arrived + lasts // 2):
            return "IN_PROGRESS"
        return "PENDING"

    def end(self, general_error: str | None = None) -> None:
        """It is processed; nothing of the file is kept."""
        if general_error is not None:
            self.outcome.refuse(0, general_error)
        self.ended = True
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.content.close()

    def answer(self, now: int, lasts: int) -> dict[str, Any]:
        """As ``GET /v2/crm/request-status`` shows it: no numbers before the end."""
        outcome = self.outcome if self.ended else Outcome()
        return {
            "status": self.status(now, lasts),
            "errors": [{"line": line, "description": text} for line, text in outcome.errors],
            "totalErrorCount": outcome.error_count,
            "totalSuccessCount": outcome.success_count,
        }

    def document(self, now: int, lasts: int) -> dict[str, Any]:
        """As the control plane shows it."""
        file = self.file
        return {
            "objectType": self.object_type,
            "clientRequestId": self.client_request_id,
            "arrived": from_micros(self.arrived).isoformat(),
            "lines": file.lines if file else None,
            "bytes": file.size if file else None,
            "sha256": file.sha256 if file else None,
            **self.answer(now, lasts),
        }
