"""The control plane but for calls: time, reset, keys, limits, log, faults. No key, no limit, plain JSON."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
from fastapi import APIRouter, HTTPException, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from include.emulator.company import Person
from include.emulator.faults import Rule
from include.emulator.options import midnight_of
from include.emulator.state import Emulator, build_world


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ResetBody(_Body):
    """Options that differ from those of the start, for this reset only."""

    calls: int | None = Field(default=None, ge=0)
    users: int | None = Field(default=None, ge=0)
    days: int | None = Field(default=None, ge=1)
    until: date | datetime | None = None
    seed: int | None = None
    per_second: int | None = Field(default=None, ge=0)
    per_day: int | None = Field(default=None, ge=0)


class TimeBody(_Body):
    """Either is given: seconds to move on, or what time it shall be."""

    advance_seconds: float | None = None
    now: AwareDatetime | None = None


class KeyBody(_Body):
    """An access key with its secret, or a Bearer token; ``scopes`` None grants all."""

    access_key: str | None = None
    access_key_secret: str | None = None
    token: str | None = None
    scopes: list[str] | None = None


class LimitsBody(_Body):
    """New limits; 0 is none. What is left out keeps its value."""

    per_second: int | None = Field(default=None, ge=0)
    per_day: int | None = Field(default=None, ge=0)
    reset_after_seconds: float | None = Field(default=None, ge=0)


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()
    _add_state(router, emulator)
    _add_keys(router, emulator)
    _add_limits(router, emulator)
    _add_log(router, emulator)
    _add_faults(router, emulator)
    return router


def _time(emulator: Emulator) -> dict[str, Any]:
    return {"now": emulator.clock.now().isoformat(), "offset_seconds": emulator.clock.offset_seconds}


def _everybody(emulator: Emulator) -> list[Person]:
    return [*emulator.company.people(), *emulator.intake.people(), *emulator.privacy.people()]


def _add_state(router: APIRouter, emulator: Emulator) -> None:
    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post("/reset")
    async def reset(body: ResetBody | None = None) -> dict[str, Any]:
        given = body.model_dump(exclude_none=True) if body else {}
        until = given.pop("until", None)
        if until is not None:
            given["until"] = midnight_of(until.date() if isinstance(until, datetime) else until)
        options = replace(emulator.start, **given)
        if options.calls and not options.users:
            raise HTTPException(422, "calls need at least one user to host them")
        emulator.restore(options, await asyncio.to_thread(build_world, options))
        return {"status": "ok", "calls": len(emulator.dataset.calls), "until": options.until.isoformat()}

    @router.get("/time")
    async def get_time() -> dict[str, Any]:
        return _time(emulator)

    @router.post("/time")
    async def set_time(body: TimeBody) -> dict[str, Any]:
        if body.now is not None:
            emulator.clock.set(body.now)
        if body.advance_seconds is not None:
            emulator.clock.advance(body.advance_seconds)
        return _time(emulator)

    @router.get("/people")
    async def people() -> dict[str, Any]:
        return {
            "people": [
                {"name": who.name, "emailAddress": who.email, "phoneNumber": who.phone}
                for who in _everybody(emulator)
            ]
        }


def _add_keys(router: APIRouter, emulator: Emulator) -> None:
    @router.post("/keys")
    async def add_key(body: KeyBody) -> dict[str, Any]:
        scopes = None if body.scopes is None else frozenset(body.scopes)
        if body.access_key is not None and body.access_key_secret is not None:
            emulator.keys.add_key(body.access_key, body.access_key_secret, scopes)
        elif body.token is not None:
            emulator.keys.add_token(body.token, scopes)
        else:
            raise HTTPException(422, "give access_key and access_key_secret, or token")
        return {"status": "ok"}

    @router.delete("/keys/{name}")
    async def remove_key(name: str) -> dict[str, Any]:
        if not emulator.keys.remove(name):
            raise HTTPException(404, "no such key")
        return {"status": "ok"}


def _add_limits(router: APIRouter, emulator: Emulator) -> None:
    def shown() -> dict[str, Any]:
        limiter = emulator.limiter
        return {
            "per_second": limiter.per_second,
            "per_day": limiter.per_day,
            "used_today": limiter.used_today,
            "resets_in_seconds": limiter.resets_in(),
        }

    @router.get("/limits")
    async def get_limits() -> dict[str, Any]:
        return shown()

    @router.put("/limits")
    async def put_limits(body: LimitsBody) -> dict[str, Any]:
        limiter = emulator.limiter
        limiter.change(
            limiter.per_second if body.per_second is None else body.per_second,
            limiter.per_day if body.per_day is None else body.per_day,
            body.reset_after_seconds,
        )
        return shown()


def _add_log(router: APIRouter, emulator: Emulator) -> None:
    @router.get("/requests")
    async def get_requests(since: int = 0) -> Response:
        log = emulator.log
        entries = []
        for number, entry in enumerate(log.since(since)):
            entries.append(orjson.dumps(entry.document()))
            if number % 100 == 99:
                await asyncio.sleep(0)
        head = b'{"maxPerSecond":' + str(log.max_per_second).encode() + b',"requests":['
        return Response(head + b",".join(entries) + b"]}", media_type="application/json")

    @router.delete("/requests")
    async def clear_requests() -> dict[str, str]:
        emulator.log.clear()
        return {"status": "ok"}


def _add_faults(router: APIRouter, emulator: Emulator) -> None:
    @router.post("/faults")
    async def add_fault(rule: Rule) -> dict[str, Any]:
        return emulator.faults.add(rule).document()

    @router.get("/faults")
    async def get_faults() -> dict[str, Any]:
        return {"faults": [armed.document() for armed in emulator.faults.all()]}

    @router.delete("/faults")
    async def clear_faults() -> dict[str, str]:
        emulator.faults.clear()
        return {"status": "ok"}
