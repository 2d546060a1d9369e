"""``POST /v2/stats/interaction``: how users talk in the calls that they hosted, if they have Whisper.

Who has Whisper, how the values of several calls become one, and the text of the 404 are invented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson

from include.emulator.activity import Turns
from include.emulator.activity_paging import Listing, page
from include.emulator.company import User
from include.emulator.exchange import Exchange
from include.emulator.operations import Operation
from include.emulator.records import Call
from include.emulator.state import Emulator
from include.emulator.stats import ByDay, binding_of, collect, days_of, zone_and_range
from include.emulator.stats_bodies import StatsBody
from include.emulator.validation import parse_body

NO_STATS = "No interaction stats found corresponding to the provided filters"
Stats = list[dict[str, Any]]
_LONGEST = ("Longest Monologue", "Longest Customer Story")


async def interaction(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """One row for each user with Whisper who hosted calls in the range."""
    body = parse_body(exchange, exchange.body or b"", StatsBody)
    days = days_of(emulator, body.filter)
    found = await collect(emulator, days)
    rows = []
    turns = Turns()
    for user in list(emulator.company.users):
        await turns.take()
        stats = stats_of(emulator, user, found.get(user.id, {}))
        if stats and user.id in (body.filter.user_ids or (user.id,)):
            rows.append(((int(user.id),), (user, stats)))
    binding = binding_of(body.filter, days)
    listing = Listing("peopleInteractionStats", ("userId",), rows, binding, NO_STATS)
    return [*await page(emulator, exchange, listing, body.cursor, _render), zone_and_range(days)]


def stats_of(emulator: Emulator, user: User, by_day: ByDay) -> Stats:
    """What the calls say that ``user`` hosted; nothing without Whisper or without calls to go by."""
    if not has_whisper(emulator.options.seed, user):
        return []
    hosted = [
        action.call
        for actions in by_day.values()
        for action in actions
        if action.name == "callsAsHost" and "personInteractionStats" not in action.call.lacks
    ]
    return _measured(hosted) if hosted else []


def has_whisper(seed: int, user: User) -> bool:
    """Whether Whisper is turned on for the user's calls: for two users in three."""
    return hashlib.blake2b(f"{seed}:whisper:{user.id}".encode()).digest()[0] % 3 > 0


def _measured(calls: list[Call]) -> Stats:
    """Whole numbers and fractions, as recorded for calls; no customer's story where no customer was."""
    values: dict[str, list[float]] = {}
    for call in calls:
        for stat in call.analysis.stats:
            if stat["name"] != "Longest Customer Story" or call.analysis.talk.external:
                values.setdefault(stat["name"], []).append(stat["value"])
        asked = call.analysis.questions["companyCount"] * 3600 / max(1, call.duration)
        values.setdefault("Question Rate", []).append(asked)
    values.pop("Talk Ratio", None)
    return [
        {"name": name, "value": max(found) if name in _LONGEST else _mean(found)}
        for name, found in values.items()
    ]


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 2)


def _render(row: tuple[User, Stats]) -> bytes:
    user, stats = row
    return orjson.dumps(
        {
            "userId": user.id,
            "userEmailAddress": user.document["emailAddress"],
            "personInteractionStats": stats,
        }
    )


OPERATIONS = [
    Operation(
        "POST", "/v2/stats/interaction", "api:stats:interaction", interaction, "peopleInteractionStats"
    ),
]
