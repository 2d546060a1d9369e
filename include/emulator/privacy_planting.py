"""Plants an outside person into calls, and mentions of that person into others: for tests of an erasure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from include.emulator.company import Person
from include.emulator.ids import crm_id, gong_id
from include.emulator.privacy_people import ADDRESS_FIELD, NUMBER_FIELDS, PlantedPerson
from include.emulator.privacy_records import NATIVE_SYSTEM
from include.emulator.privacy_spelling import spellings
from include.emulator.records import Call, Comment, Participant
from include.emulator.rendering import brief
from include.emulator.state import Emulator

_SENTENCE = "Please send it to {}."
# What the person is in one call after the other, and the CRM record that the call links to.
_ROLES = (
    ("speaker", "Contact"),
    ("attendee", None),
    ("speaker", "Lead"),
    ("context", "Contact"),
    ("speaker", None),
)


class TooFewCallsError(Exception):
    """There are not as many fitting calls as were asked for."""


@dataclass(frozen=True)
class Wish:
    """Who is wanted and how often. ``mention_as``: the texts of mentions; None is all usual spellings."""

    name: str
    emails: Sequence[str]
    phones: Sequence[str]
    calls: int
    mentions: int
    emails_sent: int
    meetings: int
    engagement: int
    mention_as: Sequence[str] | None


@dataclass(frozen=True)
class Planted:
    """Ids of the calls; ``mentions``: what stands in the calls that mention the person, in their order."""

    call_ids: list[str]
    mention_call_ids: list[str]
    mentions: list[str]
    external_ids: list[str]


def plant(emulator: Emulator, wish: Wish) -> Planted:
    """Do it: in public calls with a transcript that can be seen now, spread evenly over all there are.

    :raises TooFewCallsError: when there are not enough of them; nothing is changed then
    """
    privacy = emulator.privacy
    rng = random.Random(f"{emulator.options.seed}:planted:{len(privacy.planted)}")
    free = _free_calls(emulator)
    if len(free) < wish.calls + wish.mentions:
        raise TooFewCallsError(f"{len(free)} calls are fit for it, {wish.calls + wish.mentions} were wanted")
    chosen = _spread(free, wish.calls)
    taken = {call.id for call in chosen}
    mentioning = _spread([call for call in free if call.id not in taken], wish.mentions)
    contact, lead = _records(rng, wish)
    for number, call in enumerate(chosen):
        _appear(rng, call, number, wish, {"Contact": contact, "Lead": lead})
    texts = list(wish.mention_as or spellings(wish.emails, wish.phones))
    said = [texts[number % len(texts)] for number in range(len(mentioning))]
    for number, (call, text) in enumerate(zip(mentioning, said, strict=True)):
        _mention(rng, call, number, text)
    for call in (*chosen, *mentioning):
        call.version += 1
        emulator.dataset.touch(call)
    counts = wish.emails_sent, wish.meetings, wish.engagement
    privacy.planted.append(PlantedPerson(contact, lead, tuple(wish.emails), tuple(wish.phones), *counts))
    privacy.touched.update(call.id for call in (*chosen, *mentioning))
    return Planted(
        [call.id for call in chosen],
        [call.id for call in mentioning],
        said,
        [str(contact.crm_id), str(lead.crm_id)],
    )


def _free_calls(emulator: Emulator) -> list[Call]:
    """Calls with a customer whom the native CRM has, and that nobody was planted into."""
    now = emulator.clock.micros()
    return [
        call
        for call in emulator.dataset.ordered()
        if call.has_transcript(now)
        and not call.is_private
        and call.account is not None
        and call.account.system == NATIVE_SYSTEM
        and call.given is None
        and call.id not in emulator.privacy.touched
        and _guest(call) is not None
    ]


def _guest(call: Call) -> Participant | None:
    return next((who for who in call.participants if who.seat == 1 and who.external), None)


def _spread(calls: Sequence[Call], count: int) -> list[Call]:
    return [calls[number * len(calls) // count] for number in range(count)]


def _records(rng: random.Random, wish: Wish) -> tuple[Person, Person]:
    """The person as a contact, with the first address and up to two numbers, and as a lead, with the last."""
    names = [("Name", wish.name)]
    numbers = list(zip(NUMBER_FIELDS, wish.phones, strict=False))
    fields = (*names, (ADDRESS_FIELD, wish.emails[0]), *numbers, ("Department", "Procurement"))
    contact = Person(wish.name, wish.emails[0], None, None, None, "Contact", crm_id(rng, "003"), fields)
    lead_fields = (
        *names,
        (ADDRESS_FIELD, wish.emails[-1]),
        *((NUMBER_FIELDS[0], one) for one in wish.phones[-1:]),
    )
    lead = replace(
        contact, email=wish.emails[-1], crm_type="Lead", crm_id=crm_id(rng, "00Q"), crm_fields=lead_fields
    )
    return contact, lead


def _appear(rng: random.Random, call: Call, number: int, wish: Wish, records: dict[str, Person]) -> None:
    """Put the person into a call: in place of a customer's speaker, beside all others, or in the context."""
    role, linked = _ROLES[number % len(_ROLES)]
    call.lacks = call.lacks - {"parties", "context", "media"}
    record = records.get(linked or "")
    if role == "context" and record is not None:
        call.linked = (*call.linked, record)
        return
    turn = number + number // len(_ROLES)
    phone = wish.phones[turn // 2 % len(wish.phones)] if wish.phones and number % 3 < 2 else None
    look = Person(wish.name, wish.emails[turn % len(wish.emails)], phone, "Head of Procurement")
    if record is not None:
        look = replace(look, crm_type=record.crm_type, crm_id=record.crm_id, crm_fields=record.crm_fields)
    guest = _guest(call)
    if role == "speaker" and guest is not None:
        guest.person, guest.named, guest.complete = look, True, True
    else:
        call.participants.append(Participant(gong_id(rng), look, None, None, True, True, complete=True))


def _mention(rng: random.Random, call: Call, number: int, text: str) -> None:
    """Into the transcript, the title, the brief or a comment, in turn."""
    sentence = _SENTENCE.format(text)
    place = (number + number // 4) % 4  # so that each place gets addresses as well as numbers
    if place == 0:
        call.said = (*call.said, sentence)
    elif place == 1:
        call.title = f"{call.title} ({text})"
    elif place == 2:
        call.brief = f"{brief(call)} {sentence}"
        call.lacks = call.lacks - {"brief"}
    else:
        posted = call.ended + 60_000_000
        call.comments.append(Comment(gong_id(rng), call.host_id, sentence, 5.0, posted, None))
