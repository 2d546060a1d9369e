"""How many rows of each table a full read of activity and logs gives right now.

Full means: from the oldest data until before the company's current day, logs until now.
"""

from __future__ import annotations

from datetime import date, timedelta

import orjson

from include.emulator.activity import Turns
from include.emulator.activity_days import Days, day_of, today
from include.emulator.coaching import direct_reports, metrics_of
from include.emulator.logs_book import LOG_TYPES
from include.emulator.state import Emulator
from include.emulator.stats import ByDay, collect
from include.emulator.stats_interaction import stats_of
from include.emulator.stats_scorecards import visible
from include.emulator.tasks import open_tasks


async def count_activity(emulator: Emulator) -> dict[str, int]:
    """By table; distinct keys, as a table holds them."""
    now, days, turns = emulator.clock.micros(), Days(date.min, today(emulator.clock)), Turns()
    found = await collect(emulator, days)
    there = {user.id for user in emulator.company.users}
    done = [by_day for user_id, by_day in found.items() if user_id in there]
    answered = []
    for document, _, at in visible(emulator, now):
        await turns.take()
        if day_of(at) in days:
            answered.append(document)
    return {
        "user_activity_aggregate": sum(map(len, done)),
        "user_activity_by_period": sum(len({_monday(day) for day in by_day}) for by_day in done),
        "user_activity_day": sum(len(actions) for by_day in done for actions in by_day.values()),
        "user_interaction": await _interaction(emulator, found, turns),
        "answered_scorecard": len(answered),
        "answered_scorecard_answer": sum(len(document["answers"]) for document in answered),
        "coaching": await _coaching(emulator, found, turns),
        "engage_task": len(open_tasks(emulator)),
        "audit_log": await _logs(emulator, now, turns),
    }


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


async def _interaction(emulator: Emulator, found: dict[str, ByDay], turns: Turns) -> int:
    """Each day asked for by itself."""
    values = 0
    for user in list(emulator.company.users):
        for day, actions in found.get(user.id, {}).items():
            await turns.take()
            values += len(stats_of(emulator, user, {day: actions}))
    return values


async def _coaching(emulator: Emulator, found: dict[str, ByDay], turns: Turns) -> int:
    """Of all workspaces and all managers."""
    if not emulator.products.coaching:
        return 0
    values = 0
    for manager in list(emulator.company.users):
        reports = [user.id for user in direct_reports(emulator, manager)]
        actions = [action for done in found.get(manager.id, {}).values() for action in done if reports]
        for workspace in emulator.directory.workspace_ids():
            await turns.take()
            coached = metrics_of(actions, workspace)
            values += sum(len(calls) for one in reports for calls in coached.get(one, {}).values())
    return values


async def _logs(emulator: Emulator, now: int, turns: Turns) -> int:
    distinct = set()
    for log_type in LOG_TYPES:
        for line in emulator.activity.logs.between(log_type, None, None, now):
            await turns.take()
            distinct.add((log_type, orjson.dumps(line.entry, option=orjson.OPT_SORT_KEYS)))
    return len(distinct)
