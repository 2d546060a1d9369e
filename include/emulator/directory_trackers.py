"""Makes the keyword trackers that ``GET /v2/settings/trackers`` lists: those of the calls, and two more."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import orjson

from include.emulator import phrases
from include.emulator.directory_making import Making, micros
from include.emulator.ids import gong_id
from include.emulator.kinds import Record, Records

_OUTBOUND = {"type": "And", "filters": [{"type": "CallDirection", "terms": ["OUTBOUND"]}]}
_TRANSLATED: dict[str, dict[str, tuple[str, ...]]] = {
    "Pricing": {"ger": ("Preis", "Rabatt", "pro Nutzer"), "fre": ("prix", "remise")},
    "Security": {"ger": ("Verschlüsselung", "Einmalanmeldung")},
    "Legal": {"spa": ("contrato", "cláusula")},
}
_SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"affiliation": "NonCompany", "partOfQuestion": True},
    {"affiliation": "Company", "saidAt": "First", "saidAtInterval": 10, "saidAtUnit": "minutes"},
    {"saidAt": "Last", "saidAtInterval": 25, "saidAtUnit": "percent"},
    {"saidInTopics": ["Pricing", "Next Steps"]},
)


def make_trackers(making: Making) -> Records:
    """Eight trackers in five languages and one for all; the last one is built in."""
    # The ids that the trackers of calls have: the same seed, the same order (see analysis.build_pool).
    rng = random.Random(f"{making.options.seed}:trackers")
    known = [(gong_id(rng), name, kind, words) for name, kind, words in phrases.TRACKERS]
    made = [
        _tracker(making, number, name, {"eng": words, **_TRANSLATED.get(name, {})})
        for number, name, kind, words in known
        if kind == "KEYWORD"
    ]
    made.append(_tracker(making, making.id(), "Renewal", {"eng": ("renew", "extend"), "por": ("renovar",)}))
    made.append(_tracker(making, making.id(), "Recording consent", {"mul": ("recorded", "aufgezeichnet")}))
    for place, tracker in enumerate(made):
        tracker.update(_SHAPES[place % len(_SHAPES)])
    made[-2]["workspaceId"] = making.workspaces[1]
    made[-1] |= {"creatorUserId": None, "updaterUserId": None}
    made[0]["emulatorPrecision"] = 0.93
    return made


def _tracker(making: Making, number: str, name: str, words: dict[str, tuple[str, ...]]) -> Record:
    created = making.moment(900, 300)
    return {
        "trackerId": number,
        "trackerName": name,
        "workspaceId": making.workspaces[0],
        "languageKeywords": [
            {"language": code, "keywords": list(some), "includeRelatedForms": code == "eng"}
            for code, some in words.items()
        ],
        "affiliation": "Anyone",
        "partOfQuestion": False,
        "saidAt": "Anytime",
        "saidAtInterval": None,
        "saidAtUnit": None,
        "saidInTopics": [],
        "filterQuery": orjson.dumps(_OUTBOUND).decode() if making.rng.random() < 0.5 else None,
        "created": micros(created),
        "creatorUserId": making.who(),
        "updated": micros(created + timedelta(days=making.rng.randrange(1, 300), microseconds=17)),
        "updaterUserId": making.who(),
    }
