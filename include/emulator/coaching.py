"""``GET /v2/coaching``: what a manager did with the calls of each direct report, in one workspace.

Documented are the parameters (kebab-case, all required) and that metrics are lists of texts by name.
Invented: the names, that the texts are ids of calls, that ``to`` is the end, 400 for what is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import orjson

from include.emulator.activity import Action
from include.emulator.activity_days import Days, day_of
from include.emulator.company import User
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.operations import Operation
from include.emulator.products import require
from include.emulator.state import Emulator
from include.emulator.stats import collect
from include.emulator.validation import check_range

METRICS = {
    "othersCallsListenedTo": "Listened to calls",
    "callsGaveFeedback": "Gave feedback",
    "callsCommentsGiven": "Commented on calls",
    "callsMarkedAsFeedbackGiven": "Marked as reviewed",
    "callsScorecardsFilled": "Filled scorecards",
}
_NAMES = ("workspace-id", "manager-id", "from", "to")
Metrics = dict[str, list[str]]


async def get_coaching(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """The manager's coaching in [from, to); a direct report whom nobody coached has no metrics."""
    given = exchange.query
    missing = [f"{name}: must not be null" for name in _NAMES if name not in given]
    if missing:
        raise ApiError(400, missing)
    for name in _NAMES[:2]:
        if not (given[name].isascii() and given[name].isdigit()):
            raise ApiError(400, [f"{name}: must be an integer"])
    since, before = check_range(given["from"], given["to"], "from", "to", "to")
    require(emulator.products.coaching)
    manager = emulator.company.user(given["manager-id"])
    if manager is None:
        raise ApiError(400, ["manager-id: unknown user"])
    if given["workspace-id"] not in emulator.directory.workspace_ids():
        raise ApiError(400, ["workspace-id: unknown workspace"])
    actions = await _between(emulator, manager, since or 0, before or 0)
    coached = metrics_of(actions, given["workspace-id"])
    reports = [
        {"report": _person(report), "metrics": coached.get(report.id, {})}
        for report in direct_reports(emulator, manager)
    ]
    data = [{"manager": _person(manager), "directReportsMetrics": reports}]
    return [b'"coachingData":' + orjson.dumps(data if reports else [])]


async def _between(emulator: Emulator, manager: User, since: int, before: int) -> list[Action]:
    before = min(before, emulator.clock.micros() + 1)  # also keeps absurd years out of the calendar
    days = Days(day_of(max(since, 0)), day_of(before) + timedelta(days=1))
    by_day = (await collect(emulator, days)).get(manager.id, {})
    return [action for actions in by_day.values() for action in actions if since <= action.at < before]


def direct_reports(emulator: Emulator, manager: User) -> list[User]:
    """The users whom ``manager`` manages, avatars aside, ascending by id."""
    return [
        user
        for user in emulator.company.users
        if not user.avatar and user.document["managerId"] == manager.id
    ]


def metrics_of(actions: Iterable[Action], workspace: str) -> dict[str, Metrics]:
    """Ids of calls by host and metric, each once, of what one manager did; hosts who are no reports too."""
    found: dict[str, Metrics] = {}
    for action in actions:
        if action.name in METRICS and action.call.workspace == workspace:
            calls = found.setdefault(action.call.host_id, {}).setdefault(METRICS[action.name], [])
            if action.call.id not in calls:
                calls.append(action.call.id)
    return found


def _person(user: User) -> dict[str, Any]:
    names = ("id", "emailAddress", "firstName", "lastName", "title")
    return {name: user.document[name] for name in names}


OPERATIONS = [Operation("GET", "/v2/coaching", "api:coaching:read", get_coaching, "coachingData")]
