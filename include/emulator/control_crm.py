"""The control plane's part about the CRM: what Gong holds, what came, how it is dealt with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, Literal

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from include.emulator.crm_fields import OBJECT_TYPES, WITH_SCHEMA
from include.emulator.crm_store import Integration
from include.emulator.responses import PiecesResponse
from include.emulator.state import Emulator

_TURN = 500  # records between two turns of the event loop


class SettingsBody(BaseModel):
    """What is left out keeps its value; ``native`` null is none, of ``read_bytes_per_second`` full speed."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    processing_seconds: float = Field(default=0, ge=0)
    dangling: Literal["refuse", "wait"] = "refuse"
    native: str | None = None
    maximum_bytes: int = Field(default=1, ge=1)
    read_bytes_per_second: int | None = Field(default=None, ge=1)
    fail_next: int = Field(default=0, ge=0)
    hold_next: int = Field(default=0, ge=0)


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    @router.get("/crm")
    async def get_crm(counts: bool = False) -> Response:
        overview = _overview(emulator)
        integration = emulator.crm.active or Integration(0, "", "")
        if counts:
            return Response(orjson.dumps(overview | _counts(integration)), media_type="application/json")
        pieces = [orjson.dumps(overview)[:-1]]
        async for piece in _contents(integration):
            pieces.append(piece)
        return PiecesResponse([*pieces, b"}"])

    @router.get("/crm/settings")
    async def get_settings() -> dict[str, Any]:
        return asdict(emulator.crm.settings)

    @router.put("/crm/settings")
    async def put_settings(body: SettingsBody) -> dict[str, Any]:
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(emulator.crm.settings, name, value)
        return asdict(emulator.crm.settings)

    @router.post("/crm/release")
    async def release() -> dict[str, int]:
        return {"released": emulator.crm.release()}

    return router


def _overview(emulator: Emulator) -> dict[str, Any]:
    crm, now = emulator.crm, emulator.clock.micros()
    active = crm.active
    shown = None
    if active is not None:
        shown = {"integrationId": active.id, "ownerEmail": active.owner_email, "name": active.name}
    fields = {name: active.schemas[name] if active else {} for name in WITH_SCHEMA}
    return {
        "integration": shown,
        "schemas": {name: [one.document() for one in fields[name].values()] for name in WITH_SCHEMA},
        "requests": [
            {"integrationId": one.id, **request.document(now, crm.lasts)}
            for one in crm.all()
            for request in one.requests.values()
        ],
    }


def _counts(integration: Integration) -> dict[str, Any]:
    """How many records are held; of what was sent the lines, the records, the most lines of one record."""
    sent = {name: times.values() for name, times in integration.sent.items()}
    return {
        "objects": {name: len(records) for name, records in integration.records.items()},
        "sent": {
            name: {"lines": sum(times), "records": len(times), "most": max(times, default=0)}
            for name, times in sent.items()
        },
    }


async def _contents(integration: Integration) -> AsyncIterator[bytes]:
    """The members that name every record."""
    users = {object_id: email for email, object_id in integration.mapped.items()}
    yield b',"mapped":' + orjson.dumps(users)
    yield b',"sent":' + orjson.dumps(integration.sent)
    unlinked: dict[str, dict[str, list[str]]] = {name: {} for name in OBJECT_TYPES}
    yield b',"objects":{'
    for place, name in enumerate(OBJECT_TYPES):
        yield (b"," if place else b"") + orjson.dumps(name) + b":{"
        for number, object_id in enumerate(list(integration.records[name])):
            if number % _TURN == _TURN - 1:
                await asyncio.sleep(0)
            yield (b"," if number else b"") + orjson.dumps(object_id) + b":"
            yield orjson.dumps(integration.held(name, object_id))
            fields = integration.unlinked(name, object_id)
            if fields:
                unlinked[name][object_id] = fields
        yield b"}"
    yield b'},"unlinked":' + orjson.dumps(unlinked)
