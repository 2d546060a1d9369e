"""The statistics of activity: aggregate, by period, day by day. One truth, counted in three ways.

Invented: a range without activity is an empty 200; periods without activity are left out; the texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson

from include.emulator import stats_scorecards
from include.emulator.activity import ACTIONS, Action, Turns
from include.emulator.activity_days import TIME_ZONE, Days, day_of, midnight_text, parse_days, today
from include.emulator.activity_paging import Listing, page
from include.emulator.company import User
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.operations import Operation
from include.emulator.state import Emulator
from include.emulator.stats_bodies import ByPeriodBody, StatsBody, UsersAndDates
from include.emulator.validation import parse_body

USER_NOT_FOUND = "User not found"
ByDay = dict[date, list[Action]]
Row = tuple[User, ByDay]


async def aggregate(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/stats/activity/aggregate``: one row for each user with activity."""
    body = parse_body(exchange, exchange.body or b"", StatsBody)
    days = days_of(emulator, body.filter)

    def render(row: Row) -> bytes:
        actions = [action for actions in row[1].values() for action in actions]
        return _document(row[0], "userAggregateActivityStats", count(actions))

    listing = await _listing(emulator, "usersAggregateActivityStats", body.filter, days)
    return [*await page(emulator, exchange, listing, body.cursor, render), zone_and_range(days)]


async def by_period(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST …/aggregate-by-period``: users that were asked for are listed without activity, too."""
    body = parse_body(exchange, exchange.body or b"", ByPeriodBody)
    days = days_of(emulator, body.filter)
    periods = list(days.periods(body.aggregation_period))

    def render(row: Row) -> bytes:
        found = []
        for part in periods:
            actions = [action for day in part.each() for action in row[1].get(day, ())]
            if actions:
                found.append(count(actions) | _edges(part))
        return _document(row[0], "userAggregateActivity", found)

    listing = await _listing(emulator, "usersAggregateActivity", body.filter, days, body.aggregation_period)
    return await page(emulator, exchange, listing, body.cursor, render)


async def day_by_day(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST …/day-by-day``: ids of calls, one record for every day of the range, empty ones too."""
    body = parse_body(exchange, exchange.body or b"", StatsBody)
    days = days_of(emulator, body.filter)

    def render(row: Row) -> bytes:
        found = []
        for day in days.periods("DAY"):
            lists: dict[str, Any] = {name: [] for name in ACTIONS}
            for action in row[1].get(day.since, ()):
                lists[action.name].append(action.call.id)
            found.append(lists | _edges(day))
        return _document(row[0], "userDailyActivityStats", found)

    listing = await _listing(emulator, "usersDetailedActivities", body.filter, days)
    return await page(emulator, exchange, listing, body.cursor, render)


def days_of(emulator: Emulator, given: UsersAndDates) -> Days:
    """The range of a filter, checked; 404 if a user is asked for who is not there."""
    days = parse_days(given.from_date, given.to_date, today(emulator.clock))
    known = {user.id for user in emulator.company.users}
    if not known.issuperset(given.user_ids or ()):
        raise ApiError(404, [USER_NOT_FOUND])
    return days


async def collect(emulator: Emulator, days: Days) -> dict[str, ByDay]:
    """What each user did on each of ``days``, as far as it is known now; ascending by day."""
    found: dict[str, ByDay] = {}
    now = emulator.clock.micros()
    async with emulator.rendering:
        turns = Turns()
        for day, actions in await emulator.activity.log.during(days, now, turns):
            await turns.take()
            for action in actions:
                found.setdefault(action.user_id, {}).setdefault(day, []).append(action)
        for document, call, at in stats_scorecards.visible(emulator, now):
            await turns.take()
            day = day_of(at)
            for action in stats_scorecards.actions_of(document, call, at) if day in days else ():
                done = found.setdefault(action.user_id, {}).setdefault(day, [])
                if (action.name, action.call.id) not in {(other.name, other.call.id) for other in done}:
                    done.append(action)
    return found


def count(actions: Iterable[Action]) -> dict[str, Any]:
    """How many actions of each name, those that there are none of too."""
    counted = Counter(action.name for action in actions)
    return {name: counted[name] for name in ACTIONS}


def zone_and_range(days: Days) -> bytes:
    """The members beside the array of those operations that echo the range and the company's zone."""
    echoed = {
        "fromDateTime": midnight_text(days.since),
        "toDateTime": midnight_text(days.before),
        "timeZone": TIME_ZONE,
    }
    return b"," + orjson.dumps(echoed)[1:-1]


def binding_of(given: UsersAndDates, days: Days) -> str:
    """The question as text: cursors are bound to it."""
    return f"{days.since}|{days.before}|{sorted(given.user_ids or ())}"


async def _listing(
    emulator: Emulator, array: str, given: UsersAndDates, days: Days, period: str | None = None
) -> Listing[Row]:
    """The users with activity; by period those that were asked for, with or without."""
    found = await collect(emulator, days)
    wanted = set(given.user_ids or found)
    shown = wanted if period else wanted & found.keys()
    rows = [
        ((int(user.id),), (user, found.get(user.id, {})))
        for user in emulator.company.users
        if user.id in shown
    ]
    return Listing(array, ("userId",), rows, f"{binding_of(given, days)}|{period}")


def _edges(days: Days) -> dict[str, str]:
    return {"fromDate": midnight_text(days.since), "toDate": midnight_text(days.before)}


def _document(user: User, array: str, value: Any) -> bytes:
    document = {"userId": user.id, "userEmailAddress": user.document["emailAddress"], array: value}
    if int(user.id) % 59 == 0:
        document["emulatorTeam"] = {"name": "West", "size": 7}
    return orjson.dumps(document)


_SCOPE = "api:stats:user-actions"
_STATS = "/v2/stats/activity"
OPERATIONS = [
    Operation("POST", f"{_STATS}/aggregate", _SCOPE, aggregate, "usersAggregateActivityStats"),
    Operation("POST", f"{_STATS}/aggregate-by-period", _SCOPE, by_period, "usersAggregateActivity"),
    Operation("POST", f"{_STATS}/day-by-day", f"{_SCOPE}:detailed", day_by_day, "usersDetailedActivities"),
]
