"""Carries out what is due of the erasures, object by object, and what a CRM brings back afterwards."""

from __future__ import annotations

import random
from dataclasses import replace

from include.emulator.crm_store import Integration
from include.emulator.ids import gong_id
from include.emulator.privacy_book import Event, Object
from include.emulator.records import Call
from include.emulator.state import Emulator


def settle_erasures(emulator: Emulator) -> None:
    """Bring all up to the emulator's clock."""
    for event in emulator.privacy.due(emulator.clock.micros()):
        if event.back:
            _bring_back(emulator, event)
        else:
            _delete(emulator, event.object, returns=event.erasure.returns is not None)


def _delete(emulator: Emulator, one: Object, *, returns: bool) -> None:
    if one.kind == "call":
        call = emulator.dataset.calls.get(one.id)
        if call is not None:
            call.deleted = True
            emulator.dataset.touch(call)
        emulator.intake.forget(one.id)
    elif one.kind == "generic":
        integration, object_type, object_id = _generic(emulator, one)
        line = integration.records[object_type].pop(object_id, None) if integration is not None else None
        if line is not None and returns:
            emulator.privacy.kept[one] = line
    else:
        emulator.privacy.gone.add(one)
        if one.kind == "native":
            _unlink(emulator, one.id)


def _generic(emulator: Emulator, one: Object) -> tuple[Integration | None, str, str]:
    number, object_type, object_id = one.id.split(":", 2)
    return emulator.crm.known(int(number)), object_type, object_id


def _unlink(emulator: Emulator, crm_id: str) -> None:
    """No flow and no task leads to a lead or contact that is gone."""
    assignments, tasks = emulator.directory.assignments, emulator.activity.tasks.rows
    assignments[:] = [row for row in assignments if row["crmProspectId"] != crm_id]
    kept = [row for row in tasks if row["contact"]["crmId"] != crm_id]
    for place, row in enumerate(kept):
        others = [who for who in row["additionalContacts"] if who["crmId"] != crm_id]
        kept[place] = row | {"additionalContacts": others}
    tasks[:] = kept


def _bring_back(emulator: Emulator, event: Event) -> None:
    privacy, one = emulator.privacy, event.object
    if one.kind == "call":
        call = emulator.dataset.calls.get(one.id)
        if call is not None and event.back == "same":
            call.deleted = False
            emulator.dataset.touch(call)
        elif call is not None:
            emulator.dataset.add(_like(call, event.at, len(privacy.erasures)))
        return
    if one.kind == "generic":
        integration, object_type, object_id = _generic(emulator, one)
        line = privacy.kept.pop(one, None)
        if line is not None and integration is not None and not integration.deleted:
            integration.records[object_type].setdefault(object_id, line)
    privacy.gone.discard(one)
    privacy.returned[one] += 1


def _like(call: Call, at: int, number: int) -> Call:
    """The same conversation, imported once more at ``at``: other ids, all else as it was."""
    rng = random.Random(f"{call.id}:imported again:{number}")
    people = [
        replace(who, party_id=gong_id(rng), speaker_id=who.speaker_id and gong_id(rng))
        for who in call.participants
    ]
    spoken = None if call.transcript_appears is None else at
    return replace(
        call,
        id=gong_id(rng),
        participants=people,
        appears=at,
        transcript_appears=spoken,
        deleted=False,
        version=0,
    )
