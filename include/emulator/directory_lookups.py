"""The operations that tell about the ids in the body: who may open a call, which flows a prospect is in."""

from __future__ import annotations

import orjson

from include.emulator.bodies import RequestBody
from include.emulator.directory_operations import members
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.operations import Operation
from include.emulator.products import require
from include.emulator.state import Emulator
from include.emulator.validation import parse_body

NOT_FOUND = "Some calls not found"  # recorded


class AccessFilter(RequestBody):
    """``filter`` of ``POST /v2/calls/users-access``."""

    call_ids: list[str]


class AccessBody(RequestBody):
    """Body of ``POST /v2/calls/users-access``."""

    filter: AccessFilter


class ProspectsBody(RequestBody):
    """Body of ``POST /v2/flows/prospects``."""

    crm_prospects_ids: list[str]


async def list_access(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/calls/users-access``: one item for each call; one call that is not there spoils all."""
    wanted = parse_body(exchange, exchange.body or b"", AccessBody).filter.call_ids
    if not wanted:
        raise ApiError(400, ["filter.callIds: must not be empty"])
    calls, now = emulator.dataset.calls, emulator.clock.micros()
    if not all(number in calls and calls[number].is_visible(now) for number in wanted):
        raise ApiError(400, [NOT_FOUND])
    users: dict[str, list[dict[str, str]]] = {number: [] for number in wanted}
    there = {user.id for user in emulator.company.users}
    for row in emulator.directory.access:
        if row["_callId"] in users and row["userId"] in there:
            users[row["_callId"]].append({"userId": row["userId"]})
    found = [{"callId": number, "users": some} for number, some in users.items()]
    return [b'"callAccessList":', orjson.dumps(found)]


async def list_assignments(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/flows/prospects``: prospects that are in no flow are just not in the answer (recorded)."""
    require(emulator.products.engage)
    wanted = set(parse_body(exchange, exchange.body or b"", ProspectsBody).crm_prospects_ids)
    rows = [row for row in emulator.directory.assignments if row["crmProspectId"] in wanted]
    return members("prospectsAssigned", rows)


OPERATIONS = [
    Operation("POST", "/v2/calls/users-access", "api:call-user-access:read", list_access, "callAccessList"),
    Operation("POST", "/v2/flows/prospects", "api:flows:read", list_assignments, "prospectsAssigned"),
]
