"""Rules of a recording's metadata that join several fields.

They read the document as it came, so that they speak up even where something else is wrong with it, and
keep silent about what has the wrong type: that is said already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gong_airflow.recordings.values import is_id, parse_time

Fault = tuple[str, str]
"""Path and sentence."""


def broken_rules(document: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with `document`, in which null fields were left out."""
    given = _list(document.get("parties"))
    parties = [party if isinstance(party, dict) else {} for party in given]
    complete = parties if parties == given else None
    timeline = document.get("speakersTimeline")
    yield from _primary_user(document.get("primaryUser"), complete)
    yield from _schedule(document)
    yield from _party_ids(parties)
    if timeline is not None:
        for index, party in enumerate(parties):
            if "mediaChannelId" in party:
                yield (
                    f"parties[{index}].mediaChannelId",
                    "cannot stand together with speakersTimeline. Keep the one that is right: the channels "
                    "of a stereo recording, or the timeline",
                )
    if isinstance(timeline, dict):
        yield from _segments(_list(timeline.get("speechSegments")), complete)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(parties: list[dict[str, Any]] | None, name: str) -> list[str] | None:
    """What the parties have as `name`; None when one of it is no text, so that nothing can be said."""
    given = [party[name] for party in parties or [] if name in party]
    return None if parties is None or not all(isinstance(one, str) for one in given) else given


def _primary_user(user: Any, parties: list[dict[str, Any]] | None) -> Iterator[Fault]:
    given = _texts(parties, "userId")
    if parties and given is not None and isinstance(user, str) and is_id(user) and user not in given:
        found = "another one" if len(given) == 1 else "other ones" if given else "none at all"
        yield (
            "primaryUser",
            f"no party has this id as its userId; the parties have {found}. Give the userId to the party who "
            "hosted the call, or correct primaryUser",
        )


def _party_ids(parties: list[dict[str, Any]]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for index, party in enumerate(parties):
        name = party.get("partyId")
        if isinstance(name, str) and seen.setdefault(name, index) != index:
            yield (
                f"parties[{index}].partyId",
                f"is the same as that of parties[{seen[name]}]. Give each party one of its own",
            )


def _segments(segments: list[Any], parties: list[dict[str, Any]] | None) -> Iterator[Fault]:
    known = _texts(parties, "partyId")
    for index, segment in enumerate(segments):
        path = f"speakersTimeline.speechSegments[{index}]"
        if not isinstance(segment, dict):
            continue
        start, end = segment.get("fromTime"), segment.get("toTime")
        if type(start) is int and type(end) is int and start >= end:
            yield f"{path}.toTime", "is not after fromTime. Both are milliseconds of the recording"
        for position, name in enumerate(_list(segment.get("partyIds"))):
            if known is not None and isinstance(name, str) and name not in known:
                yield (
                    f"{path}.partyIds[{position}]",
                    "no party has this partyId. Give the partyId to the party who spoke, or correct it here",
                )


def _schedule(document: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        start, end = (parse_time(document[name]) for name in ("scheduledStart", "scheduledEnd"))
    except (KeyError, TypeError, ValueError):
        return
    if end < start:
        yield "scheduledEnd", "is before scheduledStart. Correct one of the two"
