"""Makes the calls of a data set: when, between whom, about what, and what each of them lacks."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from include.emulator.analysis import Analysis
from include.emulator.clock import to_micros
from include.emulator.company import Account, Company, User
from include.emulator.ids import gong_id
from include.emulator.options import Options
from include.emulator.records import PARTS, Call, Comment, Participant

COMPANY_ZONE = ZoneInfo("America/Los_Angeles")  # the same rules as US/Pacific, a name that every tzdata has
_MINUTE = 60_000_000
_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 10, 14, 14, 12, 7, 11, 12, 9, 5, 2, 1, 0, 0, 0, 0, 0)
_WEEKEND = 0.04
_CONFERENCES = ("Zoom", "Google Meet", "Microsoft Teams", "Webex")
_DIALERS = ("Outreach", "Aircall", "RingCentral", "Gong Connect")
_SUBJECTS = (
    "intro call",
    "discovery",
    "product demo",
    "pricing review",
    "technical deep dive",
    "pilot check-in",
)
_REMARKS = (
    "Great question here.",
    "We should reuse this answer.",
    "@[{name}]({id}) please listen to this part.",
)
_OUTCOMES = (
    ("MEETING_BOOKED", "Answered", "Meeting booked"),
    ("NO_INTEREST", "Answered", "No interest"),
    ("LEFT_VOICEMAIL", "Unanswered", "Left voicemail"),
)
# Chance that a call lacks a part although it was asked for. A part absent here is only lacking by nature.
_LACKING = {
    "parties": 0.02,
    "context": 0.15,
    "structure": 0.2,
    "outline": 0.1,
    "highlights": 0.15,
    "keyPoints": 0.05,
    "brief": 0.05,
    "video": 0.1,
    "personInteractionStats": 0.03,
    "media": 0.02,
}
_SPOKEN_PARTS = frozenset(PARTS) - {"parties", "context", "media", "publicComments", "callOutcome"}


class CallMaker:
    """Makes calls one after the other from one stream of random numbers."""

    def __init__(self, options: Options, company: Company, pool: Sequence[Analysis]) -> None:
        self._rng = random.Random(f"{options.seed}:calls")
        self._options = options
        self._company = company
        self._hosts = company.hosts()
        self._inner = [talk for talk in pool if not talk.talk.external]
        self._outer = [talk for talk in pool if talk.talk.external]

    def all(self) -> list[Call]:
        """The data set, in the order of making."""
        days = self._days()
        weights = [_WEEKEND if day.weekday() >= 5 else 1.0 for day in days]
        return [self.one(self._moment(days, weights)) for _ in range(self._options.calls)]

    def one(self, planned: datetime, duration: int | None = None) -> Call:
        """A call planned for (a conference) or started at ``planned``; of ``duration`` seconds, if given."""
        rng = self._rng
        talk = self._talk(duration)
        conference = rng.random() < 0.7
        started = scheduled = to_micros(planned)
        if conference and duration is None:
            started += rng.randrange(-2 * _MINUTE, 14 * _MINUTE)
        elif not conference:
            started = scheduled = started + rng.randrange(900) * 1_000_000 * (duration is None)
        length = talk.talk.duration + rng.randrange(20) if duration is None else duration
        host = rng.choice(self._hosts)
        account = rng.choice(self._company.accounts) if talk.talk.external else None
        call = Call(
            id=gong_id(rng),
            title=_title(rng, account),
            started=started,
            scheduled=scheduled,
            duration=length,
            direction=_direction(rng, conference),
            system=rng.choice(_CONFERENCES if conference else _DIALERS),
            scope=("External" if account else "Internal") if rng.random() > 0.01 else "Unknown",
            media="Video" if conference and rng.random() < 0.9 else "Audio",
            workspace=self._company.workspaces[rng.random() < 0.1],
            host_id=host.id,
            account=account,
            analysis=talk,
            participants=self._participants(host, account, talk),
            comments=[],
            lacks=_lacks(rng, conference),
            is_private=rng.random() < 0.03,
            appears=0,
            transcript_appears=None,
            outcome=rng.choice(_OUTCOMES) if account and not conference and rng.random() < 0.7 else None,
            with_opportunity=rng.random() < 0.75,
        )
        self._publish(call)
        self._comment(call)
        return call

    def talk_of(self, seconds: float, *, external: bool, people: int) -> Analysis:
        """A talk of at most so many ``people`` and ``seconds``, or the one that comes nearest to it."""
        pool = self._outer if external else self._inner
        seats = max(people, min(talk.talk.seats for talk in pool))
        small = [talk for talk in pool if talk.talk.seats <= seats]
        fitting = bisect_right([talk.talk.duration for talk in small], seconds)
        return small[max(0, fitting - 1)]

    def _days(self) -> list[datetime]:
        """Local midnights of the days that touch the window."""
        first = (self._options.until - timedelta(days=self._options.days)).astimezone(COMPANY_ZONE).date()
        days = (first + timedelta(days=number) for number in range(self._options.days + 1))
        return [datetime(day.year, day.month, day.day, tzinfo=COMPANY_ZONE) for day in days]

    def _moment(self, days: list[datetime], weights: list[float]) -> datetime:
        """A time for which somebody would plan a call: one of ``days``, business hours, within the window."""
        margin = timedelta(minutes=16)  # a conference starts up to 14 minutes late, a call up to 15
        first = self._options.until - timedelta(days=self._options.days) + margin
        last = self._options.until - margin
        for _ in range(1_000):
            day = self._rng.choices(days, weights)[0]
            hour = self._rng.choices(range(24), _HOURS)[0]
            local = day.replace(hour=hour, minute=self._rng.choice((0, 0, 15, 30, 30, 45)))
            moment = local.astimezone(timezone.utc)
            if first <= moment < last:
                return moment
        return first

    def _talk(self, duration: int | None) -> Analysis:
        pool = self._inner if self._rng.random() < 0.1 else self._outer
        if duration is None:
            return self._rng.choice(pool)
        fitting = bisect_right([talk.talk.duration for talk in pool], duration)
        return pool[max(0, fitting - 1)]

    def _participants(self, host: User, account: Account | None, talk: Analysis) -> list[Participant]:
        rng, seats = self._rng, talk.talk.seats
        ours = [host.person] + [user.person for user in rng.sample(self._hosts, min(4, len(self._hosts)))]
        theirs = list(account.people) if account else []
        rng.shuffle(theirs)
        found: list[Participant] = []
        for seat in range(seats):
            taken = {id(who.person) for who in found}
            free = theirs + ours if not talk.talk.of_company(seat) else ours
            person = next((who for who in free if id(who) not in taken), host.person)
            outside = person.user_id is None
            named = seat < 2 or rng.random() > 0.02
            found.append(Participant(gong_id(rng), person, gong_id(rng), seat, outside, named))
        taken = {id(who.person) for who in found}
        silent = [who for who in theirs if id(who) not in taken][: rng.choices((0, 1, 2), (70, 22, 8))[0]]
        for person in silent:
            found.append(Participant(gong_id(rng), person, None, None, True, rng.random() > 0.3))
        return found

    def _publish(self, call: Call) -> None:
        """When the call and its transcript become visible: minutes to hours after its end, at most a day."""
        rng = self._rng
        low, high = rng.choices(((4, 45), (45, 360), (360, 1_320)), (72, 23, 5))[0]
        call.appears = call.ended + rng.randrange(low * _MINUTE, high * _MINUTE)
        call.appears = max(call.ended + _MINUTE, min(call.appears, call.started + 1_440 * _MINUTE))
        if rng.random() < 0.03:
            call.lacks = call.lacks | _SPOKEN_PARTS
            return
        late = rng.randrange(5 * _MINUTE, 180 * _MINUTE) if rng.random() < 0.15 else 0
        call.transcript_appears = call.appears + late

    def _comment(self, call: Call) -> None:
        rng = self._rng
        for number in range(rng.choices((0, 1, 2, 3), (75, 14, 7, 4))[0]):
            writer = rng.choice(self._hosts)
            text = rng.choice(_REMARKS).format(name=writer.person.name, id=writer.id)
            posted = call.ended + rng.randrange(1, 60) * _MINUTE
            reply = 0 if number and rng.random() < 0.4 else None
            comment_id = gong_id(rng)
            call.comments.append(
                Comment(comment_id, writer.id, text, rng.uniform(1, call.duration), posted, reply)
            )


def _title(rng: random.Random, account: Account | None) -> str:
    subject = rng.choice(_SUBJECTS)
    return f"{account.name} <> Harborline – {subject}" if account else f"Internal: {subject}"


def _direction(rng: random.Random, conference: bool) -> str:
    if conference:
        return "Conference"
    return rng.choices(("Outbound", "Inbound", "Unknown"), (75, 22, 3))[0]


def _lacks(rng: random.Random, conference: bool) -> frozenset[str]:
    missing = {part for part, chance in _LACKING.items() if rng.random() < chance}
    if not conference:
        missing.add("video")
    return frozenset(missing)
