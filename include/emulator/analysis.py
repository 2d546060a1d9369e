"""What Gong derives from a talk, rendered once per talk as JSON fragments with placeholders for speakers.

Shapes as recorded from the real service: outline and tracker times are float seconds with float32 noise,
topics may have a duration of 0, a monologue's topic may be null.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from include.emulator import phrases
from include.emulator.ids import gong_id
from include.emulator.talks import Sentence, Talk, float32, make_pool

Tracker = tuple[str, str, str, tuple[str, ...]]
_STRUCTURE = {
    "Introduction": ("Small Talk", "Call Setup"),
    "Discovery": ("Discovery",),
    "Demo": ("Product Demo", "Integrations", "Security"),
    "Negotiation": ("Pricing", "Objections", "Moving Forward"),
    "Closing": ("Next Steps", "Wrap-Up"),
}


def placeholder(seat: int) -> bytes:
    """What stands for the speaker id of ``seat`` in a fragment: 11 bytes that no sentence contains."""
    return b"{speaker:%d}" % seat


def _slot(seat: int) -> str:
    return placeholder(seat).decode()


@dataclass(slots=True)
class Analysis:
    """Fragments of one talk by name, and how many things each holds.

    ``parts`` are JSON values by the name of the field; ``trackers`` has a plain form without moments.
    ``body`` is the transcript after the greeting, without the brackets around it.
    """

    talk: Talk
    body: bytes
    parts: dict[str, bytes]
    plain_trackers: bytes
    counts: Counter[str]
    spoken: Counter[int]
    stats: list[dict[str, Any]]
    questions: dict[str, int] = field(default_factory=dict)


@lru_cache(maxsize=2)
def build_pool(seed: int, size: int) -> tuple[Analysis, ...]:
    """A pool of ``size`` talks with all that is derived from them; kept, because nothing ever changes it."""
    rng = random.Random(f"{seed}:trackers")
    trackers = [(gong_id(rng), *tracker) for tracker in phrases.TRACKERS]
    talks = enumerate(make_pool(seed, size))
    return tuple(
        analyse(talk, trackers, random.Random(f"{seed}:analysis:{number}")) for number, talk in talks
    )


def analyse(talk: Talk, trackers: list[Tracker], rng: random.Random) -> Analysis:
    """Derive everything from ``talk``."""
    counts: Counter[str] = Counter()
    full = [_tracker(talk, tracker) for tracker in trackers]
    structures: dict[str, Any] = {
        "topics": _topics(talk),
        "structure": _structure(talk),
        "trackers": full,
        "outline": _outline(talk, rng),
        "highlights": _highlights(talk, rng),
        "keyPoints": _key_points(talk, rng),
    }
    counts["topics"] = len(structures["topics"])
    counts["structure"] = len(structures["structure"])
    counts["trackerMentions"] = sum(max(1, tracker["count"]) for tracker in full)
    counts["outlineSections"] = len(structures["outline"])
    counts["outlineItems"] = sum(len(section["items"]) for section in structures["outline"])
    counts["highlights"] = len(structures["highlights"])
    counts["highlightItems"] = sum(len(block["items"]) for block in structures["highlights"])
    counts["keyPoints"] = len(structures["keyPoints"])
    monologues = _monologues(talk, rng)
    counts["monologues"] = len(monologues) + 2
    counts["sentences"] = len(talk.sentences) + 3
    asked = [said for said in talk.sentences if said.text.endswith("?")]
    by_company = sum(talk.of_company(said.seat) for said in asked)
    return Analysis(
        talk,
        orjson.dumps(monologues)[1:-1],
        {name: orjson.dumps(value) for name, value in structures.items()},
        orjson.dumps([_plain(tracker) for tracker in full]),
        counts,
        talk.seconds_by_seat(),
        _stats(talk, monologues, rng),
        {"companyCount": by_company, "nonCompanyCount": len(asked) - by_company},
    )


def _monologues(talk: Talk, rng: random.Random) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    previous: Sentence | None = None
    for said in talk.sentences:
        if previous is None or (previous.seat, previous.topic) != (said.seat, said.topic):
            topic = None if rng.random() < 0.3 else said.topic
            made.append({"speakerId": _slot(said.seat), "topic": topic, "sentences": []})
        sentence: dict[str, Any] = {"start": said.start, "end": said.end, "text": said.text}
        if rng.random() < 0.015:
            sentence["emulatorConfidence"] = round(rng.random(), 3)
        made[-1]["sentences"].append(sentence)
        previous = said
    return made


def _topics(talk: Talk) -> list[dict[str, Any]]:
    """All topics, those not spoken about with 0 seconds (recorded)."""
    spent: Counter[str] = Counter()
    for name, start, end in talk.spans():
        spent[name] += (end - start) // 1000
    return [{"name": name, "duration": spent[name]} for name in phrases.TALK]


def _structure(talk: Talk) -> list[dict[str, Any]]:
    spent: Counter[str] = Counter()
    for name, start, end in talk.spans():
        part = next(part for part, topics in _STRUCTURE.items() if name in topics)
        spent[part] += (end - start) // 1000
    return [{"name": part, "duration": seconds} for part, seconds in spent.items()]


def _moments(talk: Talk, phrase: str) -> list[dict[str, Any]]:
    wanted = phrase.casefold()
    return [
        {"startTime": float32(said.start / 1000), "speakerId": _slot(said.seat)}
        for said in talk.sentences
        if wanted in said.text.casefold()
    ]


def _tracker(talk: Talk, tracker: Tracker) -> dict[str, Any]:
    """Keyword trackers tell each phrase apart, smart ones list moments (OpenAPI document)."""
    number, name, kind, terms = tracker
    found = {term: _moments(talk, term) for term in terms}
    spoken = {term: moments for term, moments in found.items() if moments}
    document: dict[str, Any] = {
        "id": number,
        "name": name,
        "count": sum(len(moments) for moments in spoken.values()),
        "type": kind,
    }
    if kind == "KEYWORD":
        document["occurrences"] = []
        document["phrases"] = [
            {"count": len(moments), "occurrences": moments, "phrase": term}
            for term, moments in spoken.items()
        ]
    else:
        flat = [moment for moments in spoken.values() for moment in moments]
        document["occurrences"] = sorted(flat, key=lambda moment: float(moment["startTime"]))
        document["phrases"] = []
    return document


def _plain(tracker: dict[str, Any]) -> dict[str, Any]:
    """The same without moments: ``trackerOccurrences`` was not asked for."""
    plain = {name: value for name, value in tracker.items() if name != "occurrences"}
    plain["phrases"] = [{"count": term["count"], "phrase": term["phrase"]} for term in tracker["phrases"]]
    return plain


def _said(rng: random.Random, topic: str) -> str:
    return rng.choice(phrases.SUMMARIES[topic]).format(who=rng.choice(("The host", "The seller")))


def _outline(talk: Talk, rng: random.Random) -> list[dict[str, Any]]:
    made = []
    for name, start, end in talk.spans():
        moments = [said.start for said in talk.sentences if start <= said.start <= end]
        chosen = sorted(rng.choices(moments, k=rng.randrange(1, 4)))
        made.append(
            {
                "section": name,
                "startTime": float32(start / 1000),
                "duration": float32((end - start) / 1000),
                "items": [{"text": _said(rng, name), "startTime": float32(at / 1000)} for at in chosen],
            }
        )
    return made


def _highlights(talk: Talk, rng: random.Random) -> list[dict[str, Any]]:
    made = []
    for title, topics in (
        ("Customer needs", ("Discovery",)),
        ("Next steps", ("Moving Forward", "Next Steps")),
    ):
        moments = [said for said in talk.sentences if said.topic in topics]
        if not moments:
            continue
        items = []
        for _ in range(rng.randrange(1, 4)):
            times = sorted({said.start for said in rng.choices(moments, k=rng.randrange(1, 3))})
            text = _said(rng, rng.choice(topics))
            items.append({"text": text, "startTimes": [float32(at / 1000) for at in times]})
        made.append({"title": title, "items": items})
    return made


def _key_points(talk: Talk, rng: random.Random) -> list[dict[str, Any]]:
    names = [name for name, _, _ in talk.spans()]
    return [{"text": f"{name}: {_said(rng, name)}"} for name in names[: rng.randrange(3, 9)]]


def _stats(talk: Talk, monologues: list[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    """The five statistics of the host, in the recorded order; whole numbers and fractions as recorded."""
    spoken = talk.seconds_by_seat()
    total = sum(spoken.values()) or 1
    longest = [0, 0]
    for block in monologues:
        seat = int(block["speakerId"][9])
        length = (block["sentences"][-1]["end"] - block["sentences"][0]["start"]) // 1000
        side = 0 if talk.of_company(seat) else 1
        longest[side] = max(longest[side], length)
    switches = len(monologues) / max(1, talk.duration / 60)
    return [
        {"name": "Talk Ratio", "value": round(spoken[0] / total, 2)},
        {"name": "Longest Monologue", "value": longest[0]},
        {"name": "Longest Customer Story", "value": longest[1]},
        {"name": "Interactivity", "value": round(min(10.0, switches * 2), 2)},
        {"name": "Patience", "value": round(rng.uniform(0.2, 2.5), 2)},
    ]
