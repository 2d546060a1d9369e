"""What all makers of directory data share: ids, people, moments, and times as each operation writes them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from include.emulator.company import Company, User
from include.emulator.ids import gong_id
from include.emulator.options import Options
from include.emulator.records import Call

_ZONE = timezone(timedelta(hours=2))
_DAY = 86_400_000_000


class Making:
    """One part of the directory in the making, with random numbers of its own.

    ``workspaces``: the ids of all workspaces, the first two are those of the calls.
    """

    def __init__(
        self, part: str, options: Options, company: Company, workspaces: Sequence[str], calls: Sequence[Call]
    ) -> None:
        self.rng = random.Random(f"{options.seed}:directory:{part}")
        self.options = options
        self.company = company
        self.workspaces = workspaces
        self.calls = calls
        self.users = [user for user in company.users if not user.avatar]
        self.active = company.hosts()

    def id(self) -> str:
        """A new id."""
        return gong_id(self.rng)

    def who(self) -> str:
        """The id of an active user."""
        return self.rng.choice(self.active).id

    def moment(self, since_days: int, before_days: int = 0) -> datetime:
        """A moment between so many days before the end of the data set, at most and at least."""
        back = self.rng.randrange(before_days * _DAY + 1, since_days * _DAY)
        return self.options.until - timedelta(microseconds=back)


def engage_users(users: Sequence[User]) -> list[User]:
    """Those who have an Engage seat: active, and ``gongConnectEnabled`` is not false."""
    return [
        user
        for user in users
        if user.active and not user.avatar and user.document["settings"]["gongConnectEnabled"] is not False
    ]


def seconds(moment: datetime) -> str:
    """A time as recorded of scorecards: ``2023-10-17T21:21:31+02:00``."""
    return moment.astimezone(_ZONE).isoformat(timespec="seconds")


def millis(moment: datetime) -> str:
    """A time as recorded of a user's settings: ``2026-06-10T21:50:07.428+02:00``."""
    return moment.astimezone(_ZONE).isoformat(timespec="milliseconds")


def micros(moment: datetime) -> str:
    """A time as recorded of trackers and the library: ``2023-10-17T21:21:31.816562+02:00``."""
    return moment.astimezone(_ZONE).isoformat(timespec="microseconds")
