"""The control plane of OAuth: apps, what became of their tokens, settings."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from include.emulator.state import Emulator


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AppBody(_Body):
    """An app; what is left out is made up, ``scopes`` None grants all."""

    client_id: str | None = Field(default=None, min_length=1)
    client_secret: str | None = Field(default=None, min_length=1)
    scopes: list[str] | None = None


class SettingsBody(_Body):
    """What is left out keeps its value."""

    validity_seconds: int | None = Field(default=None, ge=1)
    revoke_at_once: bool | None = None


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    @router.get("/oauth")
    async def get_oauth() -> dict[str, Any]:
        return emulator.oauth.document()

    @router.post("/oauth/apps")
    async def add_app(body: AppBody | None = None) -> dict[str, str]:
        given = body or AppBody()
        scopes = None if given.scopes is None else frozenset(given.scopes)
        return emulator.oauth.add_app(given.client_id, given.client_secret, scopes)

    @router.post("/oauth/end")
    async def end_access_tokens() -> dict[str, int]:
        return {"ended": emulator.oauth.end_access_tokens()}

    @router.put("/oauth/settings")
    async def put_settings(body: SettingsBody) -> dict[str, Any]:
        for name, value in body.model_dump(exclude_none=True).items():
            setattr(emulator.oauth.settings, name, value)
        return vars(emulator.oauth.settings)

    return router
