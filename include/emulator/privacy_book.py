"""What the emulator knows of erasures: how they are dealt with, which were asked for, and what goes when."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from include.emulator.clock import from_micros
from include.emulator.company import Person
from include.emulator.privacy_people import PlantedPerson


class Subject(NamedTuple):
    """Who is to be erased: ``key`` is equal for equal addresses or numbers."""

    identity: Literal["email", "phone"]
    key: str


class Object(NamedTuple):
    """Something that an erasure deletes, by the word that the API has for a number of them.

    ``id``: of a call, e-mail message, meeting, engagement event; of a lead or contact the native CRM's id, or
    ``integration:type:objectId`` of the generic one.
    """

    kind: Literal["native", "generic", "call", "email", "meeting", "engagement"]
    id: str


@dataclass
class PrivacySettings:
    """Seconds are of the emulator's clock; what an erasure is like is settled when it is asked for.

    ``guard``: an erasure of more than ``guard_objects`` is refused with 400, or answered 200 and not done.
    ``reimport_next``: the leads and contacts of so many of the next erasures are back so many seconds after
    their end, with one call if ``reimport_call`` says so: the ``same`` one, or one like it with a ``new`` id.
    """

    delay_seconds: float = 1_200.0
    seconds_per_object: float = 30.0
    guard_objects: int = 1_000
    guard: Literal["refuse", "silent"] = "refuse"
    reimport_next: int = 0
    reimport_after_seconds: float = 3_600.0
    reimport_call: Literal["none", "same", "new"] = "none"


@dataclass
class Erasure:
    """One request to erase. Times: microseconds since 1970; ``left``: what it still has to delete."""

    request_id: str
    subject: Subject
    asked: int
    objects: int
    ends: int
    left: set[Object]
    stopped: str | None = None
    returns: int | None = None

    def document(self) -> dict[str, Any]:
        """As the control plane shows it: without the address or number."""
        return {
            "requestId": self.request_id,
            "identity": self.subject.identity,
            "subject": hashlib.sha256(self.subject.key.encode()).hexdigest()[:16],
            "askedAt": from_micros(self.asked).isoformat(),
            "endsAt": from_micros(self.ends).isoformat(),
            "objects": self.objects,
            "left": dict(Counter(one.kind for one in self.left)),
            "stopped": self.stopped,
            "returnsAt": None if self.returns is None else from_micros(self.returns).isoformat(),
        }


class Event(NamedTuple):
    """``object`` goes at ``at`` for good, or comes back as ``back`` says. ``order`` settles ties."""

    at: int
    order: int
    object: Object
    erasure: Erasure
    back: Literal["", "same", "new"] = ""


@dataclass
class Privacy:
    """All since the start or the last reset.

    ``gone``: what was erased of native records, mail, meetings and engagement, which are not held anywhere;
    ``kept``: lines of generic records that are to come back; ``returned``: how often a CRM brought one back;
    ``touched``: ids of the calls that somebody was planted or mentioned into.
    """

    settings: PrivacySettings = field(default_factory=PrivacySettings)
    planted: list[PlantedPerson] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)
    gone: set[Object] = field(default_factory=set)
    kept: dict[Object, bytes] = field(default_factory=dict)
    returned: Counter[Object] = field(default_factory=Counter)
    touched: set[str] = field(default_factory=set)
    _events: list[Event] = field(default_factory=list)
    _under_way: set[Object] = field(default_factory=set)
    _number: int = 0

    def people(self) -> list[Person]:
        """Those who were planted, as ``PlantedPerson.spelled`` gives them."""
        return [person for planted in self.planted for person in planted.spelled()]

    def ask(self, request_id: str, subject: Subject, objects: Sequence[Object], now: int) -> Erasure:
        """Take a request in. What an earlier one is about to delete is left to that one."""
        settings = self.settings
        erasure = Erasure(request_id, subject, now, len(objects), now, set())
        self.erasures.append(erasure)
        if len(objects) > settings.guard_objects:
            erasure.stopped = settings.guard
            return erasure
        mine = [one for one in objects if one not in self._under_way]
        erasure.left.update(mine)
        self._under_way.update(mine)
        erasure.ends = now + int(settings.delay_seconds * 1_000_000) if mine else now
        for one in mine:
            erasure.ends += int(settings.seconds_per_object * 1_000_000)
            self._plan(erasure.ends, one, erasure)
        self._plan_return(erasure, mine)
        return erasure

    def _plan_return(self, erasure: Erasure, objects: Sequence[Object]) -> None:
        settings = self.settings
        records = [one for one in objects if one.kind in ("native", "generic")]
        if not settings.reimport_next or not records:
            return
        settings.reimport_next -= 1
        erasure.returns = erasure.ends + int(settings.reimport_after_seconds * 1_000_000)
        for one in records:
            self._plan(erasure.returns, one, erasure, "same")
        calls = [one for one in objects if one.kind == "call"]
        if calls and settings.reimport_call != "none":
            self._plan(erasure.returns, calls[0], erasure, settings.reimport_call)

    def _plan(self, at: int, one: Object, erasure: Erasure, back: Literal["", "same", "new"] = "") -> None:
        self._number += 1
        heapq.heappush(self._events, Event(at, self._number, one, erasure, back))

    def due(self, now: int) -> Iterator[Event]:
        """What has happened by ``now``, in the order of time, each once."""
        while self._events and self._events[0].at <= now:
            event = heapq.heappop(self._events)
            if not event.back:
                event.erasure.left.discard(event.object)
                self._under_way.discard(event.object)
            yield event
