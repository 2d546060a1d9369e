"""Digests a file of records line by line, as much at a time as one likes."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from include.emulator.crm_requests import CrmRequest, ReceivedLines
from include.emulator.crm_rules import LineError, Reference
from include.emulator.crm_store import Integration

EMPTY = "The file is empty"  # invented
NO_OBJECT = "The line is not a JSON object"  # invented
TWICE = "Object [{}] appears more than once in the file"  # invented
CHANGED_EMAIL = (  # invented; that an update takes two requests is documented
    "The email address of a business user cannot be changed: delete the user, and add it in a new request"
)


@dataclass(slots=True)
class _Waiting:
    """A record that refers to others of its own object type, which may stand further down."""

    number: int
    record: dict[str, Any]
    line: bytes
    missing: list[Reference]


class Digest:
    """One file on its way into ``integration``; what came of it is in the request's outcome.

    A record may refer to another one of its file, wherever that stands (invented), so what is missing of the
    file's own object type is looked for at the end. ``gong_users``: e-mail addresses in lower case.
    """

    def __init__(
        self,
        integration: Integration,
        request: CrmRequest,
        object_type: str,
        file: ReceivedLines,
        *,
        refuses_dangling: bool,
        gong_users: Container[str],
    ) -> None:
        self.request = request
        self._integration = integration
        self._type = object_type
        self._file = file
        self._outcome = request.outcome
        self._refuses = refuses_dangling
        self._gong_users = gong_users
        self._records = integration.records[object_type]
        self._sent = integration.sent[object_type]
        self._seen: set[str] = set()
        self._waiting: dict[str, _Waiting] = {}
        self._number = 0
        file.content.seek(0)
        request.begun = True

    def step(self, lines: int) -> int:
        """Digest at most so many lines; how many there were. The last one ends the request."""
        if not self._file.size:
            self.request.end(EMPTY)
            return 0
        count = 0
        for line in islice(self._file.content, lines):
            count += 1
            self._number += 1
            try:
                self._take(line)
            except LineError as error:
                self._outcome.refuse(self._number, str(error))
        if count < lines:
            self._decide_waiting()
            self.request.end()
        return count

    def _take(self, line: bytes) -> None:
        """Do what a line says.

        :raises LineError: when something is wrong with it
        """
        record = _parse(line)
        rules = self._integration.rules(self._type)
        object_id = rules.object_id(record)
        self._sent[object_id] = self._sent.get(object_id, 0) + 1
        if object_id in self._seen:
            raise LineError(TWICE.format(object_id))
        self._seen.add(object_id)
        rules.check(record)
        if rules.deletes(record):
            self._delete(object_id)
            return
        if self._type == "BUSINESS_USER":
            self._check_user(object_id, record)
        missing = self._missing(rules.needed(record)) if self._refuses else []
        if missing:
            self._waiting[object_id] = _Waiting(self._number, record, line, missing)
        else:
            self._store(object_id, record, line)

    def _check_user(self, object_id: str, record: dict[str, Any]) -> None:
        held = self._integration.held(self._type, object_id)
        if held is not None and held["emailAddress"].lower() != record["emailAddress"].lower():
            raise LineError(CHANGED_EMAIL)

    def _missing(self, needed: list[Reference]) -> list[Reference]:
        """Those that are not there; of other object types each one is an error."""
        missing = [one for one in needed if one.object_id not in self._integration.records[one.object_type]]
        for one in missing:
            if one.object_type != self._type:
                raise one.error()
        return missing

    def _store(self, object_id: str, record: dict[str, Any], line: bytes) -> None:
        self._records[object_id] = line.strip()
        self._outcome.success_count += 1
        if self._type == "BUSINESS_USER":
            email = record["emailAddress"].lower()
            if email in self._gong_users:
                self._integration.mapped.setdefault(email, object_id)

    def _delete(self, object_id: str) -> None:
        self._outcome.success_count += 1
        held = self._integration.held(self._type, object_id)
        self._records.pop(object_id, None)
        if held is not None and self._type == "BUSINESS_USER":
            mapped = self._integration.mapped
            email = held["emailAddress"].lower()
            if mapped.get(email) == object_id:
                del mapped[email]

    def _decide_waiting(self) -> None:
        """Store the records that wait for each other, but for those that in the end lead nowhere."""
        lost: list[tuple[int, str]] = []
        again = True
        while again:
            again = False
            for object_id, waiting in list(self._waiting.items()):
                gone = self._still_missing(waiting)
                if gone is not None:
                    lost.append((waiting.number, str(gone.error())))
                    del self._waiting[object_id]
                    again = True
        self._outcome.refuse_late(sorted(lost))
        for object_id, waiting in self._waiting.items():
            self._store(object_id, waiting.record, waiting.line)

    def _still_missing(self, waiting: _Waiting) -> Reference | None:
        for one in waiting.missing:
            if one.object_id not in self._records and one.object_id not in self._waiting:
                return one
        return None


def _parse(line: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise LineError(NO_OBJECT) from error
    if not isinstance(record, dict):
        raise LineError(NO_OBJECT)
    return record
