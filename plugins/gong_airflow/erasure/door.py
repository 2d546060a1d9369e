"""The door of Airflow's API server: no address or number of `gong_erasure` gets past it readable.

Airflow writes the body of a request into its audit log before anything else looks at it, and then into the
run. So this stands before both. A request that starts a run gets address and number sealed; the key is stored
once Airflow has made the run, and for nobody whom it turns away. Any other request that could write about
these runs (notes, answers to the approval, back-fills) is refused when it holds an address or a number.
Everything else passes untouched and unread.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gong_airflow.erasure.form import (
    RefusedError,
    concerns_erasure,
    parsed,
    refuse_naming,
    refuse_naming_query,
    sealed_trigger,
)
from gong_airflow.erasure.sealing import DAG_ID, Key

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

# The longest body that Airflow's own UI sends here is a list of some hundred task instances.
LONGEST_BODY = 256 * 1024
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
# The path comes decoded. Before /api/v2 a proxy's prefix may stand.
_TRIGGER = re.compile(rf"/api/v2/dags/{DAG_ID}/dagRuns/?$")
_NAMED = re.compile(rf"/api/v2/dags/{DAG_ID}/")
_OPEN = re.compile(r"/api/v2/(?:dags/~/|backfills(?:/dry_run)?/?$)")

log = logging.getLogger(__name__)


class _TooLongError(Exception):
    pass


class _GoneError(Exception):
    pass


class ErasureDoor:
    """ASGI middleware.

    :param store: keeps the key of a run that Airflow has made; runs in a thread
    """

    def __init__(self, app: App, store: Callable[[Key], None] | None = None) -> None:
        self._app = app
        self._store = store or store_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `scope` pass, changed or not, or answer it here."""
        handle = self._handler(scope)
        if handle is None:
            await self._app(scope, receive, send)
            return
        try:
            refuse_naming_query(scope.get("query_string", b""))
            await handle(scope, receive, send)
        except RefusedError as refusal:
            await _answer(send, 400, str(refusal))
        except _TooLongError:
            await _answer(send, 413, f"The body of the request is longer than {LONGEST_BODY} bytes.")
        except _GoneError:
            # Nobody is left to be answered.
            return

    def _handler(self, scope: Scope) -> Handler | None:
        if scope["type"] != "http" or scope["method"] not in _WRITING:
            return None
        path = scope["path"]
        if scope["method"] == "POST" and _TRIGGER.search(path):
            return self._trigger
        if _NAMED.search(path):
            return self._named
        return self._open if _OPEN.search(path) else None

    async def _trigger(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Key.new()
        body = await _in_thread(sealed_trigger, await _read(receive), key)
        await self._app(_with_length(scope, len(body)), _again(body, receive), self._storing(key, send))

    async def _named(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request about one of the runs: it may not name a person."""
        body = await _read(receive)
        if body:
            await _in_thread(refuse_naming, parsed(body))
        await self._app(scope, _again(body, receive), send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request that names its DAGs in the body: it may be about one of the runs."""
        body = await _read(receive)
        try:
            request = parsed(body)
        except RefusedError:
            # Airflow refuses it too, and in its own words.
            request = None
        if concerns_erasure(request):
            await _in_thread(refuse_naming, request)
        await self._app(scope, _again(body, receive), send)

    def _storing(self, key: Key, send: Send) -> Send:
        """`send` that stores `key` before the first byte of the news that the run was made."""
        failed = False

        async def told(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start" and 200 <= message["status"] < 300:
                failed = not await self._stored(key)
                if failed:
                    await _answer(send, 503, _NOT_STORED)
            if not failed:
                await send(message)

        return told

    async def _stored(self, key: Key) -> bool:
        try:
            await _in_thread(self._store, key)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked must be told
            # Not its text: a database's error quotes what was to be written.
            log.error("Key %s of gong_erasure could not be stored: %s", key.name, type(error).__name__)
            return False
        return True


_NOT_STORED = (
    "The run was made, but the key to its address or number could not be stored: its first task will fail."
    " See the log of the API server, then start gong_erasure again."
)


def store_key(key: Key) -> None:
    """Store `key` as a Variable, with the API server's own access to Airflow's database."""
    from airflow.models.variable import Variable

    Variable.set(key.name, key.value, "Opens what a run of gong_erasure was given; goes with its case.")


async def _in_thread(function: Callable[..., Any], *given: Any) -> Any:
    """Other requests go on meanwhile: the database may be slow, and so may a long text made to be so."""
    from anyio import to_thread

    return await to_thread.run_sync(function, *given)


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        body += bytes(message.get("body", b""))
        if len(body) > LONGEST_BODY:
            raise _TooLongError
        if not message.get("more_body", False):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives `body` first."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_length(scope: Scope, length: int) -> Scope:
    gone = (b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in gone]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


async def _answer(send: Send, status: int, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
