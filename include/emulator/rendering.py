"""A call as JSON bytes: its metadata, and the whole of it as selected. Shapes as recorded and documented.

What was selected but does not exist for a call is left out, except where recorded answers show an empty
value: ``context`` is ``[]`` and ``collaboration`` is ``{}``.
"""

from __future__ import annotations

from typing import Any

import orjson

from include.emulator.analysis import placeholder
from include.emulator.clock import from_micros
from include.emulator.company import Account, Fields, Person
from include.emulator.generation import COMPANY_ZONE
from include.emulator.records import Call, Participant, video_names
from include.emulator.selector import CONTENT, INTERACTION, Selector
from include.emulator.talks import float32


def instant(micros: int) -> str:
    """A time as Gong writes it: the company's offset, microseconds only where there are any (recorded)."""
    return from_micros(micros).astimezone(COMPANY_ZONE).isoformat()


def call_url(number: str) -> str:
    """The page of a call in Gong's web application."""
    return f"https://us-00001.app.gong.example/call?id={number}"


def metadata(call: Call) -> dict[str, Any]:
    """The ``metaData`` of a call; ``GET /v2/calls`` returns it alone. Nulls are present, as recorded."""
    conference = call.direction == "Conference"
    document: dict[str, Any] = {
        "id": call.id,
        "url": call_url(call.id),
        "title": call.title,
        "scheduled": instant(call.scheduled),
        "started": instant(call.started),
        "duration": call.duration,
        "primaryUserId": call.host_id,
        "direction": call.direction,
        "system": call.system,
        "scope": call.scope,
        "media": call.media,
        "language": "eng" if call.transcript_appears is not None else "zxx",
        "workspaceId": call.workspace,
        "sdrDisposition": call.outcome[2] if call.outcome else None,
        "clientUniqueId": None if conference else f"{call.system[:3].upper()}-{call.number % 10**9:09d}",
        "customData": None,
        "purpose": "Sales" if call.number % 5 == 0 else None,
        "meetingUrl": f"https://meet.example/j/{call.number % 10**10}" if conference else None,
        "isPrivate": call.is_private,
        "calendarEventId": f"{call.number % 10**12:x}@calendar.example" if conference else None,
    }
    if call.given is not None:
        document |= {
            "language": call.given.language,
            "sdrDisposition": call.given.disposition,
            "clientUniqueId": call.given.client_unique_id,
            "customData": call.given.custom_data,
            "purpose": call.given.purpose,
            "meetingUrl": call.given.meeting_url,
            "calendarEventId": None,
        }
    if call.number % 67 == 0:
        document["emulatorRecorder"] = {"kind": "bot", "version": 3}
    return document


def render_metadata(call: Call) -> bytes:
    """``metadata`` as JSON."""
    return orjson.dumps(metadata(call))


def render_extensive(call: Call, selector: Selector) -> bytes:
    """The call as ``POST /v2/calls/extensive`` gives it, without the closing brace: media may follow."""
    pieces = [b'{"metaData":' + render_metadata(call)]
    if selector.context != "None":
        pieces.append(b'"context":' + orjson.dumps(_call_context(call, selector)))
    if selector.has("parties") and "parties" not in call.lacks:
        pieces.append(b'"parties":' + orjson.dumps([_party(who, selector) for who in call.participants]))
    if selector.any_of(CONTENT):
        pieces.append(b'"content":' + _content(call, selector))
    if selector.any_of(INTERACTION):
        pieces.append(b'"interaction":' + orjson.dumps(_interaction(call, selector)))
    if selector.has("publicComments"):
        pieces.append(b'"collaboration":' + orjson.dumps(_collaboration(call)))
    if call.number % 61 == 1:
        pieces.append(b'"emulatorDealRoom":{"visited":true}')
    return b",".join(pieces)


def with_speakers(call: Call, fragment: bytes) -> bytes:
    """``fragment`` with the speaker ids of ``call`` in place of the seats; the host speaks for empty ones."""
    speakers = {who.seat: who.speaker_id for who in call.participants if who.speaker_id}
    for seat in range(call.analysis.talk.seats):
        fragment = fragment.replace(placeholder(seat), (speakers.get(seat) or speakers[0]).encode())
    return fragment


def _objects(
    kind: str, object_id: str, fields: Fields, earlier: Fields, selector: Selector
) -> list[dict[str, Any]]:
    """A CRM object: a bare link for Basic, one copy with fields for each timing for Extended."""
    link: dict[str, Any] = {"objectType": kind, "objectId": object_id}
    if selector.context == "Basic":
        return [link]
    made = []
    for timing in selector.timings:
        values = dict(fields) | (dict(earlier) if timing == "TimeOfCall" else {})
        listed = [{"name": name, "value": value} for name, value in values.items()]
        made.append(link | {"fields": listed, "timing": timing})
    return made


