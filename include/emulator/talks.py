"""Conversations: a pool of sales talks that calls share, rendered once, with placeholders for the speakers.

Seats 0 and 2 belong to the company in an external call, the others to the customer; in an internal call all
belong to the company. Times are milliseconds unless a name says otherwise.
"""

from __future__ import annotations

import random
import struct
from collections import Counter
from dataclasses import dataclass

from include.emulator import phrases

WORDS_PER_SECOND = 2.5
OPENING_MS = 9_000  # the greeting, which each call renders by itself
_ARC = ("Small Talk", "Call Setup", "Discovery", "Product Demo", "Integrations", "Security", "Pricing")
_END = ("Objections", "Moving Forward", "Next Steps", "Wrap-Up")
_SHORT_ARC = ("Call Setup", "Discovery", "Next Steps", "Wrap-Up")
_SHARE = {
    "Small Talk": 3,
    "Call Setup": 3,
    "Discovery": 22,
    "Product Demo": 26,
    "Next Steps": 6,
    "Wrap-Up": 2,
}


def float32(seconds: float) -> float:
    """``seconds`` as a 32-bit float holds it: outline times look like 8.949999809265137 (recorded)."""
    return float(struct.unpack("f", struct.pack("f", seconds))[0])


@dataclass(slots=True)
class Sentence:
    """One sentence: who (seat), what about, from when to when."""

    seat: int
    topic: str
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Talk:
    """A talk of ``duration`` seconds between ``seats`` speakers; ``external`` when customers take part."""

    duration: int
    seats: int
    external: bool
    sentences: list[Sentence]

    def spans(self) -> list[tuple[str, int, int]]:
        """Topics in order: (name, start, end), one span per run of the same topic."""
        found: list[tuple[str, int, int]] = []
        for said in self.sentences:
            if found and found[-1][0] == said.topic:
                found[-1] = (said.topic, found[-1][1], said.end)
            else:
                found.append((said.topic, said.start, said.end))
        return found

    def seconds_by_seat(self) -> Counter[int]:
        """Milliseconds spoken by seat, the greeting included."""
        spoken = Counter({0: OPENING_MS // 2, 1: OPENING_MS // 2 - 500})
        for said in self.sentences:
            spoken[said.seat] += said.end - said.start
        return spoken

    def of_company(self, seat: int) -> bool:
        """Whether the one in ``seat`` works for the company."""
        return not self.external or seat in (0, 2)


def _duration(rng: random.Random) -> int:
    """Seconds: from a minute to an hour, 25 minutes on average."""
    low, high = rng.choices(((60, 300), (420, 1260), (1260, 2040), (2040, 3720)), (8, 30, 45, 17))[0]
    return rng.randrange(low, high)


def make_talk(rng: random.Random, *, external: bool, seats: int) -> Talk:
    """One talk. A sentence takes the time that its words need, and a pause follows: about 7 s in all."""
    talk = Talk(_duration(rng), seats, external, [])
    topics = _SHORT_ARC if talk.duration < 300 else _ARC + _END
    weights = [_SHARE.get(topic, 8) for topic in topics]
    clock, spent = OPENING_MS, 0
    end_of_talk = talk.duration * 1000 - 2_000
    for topic, weight in zip(topics, weights, strict=True):
        spent += weight
        until = OPENING_MS + (end_of_talk - OPENING_MS) * spent // sum(weights)
        clock = _speak(rng, talk, topic, clock, until)
    return talk


def _speak(rng: random.Random, talk: Talk, topic: str, clock: int, until: int) -> int:
    """Sentences about ``topic`` from ``clock`` to ``until``; where the last one ended."""
    decks = tuple(_Deck(rng, lines) for lines in phrases.TALK[topic])
    seat = rng.randrange(talk.seats)
    while True:
        deck = decks[0 if talk.of_company(seat) else 1]
        for _ in range(rng.randrange(1, 5)):
            text = _fill(rng, deck.draw())
            length = int(len(text.split()) / WORDS_PER_SECOND * 1000) // 10 * 10 + 400
            if clock + length > until:
                return clock
            talk.sentences.append(Sentence(seat, topic, clock, clock + length, text))
            clock += length + rng.choice((0, 240, 1_500, 2_400, 4_200, 6_000))
        seat = (seat + rng.randrange(1, talk.seats)) % talk.seats if talk.seats > 1 else seat


class _Deck:
    """Lines in a random order, each once before any comes again."""

    def __init__(self, rng: random.Random, lines: tuple[str, ...]) -> None:
        self._rng = rng
        self._lines = lines + phrases.FILLERS
        self._rest: list[str] = []

    def draw(self) -> str:
        if not self._rest:
            self._rest = self._rng.sample(self._lines, len(self._lines))
        return self._rest.pop()


def _fill(rng: random.Random, line: str) -> str:
    if "{" not in line:
        return line
    team, other = rng.sample(phrases.TEAMS, 2)
    return line.format(
        n=rng.randrange(3, 90),
        tool=rng.choice(phrases.TOOLS),
        team=team,
        team2=other,
        rival=rng.choice(phrases.COMPETITORS),
        quarter=rng.choice(phrases.QUARTERS),
    )


def pool_size(calls: int) -> int:
    """How many talks the pool holds for so many calls."""
    return max(36, min(240, calls // 4))


def make_pool(seed: int, size: int) -> list[Talk]:
    """``size`` talks, one in nine of them internal, two to five speakers, a few monologues (voicemail)."""
    talks = []
    for number in range(size):
        rng = random.Random(f"{seed}:talk:{number}")
        external = number % 9 != 4
        seats = rng.choices((2, 3, 4, 5), (45, 30, 17, 8))[0]
        talks.append(make_talk(rng, external=external, seats=seats))
    return sorted(talks, key=lambda talk: talk.duration)
