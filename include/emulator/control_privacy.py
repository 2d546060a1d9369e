"""The control plane's part about erasures: who can be erased, how they are dealt with, what is left to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from include.emulator.privacy_people import address_key, is_users_address, is_users_number, number_key
from include.emulator.privacy_planting import TooFewCallsError, Wish, plant
from include.emulator.state import Emulator


class PersonBody(BaseModel):
    """Somebody outside of the company; numbers are of occurrences."""

    model_config = ConfigDict(extra="forbid")

    emails: list[str] = Field(min_length=1)
    phones: list[str] = []
    name: str = Field(default="Morgan Ashby", min_length=1)
    calls: int = Field(default=40, ge=0)
    mentions: int = Field(default=5, ge=0)
    emails_sent: int = Field(default=6, ge=0)
    meetings: int = Field(default=3, ge=0)
    engagement: int = Field(default=4, ge=0)
    mention_as: list[str] | None = Field(default=None, min_length=1)


class SettingsBody(BaseModel):
    """What is left out keeps its value."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    delay_seconds: float = Field(default=0, ge=0)
    seconds_per_object: float = Field(default=0, ge=0)
    guard_objects: int = Field(default=0, ge=0)
    guard: Literal["refuse", "silent"] = "refuse"
    reimport_next: int = Field(default=0, ge=0)
    reimport_after_seconds: float = Field(default=0, ge=0)
    reimport_call: Literal["none", "same", "new"] = "none"


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    @router.post("/privacy/people")
    async def add_person(body: PersonBody) -> dict[str, Any]:
        company = emulator.company
        if any(is_users_address(company, address_key(one)) for one in body.emails):
            raise HTTPException(422, "a Gong user has one of these addresses; give those of somebody else")
        if any(is_users_number(company, number_key(one)) for one in body.phones):
            raise HTTPException(422, "a Gong user has one of these numbers; give those of somebody else")
        try:
            return asdict(plant(emulator, Wish(**body.model_dump())))
        except TooFewCallsError as error:
            raise HTTPException(422, str(error)) from error

    @router.get("/privacy/settings")
    async def get_settings() -> dict[str, Any]:
        return asdict(emulator.privacy.settings)

    @router.put("/privacy/settings")
    async def put_settings(body: SettingsBody) -> dict[str, Any]:
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(emulator.privacy.settings, name, value)
        return asdict(emulator.privacy.settings)

    @router.get("/privacy/erasures")
    async def list_erasures() -> dict[str, Any]:
        return {"erasures": [erasure.document() for erasure in emulator.privacy.erasures]}

    return router
