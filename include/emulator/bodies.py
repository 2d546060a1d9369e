"""Bodies of requests, as the OpenAPI document describes them. Strict types; unknown fields are ignored."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class RequestBody(BaseModel):
    """What all bodies have in common."""

    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel)


class ExposedContent(RequestBody):
    """``contentSelector.exposedFields.content``; ``pointsOfInterest`` is still accepted and gives nothing."""

    structure: bool | None = None
    topics: bool | None = None
    trackers: bool | None = None
    tracker_occurrences: bool | None = None
    points_of_interest: bool | None = None
    brief: bool | None = None
    outline: bool | None = None
    highlights: bool | None = None
    call_outcome: bool | None = None
    key_points: bool | None = None


class ExposedInteraction(RequestBody):
    """``contentSelector.exposedFields.interaction``."""

    speakers: bool | None = None
    video: bool | None = None
    person_interaction_stats: bool | None = None
    questions: bool | None = None


class ExposedCollaboration(RequestBody):
    """``contentSelector.exposedFields.collaboration``."""

    public_comments: bool | None = None


class ExposedFields(RequestBody):
    """``contentSelector.exposedFields``."""

    parties: bool | None = None
    content: ExposedContent | None = None
    interaction: ExposedInteraction | None = None
    collaboration: ExposedCollaboration | None = None
    media: bool | None = None


class ContentSelector(RequestBody):
    """``contentSelector`` of ``POST /v2/calls/extensive``."""

    context: Literal["None", "Basic", "Extended"] | None = None
    context_timing: list[Literal["Now", "TimeOfCall"]] | None = None
    exposed_fields: ExposedFields | None = None


class CallsFilter(RequestBody):
    """``filter`` of the POST operations on calls; that for transcripts knows no ``primaryUserIds``."""

    from_date_time: str | None = None
    to_date_time: str | None = None
    workspace_id: str | None = None
    call_ids: list[str] | None = None
    primary_user_ids: list[str] | None = None


class ExtensiveBody(RequestBody):
    """Body of ``POST /v2/calls/extensive``."""

    cursor: str | None = None
    filter: CallsFilter
    content_selector: ContentSelector | None = None


class TranscriptBody(RequestBody):
    """Body of ``POST /v2/calls/transcript``."""

    cursor: str | None = None
    filter: CallsFilter


class UsersFilter(RequestBody):
    """``filter`` of ``POST /v2/users/extensive``."""

    created_from_date_time: str | None = None
    created_to_date_time: str | None = None
    include_avatars: bool | None = None
    user_ids: list[str] | None = None


class UsersBody(RequestBody):
    """Body of ``POST /v2/users/extensive``."""

    cursor: str | None = None
    filter: UsersFilter
