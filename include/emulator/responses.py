"""Answers of the operations: JSON in pieces, written bit by bit."""

from __future__ import annotations

import asyncio

from fastapi import Response
from starlette.types import Receive, Scope, Send

CHUNK = 256 * 1024


class NoResponse(Response):
    """Nothing at all, for a client that is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing (ASGI)."""


class PiecesResponse(Response):
    """A JSON answer from pieces, its length known; other tasks get their turn after every ``CHUNK`` bytes."""

    media_type = "application/json"

    def __init__(self, pieces: list[bytes], status: int = 200) -> None:
        length = sum(map(len, pieces))
        super().__init__(None, status, {"content-length": str(length)})
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it (ASGI)."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        waiting: list[bytes] = []
        size = 0
        for piece in self._pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= CHUNK:
                await send({"type": "http.response.body", "body": b"".join(waiting), "more_body": True})
                await asyncio.sleep(0)
                waiting, size = [], 0
        await send({"type": "http.response.body", "body": b"".join(waiting)})
