"""What becomes of a recording once Gong has its media: a call like all others, or nothing at all."""

from __future__ import annotations

import random

from include.emulator.company import Account, Person
from include.emulator.ids import gong_id
from include.emulator.intake import Upload
from include.emulator.languages import shown
from include.emulator.privacy_erasing import settle_erasures
from include.emulator.records import Call, Given, Participant
from include.emulator.state import Emulator
from include.emulator.upload_bodies import NewCall, Party

SYSTEM = "Upload API"  # recorded
_BUCKET = "https://s3.us-west-2.emulator.example/gong-uploads"


def settle(emulator: Emulator) -> None:
    """Bring all up to the emulator's clock: recordings, CRM files and erasures."""
    for upload, ended in emulator.intake.processed(emulator.clock.micros()):
        why = _why_not(emulator, upload)
        if why is not None:
            upload.discard(why)
            continue
        emulator.dataset.add(_make_call(emulator, upload, ended))
        upload.state = "visible"
    emulator.crm.settle()
    settle_erasures(emulator)


def _why_not(emulator: Emulator, upload: Upload) -> str | None:
    """Why Gong drops it without a word (observed at the real one), None if it does not."""
    media = upload.media
    host = emulator.company.user(upload.body.primary_user)
    if media is not None and media.heard == "silence":
        return "silence"
    if upload.seconds < emulator.intake.settings.minimum_seconds:
        return "too short"
    if media is not None and media.heard == "tone":
        return "no human speech"
    if host is None or not host.imports_calls:
        return "the primary user is not set for import"
    return None


def _make_call(emulator: Emulator, upload: Upload, ended: int) -> Call:
    body, media = upload.body, upload.media
    rng = random.Random(upload.call_id)
    people = _people(emulator, body)
    external = any(person.user_id is None for person in people)
    talk = emulator.maker.talk_of(upload.seconds, external=external, people=len(people))
    account = _account(emulator, body)
    linked = {one.object_id for context in body.context or () for one in context.objects or ()}
    return Call(
        id=upload.call_id,
        title=body.title or "Uploaded call",
        started=body.started,
        scheduled=body.planned,
        duration=int(upload.seconds),
        direction=body.direction,
        system=SYSTEM,
        scope="External" if external else "Internal",
        media="Video" if media is not None and media.video else "Audio",
        workspace=body.workspace_id or emulator.company.workspaces[0],
        host_id=body.primary_user,
        account=account,
        analysis=talk,
        participants=_seated(rng, people, talk.talk.seats, external=external),
        comments=[],
        lacks=frozenset() if media is not None and media.video else frozenset({"video"}),
        is_private=False,
        appears=ended,
        transcript_appears=ended,
        outcome=None,
        with_opportunity=account is not None and account.opportunity_id in linked,
        given=Given(
            client_unique_id=body.client_unique_id,
            custom_data=body.custom_data,
            purpose=body.purpose,
            disposition=body.disposition,
            meeting_url=f"{_BUCKET}/{upload.call_id}/{rng.getrandbits(128):032x}",
            language=shown(body.language_code),
        ),
    )


def _account(emulator: Emulator, body: NewCall) -> Account | None:
    """The customer whom the call's context names by the id of the CRM, if the company has it."""
    named = {
        one.object_id
        for context in body.context or ()
        for one in context.objects or ()
        if "Account" in one.object_type
    }
    return next((firm for firm in emulator.company.accounts if firm.account_id in named), None)


def _people(emulator: Emulator, body: NewCall) -> list[Person]:
    """The parties, the primary user first, the others in the order given."""
    ordered = sorted(body.parties, key=lambda party: party.user_id != body.primary_user)
    return [_person(emulator, party) for party in ordered]


def _person(emulator: Emulator, party: Party) -> Person:
    user = emulator.company.user(party.user_id) if party.user_id else None
    if user is not None:
        return user.person
    return Person(party.name or "", party.email_address, party.phone_number, None)


def _seated(rng: random.Random, people: list[Person], seats: int, *, external: bool) -> list[Participant]:
    """Who takes which part in the talk: 0 and 2 are the company's in an external one (see talks.py)."""
    seat_of: dict[int, int] = {0: 0}
    for seat in range(1, seats):
        free = [number for number in range(len(people)) if number not in seat_of]
        if not free:
            break
        ours = not external or seat in (0, 2)
        fitting = [number for number in free if (people[number].user_id is not None) == ours]
        seat_of[(fitting or free)[0]] = seat
    made = []
    for number, person in enumerate(people):
        place = seat_of.get(number)
        speaker = None if place is None else gong_id(rng)
        outside, named = person.user_id is None, bool(person.name)
        made.append(Participant(gong_id(rng), person, speaker, place, outside, named, complete=True))
    return made
