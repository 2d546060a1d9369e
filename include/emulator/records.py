"""A call as the emulator holds it, before any JSON: times in microseconds since 1970, people by reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from include.emulator.analysis import Analysis
from include.emulator.company import Account, Person

# Parts of a call that may be missing although they were asked for.
PARTS = (
    "parties",
    "context",
    "topics",
    "structure",
    "trackers",
    "outline",
    "highlights",
    "keyPoints",
    "brief",
    "callOutcome",
    "speakers",
    "video",
    "personInteractionStats",
    "questions",
    "publicComments",
    "media",
)


@dataclass(slots=True)
class Participant:
    """Somebody in a call. ``seat`` is the place in the talk; None for those who said nothing.

    ``complete``: everything that is known of the person is shown, and nothing else.
    """

    party_id: str
    person: Person
    speaker_id: str | None
    seat: int | None
    external: bool
    named: bool
    complete: bool = False


@dataclass(slots=True)
class Comment:
    """A public comment: ``at`` seconds into the call, ``reply_to`` the index of an earlier one."""

    id: str
    user_id: str
    text: str
    at: float
    posted: int
    reply_to: int | None


@dataclass(frozen=True)
class Given:
    """What an uploaded call shows as it was given by its uploader, or as Gong makes it up for uploads."""

    client_unique_id: str
    custom_data: str | None
    purpose: str | None
    disposition: str | None
    meeting_url: str
    language: str


@dataclass(slots=True)
class Call:
    """One call. ``version`` counts edits, so that cached bytes of an older version are never used.

    ``linked``: leads and contacts in its context; ``said``: sentences of the first customer beside the talk.
    """

    id: str
    title: str
    started: int
    scheduled: int
    duration: int
    direction: str
    system: str
    scope: str
    media: str
    workspace: str
    host_id: str
    account: Account | None
    analysis: Analysis
    participants: list[Participant]
    comments: list[Comment]
    lacks: frozenset[str]
    is_private: bool
    appears: int
    transcript_appears: int | None
    outcome: tuple[str, str, str] | None
    with_opportunity: bool = True
    brief: str | None = None
    deleted: bool = False
    version: int = 0
    given: Given | None = None
    linked: tuple[Person, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The id as a number: calls of the same time are ordered by it."""
        return int(self.id)

    @property
    def listed(self) -> int:
        """The time that ``GET /v2/calls`` filters by: web conferences by schedule (OpenAPI document)."""
        return self.scheduled if self.direction == "Conference" else self.started

    @property
    def ended(self) -> int:
        """When the call ended."""
        return self.started + self.duration * 1_000_000

    def outsiders(self) -> Iterator[Person]:
        """Who appears in it as a lead, contact, attendee or speaker, the company's own aside."""
        yield from (who.person for who in self.participants if who.external)
        yield from self.linked

    def is_visible(self, now: int) -> bool:
        """Whether the API shows the call at ``now``."""
        return not self.deleted and self.appears <= now

    def has_transcript(self, now: int) -> bool:
        """Whether the API shows its transcript at ``now``."""
        return self.transcript_appears is not None and self.transcript_appears <= now and self.is_visible(now)


_TALK_COUNTS = {
    "topics": ("topics",),
    "structure": ("structure",),
    "trackers": ("trackerMentions",),
    "outline": ("outlineSections", "outlineItems"),
    "highlights": ("highlights", "highlightItems"),
    "keyPoints": ("keyPoints",),
}


def tally(call: Call) -> dict[str, int]:
    """How many records of each kind a full read of ``call`` yields, its transcript left out."""
    talk = call.analysis.counts
    counts = {
        name: talk[name] for part, names in _TALK_COUNTS.items() if part not in call.lacks for name in names
    }
    counts["calls"] = 1
    people = call.participants
    own = {
        "parties": {
            "parties": len(people),
            "partyContextFields": sum(len(who.person.crm_fields) for who in people),
        },
        "context": {"contextFields": _context_fields(call)},
        "personInteractionStats": {"interactionStats": len(call.analysis.stats)},
        "speakers": {"speakers": sum(who.seat is not None for who in people)},
        "video": {"videos": len(video_names(call))},
        "publicComments": {"publicComments": len(call.comments)},
    }
    for part, numbers in own.items():
        if part not in call.lacks:
            counts |= numbers
    return counts


def _context_fields(call: Call) -> int:
    if call.account is None:
        return 0
    own = len(call.account.account_fields) + call.with_opportunity * len(call.account.opportunity_fields)
    return own + sum(len(person.crm_fields) for person in call.linked)


def video_names(call: Call) -> tuple[str, ...]:
    """The kinds of video segment of a call (values of the OpenAPI document)."""
    if call.analysis.talk.external:
        return ("Browser", "Presentation", "WebcamPrimaryUser", "WebcamNonCompany")[: 2 + call.number % 3]
    return ("Webcam", "WebcamPrimaryUser")
