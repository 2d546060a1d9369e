"""The operations on the generic CRM: integrations, schemas, uploads of records, what came of them."""

from __future__ import annotations

import re
from typing import Annotated

import orjson
from pydantic import Field, RootModel

from include.emulator.bodies import RequestBody
from include.emulator.crm_fields import OBJECT_TYPES, WITH_SCHEMA
from include.emulator.crm_requests import ReceivedLines
from include.emulator.crm_schema import SchemaBody, check_schema
from include.emulator.crm_store import Integration
from include.emulator.errors import UNSUPPORTED_MEDIA_TYPE, ApiError
from include.emulator.exchange import Exchange
from include.emulator.operations import Operation
from include.emulator.receiving import MISSING, check_headers, receive_part
from include.emulator.state import Emulator
from include.emulator.upload_bodies import Email
from include.emulator.validation import parse_body

PART = "dataFile"
EXISTS = (  # recorded for GENERIC
    "Your organization already has an active {0} CRM integration. Only 1 active integration is supported. "
    "Please disconnect the existing {0} CRM integration before creating a new Generic CRM integration"
)
USED = "Client request id has already been used"  # the OpenAPI document's
NULL = "{}: must not be null"
_IDS_SHOWN = 100
_CLIENT_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]+")


class Registration(RequestBody):
    """Body of ``PUT /v2/crm/integrations``."""

    owner_email: Email
    name: Annotated[str, Field(min_length=1)]


class ObjectIds(RootModel[list[str]]):
    """Body of ``GET /v2/crm/entities``."""


def _json(name: str, value: object) -> list[bytes]:
    return [f'"{name}":'.encode(), orjson.dumps(value)]


def _object_type(exchange: Exchange, allowed: tuple[str, ...]) -> str:
    given = exchange.query.get("objectType")
    if given is None:
        raise ApiError(400, [NULL.format("objectType")])
    if given not in allowed:
        raise ApiError(400, [f"objectType: must be one of {', '.join(allowed)}"])
    return given


def _client_request_id(exchange: Exchange) -> str:
    given = exchange.query.get("clientRequestId")
    if not given:
        raise ApiError(400, [NULL.format("clientRequestId")])
    if not _CLIENT_REQUEST_ID.fullmatch(given):
        raise ApiError(400, ["clientRequestId: must consist of letters, numbers, dashes and underscores"])
    return given


def _integration_id(exchange: Exchange) -> int:
    given = exchange.query.get("integrationId")
    if not given:
        raise ApiError(400, [NULL.format("integrationId")])
    if not re.fullmatch(r"[0-9]{1,19}", given):
        raise ApiError(400, ["integrationId: must be an integer"])
    return int(given)


def _integration(emulator: Emulator, number: int, *, deleted: bool = False) -> Integration:
    """The integration; a ``deleted`` one only for those who ask how its requests ended."""
    found = emulator.crm.known(number)
    if found is None or (found.deleted and not deleted):
        raise ApiError(400, [f"integrationId: integration {number} was not found"])
    return found


async def list_integrations(emulator: Emulator, _exchange: Exchange) -> list[bytes]:
    """``GET /v2/crm/integrations``: the generic one, if there is one; never a native one."""
    found = emulator.crm.active
    if found is None or emulator.crm.settings.native is not None:
        return _json("integrations", [])
    document = {"integrationId": found.id, "ownerEmail": found.owner_email, "name": found.name}
    return _json("integrations", [document])


