"""The control plane's part about uploads: what has come, how it is dealt with, and who may host a call."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from include.emulator.state import Emulator


class SettingsBody(BaseModel):
    """What is left out keeps its value; ``read_bytes_per_second`` null is full speed."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    processing_seconds: float = Field(default=0, ge=0)
    minimum_seconds: float = Field(default=0, ge=0)
    maximum_bytes: int = Field(default=1, ge=1)
    bare_duplicate_text: bool = False
    read_bytes_per_second: int | None = Field(default=None, ge=1)


class DiscardBody(BaseModel):
    """Why the recording shall be dropped."""

    model_config = ConfigDict(extra="forbid")

    reason: str


class UserEdit(BaseModel):
    """What may be changed of a user; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    telephonyCallsImported: bool | None = None  # noqa: N815 - names of the wire
    active: bool | None = None


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    _add_uploads(router, emulator)
    _add_users(router, emulator)
    return router


def _add_uploads(router: APIRouter, emulator: Emulator) -> None:
    @router.get("/uploads")
    async def list_uploads() -> dict[str, Any]:
        return {"uploads": [upload.document() for upload in emulator.intake.uploads.values()]}

    @router.get("/uploads/settings")
    async def get_settings() -> dict[str, Any]:
        return asdict(emulator.intake.settings)

    @router.put("/uploads/settings")
    async def put_settings(body: SettingsBody) -> dict[str, Any]:
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(emulator.intake.settings, name, value)
        return asdict(emulator.intake.settings)

    @router.post("/uploads/{number}/discard")
    async def discard(number: str, body: DiscardBody) -> dict[str, Any]:
        upload = emulator.intake.uploads.get(number)
        if upload is None:
            raise HTTPException(404, "no such upload")
        upload.discard(body.reason)
        call = emulator.dataset.calls.get(number)
        if call is not None:
            call.deleted = True
            emulator.dataset.touch(call)
        return upload.document()


def _add_users(router: APIRouter, emulator: Emulator) -> None:
    @router.get("/users")
    async def list_users() -> dict[str, Any]:
        return {"users": [user.document for user in emulator.company.users if not user.avatar]}

    @router.patch("/users/{number}")
    async def edit_user(number: str, body: UserEdit) -> dict[str, Any]:
        user = emulator.company.user(number)
        if user is None:
            raise HTTPException(404, "no such user")
        document = {**user.document, "settings": {**user.document["settings"]}}
        if body.telephonyCallsImported is not None:
            document["settings"]["telephonyCallsImported"] = body.telephonyCallsImported
        if body.active is not None:
            user.active = document["active"] = body.active
        user.document = document
        return document
