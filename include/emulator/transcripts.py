"""A call's transcript as JSON bytes: a greeting of its own, then the body of its talk."""

from __future__ import annotations

from typing import Any

import orjson

from include.emulator.company import NAME
from include.emulator.records import Call
from include.emulator.rendering import with_speakers
from include.emulator.talks import OPENING_MS

_GREETINGS = (
    "Hi {them}, this is {us} from {firm}.",
    "Good to see you, {them}, {us} here with {firm}.",
    "Hello {them}, thanks for joining, it is {us} from {firm}.",
)
_REPLIES = ("Hi {us}, good to hear from you.", "Hey {us}, thanks for setting this up.", "Morning, {us}.")


def render_transcript(call: Call) -> bytes:
    """``{callId, transcript: [...]}``. Times are whole milliseconds; the topic of a monologue may be null."""
    pieces = [orjson.dumps(part) for part in _greeting(call)]
    if call.analysis.body:
        pieces.append(with_speakers(call, call.analysis.body))
    return b'{"callId":"' + call.id.encode() + b'","transcript":[' + b",".join(pieces) + b"]}"


def _greeting(call: Call) -> list[dict[str, Any]]:
    host = call.participants[0]
    guest = next((who for who in call.participants if who.seat == 1), host)
    us, them = host.person.name.split(" ")[0], guest.person.name.split(" ")[0] or "there"
    choice = call.number
    hello = _GREETINGS[choice % 3].format(us=us, them=them, firm=NAME)
    reply = _REPLIES[choice // 3 % 3].format(us=us)
    half = OPENING_MS // 2
    begin = choice % 90 * 10
    # What else the guest says shares the time of the reply: all that follows stays where it is.
    said = (reply, *call.said)
    length = (OPENING_MS - 400 - half - 100) // len(said)
    starts = [half + 100 + place * length for place in range(len(said))]
    return [
        {
            "speakerId": host.speaker_id,
            "topic": None,
            "sentences": [
                {"start": begin, "end": half - 1_000, "text": hello},
                {"start": half - 1_000, "end": half, "text": "Can you hear me?"},
            ],
        },
        {
            "speakerId": guest.speaker_id,
            "topic": None,
            "sentences": [
                {"start": start, "end": start + length, "text": text}
                for start, text in zip(starts, said, strict=True)
            ],
        },
    ]