def _call_context(call: Call, selector: Selector) -> list[dict[str, Any]]:
    account: Account | None = call.account
    if account is None or "context" in call.lacks:
        return []
    objects = _objects("Account", account.account_id, account.account_fields, (), selector)
    if call.with_opportunity:
        fields, earlier = account.opportunity_fields, account.earlier_fields
        objects += _objects("Opportunity", account.opportunity_id, fields, earlier, selector)
    for person in call.linked:
        if person.crm_type and person.crm_id:
            objects += _objects(person.crm_type, person.crm_id, person.crm_fields, (), selector)
    return [{"system": account.system, "objects": objects}]


def _party(who: Participant, selector: Selector) -> dict[str, Any]:
    person = who.person
    document: dict[str, Any] = {"id": who.party_id}
    if person.email is not None:
        document["emailAddress"] = person.email
    if who.named:
        document["name"] = person.name
    if person.title:
        document["title"] = person.title
    if person.user_id:
        document["userId"] = person.user_id
    document["speakerId"] = who.speaker_id
    if selector.context != "None":
        document["context"] = _party_context(person, selector)
    document["affiliation"] = "External" if who.external else "Internal"
    if person.phone is not None and (who.complete or not who.external or int(who.party_id) % 3):
        document["phoneNumber"] = person.phone
    document["methods"] = ["Invitee", "Attendee"] if who.seat is not None else ["Invitee"]
    if int(who.party_id) % 67 == 0:
        document["emulatorTalkStyle"] = "calm"
    return document


def _party_context(person: Person, selector: Selector) -> list[dict[str, Any]]:
    if not person.crm_type or not person.crm_id:
        return []
    objects = _objects(person.crm_type, person.crm_id, person.crm_fields, (), selector)
    return [{"system": "Salesforce", "objects": objects}]


def _content(call: Call, selector: Selector) -> bytes:
    pieces = []
    for name in CONTENT:
        if not selector.has(name) or name in call.lacks:
            continue
        value = _content_part(call, name, selector)
        if value is not None:
            pieces.append(b'"' + name.encode() + b'":' + value)
    return b"{" + b",".join(pieces) + b"}"


def _content_part(call: Call, name: str, selector: Selector) -> bytes | None:
    if name == "brief":
        return orjson.dumps(brief(call))
    if name == "callOutcome":
        if not call.outcome:
            return None
        number, category, title = call.outcome
        return orjson.dumps({"id": number, "category": category, "name": title})
    if name == "trackers":
        if not selector.has("trackerOccurrences"):
            return call.analysis.plain_trackers
        return with_speakers(call, call.analysis.parts["trackers"])
    return call.analysis.parts[name]


def brief(call: Call) -> str:
    """The spotlight brief: who met, and what it was about."""
    if call.brief is not None:
        return call.brief
    host = call.participants[0].person.name
    whom = call.account.name if call.account else "colleagues"
    topics = " and ".join(name.lower() for name, _, _ in call.analysis.talk.spans()[2:4]) or "next steps"
    return (
        f"{host} from Harborline Software spoke with {whom} about {topics}. Both sides agreed on a follow-up."
    )


def _interaction(call: Call, selector: Selector) -> dict[str, Any]:
    document: dict[str, Any] = {}
    wanted = [part for part in INTERACTION if selector.has(part) and part not in call.lacks]
    if "speakers" in wanted:
        document["speakers"] = [
            {
                "id": who.party_id,
                "userId": who.person.user_id,
                "talkTime": call.analysis.spoken[who.seat] / 1000,
            }
            for who in call.participants
            if who.seat is not None
        ]
    if "personInteractionStats" in wanted:
        document["interactionStats"] = call.analysis.stats
    if "video" in wanted:
        names = video_names(call)
        share = call.duration / (len(names) + 1)
        document["video"] = [{"name": name, "duration": float32(share)} for name in names]
    if "questions" in wanted:
        document["questions"] = call.analysis.questions
    return document


def _collaboration(call: Call) -> dict[str, Any]:
    if not call.comments or "publicComments" in call.lacks:
        return {}
    made = []
    for comment in call.comments:
        document: dict[str, Any] = {
            "id": comment.id,
            "audioStartTime": float32(comment.at),
            "audioEndTime": float32(comment.at + 6),
            "commenterUserId": comment.user_id,
            "comment": comment.text,
            "posted": instant(comment.posted),
            "duringCall": False,
        }
        if comment.reply_to is not None:
            document["inReplyTo"] = call.comments[comment.reply_to].id
        made.append(document)
    return {"publicComments": made}
