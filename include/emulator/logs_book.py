"""The log entries that the emulator holds, by type and time, and which of them can be read."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from include.emulator.kinds import Record, Records
from include.emulator.validation import parse_instant

LOG_TYPES = (
    "AccessLog",
    "UserActivityLog",
    "UserCallPlay",
    "ExternallySharedCallAccess",
    "ExternallySharedCallPlay",
)
ACCESS_LOG_KEPT = 14 * 86_400_000_000  # microseconds


class Line(NamedTuple):
    """One log entry: ``at`` is its time in microseconds, ``number`` tells it apart (Gong shows no id)."""

    at: int
    number: int
    log_type: str
    entry: Record


class LogBook:
    """All log entries. As a kind of the control plane its records have ``recordId`` and ``logType``, too."""

    def __init__(self, entries: Iterable[tuple[str, Record]]) -> None:
        self._lines: dict[str, list[Line]] = {name: [] for name in LOG_TYPES}
        self._number = 0
        for log_type, entry in entries:
            self._lines[log_type].append(self._line(log_type, entry))
        for lines in self._lines.values():
            lines.sort(key=_order)

    def add(self, log_type: str, entry: Record) -> str:
        """Write one more line; its ``eventTime`` must be an instant. Its id for the control plane."""
        line = self._line(log_type, entry)
        insort(self._lines[log_type], line, key=_order)
        return str(line.number)

    def _line(self, log_type: str, entry: Record) -> Line:
        at = parse_instant(entry["eventTime"], "eventTime") or 0
        self._number += 1
        return Line(at, self._number, log_type, entry)

    def between(self, log_type: str, since: int | None, before: int | None, now: int) -> list[Line]:
        """The lines of [since, before) that can be read at ``now``, in order."""
        lines = self._lines[log_type]
        low = max(since or 0, now - ACCESS_LOG_KEPT) if log_type == "AccessLog" else since or 0
        high = now + 1 if before is None else min(before, now + 1)
        return [line for line in lines[bisect_left(lines, low, key=_time) :] if line.at < high]

    def list(self) -> Records:
        """As ``Kind.list``, those that cannot be read too."""
        return [
            {"recordId": str(line.number), "logType": line.log_type, **line.entry} for line in self._all()
        ]

    def delete(self, number: str) -> bool:
        """As ``Kind.delete``."""
        for lines in self._lines.values():
            for place, line in enumerate(lines):
                if str(line.number) == number:
                    del lines[place]
                    return True
        return False

    def change(self, number: str, members: Mapping[str, Any]) -> bool:
        """As ``Kind.change``; a new ``eventTime`` moves the line."""
        found = next((line for line in self._all() if str(line.number) == number), None)
        if found is None:
            return False
        entry = found.entry | dict(members)
        at = parse_instant(entry["eventTime"], "eventTime") or 0
        self.delete(number)
        insort(self._lines[found.log_type], found._replace(at=at, entry=entry), key=_order)
        return True

    def _all(self) -> Iterator[Line]:
        for lines in self._lines.values():
            yield from lines


def _order(line: Line) -> tuple[int, int]:
    return line.at, line.number


def _time(line: Line) -> int:
    return line.at
