"""The control plane's part about calls: what there is, what a full read would hold, and edits."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import orjson
from fastapi import APIRouter, HTTPException, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from include.emulator.activity_counts import count_activity
from include.emulator.clock import from_micros, to_micros
from include.emulator.directory_counts import count_directory
from include.emulator.paging import render_all
from include.emulator.records import Call, tally
from include.emulator.responses import PiecesResponse
from include.emulator.state import Emulator

COUNTED = (
    "calls",
    "privateCalls",
    "transcripts",
    "monologues",
    "sentences",
    "parties",
    "partyContextFields",
    "contextFields",
    "interactionStats",
    "speakers",
    "videos",
    "topics",
    "structure",
    "trackerMentions",
    "publicComments",
    "outlineSections",
    "outlineItems",
    "highlights",
    "highlightItems",
    "keyPoints",
    "users",
)


class CallEdit(BaseModel):
    """What may be changed of a call; what is left out stays. ``transcriptAppears`` null takes it away."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    isPrivate: bool | None = None  # noqa: N815 - names of the wire
    appears: AwareDatetime | None = None
    transcriptAppears: AwareDatetime | None = None  # noqa: N815
    deleted: bool | None = None
    brief: str | None = None


class NewCall(BaseModel):
    """A call to add: visible at once unless ``appears`` says otherwise."""

    model_config = ConfigDict(extra="forbid")

    started: AwareDatetime
    durationSeconds: int | None = Field(default=None, ge=1)  # noqa: N815
    appears: AwareDatetime | None = None
    transcriptAppears: AwareDatetime | None = None  # noqa: N815
    title: str | None = None
    isPrivate: bool = False  # noqa: N815


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    @router.get("/counts")
    async def counts() -> dict[str, int]:
        return await count_visible(emulator) | count_directory(emulator) | await count_activity(emulator)

    @router.get("/calls")
    async def list_calls(limit: int | None = None, offset: int = 0) -> Response:
        held = list(emulator.dataset.ordered())
        chosen = held[offset:] if limit is None else held[offset : offset + limit]
        rows = await render_all(emulator.rendering, chosen, lambda call: orjson.dumps(_shown(call)))
        return PiecesResponse([b'{"calls":[', b",".join(rows), b'],"total":%d}' % len(held)])

    @router.post("/calls")
    async def add_call(body: NewCall) -> dict[str, Any]:
        if not emulator.company.hosts():
            raise HTTPException(422, "there is no user to host a call")
        return {"id": _add(emulator, body).id}

    @router.patch("/calls/{number}")
    async def edit_call(number: str, body: CallEdit) -> dict[str, Any]:
        call = _held(emulator, number)
        _edit(call, body)
        emulator.dataset.touch(call)
        return _shown(call)

    @router.delete("/calls/{number}")
    async def delete_call(number: str) -> dict[str, Any]:
        call = _held(emulator, number)
        call.deleted = True
        emulator.dataset.touch(call)
        return _shown(call)

    return router


async def count_visible(emulator: Emulator) -> dict[str, int]:
    """What a full read yields right now: public, visible calls only, but for ``privateCalls``."""
    now = emulator.clock.micros()
    found: Counter[str] = Counter()
    for number, call in enumerate(list(emulator.dataset.calls.values())):
        if number % 200 == 199:
            await asyncio.sleep(0)
        if not call.is_visible(now):
            continue
        if call.is_private:
            found["privateCalls"] += 1
            continue
        found.update(tally(call))
        if call.has_transcript(now):
            found["transcripts"] += 1
            found["monologues"] += call.analysis.counts["monologues"]
            found["sentences"] += call.analysis.counts["sentences"] + len(call.said)
    found["users"] = sum(not user.avatar for user in emulator.company.users)
    return {name: found[name] for name in COUNTED}


def _shown(call: Call) -> dict[str, Any]:
    transcript = call.transcript_appears
    return {
        "id": call.id,
        "started": from_micros(call.started).isoformat(),
        "ended": from_micros(call.ended).isoformat(),
        "appears": from_micros(call.appears).isoformat(),
        "transcriptAppears": None if transcript is None else from_micros(transcript).isoformat(),
        "isPrivate": call.is_private,
        "deleted": call.deleted,
        "title": call.title,
    }


def _held(emulator: Emulator, number: str) -> Call:
    call = emulator.dataset.calls.get(number)
    if call is None:
        raise HTTPException(404, "no such call")
    return call


def _edit(call: Call, body: CallEdit) -> None:
    """Apply what is given; a null says nothing, except that it takes the transcript away."""
    if body.title is not None:
        call.title = body.title
    if body.isPrivate is not None:
        call.is_private = body.isPrivate
    if body.appears is not None:
        call.appears = to_micros(body.appears)
    if "transcriptAppears" in body.model_fields_set:
        call.transcript_appears = (
            None if body.transcriptAppears is None else to_micros(body.transcriptAppears)
        )
    if body.deleted is not None:
        call.deleted = body.deleted
    if body.brief is not None:
        call.brief = body.brief
        call.lacks = call.lacks - {"brief"}
    call.version += 1


def _add(emulator: Emulator, body: NewCall) -> Call:
    duration = body.durationSeconds or 900
    call = emulator.maker.one(body.started, duration)
    call.appears = emulator.clock.micros() if body.appears is None else to_micros(body.appears)
    explicit = body.transcriptAppears is not None or "transcriptAppears" not in body.model_fields_set
    given = body.transcriptAppears
    call.transcript_appears = (call.appears if given is None else to_micros(given)) if explicit else None
    call.is_private = body.isPrivate
    call.title = body.title or call.title
    emulator.dataset.add(call)
    return call
