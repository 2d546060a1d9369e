"""The outermost layer, pure ASGI: stamps each request's arrival, logs it, admits it or not, applies faults.

The order is invented: host, key, limits, then everything else. So a request with an unknown key uses up no
quota, for there is no company to charge, while a missing scope or an unknown path does. The token endpoint is
Gong's and not the company's: none of the three concerns it. It is logged without what is secret in it.
"""

from __future__ import annotations

import asyncio
import time

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.emulator.delivery import (
    Answer,
    Capture,
    Counted,
    CutShort,
    cut,
    mangle,
    read_small_body,
    replay,
)
from include.emulator.errors import CURSOR_EXPIRED, CURSOR_UNVERIFIED, SERVER_ERROR, ApiError, envelope
from include.emulator.exchange import Exchange
from include.emulator.faults import Armed, Fault
from include.emulator.oauth import TOKEN_PATH, masked
from include.emulator.operations import Routes
from include.emulator.processing import settle
from include.emulator.requestlog import BODY_LIMIT, Entry
from include.emulator.sabotage import alter, alters, encode
from include.emulator.server import Transports
from include.emulator.state import Emulator

CONTROL = "/_emulator"
_PAGE = b"<html><head><title>Error</title></head><body><h1>The service is unavailable</h1></body></html>"


class Gateway:
    """Wraps the application; the control plane passes through untouched."""

    def __init__(self, app: ASGIApp, emulator: Emulator, routes: Routes, transports: Transports) -> None:
        self._app = app
        self._emulator = emulator
        self._routes = routes
        self._transports = transports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        arrived = time.monotonic()
        settle(self._emulator)
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        log = self._emulator.log
        exchange = self._open(scope, arrived)
        entry = log.open(exchange, self._emulator.clock.micros())
        watched = _Watched(send, entry)
        try:
            refusal = self._admit(exchange)
            receive = Counted(receive, entry.count)
            if exchange.operation is None or not exchange.operation.streams:
                exchange.body = await read_small_body(exchange.headers, receive, BODY_LIMIT)
            if scope["path"] == TOKEN_PATH:
                self._emulator.oauth.arrived(scope["query_string"].decode("latin-1"), exchange.body)
            elif exchange.body:
                log.keep_body(entry)
            await self._delay()
            if refusal is not None:
                await refuse(refusal, exchange).send(watched)
            else:
                await self._answer(scope, replay(exchange.body, receive), watched, exchange, entry)
        except asyncio.CancelledError:
            return  # the server is shutting down and waits for this request no longer
        finally:
            exchange.fresh_cursor = exchange.receive = None
            if exchange.body is not None and (len(exchange.body) > BODY_LIMIT or scope["path"] == TOKEN_PATH):
                exchange.body = None  # read for the operation, too large for the log, or secret
            entry.duration = time.monotonic() - arrived

    def _open(self, scope: Scope, arrived: float) -> Exchange:
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        method, path = scope["method"], scope["path"]
        query = scope["query_string"].decode("latin-1")
        request_id = self._emulator.request_ids.next()
        operation, template, params = self._routes.find(method, path)
        if path == TOKEN_PATH:
            query, template = masked(query), TOKEN_PATH
        return Exchange(arrived, request_id, method, path, headers, query, operation, template, params)

    def _admit(self, exchange: Exchange) -> ApiError | None:
        emulator = self._emulator
        if exchange.template == TOKEN_PATH:
            return None
        try:
            emulator.keys.check_host(exchange.headers.get("host", ""))
            authorization = exchange.headers.get("authorization", "")
            exchange.credential = emulator.keys.identify(authorization, emulator.clock.seconds())
            emulator.limiter.admit(exchange.arrived)
        except ApiError as error:
            return error
        return None

    async def _delay(self) -> None:
        if self._emulator.options.latency_ms:
            await asyncio.sleep(self._emulator.options.latency_ms / 1000)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, exchange: Exchange, entry: Entry
    ) -> None:
        scope["exchange"] = exchange
        armed = self._emulator.faults.take(exchange, self._routes.templates)
        if armed is None:
            await self._app(scope, receive, send)
            return
        fault = armed.rule.fault
        entry.fault = fault.kind
        if fault.kind == "reset":
            await cut(self._transports, scope)
            return
        instead = _instead(fault, exchange)
        if instead is not None:
            await instead.send(send)
            return
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
            return
        capture = Capture()
        if fault.kind == "reset_request":
            await self._cut_short(scope, receive, capture, exchange, fault.after_bytes)
            return
        await self._app(scope, receive, capture)
        if fault.kind == "lost_answer":
            await cut(self._transports, scope)
            return
        await self._spoil(capture.answer, armed, exchange, scope, send)

    async def _cut_short(
        self, scope: Scope, receive: Receive, send: Send, exchange: Exchange, after_bytes: int
    ) -> None:
        """Let the operation read a part of the body, and cut the connection; no answer is ever sent."""
        body, exchange.body = exchange.body, None  # what was read already would not be read again
        limited = CutShort(receive, after_bytes, lambda: cut(self._transports, scope))
        await self._app(scope, limited, send)
        await limited.end()
        exchange.body = body

    async def _spoil(
        self, answer: Answer, armed: Armed, exchange: Exchange, scope: Scope, send: Send
    ) -> None:
        """Send ``answer`` as the fault wants it."""
        fault = armed.rule.fault
        if fault.kind == "reset_body":
            await answer.break_off(send, self._transports, scope)
            return
        if fault.kind == "slow_body":
            await answer.dribble(send, fault.seconds)
            return
        if alters(fault.kind) and answer.status < 300 and answer.is_json:
            answer.body = encode(alter(orjson.loads(answer.body), armed, exchange))
        mangle(answer, fault)
        await answer.send(send)


class _Watched:
    """An ASGI ``send`` that adds ``x-traceid`` and notes status and size in the log."""

    def __init__(self, send: Send, entry: Entry) -> None:
        self._send = send
        self._entry = entry

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._entry.status = message["status"]
            traced = [*message["headers"], (b"x-traceid", self._entry.exchange.request_id.encode())]
            message = {**message, "headers": traced}
        elif message["type"] == "http.response.body":
            self._entry.size += len(message.get("body", b""))
        await self._send(message)


def refuse(error: ApiError, exchange: Exchange) -> Answer:
    """The answer for ``error``."""
    answer = Answer(error.status, envelope(exchange.request_id, error.errors))
    answer.set_header("content-type", "application/json")
    for name, value in error.headers.items():
        answer.set_header(name, value)
    return answer


def _instead(fault: Fault, exchange: Exchange) -> Answer | None:
    """The answer of faults that leave the operation alone; None for the other kinds."""
    if fault.kind == "expire_cursor":
        return refuse(ApiError(400, [CURSOR_EXPIRED]), exchange)
    if fault.kind == "tamper_cursor":
        return refuse(ApiError(400, [CURSOR_UNVERIFIED]), exchange)
    if fault.kind == "html":
        answer = Answer(fault.status or 502, fault.body.encode() if fault.body else _PAGE)
        answer.set_header("content-type", fault.content_type or "text/html")
    elif fault.kind == "status":
        status = fault.status or 500
        answer = refuse(ApiError(status, fault.errors or [SERVER_ERROR]), exchange)
        if fault.body is not None:
            answer.body = fault.body.encode()
        if fault.content_type is not None:
            answer.set_header("content-type", fault.content_type)
    else:
        return None
    for name, value in fault.headers.items():
        answer.set_header(name, value)
    return answer
