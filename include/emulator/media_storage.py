"""The storage that media addresses lead to: S3 by its answers, no part of the API.

No key, no limit, no entry in the log of the API. The signature and its eight hours are checked by the
emulator's clock; an ``Authorization`` header is refused, as S3 refuses two kinds of authorization at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from starlette.types import ASGIApp, Receive, Scope, Send

from include.emulator.media import FILES, STORAGE, TYPES, StorageError, check_signature
from include.emulator.media_storage_content import MediaObject
from include.emulator.media_storage_settings import MediaEntry, MediaFault
from include.emulator.processing import settle
from include.emulator.server import Transports
from include.emulator.state import Emulator

_PATH = re.compile(rf"{STORAGE}/calls/(?P<call>[^/]+)/(?P<file>[^/]+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_KINDS = {name: kind for kind, name in FILES.items()}


@dataclass
class _Asked:
    """A request for an object that is there."""

    call_id: str
    kind: str
    entry: MediaEntry
    fault: MediaFault | None
    headers: dict[str, str]


class MediaStorage:
    """Answers requests below ``/media-storage``; everything else passes through to ``app``."""

    def __init__(self, app: ASGIApp, emulator: Emulator, transports: Transports) -> None:
        self._app = app
        self._emulator = emulator
        self._transports = transports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{STORAGE}/"):
            await self._app(scope, receive, send)
            return
        settle(self._emulator)
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        entry = MediaEntry(scope["method"], scope["path"], sorted(headers), headers.get("range"))
        self._emulator.media.entries.append(entry)
        try:
            asked = self._check(scope, headers, entry)
            await self._answer(asked, scope, receive, send)
        except StorageError as error:
            await _refuse(error, entry, send)

    def _check(self, scope: Scope, headers: dict[str, str], entry: MediaEntry) -> _Asked:
        emulator = self._emulator
        if entry.method not in ("GET", "HEAD"):
            raise StorageError(
                405, "MethodNotAllowed", "The specified method is not allowed against this resource."
            )
        if "authorization" in headers:
            raise StorageError(400, "InvalidArgument", "Only one auth mechanism allowed")
        query = scope["query_string"].decode("latin-1")
        host, secret = headers.get("host", ""), emulator.media.secret
        check_signature(host, secret, scope["path"], query, emulator.clock.now())
        found = _PATH.fullmatch(scope["path"])
        kind = _KINDS.get(found["file"]) if found else None
        call = emulator.dataset.calls.get(found["call"]) if found else None
        if kind is None or call is None or call.deleted:
            raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
        fault = emulator.media.fault(call.id, kind)
        if fault is not None:
            entry.fault = fault.kind
            self._before(fault, call.id)
        return _Asked(call.id, kind, entry, fault, headers)

    def _before(self, fault: MediaFault, call_id: str) -> None:
        """What a fault does before there is an answer."""
        if fault.kind == "expired":
            raise StorageError(403, "AccessDenied", "Request has expired")
        if fault.kind == "status":
            raise StorageError(fault.status, "SlowDown", "Please reduce your request rate.")
        if fault.kind == "changed":
            self._emulator.media.change(call_id)

    async def _answer(self, asked: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._emulator.media.object(asked.call_id, asked.kind)
        fault, entry = asked.fault, asked.entry
        start, end, entry.status = _stretch(asked.headers, found)
        headers = {
            "content-type": TYPES[asked.kind],
            "etag": found.etag,
            "accept-ranges": "bytes",
        }
        if entry.status == 206:
            headers["content-range"] = f"bytes {start}-{end - 1}/{found.size}"
        if fault is not None and fault.kind == "type":
            headers["content-type"] = fault.content_type
        if fault is not None and fault.kind == "short":
            end = min(end, start + fault.after_bytes)
        headers["content-length"] = str(end - start)
        await send({"type": "http.response.start", "status": entry.status, "headers": _raw(headers)})
        if entry.method == "HEAD":
            end = start
        elif fault is not None and fault.kind in ("cut", "stall"):
            pieces = found.pieces(start, min(end, start + fault.after_bytes))
            await self._stream(pieces, entry, scope, send)
            await self._break_off(fault, scope, receive)
            return
        await self._stream(found.pieces(start, end), entry, scope, send)
        await send({"type": "http.response.body", "body": b""})

    async def _stream(self, pieces: Iterator[bytes], entry: MediaEntry, scope: Scope, send: Send) -> None:
        for piece in pieces:
            transport = self._transports.get(tuple(scope["client"]))
            if transport is None or transport.is_closing():
                return  # the client is gone: what is sent now reaches nobody
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            self._emulator.media.count(entry, len(piece))

    async def _break_off(self, fault: MediaFault, scope: Scope, receive: Receive) -> None:
        """Close the connection when all that was sent has left, or say nothing more."""
        transport = self._transports.get(tuple(scope["client"]))
        if fault.kind == "cut" and transport is not None:
            transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


def _stretch(headers: dict[str, str], found: MediaObject) -> tuple[int, int, int]:
    """First byte, the one after the last, and the status: of one range that is asked for, or of all."""
    whole = 0, found.size, 200
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or not any(match.groups()) or headers.get("if-range", found.etag) != found.etag:
        return whole
    first, last = match.groups()
    if not first:
        return max(0, found.size - int(last)), found.size, 206
    end = min(found.size, int(last) + 1) if last else found.size
    if int(first) >= found.size:
        raise StorageError(416, "InvalidRange", f"The range is not satisfiable: bytes */{found.size}")
    return (int(first), end, 206) if int(first) < end else whole


async def _refuse(error: StorageError, entry: MediaEntry, send: Send) -> None:
    entry.status = error.status
    text = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()
    headers = {"content-type": "application/xml", "content-length": str(len(body))}
    if error.status == 416:
        headers["content-range"] = error.message.rpartition(": ")[2]
    await send({"type": "http.response.start", "status": error.status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": b"" if entry.method == "HEAD" else body})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
