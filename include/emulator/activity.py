"""What users did with calls, day by day: the one truth from which all statistics of activity are counted.

Hosting, attending and comments follow from the calls; listening, feedback and sharing are made up, the same
for the same seed and call. An action counts once a day however often it is repeated (OpenAPI document), and
from when its call is visible.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from include.emulator.activity_days import Days, day_of
from include.emulator.company import Company
from include.emulator.dataset import Dataset
from include.emulator.paging import SLICE_SECONDS
from include.emulator.records import Call

ACTIONS = (
    "callsAsHost",
    "callsGaveFeedback",
    "callsRequestedFeedback",
    "callsReceivedFeedback",
    "ownCallsListenedTo",
    "othersCallsListenedTo",
    "callsSharedInternally",
    "callsSharedExternally",
    "callsAttended",
    "callsCommentsGiven",
    "callsCommentsReceived",
    "callsMarkedAsFeedbackGiven",
    "callsMarkedAsFeedbackReceived",
    "callsScorecardsFilled",
    "callsScorecardsReceived",
)
_HOUR = 3_600_000_000


class Action(NamedTuple):
    """``user_id`` did ``name`` (one of ``ACTIONS``) with ``call`` at ``at`` (microseconds since 1970)."""

    at: int
    user_id: str
    name: str
    call: Call


class Turns:
    """Gives way to other tasks: ``take`` as often as you like, it waits once in ``SLICE_SECONDS``."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    async def take(self) -> None:
        """Let the others have their turn, if it is time."""
        if time.monotonic() - self._began > SLICE_SECONDS:
            await asyncio.sleep(0)
            self._began = time.monotonic()


class ActivityLog:
    """All actions by day. Calls that came since the last question are looked at when the next one comes."""

    def __init__(self, seed: int, company: Company, dataset: Dataset, until: int) -> None:
        self._seed = seed
        self._hosts = [user.id for user in company.hosts()]
        self._managers = {user.id: user.document["managerId"] for user in company.users}
        self._dataset = dataset
        self._until = until
        self._seen = 0
        self._by_day: defaultdict[date, list[Action]] = defaultdict(list)

    async def during(self, days: Days, now: int, turns: Turns) -> list[tuple[date, list[Action]]]:
        """The actions of each of ``days`` with calls that are visible at ``now``. One caller at a time."""
        await self._look(turns)
        found = []
        for day in sorted(day for day in self._by_day if day in days):
            await turns.take()
            found.append((day, [action for action in self._by_day[day] if action.call.is_visible(now)]))
        return found

    async def _look(self, turns: Turns) -> None:
        for call in list(islice(self._dataset.calls.values(), self._seen, None)):
            once: dict[tuple[date, str, str], Action] = {}
            for action in self._of(call):
                once.setdefault((day_of(action.at), action.user_id, action.name), action)
            for (day, _, _), action in once.items():
                self._by_day[day].append(action)
            self._seen += 1
            await turns.take()

    def _of(self, call: Call) -> Iterator[Action]:
        yield Action(call.started, call.host_id, "callsAsHost", call)
        for who in call.participants:
            if who.person.user_id and who.person.user_id != call.host_id:
                yield Action(call.started, who.person.user_id, "callsAttended", call)
        for comment in call.comments:
            yield Action(comment.posted, comment.user_id, "callsCommentsGiven", call)
            if comment.user_id != call.host_id:
                yield Action(comment.posted, call.host_id, "callsCommentsReceived", call)
        for action in self._made_up(call):
            # A data set of the past is complete: nothing in it happens only as the clock moves on.
            if action.at < self._until:
                yield action

    def _made_up(self, call: Call) -> Iterator[Action]:
        rng = random.Random(f"{self._seed}:activity:{call.id}")
        host, first = call.host_id, call.appears

        def later() -> int:
            return first + rng.randrange(60 * _HOUR)

        for listener in rng.choices(self._hosts, k=rng.choice((0, 0, 1, 1, 2, 4))) if self._hosts else ():
            name = "ownCallsListenedTo" if listener == host else "othersCallsListenedTo"
            yield Action(later(), listener, name, call)
        if rng.random() < 0.06:
            yield Action(later(), host, "callsRequestedFeedback", call)
        if rng.random() < 0.12:
            yield Action(later(), host, "callsSharedInternally", call)
        if call.account is not None and rng.random() < 0.08:
            yield Action(later(), host, "callsSharedExternally", call)
        for coach, chance in ((self._managers.get(host), 0.3), (self._colleague(rng, host), 0.06)):
            if coach is not None and rng.random() < chance:
                yield from _coached(rng, later(), coach, call)

    def _colleague(self, rng: random.Random, host: str) -> str | None:
        chosen: str | None = rng.choice(self._hosts) if self._hosts else None
        return None if chosen == host else chosen


def _coached(rng: random.Random, at: int, coach: str, call: Call) -> Sequence[Action]:
    """``coach`` listened to a call of somebody else; perhaps said what to do better, perhaps marked it."""
    made = [Action(at, coach, "othersCallsListenedTo", call)]
    if rng.random() < 0.6:
        made.append(Action(at, coach, "callsGaveFeedback", call))
        made.append(Action(at, call.host_id, "callsReceivedFeedback", call))
    if rng.random() < 0.4:
        made.append(Action(at, coach, "callsMarkedAsFeedbackGiven", call))
        made.append(Action(at, call.host_id, "callsMarkedAsFeedbackReceived", call))
    return made
