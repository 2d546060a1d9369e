"""Makes the log entries by seed: when, by whom, and the envelope around what they say.

Recorded are the members of the envelope and ``eventTime`` with milliseconds and ``Z``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from include.emulator.clock import from_micros, to_micros
from include.emulator.company import Company, User
from include.emulator.ids import gong_id
from include.emulator.kinds import Record
from include.emulator.logs_shapes import Shapes
from include.emulator.options import Options
from include.emulator.records import Call

Entry = tuple[str, Record]
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
# Entries a day; and how many come at once, more than a page, when everybody logs in again or somebody changes
# the settings of all users.
_ACCESS, _ACTIVITY, _PLAYS, _SHARES = 8, 10, 6, 3
_BURST = 130
# Access logs end 14 days before now, which by default is two days after the end of the data: none of them is
# so near to that edge that it would go while somebody compares counts.
_EDGE = (10 * _DAY, 13 * _DAY)


class LogMaker:
    """Makes the entries of all types from one stream of random numbers."""

    def __init__(self, options: Options, company: Company, calls: Sequence[Call]) -> None:
        self._rng = random.Random(f"{options.seed}:logs")
        self._shapes = Shapes(self._rng, f"emulator-login-key-of-seed-{options.seed:032d}")
        self._until = to_micros(options.until)
        self._days = options.days
        self._users = company.hosts()
        self._support = [user for user in company.users if user.avatar]
        self._gong = gong_id(self._rng)
        self._calls = calls
        self._taken: set[tuple[str, int]] = set()

    def all(self) -> Iterator[Entry]:
        """Type and entry, in the order of making."""
        if not self._users:
            return
        for day in range(self._days):
            start = self._until - (day + 1) * _DAY
            yield from self._access(start, _ACCESS + _BURST * (day == 3))
            yield from self._activity(start, _ACTIVITY + _BURST * (day == 5))
        double = list(self._activity(self._until - 2 * _DAY, 1))
        yield from double * 2  # a double click: twice the same entry, to the millisecond
        for call in self._rng.choices(self._calls, k=_PLAYS * self._days) if self._calls else ():
            yield from self._about(
                call, "UserCallPlay", self._rng.choice(self._users), self._shapes.play(call)
            )
        for call in self._rng.choices(self._calls, k=_SHARES * self._days) if self._calls else ():
            yield from self._shared(call)

    def _access(self, start: int, number: int) -> Iterator[Entry]:
        for _ in range(number):
            at, user = start + self._rng.randrange(_DAY), self._rng.choice(self._users)
            entry = self._entry("AccessLog", at, user, self._shapes.access(user))
            if not _EDGE[0] < self._until - at < _EDGE[1]:
                yield "AccessLog", entry

    def _activity(self, start: int, number: int) -> Iterator[Entry]:
        for _ in range(number):
            at, user = start + self._rng.randrange(_DAY), self._rng.choice(self._users)
            unknown = self._rng.random() < 0.05  # a job of Gong's own
            entry = self._entry("UserActivityLog", at, None if unknown else user, self._shapes.activity(user))
            if self._support and self._rng.random() < 0.05:
                entry |= self._impersonator(self._rng.choice(self._support))
            yield "UserActivityLog", entry

    def _shared(self, call: Call) -> Iterator[Entry]:
        if call.account is None:
            return
        viewer = self._rng.choice(call.account.people)
        yield from self._about(
            call, "ExternallySharedCallAccess", None, self._shapes.shared_access(call, viewer)
        )
        yield from self._about(call, "ExternallySharedCallPlay", None, self._shapes.shared_play(call, viewer))

    def _about(self, call: Call, log_type: str, user: User | None, said: Record) -> Iterator[Entry]:
        at = call.appears + self._rng.randrange(4 * _DAY)
        if at < self._until:
            yield log_type, self._entry(log_type, at, user, said)

    def _entry(self, log_type: str, at: int, user: User | None, said: Record) -> Record:
        at -= at % 1_000
        while (log_type, at) in self._taken:
            at += 1_000
        self._taken.add((log_type, at))
        entry: Record = {
            "userId": user.id if user else None,
            "userEmailAddress": user.person.email if user else None,
            "userFullName": user.person.name if user else None,
            "impersonatorUserId": None,
            "impersonatorEmailAddress": None,
            "impersonatorFullName": None,
            "impersonatorCompanyId": None,
            "eventTime": from_micros(at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "logRecord": said,
        }
        if len(self._taken) % 61 == 0:
            entry["emulatorRegion"] = "us-west"
        return entry

    def _impersonator(self, user: User) -> Record:
        return {
            "impersonatorUserId": user.id,
            "impersonatorEmailAddress": user.person.email,
            "impersonatorFullName": user.person.name,
            "impersonatorCompanyId": self._gong,
        }
