"""The body of ``POST /v2/calls``, as the OpenAPI document describes it, with what its prose adds.

Rules about one field are told all at once; rules between fields (``NewCall.conflicts``) once each is right.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from include.emulator.bodies import RequestBody
from include.emulator.languages import CODES
from include.emulator.validation import NOT_AN_INSTANT, is_instant, parse_instant

EMAIL = re.compile(
    r"(?!\.)(?!.*\.\.)[\w!#$%&'*+/=?^`{|}~.-]{1,64}(?<!\.)@"
    r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])"
)


def _instant(text: str) -> str:
    if not is_instant(text):
        raise PydanticCustomError("instant", NOT_AN_INSTANT)
    return text


def _email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        raise PydanticCustomError("email", "{address} is not a valid email address", {"address": text})
    return text


def _language(text: str) -> str:
    if text not in CODES:
        raise PydanticCustomError("language", "must be one of the supported language codes")
    return text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        right = parts.scheme.lower() in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        right = False
    if not right or re.search(r"\s", text):
        raise PydanticCustomError("url", "must be a valid URL")
    return text


Instant = Annotated[str, AfterValidator(_instant)]
Email = Annotated[str, AfterValidator(_email)]
System = Literal["Salesforce", "HubSpot", "MicrosoftDynamic", "Generic"]


class ContextField(RequestBody):
    """A field of a CRM object: "for future use only"."""

    name: str | None = None
    value: Any = None


class PartyObject(RequestBody):
    """A CRM object of a party; ``Lead,Contact`` is one value of the document's enumeration."""

    object_type: Literal["Lead", "Contact", "Account", "Opportunity", "User", "Lead,Contact"]
    object_id: str
    fields: list[ContextField] | None = None


class CallObject(RequestBody):
    """A CRM object of the call."""

    object_type: Literal["Opportunity", "Account", "Lead", "Contact", "User", "Opportunity,Account"]
    object_id: str
    fields: list[ContextField] | None = None


class PartyContext(RequestBody):
    """Links of a party to one system; the prose says that two of the four work, all are accepted."""

    system: System
    objects: list[PartyObject] | None = None


class CallContext(RequestBody):
    """Links of the call to one system."""

    system: System
    objects: list[CallObject] | None = None


class Party(RequestBody):
    """Somebody in the call."""

    phone_number: str | None = None
    email_address: Email | None = None
    name: str | None = None
    party_id: str | None = None
    media_channel_id: Annotated[int, Field(ge=0, le=1)] | None = None
    context: list[PartyContext] | None = None
    user_id: str | None = None


class SpeechSegment(RequestBody):
    """Who spoke from when to when: milliseconds from the beginning of the call."""

    from_time: Annotated[int, Field(ge=0)]
    to_time: Annotated[int, Field(ge=0)]
    party_ids: list[str]


class SpeakersTimeline(RequestBody):
    """Who spoke when. With it, ``mediaChannelId`` is not used (OpenAPI document), nor refused here."""

    precise: bool | None = None
    speech_segments: list[SpeechSegment] | None = None


class FlowContext(RequestBody):
    """The task of a flow that the call belongs to."""

    task_id: str | None = None


class NewCall(RequestBody):
    """Body of ``POST /v2/calls``. The order of the required fields is that of a recorded refusal."""

    parties: Annotated[list[Party], Field(min_length=1)]
    direction: Literal["Inbound", "Outbound", "Conference", "Unknown"]
    actual_start: Instant
    client_unique_id: Annotated[str, Field(max_length=2048)]
    primary_user: str
    title: str | None = None
    purpose: Annotated[str, Field(max_length=255)] | None = None
    scheduled_start: Instant | None = None
    scheduled_end: Instant | None = None
    duration: float | None = None
    disposition: Annotated[str, Field(max_length=255)] | None = None
    context: list[CallContext] | None = None
    custom_data: str | None = None
    speakers_timeline: SpeakersTimeline | None = None
    meeting_url: str | None = None
    call_provider_code: str | None = None
    download_media_url: Annotated[str, AfterValidator(_address)] | None = None
    workspace_id: str | None = None
    language_code: Annotated[str, AfterValidator(_language)] | None = None
    flow_context: FlowContext | None = None

    @property
    def started(self) -> int:
        """``actualStart`` in microseconds since 1970."""
        return parse_instant(self.actual_start, "actualStart") or 0

    @property
    def planned(self) -> int:
        """``scheduledStart`` in microseconds since 1970; without one the call was planned for its start."""
        given = parse_instant(self.scheduled_start, "scheduledStart")
        return self.started if given is None else given

    def conflicts(self) -> list[str]:
        """What is wrong between fields: the primary user no party, segments of unknown parties."""
        found = []
        if all(party.user_id != self.primary_user for party in self.parties):
            found.append("parties: must include the primary user")
        known = {party.party_id for party in self.parties}
        segments = self.speakers_timeline.speech_segments if self.speakers_timeline else None
        for number, segment in enumerate(segments or []):
            path = f"speakersTimeline.speechSegments[{number}]"
            if segment.to_time < segment.from_time:
                found.append(f"{path}.toTime: must not be before fromTime")
            found += [
                f"{path}.partyIds: must match the partyId of a party, {one} does not"
                for one in segment.party_ids
                if one not in known
            ]
        return found
