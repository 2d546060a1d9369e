"""``POST /v2/stats/activity/scorecards``: who filled in which scorecard for which call.

The four dates are optional days of the company, ends exclusive, and may lie in the future. Automatic reviews
are left out unless asked for. A range from a day to the same day is 404 (recorded), as is any empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from include.emulator.activity import Action, Turns
from include.emulator.activity_days import Days, day_of, parse_day
from include.emulator.activity_paging import Listing, page
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.operations import Operation
from include.emulator.records import Call
from include.emulator.state import Emulator
from include.emulator.stats_bodies import AnsweredBody, AnsweredFilter
from include.emulator.validation import parse_body, parse_instant

NO_ANSWERED = "No answered scorecards found corresponding to the provided filters."  # recorded, full stop too
Document = dict[str, Any]


async def list_answered(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """Ascending by ``answeredScorecardId``; reviews whose call cannot be seen are not there."""
    body = parse_body(exchange, exchange.body or b"", AnsweredBody)
    given = body.filter
    calls = _days(given.call_from_date, given.call_to_date, "call")
    reviews = _days(given.review_from_date, given.review_to_date, "review")
    rows = []
    async with emulator.rendering:
        turns = Turns()
        for document, call, at in visible(emulator, emulator.clock.micros()):
            await turns.take()
            if _fits(given, document) and day_of(call.started) in calls and day_of(at) in reviews:
                rows.append(((int(document["answeredScorecardId"]),), document))
    rows.sort(key=lambda row: row[0])
    binding = given.model_dump_json()
    listing = Listing("answeredScorecards", ("answeredScorecardId",), rows, binding, NO_ANSWERED)
    return await page(emulator, exchange, listing, body.cursor, orjson.dumps)


def visible(emulator: Emulator, now: int) -> Iterator[tuple[Document, Call, int]]:
    """The answered scorecards that the API knows of at ``now``: document, call, time of the review."""
    for document in emulator.activity.answered.rows:
        at = _micros(document["reviewTime"])
        call = emulator.dataset.calls.get(document["callId"])
        if call is not None and at <= now and call.is_visible(now):
            yield document, call, at


@lru_cache(maxsize=1 << 16)
def _micros(text: str) -> int:
    return parse_instant(text, "reviewTime") or 0


def actions_of(document: Document, call: Call, at: int) -> list[Action]:
    """What a review by a person is among the statistics of activity: filled by one, received by another."""
    if document["reviewerUserId"] is None:
        return []
    return [
        Action(at, document["reviewerUserId"], "callsScorecardsFilled", call),
        Action(at, document["reviewedUserId"], "callsScorecardsReceived", call),
    ]


def _fits(given: AnsweredFilter, document: Document) -> bool:
    users, cards = given.reviewed_user_ids, given.scorecard_ids
    return (
        given.review_method in ("BOTH", document["reviewMethod"])
        and (not users or document["reviewedUserId"] in users)
        and (not cards or document["scorecardId"] in cards)
    )


def _days(since: str | None, before: str | None, name: str) -> Days:
    path = f"filter.{name}FromDate"
    first, end = parse_day(since, path), parse_day(before, f"filter.{name}ToDate")
    if first is not None and end is not None and first > end:
        raise ApiError(400, [f"{path}: must be before {name}ToDate"])
    return Days(first or date.min, end or date.max)


OPERATIONS = [
    Operation(
        "POST", "/v2/stats/activity/scorecards", "api:stats:scorecards", list_answered, "answeredScorecards"
    ),
]