async def register(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``PUT /v2/crm/integrations``: one for a company, native ones included."""
    body = parse_body(exchange, exchange.body or b"", Registration)
    crm = emulator.crm
    existing = crm.settings.native or ("Generic" if crm.active is not None else None)
    if existing is not None:
        raise ApiError(409, [EXISTS.format(existing.upper())])
    return _json("integrationId", crm.register(body.owner_email, body.name).id)


async def delete(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``DELETE /v2/crm/integrations``: with all its records, when its turn comes."""
    number, given = _integration_id(exchange), _client_request_id(exchange)
    return _submit(emulator, number, given)


def _submit(
    emulator: Emulator,
    number: int,
    client_request_id: str,
    object_type: str | None = None,
    file: ReceivedLines | None = None,
) -> list[bytes]:
    integration = _integration(emulator, number)
    if client_request_id in integration.requests:
        raise ApiError(409, [USED])
    emulator.crm.submit(integration, client_request_id, object_type, file)
    return _json("clientRequestId", client_request_id)


async def list_fields(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/crm/entity-schema``: declared fields; without ``objectType`` those of all types."""
    integration = _integration(emulator, _integration_id(exchange))
    given = "objectType" in exchange.query
    wanted = (_object_type(exchange, WITH_SCHEMA),) if given else WITH_SCHEMA
    fields = {name: [one.document() for one in integration.schemas[name].values()] for name in wanted}
    return _json("objectTypeToSelectedFields", fields)


async def set_fields(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/crm/entity-schema``: the whole list; what is to go must say so."""
    integration = _integration(emulator, _integration_id(exchange))
    object_type = _object_type(exchange, WITH_SCHEMA)
    given = parse_body(exchange, exchange.body or b"", SchemaBody, list).root
    check_schema(object_type, integration.schemas[object_type], given)
    integration.set_schema(object_type, given)
    return []


async def get_records(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/crm/entities``: the ids are in the body; those beyond the hundredth are dropped silently."""
    if not exchange.body:
        raise ApiError(415, [UNSUPPORTED_MEDIA_TYPE], note="the objectIds go into a JSON body")
    ids = parse_body(exchange, exchange.body, ObjectIds, list).root
    integration = _integration(emulator, _integration_id(exchange))
    object_type = _object_type(exchange, WITH_SCHEMA)
    shown = {one: integration.shown(object_type, one) for one in ids[:_IDS_SHOWN]}
    return _json("crmObjectsMap", shown)


async def upload(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/crm/entities``: a missing part was recorded to be told before an unknown integration."""
    number, given = _integration_id(exchange), _client_request_id(exchange)
    object_type = _object_type(exchange, tuple(OBJECT_TYPES))
    file = ReceivedLines()
    try:
        await _receive(emulator, exchange, file)
        return _submit(emulator, number, given, object_type, file)
    except BaseException:
        file.content.close()
        raise


async def _receive(emulator: Emulator, exchange: Exchange, file: ReceivedLines) -> None:
    settings = emulator.crm.settings
    try:
        boundary = check_headers(exchange.headers, settings.maximum_bytes)
    except ApiError as error:
        if error.status != 415:
            raise
        raise ApiError(400, [MISSING.format(PART)], note="the body is not multipart/form-data") from error
    await receive_part(exchange.take_receive(), boundary, PART, file, settings)


async def get_status(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/crm/request-status``, of a deleted integration too."""
    number, given = _integration_id(exchange), _client_request_id(exchange)
    request = _integration(emulator, number, deleted=True).requests.get(given)
    if request is None:
        raise ApiError(404, [f"Client request id {given} was not found"])
    answer = request.answer(emulator.clock.micros(), emulator.crm.lasts)
    return [orjson.dumps(answer)[1:-1]]


_INTEGRATIONS, _SCHEMA, _ENTITIES = "/v2/crm/integrations", "/v2/crm/entity-schema", "/v2/crm/entities"
OPERATIONS = [
    Operation("GET", _INTEGRATIONS, "api:crm:integrations:read", list_integrations, "integrations"),
    Operation("PUT", _INTEGRATIONS, "api:crm:integration:register", register),
    Operation("DELETE", _INTEGRATIONS, "api:crm:integration:delete", delete, success=201),
    Operation("GET", _SCHEMA, "api:crm:schema", list_fields),
    Operation("POST", _SCHEMA, "api:crm:schema", set_fields),
    Operation("GET", _ENTITIES, "api:crm:get-objects", get_records),
    Operation("POST", _ENTITIES, "api:crm:upload", upload, success=201, streams=True),
    Operation("GET", "/v2/crm/request-status", "api:crm:upload", get_status, "errors"),
]
