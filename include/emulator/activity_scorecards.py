"""Answered scorecards: documents as ``POST /v2/stats/activity/scorecards`` gives them, made by seed.

Recorded: ids are strings on the wire, though numbers in the OpenAPI document; nulls are there.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from include.emulator.company import Company
from include.emulator.ids import gong_id
from include.emulator.records import Call
from include.emulator.rendering import instant

Document = dict[str, Any]
_HOUR = 3_600_000_000
_VISIBILITY = ("PUBLIC", "PUBLIC", "PRIVATE", "OPT_IN_USERS")
_REMARKS = (
    "Good discovery, but the next step stayed vague.",
    "Listened well. Pricing came too early.",
    "Clear agenda and a firm follow-up.",
)


def make_answered(
    seed: int, company: Company, calls: Iterable[Call], scorecards: Sequence[Mapping[str, Any]], until: int
) -> list[Document]:
    """About two answered scorecards for five calls, none reviewed at ``until`` (microseconds) or later."""
    reviewers = [user.id for user in company.hosts()]
    made: list[Document] = []
    for call in calls:
        rng = random.Random(f"{seed}:answered:{call.id}")
        for method, chance in (("MANUAL", 0.3), ("AUTOMATIC", 0.15)):
            cards = [card for card in scorecards if card["reviewMethod"] == method]
            at = call.appears + rng.randrange(36 * _HOUR)
            if cards and rng.random() < chance and at < until:
                reviewer = rng.choice(reviewers) if method == "MANUAL" else None
                made.append(_answered(rng, rng.choice(cards), call, at, reviewer))
    return made


def _answered(
    rng: random.Random, card: Mapping[str, Any], call: Call, at: int, reviewer: str | None
) -> Document:
    # Times with and without a fraction: the OpenAPI document shows both.
    whole = at // 1_000_000 * 1_000_000
    number = gong_id(rng)
    document: Document = {
        "answeredScorecardId": number,
        "scorecardId": str(card["scorecardId"]),
        "scorecardName": card["scorecardName"],
        "callId": call.id,
        "callStartTime": instant(call.started),
        "reviewedUserId": call.host_id,
        "reviewerUserId": reviewer,
        "reviewMethod": "AUTOMATIC" if reviewer is None else "MANUAL",
        "editorUserId": reviewer if reviewer is not None and rng.random() < 0.15 else None,
        "reviewTime": instant(at if rng.random() < 0.5 else whole),
        "visibilityType": rng.choice(_VISIBILITY),
        "answers": list(_answers(rng, card.get("questions") or ())),
    }
    if int(number) % 61 == 0:
        document["emulatorCalibrated"] = True
    return document


def _answers(rng: random.Random, questions: Iterable[Mapping[str, Any]]) -> Iterator[Document]:
    for question in questions:
        options = [str(option["id"]) for option in question.get("answerOptions") or ()]
        low, high = question.get("minRange"), question.get("maxRange")
        answer: Document = {
            "questionId": str(question["questionId"]),
            "questionRevisionId": str(question["questionRevisionId"]),
            "isOverall": question["isOverall"],
            "score": None,
            "answerText": None,
            "notApplicable": rng.random() < 0.1,
            "selectedOptions": None,
        }
        if not answer["notApplicable"]:
            if options:
                answer["selectedOptions"] = rng.sample(options, rng.randrange(1, len(options) + 1))
            elif low is not None and high is not None:
                answer["score"] = rng.randrange(int(low), int(high) + 1)
            else:
                yes_or_no = question["questionType"] == "YES_NO"
                answer["answerText"] = rng.choice(("Yes", "No") if yes_or_no else _REMARKS)
        yield answer
