"""What Gong holds of an outside person, found by an address or by a telephone number.

An address leads to itself only. A number leads to leads and contacts with it, and through their addresses to
the rest (OpenAPI document): whoever has the number but is no lead or contact, or none any more, is not found.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from include.emulator.activity import Turns
from include.emulator.privacy_book import Object
from include.emulator.privacy_people import (
    address_key,
    addresses_of,
    is_users_address,
    is_users_number,
    number_key,
)
from include.emulator.privacy_records import CrmRecord, find_records
from include.emulator.privacy_traces import Trace, find_traces
from include.emulator.records import Call
from include.emulator.state import Emulator


@dataclass
class References:
    """``calls`` ascending by start, also those not shown yet; ``uploads``: ids of those in the making.

    ``addresses`` and ``numbers``: those of the leads and contacts, as written there.
    """

    records: list[CrmRecord] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)

    def objects(self) -> list[Object]:
        """All that an erasure deletes, in its order: leads and contacts go first (invented)."""
        records = [record.object for record in self.records]
        calls = [Object("call", number) for number in (*(call.id for call in self.calls), *self.uploads)]
        return [*records, *calls, *(trace.object for trace in self.traces)]


async def by_address(emulator: Emulator, address: str) -> References:
    """Nothing for a Gong user's own address (documented of Gong's UI; of this operation invented)."""
    key = address_key(address)
    if is_users_address(emulator.company, key):
        return References()
    turns = Turns()
    async with emulator.rendering:
        found = References(traces=find_traces(emulator, {key}))
        found.records = await find_records(emulator, lambda mails, _: key in map(address_key, mails), turns)
        found.calls = await _calls(emulator, {key}, turns)
    found.uploads = _uploads(emulator, {key})
    return found


async def by_number(emulator: Emulator, number: str) -> References:
    """Likewise nothing for the number of a Gong user."""
    key = number_key(number)
    if is_users_number(emulator.company, key):
        return References()
    turns = Turns()
    async with emulator.rendering:
        found = References()
        found.records = await find_records(emulator, lambda _, phones: key in map(number_key, phones), turns)
        addresses = {one: address_key(one) for record in found.records for one in record.addresses}
        outside = {one: at for one, at in addresses.items() if not is_users_address(emulator.company, at)}
        found.addresses = list(outside)
        found.numbers = list(dict.fromkeys(_matching(found.records, key)))
        keys = set(outside.values())
        found.traces = find_traces(emulator, keys)
        found.calls = await _calls(emulator, keys, turns) if keys else []
    found.uploads = _uploads(emulator, keys)
    return found


def _matching(records: Iterable[CrmRecord], key: str) -> Iterator[str]:
    for record in records:
        yield from (one for one in record.numbers if number_key(one) == key)


async def _calls(emulator: Emulator, keys: Container[str], turns: Turns) -> list[Call]:
    """The calls in which somebody appears as a lead, contact, attendee or speaker; deleted ones aside."""
    looked_at: dict[int, bool] = {}
    found = []
    for call in list(emulator.dataset.calls.values()):
        await turns.take()
        for person in call.outsiders():
            wanted = looked_at.get(id(person))
            if wanted is None:
                wanted = any(address_key(one) in keys for one in addresses_of(person))
                looked_at[id(person)] = wanted
            if wanted and not call.deleted:
                found.append(call)
                break
    return sorted(found, key=lambda call: (call.started, call.number))


def _uploads(emulator: Emulator, keys: Container[str]) -> list[str]:
    """Recordings that name somebody and are no calls yet."""
    return [
        upload.call_id
        for upload in emulator.intake.uploads.values()
        if upload.state in ("waiting for media", "processing")
        and any(address_key(party.email_address or "") in keys for party in upload.body.parties)
    ]
