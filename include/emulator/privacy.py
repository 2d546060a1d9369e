"""The data privacy operations: what Gong holds of an outside person, and its erasure."""

from __future__ import annotations

import random
from typing import Any

import orjson

from include.emulator.directory_operations import required
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.ids import crm_id
from include.emulator.operations import Operation
from include.emulator.privacy_book import Subject
from include.emulator.privacy_people import address_key, number_key
from include.emulator.privacy_records import record_document
from include.emulator.privacy_references import References, by_address, by_number
from include.emulator.records import Call
from include.emulator.state import Emulator
from include.emulator.upload_bodies import EMAIL

PROTECTED = (
    "The data integrity protection mechanism has stopped the deletion of an abnormal number of objects that "
    "reference {}. Please contact support at help@gong.io"
)
Document = dict[str, Any]


async def find_by_address(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/data-privacy/data-for-email-address``: everything at once; nothing found is 200, too."""
    found = await by_address(emulator, _address(exchange))
    engagement = _traces(found, "engagement")
    return _members({**_common(emulator, found), "customerEngagement": engagement})


async def find_by_number(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/data-privacy/data-for-phone-number``: without engagement, with what leads further."""
    number = _number(exchange)
    found = await by_number(emulator, number)
    linked = {
        "suppliedPhoneNumber": number,
        "matchingPhoneNumbers": found.numbers,
        "emailAddresses": found.addresses,
    }
    return _members({**_common(emulator, found), **linked})


async def erase_address(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/data-privacy/erase-data-for-email-address``: 200 for anybody, and no more than that."""
    address = _address(exchange)
    subject = Subject("email", address_key(address))
    return _erase(emulator, exchange, address, subject, await by_address(emulator, address))


async def erase_number(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/data-privacy/erase-data-for-phone-number``: likewise."""
    number = _number(exchange)
    subject = Subject("phone", number_key(number))
    return _erase(emulator, exchange, number, subject, await by_number(emulator, number))


def _erase(
    emulator: Emulator, exchange: Exchange, given: str, subject: Subject, found: References
) -> list[bytes]:
    now = emulator.clock.micros()
    erasure = emulator.privacy.ask(exchange.request_id, subject, found.objects(), now)
    if erasure.stopped == "refuse":
        raise ApiError(400, [PROTECTED.format(given)])
    return []


def _address(exchange: Exchange) -> str:
    given = required(exchange, "emailAddress").strip()
    if not EMAIL.fullmatch(given):
        raise ApiError(400, [f"emailAddress: {given} is not a valid email address"])
    return given


def _number(exchange: Exchange) -> str:
    given = required(exchange, "phoneNumber")
    if not given.startswith("+") or not number_key(given):
        text = (
            "must start with a + (plus) sign followed by the country code, area code and local phone number"
        )
        raise ApiError(400, [f"phoneNumber: {given} {text}"])
    return given


def _common(emulator: Emulator, found: References) -> Document:
    now = emulator.clock.micros()
    by_system: dict[str, list[Document]] = {}
    for record in found.records:
        by_system.setdefault(record.system, []).append(record_document(emulator, record))
    return {
        "emails": _traces(found, "email"),
        "calls": [_call(call) for call in found.calls if call.is_visible(now)],
        "meetings": _traces(found, "meeting"),
        "customerData": [{"system": name, "objects": objects} for name, objects in by_system.items()],
    }


def _traces(found: References, kind: str) -> list[Document]:
    return [trace.document for trace in found.traces if trace.object.kind == kind]


def _call(call: Call) -> Document:
    """A reference to a call: links to a CRM for two calls in three."""
    document: Document = {"id": call.id, "status": "COMPLETED", "externalSystems": []}
    place = call.number % 3
    if call.account is not None and place:
        kind = ("Task", "Conversation")[place - 1]
        linked = {"objectType": kind, "externalId": crm_id(random.Random(call.id), "00T")}
        document["externalSystems"] = [{"system": call.account.system, "objects": [linked]}]
    if call.number % 61 == 2:
        document["emulatorRetention"] = "P3Y"
    return document


def _members(document: Document) -> list[bytes]:
    return [orjson.dumps(document)[1:-1]]


_READ, _DELETE, _PATH = "api:data-privacy:read", "api:data-privacy:delete", "/v2/data-privacy"
OPERATIONS = [
    Operation("GET", f"{_PATH}/data-for-email-address", _READ, find_by_address, "calls"),
    Operation("GET", f"{_PATH}/data-for-phone-number", _READ, find_by_number, "calls"),
    Operation("POST", f"{_PATH}/erase-data-for-email-address", _DELETE, erase_address),
    Operation("POST", f"{_PATH}/erase-data-for-phone-number", _DELETE, erase_number),
]
