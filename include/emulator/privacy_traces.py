"""E-mail messages, meetings and engagement of outside people: made up by seed, the same for one person."""

from __future__ import annotations

import random
from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

from include.emulator.clock import to_micros
from include.emulator.company import DOMAIN
from include.emulator.ids import gong_id
from include.emulator.privacy_book import Object
from include.emulator.privacy_people import address_key
from include.emulator.rendering import instant
from include.emulator.state import Emulator

_DAY = 86_400_000_000
_BASE_32 = "abcdefghijklmnopqrstuvwxyz234567"
_EVENTS = ("contentShared", "contentViewed", "customEvent", "digitalInteraction")
_NAMES = ("Call shared", "Call watched", "Webinar attended", "Form filled")


class Trace(NamedTuple):
    """A document that refers to ``address`` (a key)."""

    object: Object
    address: str
    document: dict[str, Any]


def find_traces(emulator: Emulator, keys: Container[str]) -> list[Trace]:
    """What there is now of the outside people with these addresses."""
    found = []
    for addresses, counts in _people(emulator):
        if any(address_key(one) in keys for one in addresses):
            for trace in _traces(emulator, addresses, counts):
                if trace.address in keys and trace.object not in emulator.privacy.gone:
                    found.append(trace)
    return found


def _people(emulator: Emulator) -> Iterator[tuple[Sequence[str], tuple[int, int, int] | None]]:
    """The addresses of everybody, and how many messages, meetings and events; None leaves it to the seed."""
    for firm in emulator.company.accounts:
        for person in firm.people:
            if person.email:
                yield (person.email,), None
    for planted in emulator.privacy.planted:
        yield planted.addresses, (planted.emails, planted.meetings, planted.engagement)


def _traces(
    emulator: Emulator, addresses: Sequence[str], counts: tuple[int, int, int] | None
) -> Iterator[Trace]:
    rng = random.Random(f"{emulator.options.seed}:privacy:{address_key(addresses[0])}")
    made_up = (rng.randrange(9), rng.randrange(4), rng.randrange(5))
    emails, meetings, events = made_up if counts is None else counts
    ours = [str(user.person.email) for user in emulator.company.users if not user.avatar]
    until = to_micros(emulator.options.until)
    for number in range(emails):
        address = addresses[number % len(addresses)]
        document = _email(rng, address, rng.choice(ours or [f"sales@{DOMAIN}"]), until)
        yield Trace(Object("email", document["id"]), address_key(address), document)
    for number in range(meetings):
        meeting = _meeting(rng, until)
        key = address_key(addresses[number % len(addresses)])
        yield Trace(Object("meeting", meeting["id"]), key, meeting)
    for number in range(events):
        event = _event(rng, number, until)
        key = address_key(addresses[number % len(addresses)])
        yield Trace(Object("engagement", event["sourceEventId"]), key, event)


def _moment(rng: random.Random, until: int) -> str:
    return instant(until - rng.randrange(1, 60 * _DAY))


def _base_32(rng: random.Random) -> str:
    return "".join(rng.choices(_BASE_32, k=32))


def _email(rng: random.Random, theirs: str, ours: str, until: int) -> dict[str, Any]:
    document: dict[str, Any] = {
        "from": rng.choice((theirs, ours)),
        "id": _base_32(rng),
        "sentTime": _moment(rng, until),
        "mailbox": ours,
        "messageHash": _base_32(rng),
    }
    if rng.random() < 0.017:
        document["emulatorFolder"] = "Inbox"
    return document


def _meeting(rng: random.Random, until: int) -> dict[str, Any]:
    """The id is one of a calendar, with a domain and a time in it (the OpenAPI document's example)."""
    event = "".join(rng.choices("abcdefghijklmnopqrstuv0123456789", k=26))
    document = {"id": f"{gong_id(rng)}.{event}@calendar.example_{_moment(rng, until)}"}
    if rng.random() < 0.017:
        document["emulatorRoom"] = "Pier 4"
    return document


def _event(rng: random.Random, number: int, until: int) -> dict[str, Any]:
    place = number % len(_EVENTS)
    document: dict[str, Any] = {
        "eventType": _EVENTS[place],
        "timestamp": _moment(rng, until),
        "contentId": gong_id(rng),
        "contentUrl": f"https://us-00001.app.gong.example/e/c-share/tkn={_base_32(rng)[:25]}",
        "reportingSystem": "Gong" if place < 2 else "Webinars",
        "eventName": _NAMES[place],
        "sourceEventId": _base_32(rng),
    }
    if rng.random() < 0.017:
        document["emulatorDevice"] = "Phone"
    return document
