"""The control plane's part about media: how large they are, what goes wrong, what was asked for."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from include.emulator.media_storage_settings import Kind, MediaFault
from include.emulator.state import Emulator


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MediaBody(_Body):
    """What is left out keeps its value."""

    bytes: int = Field(default=0, ge=0)
    calls: dict[str, int] = {}


class FaultBody(_Body):
    """Members of ``MediaFault``."""

    kind: Kind
    call_id: str | None = None
    media: Literal["audio", "video"] | None = None
    after_bytes: int = Field(default=0, ge=0)
    times: int | None = Field(default=1, ge=1)
    status: int = Field(default=503, ge=400, le=599)
    content_type: str = "text/html"


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    @router.get("/media")
    async def get_media() -> dict[str, Any]:
        return emulator.media.document()

    @router.put("/media")
    async def put_media(body: MediaBody) -> dict[str, Any]:
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(emulator.media, name, value)
        return emulator.media.document()

    @router.post("/media/faults")
    async def add_fault(body: FaultBody) -> dict[str, str]:
        emulator.media.faults.append(MediaFault(**body.model_dump()))
        return {"status": "ok"}

    @router.delete("/media/faults")
    async def clear_faults() -> dict[str, str]:
        emulator.media.faults.clear()
        return {"status": "ok"}

    return router
