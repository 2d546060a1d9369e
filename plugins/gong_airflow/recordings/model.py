"""The metadata of a recording: the body of `POST /v2/calls`, from which the JSON Schema is made too.

Source: Gong's OpenAPI document, February 2026. It differs from it in what a person may leave to us
(`clientUniqueId`) and where its text asks for more than its types (times, ids, languages). Types are
strict, as Gong's are; fields that Gong does not know are let through, as it ignores them.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from gong_airflow.recordings import values
from gong_airflow.recordings.languages import LANGUAGE_CODES

DIRECTIONS = ("Inbound", "Outbound", "Conference", "Unknown")
SYSTEMS = ("Salesforce", "HubSpot", "MicrosoftDynamic", "Generic")
# The last of each is one value in Gong's document, comma and all.
PARTY_OBJECTS = ("Lead", "Contact", "Account", "Opportunity", "User", "Lead,Contact")
CALL_OBJECTS = ("Opportunity", "Account", "Lead", "Contact", "User", "Opportunity,Account")
INT32 = 2**31 - 1
EXAMPLE: JsonDict = {
    "$schema": "./recording.schema.json",
    "actualStart": "2026-11-20T14:30:00+01:00",
    "direction": "Outbound",
    "primaryUser": "234599484848423",
    "title": "Demo for Example Ltd",
    "parties": [
        {"userId": "234599484848423", "mediaChannelId": 0},
        {"name": "Test User", "phoneNumber": "+1 555-010-0199", "mediaChannelId": 1},
    ],
}


def _text(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


Time = Annotated[
    str, AfterValidator(values.check_time), _text(format="date-time", pattern=values.TIME_PATTERN)
]
GongId = Annotated[str, AfterValidator(values.check_id), _text(pattern=values.ID_PATTERN)]
Email = Annotated[
    str, AfterValidator(values.check_email), _text(format="email", pattern=values.EMAIL_PATTERN)
]
Url = Annotated[str, AfterValidator(values.check_url), _text(format="uri", pattern=values.URL_PATTERN)]
Language = Annotated[
    str,
    AfterValidator(partial(values.check_one_of, values=LANGUAGE_CODES)),
    _text(enum=list(LANGUAGE_CODES)),
]
Direction = Annotated[
    str, AfterValidator(partial(values.check_one_of, values=DIRECTIONS)), _text(enum=list(DIRECTIONS))
]
System = Annotated[
    str, AfterValidator(partial(values.check_one_of, values=SYSTEMS)), _text(enum=list(SYSTEMS))
]
PartyObjectType = Annotated[
    str, AfterValidator(partial(values.check_one_of, values=PARTY_OBJECTS)), _text(enum=list(PARTY_OBJECTS))
]
CallObjectType = Annotated[
    str, AfterValidator(partial(values.check_one_of, values=CALL_OBJECTS)), _text(enum=list(CALL_OBJECTS))
]
NotBlank = Annotated[str, Field(pattern=r"\S")]
Milliseconds = Annotated[int, Field(ge=0, le=INT32)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", alias_generator=to_camel)


class ContextField(_Part):
    """A field of a CRM object; Gong keeps it for future use."""

    name: str | None = Field(None, description="Name of the field in the CRM.")
    value: Any = Field(None, description="Its value.")


class PartyObject(_Part):
    """A CRM object that stands for the person."""

    object_type: PartyObjectType = Field(description="What it is; only for people outside the company.")
    object_id: str = Field(description="Its id in the CRM.", examples=["0013601230sV7grAAC"])
    fields: list[ContextField] | None = Field(None, description="Leave it out: for future use.")


class CallObject(_Part):
    """A CRM object that the call is about."""

    object_type: CallObjectType = Field(description="What it is.")
    object_id: str = Field(description="Its id in the CRM.", examples=["0013601230sV7grAAC"])
    fields: list[ContextField] | None = Field(None, description="Leave it out: for future use.")


class PartyContext(_Part):
    """Where a person is found in another system."""

    system: System = Field(description="The system; Gong evaluates Salesforce and Generic only.")
    objects: list[PartyObject] | None = Field(None, description="The objects there.")


class CallContext(_Part):
    """Where the call belongs in another system."""

    system: System = Field(description="The system; Gong evaluates Salesforce and Generic only.")
    objects: list[CallObject] | None = Field(
        None, description="The objects there; several opportunities of one account are not supported."
    )


class Party(_Part):
    """Somebody on the call."""

    user_id: GongId | None = Field(
        None, description="Gong's id of the person, if it is a user.", examples=["234599484848423"]
    )
    name: str | None = Field(None, description="Full name.", examples=["Test User"])
    email_address: Email | None = Field(None, description="E-mail address.", examples=["test@example.com"])
    phone_number: str | None = Field(None, description="Telephone number.", examples=["+1 555-010-0199"])
    party_id: NotBlank | None = Field(
        None,
        description="Any name for the person, another one for each; speakersTimeline refers to it.",
        examples=["1"],
    )
    media_channel_id: Annotated[int, Field(ge=0, le=1)] | None = Field(
        None,
        description="The channel of a stereo recording on which the person speaks: 0 left, 1 right. "
        "Not together with speakersTimeline.",
    )
    context: list[PartyContext] | None = Field(None, description="Where the person is found in a CRM.")


class SpeechSegment(_Part):
    """Who spoke from when to when; segments may overlap."""

    from_time: Milliseconds = Field(description="Start in milliseconds of the recording.", examples=[5100])
    to_time: Milliseconds = Field(description="End in milliseconds of the recording.", examples=[24000])
    party_ids: list[str] = Field(
        min_length=1, description="The partyId of everybody who spoke.", examples=[["1"]]
    )


class SpeakersTimeline(_Part):
    """Who spoke when. Not together with mediaChannelId."""

    precise: bool | None = Field(
        None, description="true if no segment is off by more than 100 ms; otherwise Gong refines them."
    )
    speech_segments: list[SpeechSegment] | None = Field(None, description="The segments.")


class FlowContext(_Part):
    """What the call belongs to in Gong Engage."""

    task_id: str | None = Field(None, description="Id of the task, as text.", examples=["714366367493425"])


class Recording(_Part):
    """What Gong is told about a recording."""

    model_config = ConfigDict(title="Recording for Gong", json_schema_extra={"examples": [EXAMPLE]})

    actual_start: Time = Field(
        description="When the call began, with time zone.", examples=["2026-11-20T14:30:00+01:00"]
    )
    direction: Direction = Field(
        description="Inbound: somebody called the company. Outbound: the company called somebody."
    )
    primary_user: GongId = Field(
        description="Gong's id of the user who hosted the call. One of the parties must have it as userId.",
        examples=["234599484848423"],
    )
    parties: list[Party] = Field(min_length=1, description="Everybody on the call, the primary user too.")
    client_unique_id: Annotated[str, Field(max_length=2048, pattern=r"\S")] | None = Field(
        None,
        description="The call's id in the telephone system. Gong takes a call with the same id only once. "
        "Without it, one is derived from the recording's content.",
        examples=["pbx-2026-11-20-000017"],
    )
    title: str | None = Field(None, description="Title of the call; people search for it in Gong.")
    purpose: Annotated[str, Field(max_length=255)] | None = Field(
        None, description="Purpose of the call, any text.", examples=["Demo"]
    )
    disposition: Annotated[str, Field(max_length=255)] | None = Field(
        None, description="How the call ended, any text.", examples=["No answer"]
    )
    scheduled_start: Time | None = Field(None, description="When it was to begin, with time zone.")
    scheduled_end: Time | None = Field(None, description="When it was to end, with time zone.")
    duration: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Seconds; Gong's own measurement replaces it.", examples=[125.8]
    )
    language_code: Language | None = Field(
        None, description="The language spoken. Leave it out unless you are sure: Gong finds it by itself."
    )
    workspace_id: GongId | None = Field(
        None, description="Gong's id of a workspace; without it Gong chooses.", examples=["623457276584334"]
    )
    speakers_timeline: SpeakersTimeline | None = None
    context: list[CallContext] | None = Field(None, description="Where the call belongs in a CRM.")
    custom_data: str | None = Field(None, description="Any text; Gong keeps it for troubleshooting.")
    meeting_url: str | None = Field(None, description="The address under which people joined the meeting.")
    call_provider_code: str | None = Field(
        None, description="Gong's code of the telephone or meeting system.", examples=["ringcentral"]
    )
    download_media_url: Url | None = Field(
        None,
        description="Where Gong fetches the media itself, instead of a media file beside this one. "
        "Each recording has an address of its own.",
        examples=["https://files.example.com/call.mp3"],
    )
    flow_context: FlowContext | None = None
