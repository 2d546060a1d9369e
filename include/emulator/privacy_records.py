"""Leads and contacts: those of the company's native CRM, and those that were uploaded to the generic one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from include.emulator.activity import Turns
from include.emulator.company import Person
from include.emulator.crm_schema import Schema
from include.emulator.crm_store import Integration
from include.emulator.ids import gong_id
from include.emulator.privacy_book import Object
from include.emulator.privacy_people import NUMBER_FIELDS, addresses_of, numbers_of
from include.emulator.state import Emulator

NATIVE_SYSTEM = "Salesforce"  # the system of parties' contexts, see rendering.py
UPLOADED = {"LEAD": "Lead", "CONTACT": "Contact"}
Fits = Callable[[Sequence[str], Sequence[str]], bool]
"""Whether a record with these addresses and numbers is meant."""


@dataclass(frozen=True)
class CrmRecord:
    """A lead or contact; ``mirror`` names it for the CRM, ``fields`` are pairs of name and value."""

    object: Object
    system: str
    object_type: str
    external_id: str
    mirror: dict[str, str]
    fields: tuple[tuple[str, Any], ...]
    addresses: tuple[str, ...]
    numbers: tuple[str, ...]


async def find_records(emulator: Emulator, fits: Fits, turns: Turns) -> list[CrmRecord]:
    """The leads and contacts that there are now and that ``fits`` says yes to."""
    found = []
    for person in _native_people(emulator):
        await turns.take()
        addresses, numbers = addresses_of(person), numbers_of(person)
        held = Object("native", person.crm_id or "")
        if person.crm_id and held not in emulator.privacy.gone and fits(addresses, numbers):
            found.append(_native(emulator, held, person))
    integration = emulator.crm.active
    for object_type in UPLOADED if integration is not None else ():
        found += await _uploaded_of(emulator, object_type, fits, turns)
    return found


def _native_people(emulator: Emulator) -> list[Person]:
    planted = [who for one in emulator.privacy.planted for who in (one.contact, one.lead)]
    return [who for firm in emulator.company.accounts for who in firm.people] + planted


def _native(emulator: Emulator, held: Object, person: Person) -> CrmRecord:
    fields, kind = person.crm_fields, person.crm_type or "Contact"
    if person.phone and not any(name in NUMBER_FIELDS for name, _ in fields):
        fields += ((NUMBER_FIELDS[0], person.phone),)
    integration = str(random.Random(f"{emulator.options.seed}:native").randrange(10**14, 10**15))
    mirror = {"integrationId": integration, "crmObjectType": kind.upper(), "crmId": held.id}
    addresses, numbers = tuple(addresses_of(person)), tuple(numbers_of(person))
    return CrmRecord(held, NATIVE_SYSTEM, kind, held.id, mirror, fields, addresses, numbers)


async def _uploaded_of(emulator: Emulator, object_type: str, fits: Fits, turns: Turns) -> list[CrmRecord]:
    integration = emulator.crm.active
    if integration is None:
        return []
    mails, phones = _typed(integration.schemas[object_type])
    found = []
    for object_id, line in list(integration.records[object_type].items()):
        await turns.take()
        values = orjson.loads(line)
        addresses = tuple(str(values[name]) for name in mails if values.get(name))
        numbers = tuple(str(values[name]) for name in phones if values.get(name))
        if fits(addresses, numbers):
            found.append(_uploaded(integration, object_type, object_id, addresses, numbers))
    return found


def _typed(schema: Schema) -> tuple[list[str], list[str]]:
    """The fields that hold addresses, and numbers: Gong's own, and those that were declared so."""
    mails = [name for name, one in schema.items() if one.type == "EMAILADDRESS"]
    phones = [name for name, one in schema.items() if one.type == "PHONENUMBER"]
    return ["emailAddress", *mails], ["phoneNumber", *phones]


def _uploaded(
    integration: Integration,
    object_type: str,
    object_id: str,
    addresses: tuple[str, ...],
    numbers: tuple[str, ...],
) -> CrmRecord:
    held = Object("generic", f"{integration.id}:{object_type}:{object_id}")
    mirror = {"integrationId": str(integration.id), "crmObjectType": object_type, "crmId": object_id}
    fields = tuple((integration.shown(object_type, object_id) or {}).items())
    kind = UPLOADED[object_type]
    return CrmRecord(held, "Generic", kind, object_id, mirror, fields, addresses, numbers)


def record_document(emulator: Emulator, record: CrmRecord) -> dict[str, Any]:
    """As ``customerData[].objects[]`` shows it. What a CRM brought back has another id in Gong."""
    times = emulator.privacy.returned[record.object]
    number = gong_id(random.Random(f"{emulator.options.seed}:{record.object.id}:{times}"))
    document: dict[str, Any] = {
        "id": number,
        "objectType": record.object_type,
        "externalId": record.external_id,
        "mirrorId": orjson.dumps(record.mirror).decode(),
        "fields": [{"name": name, "value": value} for name, value in record.fields],
    }
    if int(number) % 61 == 0:
        document["emulatorSyncState"] = "IN_SYNC"
    return document
