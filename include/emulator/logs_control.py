"""The control plane's part about logs: a further entry."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from include.emulator.clock import from_micros
from include.emulator.state import Emulator
from include.emulator.validation import is_instant


class NewLog(BaseModel):
    """An entry as the API shall show it; without ``eventTime`` it is of now."""

    model_config = ConfigDict(extra="forbid")

    logType: Literal[  # noqa: N815
        "AccessLog",
        "UserActivityLog",
        "UserCallPlay",
        "ExternallySharedCallAccess",
        "ExternallySharedCallPlay",
    ]
    entry: dict[str, Any]


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    @router.post("/logs")
    async def add_log(body: NewLog) -> dict[str, Any]:
        now = from_micros(emulator.clock.micros()).isoformat(timespec="milliseconds")
        entry = {"eventTime": now.replace("+00:00", "Z"), **body.entry}
        if not (isinstance(entry["eventTime"], str) and is_instant(entry["eventTime"])):
            raise HTTPException(422, "eventTime must be an ISO-8601 date and time with Z or an offset")
        return {"recordId": emulator.activity.logs.add(body.logType, entry)}

    return router
