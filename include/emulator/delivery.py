"""How an answer gets onto the wire: whole, cut, compressed, slow, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.types import Message, Receive, Scope, Send

from include.emulator.faults import Fault
from include.emulator.server import Transports

Headers = list[tuple[bytes, bytes]]
_RESET = struct.pack("ii", 1, 0)
_PART = 32 * 1024


@dataclass
class Answer:
    """A whole answer, held back so that a fault can change it."""

    status: int
    body: bytes
    headers: Headers = field(default_factory=list)

    def set_header(self, name: str, value: str) -> None:
        """Replace the header ``name``."""
        wanted = name.lower().encode()
        self.headers = [(key, text) for key, text in self.headers if key != wanted]
        self.headers.append((wanted, value.encode("latin-1")))

    @property
    def is_json(self) -> bool:
        """Whether it declares JSON."""
        return any(key == b"content-type" and b"json" in value for key, value in self.headers)

    async def send(self, send: Send) -> None:
        """Send it whole, with the length of the body as it is now."""
        self.set_header("content-length", str(len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    async def dribble(self, send: Send, seconds: float, parts: int = 20) -> None:
        """Send the body in pieces spread over ``seconds``."""
        self.set_header("content-length", str(len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        size = max(1, -(-len(self.body) // parts))
        for start in range(0, len(self.body), size):
            await asyncio.sleep(seconds / parts)
            piece = self.body[start : start + size]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def break_off(self, send: Send, transports: Transports, scope: Scope) -> None:
        """Promise the whole body, send a part of it, and cut the connection."""
        self.set_header("content-length", str(len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        part = self.body[: min(len(self.body) // 2, _PART)]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(0.02)  # the part must have left before the reset overtakes it
        await cut(transports, scope)


class Capture:
    """An ASGI ``send`` that keeps the answer instead of sending it."""

    def __init__(self) -> None:
        self.answer = Answer(500, b"")
        self._pieces: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.answer.status = message["status"]
            self.answer.headers = [(key.lower(), value) for key, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self._pieces.append(message.get("body", b""))
            if not message.get("more_body"):
                self.answer.body = b"".join(self._pieces)


async def cut(transports: Transports, scope: Scope) -> None:
    """Cut the TCP connection of ``scope`` at once: the peer sees a reset, no further byte."""
    transport = transports.get(tuple(scope["client"])) if scope.get("client") else None
    if transport is None:
        raise ConnectionError("the connection of this request is not known, so it cannot be cut")
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)  # the server must notice before the application returns


def mangle(answer: Answer, fault: Fault) -> None:
    """Faults that only need other bytes or headers: cut JSON, other content type, compression."""
    if fault.kind == "truncate":
        answer.body = answer.body[: len(answer.body) * 2 // 3]
    elif fault.kind == "content_type":
        answer.set_header("content-type", fault.content_type or "text/plain")
    elif fault.kind == "gzip":
        answer.body = gzip.compress(answer.body, 1)
        answer.set_header("content-encoding", "gzip")


async def read_small_body(headers: dict[str, str], receive: Receive, limit: int) -> bytes | None:
    """The body if the request declares at most ``limit`` bytes of JSON; None if it was left unread."""
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > limit or "transfer-encoding" in headers:
        return None
    pieces = []
    while int(length):
        message = await receive()
        if message["type"] != "http.request":
            break
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(pieces)


class Counted:
    """An ASGI ``receive`` that counts the bytes of the body and passes them on."""

    def __init__(self, receive: Receive, count: Callable[[int], None]) -> None:
        self._receive = receive
        self._count = count

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._count(len(message.get("body", b"")))
        return message


class CutShort:
    """An ASGI ``receive`` that cuts the connection after ``limit`` bytes of the body, or before its end."""

    def __init__(self, receive: Receive, limit: int, cut_it: Callable[[], Awaitable[None]]) -> None:
        self._receive = receive
        self._left = limit
        self._cut = cut_it
        self.is_cut = False

    async def __call__(self) -> Message:
        if self.is_cut or not self._left:
            return await self.end()
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return await self.end()
        piece = message.get("body", b"")[: self._left]
        self._left -= len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def end(self) -> Message:
        """Cut the connection, unless that is done."""
        if not self.is_cut:
            self.is_cut = True
            await self._cut()
        return {"type": "http.disconnect"}


def replay(body: bytes | None, receive: Receive) -> Receive:
    """An ASGI ``receive`` that gives ``body`` once more, and then goes on with the original."""
    if body is None:
        return receive
    pending = [body]

    async def again() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return again
