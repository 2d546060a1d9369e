"""Puts the application together: operations, the control plane, errors, the gateway around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from include.emulator import (
    calls,
    coaching,
    control,
    control_calls,
    control_crm,
    control_directory,
    control_oauth,
    control_privacy,
    control_uploads,
    crm,
    directory_flow_operations,
    directory_lookups,
    directory_operations,
    logs,
    logs_control,
    media_storage_control,
    privacy,
    stats,
    stats_interaction,
    stats_scorecards,
    tasks,
    uploads,
    users,
)
from include.emulator.errors import METHOD_NOT_ALLOWED, SERVER_ERROR, ApiError, envelope
from include.emulator.exchange import Exchange
from include.emulator.gateway import CONTROL, Gateway
from include.emulator.media_storage import MediaStorage
from include.emulator.oauth import TOKEN_PATH, create_endpoint
from include.emulator.operations import Operation, Routes
from include.emulator.responses import NoResponse, PiecesResponse
from include.emulator.server import Transports
from include.emulator.state import Emulator

ROUTES = Routes(
    [
        *calls.OPERATIONS,
        *uploads.OPERATIONS,
        *users.OPERATIONS,
        *crm.OPERATIONS,
        *directory_operations.OPERATIONS,
        *directory_flow_operations.OPERATIONS,
        *directory_lookups.OPERATIONS,
        *stats.OPERATIONS,
        *stats_interaction.OPERATIONS,
        *stats_scorecards.OPERATIONS,
        *coaching.OPERATIONS,
        *tasks.OPERATIONS,
        *logs.OPERATIONS,
        *privacy.OPERATIONS,
    ]
)


def create_app(emulator: Emulator, transports: Transports) -> ASGIApp:
    """The whole emulator as an ASGI application."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for operation in ROUTES.operations:
        app.add_api_route(
            operation.template,
            _endpoint(emulator, operation),
            methods=[operation.method],
            response_model=None,
        )
    app.include_router(control.create_router(emulator), prefix=CONTROL)
    app.include_router(control_calls.create_router(emulator), prefix=CONTROL)
    app.include_router(control_uploads.create_router(emulator), prefix=CONTROL)
    app.include_router(control_crm.create_router(emulator), prefix=CONTROL)
    app.include_router(media_storage_control.create_router(emulator), prefix=CONTROL)
    app.include_router(control_directory.create_router(emulator), prefix=CONTROL)
    app.include_router(logs_control.create_router(emulator), prefix=CONTROL)
    app.include_router(control_privacy.create_router(emulator), prefix=CONTROL)
    app.include_router(control_oauth.create_router(emulator), prefix=CONTROL)
    scopes = sorted({operation.scope for operation in ROUTES.operations})
    app.add_api_route(
        TOKEN_PATH, create_endpoint(lambda: emulator.oauth, scopes), methods=["POST"], response_model=None
    )
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(Exception, _failed)
    return MediaStorage(Gateway(app, emulator, ROUTES, transports), emulator, transports)


def _endpoint(emulator: Emulator, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """A FastAPI endpoint: checks the scope, runs the handler, wraps its answer or its error."""

    async def endpoint(request: Request) -> Response:
        exchange: Exchange = request.scope["exchange"]
        if exchange.operation is not operation:
            return _answer(405, envelope(exchange.request_id, [METHOD_NOT_ALLOWED]))
        try:
            if exchange.credential is not None:
                exchange.credential.require(operation.scope)
            if operation.streams:
                exchange.receive = request.receive
            elif exchange.body is None:
                exchange.body = await request.body()
            pieces = await operation.handler(emulator, exchange)
        except ClientDisconnect:
            return NoResponse()
        except ApiError as error:
            return _answer(error.status, envelope(exchange.request_id, error.errors), error.headers)
        head = b'{"requestId":"' + exchange.request_id.encode() + (b'",' if pieces else b'"')
        return PiecesResponse([head, *pieces, b"}"], operation.success)

    return endpoint


def _answer(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="application/json")


async def _failed(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, and 500 for a mistake of the emulator, in Gong's envelope."""
    status, text = 500, SERVER_ERROR
    if isinstance(error, HTTPException):
        status = error.status_code
        text = METHOD_NOT_ALLOWED if status == 405 else str(error.detail)
    exchange = request.scope.get("exchange")
    request_id = exchange.request_id if isinstance(exchange, Exchange) else "control"
    return _answer(status, envelope(request_id, [text]))
