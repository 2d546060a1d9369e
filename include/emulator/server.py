"""The HTTP server: uvicorn with a protocol that remembers connections, so that a fault can cut one."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol

Peer = tuple[Any, ...]
Transports = dict[Peer, asyncio.Transport]
DRAINED = (
    2 * 1024**3
)  # bytes of a refused body that are read for the sake of a client that sends before it reads


def tracking_protocol(transports: Transports) -> type[asyncio.Protocol]:
    """uvicorn's HTTP protocol (httptools where available), noting each open connection in ``transports``."""
    base: Any = AutoHTTPProtocol

    class Tracking(base):
        def connection_made(self, transport: asyncio.Transport) -> None:
            self.peer = tuple(transport.get_extra_info("peername") or ())[:2]
            transports[self.peer] = transport
            self.refused: object = None
            self.drained = 0
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            # An answer sent before its request was read: uvicorn throws away what still comes, without end.
            if self.cycle is not None and self.cycle.response_complete:
                if self.refused is not self.cycle:
                    self.refused, self.drained = self.cycle, 0
                self.drained += len(data)
                if self.drained > DRAINED:
                    self.transport.abort()
                    return
            super().data_received(data)

        def connection_lost(self, error: Exception | None) -> None:
            transports.pop(self.peer, None)
            super().connection_lost(error)

    return Tracking


def serve(app: ASGIApp, transports: Transports, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; open requests get one second to end."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=tracking_protocol(transports),
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        backlog=512,
    )
    uvicorn.Server(config).run()
