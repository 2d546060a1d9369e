"""The calls that are held, in the two orders in which the API lists them, and questions about them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from include.emulator.records import Call

Entry = tuple[int, int, Call]
Position = tuple[int, int]


@dataclass(frozen=True)
class CallQuery:
    """Which calls are asked for. Times are microseconds since 1970, the range is half open.

    ``by_schedule``: filter and order by the scheduled time of web conferences, as ``GET /v2/calls`` does.
    """

    since: int | None = None
    before: int | None = None
    workspace: str | None = None
    call_ids: frozenset[str] | None = None
    host_ids: frozenset[str] | None = None
    by_schedule: bool = False
    transcripts: bool = False

    def binding(self) -> str:
        """The question as text, equal for equal questions: cursors are bound to it."""
        ids = [sorted(part) if part is not None else None for part in (self.call_ids, self.host_ids)]
        return f"{self.since}|{self.before}|{self.workspace}|{ids}|{self.by_schedule}|{self.transcripts}"

    def at(self, call: Call) -> int:
        """The time of ``call`` that this question goes by."""
        return call.listed if self.by_schedule else call.started

    def wants(self, call: Call, now: int) -> bool:
        """Whether ``call`` belongs to the answer at ``now``, its time left aside."""
        if not (call.has_transcript(now) if self.transcripts else call.is_visible(now)):
            return False
        if self.workspace is not None and call.workspace != self.workspace:
            return False
        return self.host_ids is None or call.host_id in self.host_ids


class Dataset:
    """All calls, hidden and deleted ones too. Whoever edits a call says so with ``touch``."""

    def __init__(self, calls: list[Call]) -> None:
        self.calls = {call.id: call for call in calls}
        self._by_start: list[Entry] = sorted((call.started, call.number, call) for call in calls)
        self._by_list: list[Entry] = sorted((call.listed, call.number, call) for call in calls)
        times = [call.appears for call in calls]
        times += [call.transcript_appears for call in calls if call.transcript_appears is not None]
        self._events = sorted(times)
        self._totals: dict[tuple[CallQuery, int], int] = {}

    def add(self, call: Call) -> None:
        """Hold one more call."""
        self.calls[call.id] = call
        insort(self._by_start, (call.started, call.number, call))
        insort(self._by_list, (call.listed, call.number, call))
        self.touch(call)

    def touch(self, call: Call) -> None:
        """``call`` was edited: what is known about totals is void, and something happens at its times."""
        insort(self._events, call.appears)
        if call.transcript_appears is not None:
            insort(self._events, call.transcript_appears)
        self._totals.clear()

    def ordered(self) -> Iterator[Call]:
        """Every call, ascending by start and id."""
        return (call for _, _, call in self._by_start)

    def total(self, query: CallQuery, now: int) -> int:
        """How many calls answer ``query`` at ``now``. Remembered until a call appears or is edited."""
        key = (query, bisect_right(self._events, now))
        found = self._totals.get(key)
        if found is None:
            if len(self._totals) >= 1_000:
                self._totals.clear()
            found = self._totals[key] = self._count(query, now)
        return found

    def _count(self, query: CallQuery, now: int) -> int:
        entries = self._entries(query, None)
        if query.workspace is None and query.host_ids is None and not query.transcripts:
            return sum(
                call.appears <= now and not call.deleted for _, _, call in entries
            )  # the common case, fast
        return sum(query.wants(call, now) for _, _, call in entries)

    def page(self, query: CallQuery, now: int, after: Position | None, size: int) -> list[Call]:
        """Up to ``size`` calls that follow the position ``after``, ascending by (time, id)."""
        matching = (call for _, _, call in self._entries(query, after) if query.wants(call, now))
        return list(islice(matching, size))

    def _entries(self, query: CallQuery, after: Position | None) -> Iterator[Entry]:
        index = self._by_list if query.by_schedule else self._by_start
        if query.call_ids is not None:
            known = (self.calls[number] for number in query.call_ids if number in self.calls)
            index = sorted((query.at(call), call.number, call) for call in known)
        low = 0 if query.since is None else bisect_left(index, (query.since, -1))
        high = len(index) if query.before is None else bisect_left(index, (query.before, -1))
        if after is not None:
            low = max(low, bisect_right(index, (after[0], after[1] + 1)))
        return islice(index, low, max(low, high))
