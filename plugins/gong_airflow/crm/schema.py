"""The fields that a company declares for an object type, compared with those that Gong has.

Source: Gong's OpenAPI document, `POST /v2/crm/entity-schema`. The list that is sent takes the place of the
whole schema. A field that is left out is an error; one sent with `isDeleted` is deleted with its data in all
records; another type makes a new field and deletes the old one's data; other changes destroy nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gong_airflow.crm.objects import Field

Entry = dict[str, Any]
_FRACTION = re.compile(r"\.\d+")
_KEPT = ("uniqueName", "label", "type", "lastModified", "referenceTo", "orderedValueList")


@dataclass(frozen=True)
class SchemaPlan:
    """What a sync of one object type comes to.

    :param entries: the whole list for Gong: what it has, in its order, then what is new
    :param changed: whether Gong's differs from it
    :param destroys: fields as `ACCOUNT.industry` → what would happen to them and their data; only what was
        allowed is among the entries
    :param faults: why it cannot be
    :param notes: for the log
    """

    object_type: str
    entries: list[Entry] = field(default_factory=list)
    changed: bool = False
    destroys: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan_schema(
    object_type: str,
    held: Sequence[Mapping[str, Any]],
    declared: Sequence[Field],
    may_destroy: Collection[str],
    now: str,
) -> SchemaPlan:
    """Compare; a field that Gong has and that is not declared is kept, unless `may_destroy` names it.

    :param held: Gong's answer, whose samples call `uniqueName` just `name`; unknown members are ignored
    :param may_destroy: fields as `ACCOUNT.industry`
    :param now: UTC, `2026-11-22T10:00:00Z`: `lastModified` of what is new or changed
    """
    in_gong = {entry["uniqueName"]: entry for entry in map(_entry, held) if entry is not None}
    ours = {one.name: one for one in declared}
    entries, destroys, notes = [], {}, []
    for name, entry in in_gong.items():
        full = f"{object_type}.{name}"
        wanted = _wanted(ours[name], entry, now) if name in ours else entry
        if wanted["type"] != entry["type"]:
            destroys[full] = f"{full} would change its type from {entry['type']} to {wanted['type']}"
        elif name not in ours and full in may_destroy:
            destroys[full] = f"{full} would be deleted"
            wanted = {**entry, "isDeleted": True, "lastModified": now}
        if lost := _lost_values(entry, wanted):
            notes.append(f"{full}: {lost} values that Gong has are no longer declared, and are taken out")
        entries.append(wanted)
    entries += [_declared(one, now) for name, one in ours.items() if name not in in_gong]
    return SchemaPlan(
        object_type,
        entries,
        changed=entries != list(in_gong.values()),
        destroys=destroys,
        faults=_alike(object_type, in_gong, ours),
        notes=notes,
    )


def _entry(held: Mapping[str, Any]) -> Entry | None:
    """A field that Gong has, as it may be sent back; None for one that it calls deleted."""
    name = held.get("uniqueName") or held.get("name")
    if not name or held.get("isDeleted") is True:
        return None
    given = {**held, "uniqueName": str(name), "label": held.get("label") or str(name)}
    if isinstance(given.get("lastModified"), str):
        # Gong takes times without fractions only, whatever it answers.
        given["lastModified"] = _FRACTION.sub("", given["lastModified"])
    return {key: given[key] for key in _KEPT if given.get(key) is not None}


def _declared(one: Field, now: str) -> Entry:
    entry: Entry = {
        "uniqueName": one.name,
        "label": one.label or one.name,
        "type": one.type,
        "lastModified": now,
    }
    if one.type == "REFERENCE":
        entry["referenceTo"] = one.refers_to
    if one.type == "PICKLIST":
        entry["orderedValueList"] = list(one.values)
    return entry


def _wanted(one: Field, entry: Entry, now: str) -> Entry:
    """The declared field, or Gong's own entry when they say the same."""
    declared = _declared(one, now)
    same = all(declared.get(key) == entry.get(key) for key in ("label", "type"))
    # Of other types Gong may say anything here.
    same = same and all(
        declared[key] == entry.get(key) for key in ("referenceTo", "orderedValueList") if key in declared
    )
    return entry if same else declared


def _lost_values(entry: Entry, wanted: Entry) -> int:
    if wanted.get("type") != "PICKLIST" or wanted is entry:
        return 0
    return len(set(entry.get("orderedValueList") or ()) - set(wanted.get("orderedValueList") or ()))


def _alike(object_type: str, in_gong: Collection[str], ours: Collection[str]) -> list[str]:
    """Names that differ in case only: the records would fill the one, and people look at the other."""
    folded = {name.casefold(): name for name in in_gong}
    return [
        f"{object_type}.{name} is called {folded[name.casefold()]} in Gong: write it the same way"
        for name in ours
        if name not in in_gong and name.casefold() in folded
    ]
