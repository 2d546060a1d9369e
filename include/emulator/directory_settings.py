"""Makes what a company has set up: workspaces, scorecards, outcomes, and how users' settings came about.

Recorded of scorecards, and not as documented: ids and ranges are strings, questions have ``created``,
``updated`` and ``updaterUserId``, and ``-1`` is nobody.
"""

from __future__ import annotations

from datetime import timedelta

from include.emulator.company import User
from include.emulator.directory_making import Making, millis, seconds
from include.emulator.kinds import Record, Records

_WORKSPACES = (
    ("Sales", "Calls of the sales teams"),
    ("Customer Success", None),
    ("Partners", "Not in use yet"),
)
# (text, type, guide, options); the document's only example of a type is RANGE.
_Question = tuple[str, str, str | None, tuple[str, ...]]
_OPENING: _Question = ("How well was the agenda set?", "RANGE", "Listen to the first three minutes", ())
_PAIN: _Question = ("Was the customer's pain confirmed?", "YES_NO", None, ())
_ADVICE: _Question = ("What would you do differently?", "OPEN", "A sentence or two", ())
_RIVAL: _Question = (
    "Which competitor came up?",
    "SINGLE_SELECT",
    None,
    ("None", "Quillbase", "Someone else"),
)
_TOPICS: _Question = (
    "Which subjects were covered?",
    "MULTI_SELECT",
    "Tick all that apply",
    ("Pricing", "Security", "Rollout", "References"),
)
_OVERALL: _Question = ("How good was the call overall?", "RANGE", None, ())
# (name, place of its workspace, enabled, review method, questions)
_SCORECARDS: tuple[tuple[str, int, bool, str, tuple[_Question, ...]], ...] = (
    ("Discovery", 0, True, "MANUAL", (_OPENING, _PAIN, _ADVICE, _OVERALL)),
    ("Product demo", 0, True, "MANUAL", (_OPENING, _TOPICS, _RIVAL, _OVERALL)),
    ("Negotiation", 0, True, "AUTOMATIC", (_RIVAL, _PAIN, _OVERALL)),
    ("Onboarding of a customer", 1, True, "MANUAL", (_TOPICS, _ADVICE)),
    ("Cold call 2024", 0, False, "MANUAL", (_PAIN, _OVERALL)),
)
_OUTCOMES = (
    # (name, connect status, sentiment, to-do, automation, category)
    ("Meeting booked", "CONNECTED", "POSITIVE", "COMPLETE", None, "ANSWERED"),
    ("No interest", "CONNECTED", "NEGATIVE", "COMPLETE_AND_REMOVE", None, "ANSWERED"),
    ("Call back later", "CONNECTED", "NEUTRAL", None, None, "ANSWERED"),
    ("Do not call again", "CONNECTED", "NEGATIVE", "COMPLETE_AND_REMOVE", "MARK_AS_OPT_OUT", "ANSWERED"),
    ("Left voicemail", "NOT_CONNECTED", None, "COMPLETE", None, "NOT_ANSWERED"),
    ("No answer", "NOT_CONNECTED", None, None, None, "NOT_ANSWERED"),
)
_LATER = (
    "preventWebConferenceRecording",
    "preventEmailImport",
    "nonRecordedMeetingsImported",
    "interviewsRecorded",
    "preventInterviewRecording",
)


def make_workspaces(ids: list[str]) -> Records:
    """A workspace for each id."""
    named = zip(ids, _WORKSPACES, strict=True)
    return [{"id": number, "name": name, "description": text} for number, (name, text) in named]


def make_scorecards(making: Making) -> Records:
    """Five scorecards: questions of each type, one disabled, one that is reviewed automatically."""
    made = []
    for place, (name, workspace, enabled, method, questions) in enumerate(_SCORECARDS):
        created = making.moment(700, 200)
        made.append(
            {
                "scorecardId": making.id(),
                "scorecardName": name,
                "workspaceId": making.workspaces[workspace],
                "enabled": enabled,
                "updaterUserId": making.who() if place else "-1",
                "created": seconds(created),
                "updated": seconds(created + timedelta(days=making.rng.randrange(1, 200))),
                "reviewMethod": method,
                "questions": [_question(making, one, last=one is questions[-1]) for one in questions],
            }
        )
    made[1]["emulatorAudience"] = {"team": "Enterprise"}
    return made


def _question(making: Making, question: _Question, *, last: bool) -> Record:
    text, kind, guide, options = question
    ranged = kind == "RANGE"
    created = making.moment(700, 200)
    return {
        "questionId": making.id(),
        "questionRevisionId": making.id(),
        "questionText": text,
        "isOverall": last and ranged,
        "created": seconds(created),
        "updated": seconds(created + timedelta(days=making.rng.randrange(100))),
        "updaterUserId": making.who() if making.rng.random() < 0.7 else "-1",
        "questionType": kind,
        "answerGuide": guide,
        "minRange": "1" if ranged else None,
        "maxRange": "5" if ranged else None,
        "answerOptions": [{"id": place, "text": one} for place, one in enumerate(options, 1)] or None,
    }


def make_outcomes() -> Records:
    """The outcomes that the dialer offers; those that calls have are among them."""
    return [
        {
            "callOutcome": name,
            "displayOrder": place,
            "connectStatus": status,
            "sentiment": sentiment,
            "todoAction": action,
            "automation": automation,
            "category": category,
        }
        for place, (name, status, sentiment, action, automation, category) in enumerate(_OUTCOMES, 1)
    ]


def make_history(making: Making) -> Records:
    """The settings of each user: the first ones when the user was made, some later; a few users have none."""
    made: Records = []
    for place, user in enumerate(making.users):
        if place % 10 != 3:
            later = [_LATER[(place + turn) % len(_LATER)] for turn in range(place % 3)]
            made += _history(making, user, later)
    for row in made[::60]:
        row["emulatorChangedBy"] = "import"
    return made


def _history(making: Making, user: User, later: list[str]) -> Records:
    settings = user.document["settings"]
    rng, moment = making.rng, user.created
    changes = [
        ("active", True),
        ("webConferencesRecorded", True),
        ("emailsImported", True),
        ("callsImported", bool(settings["telephonyCallsImported"])),
        ("gongConnectEnabled", bool(settings["gongConnectEnabled"])),
    ]
    changes += [(name, rng.random() < 0.5) for name in later]
    if not user.active:
        changes.append(("active", False))
    rows = []
    for place, (name, value) in enumerate(changes):
        rows.append({"setting": name, "value": value, "time": millis(moment), "_userId": user.id})
        moment += timedelta(milliseconds=1) if place < 4 else timedelta(hours=rng.randrange(1, 72))
    return rows
