"""A generic CRM integration and all that Gong holds of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from include.emulator.crm_fields import OBJECT_TYPES, WITH_SCHEMA
from include.emulator.crm_requests import CrmRequest
from include.emulator.crm_rules import Rules
from include.emulator.crm_schema import Schema, SchemaField

Record = dict[str, Any]


@dataclass
class Integration:
    """``records`` are the lines as they came, by object type and objectId; a new one replaces the old.

    ``sent``: in how many lines a record came, taken or not. ``mapped``: the business user that got the Gong
    user with this e-mail address (in lower case); ``requests`` by clientRequestId, in the order of arrival.
    """

    id: int
    owner_email: str
    name: str
    schemas: dict[str, Schema] = field(default_factory=lambda: {name: {} for name in WITH_SCHEMA})
    records: dict[str, dict[str, bytes]] = field(default_factory=lambda: {name: {} for name in OBJECT_TYPES})
    sent: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in OBJECT_TYPES})
    mapped: dict[str, str] = field(default_factory=dict)
    requests: dict[str, CrmRequest] = field(default_factory=dict)
    deleted: bool = False

    def __post_init__(self) -> None:
        self._rules = {name: Rules(kind, {}) for name, kind in OBJECT_TYPES.items()}

    def rules(self, object_type: str) -> Rules:
        """What holds for records of this type now."""
        return self._rules[object_type]

    def set_schema(self, object_type: str, given: list[SchemaField]) -> None:
        """Replace the schema; a field that is deleted, new or of a new type has no values from before."""
        held = self.schemas[object_type]
        schema = {one.unique_name: one for one in given if not one.is_deleted}
        same = {name for name, one in schema.items() if name in held and held[name].type == one.type}
        self._wipe(object_type, {one.unique_name for one in given} - same)
        self.schemas[object_type] = schema
        self._rules[object_type] = Rules(OBJECT_TYPES[object_type], schema)

    def _wipe(self, object_type: str, fields: set[str]) -> None:
        records = self.records[object_type]
        marks = [name.encode() for name in fields]
        for object_id, line in records.items():
            # A backslash may hide a name. Reading every line would take seconds of a million.
            if b"\\" not in line and not any(mark in line for mark in marks):
                continue
            record = orjson.loads(line)
            if not fields.isdisjoint(record):
                kept = {name: value for name, value in record.items() if name not in fields}
                records[object_id] = orjson.dumps(kept)

    def held(self, object_type: str, object_id: str) -> Record | None:
        """The record as it came, without nulls."""
        line = self.records[object_type].get(object_id)
        if line is None:
            return None
        return {name: value for name, value in orjson.loads(line).items() if value is not None}

    def shown(self, object_type: str, object_id: str) -> Record | None:
        """The record as Gong shows it: its own fields and declared ones, defaults filled in."""
        held = self.held(object_type, object_id)
        if held is None:
            return None
        kind = OBJECT_TYPES[object_type]
        found = {
            name: held.get(name, kind.default(name, object_id)) for name in self.rules(object_type).names
        }
        return {name: value for name, value in found.items() if value is not None}

    def unlinked(self, object_type: str, object_id: str) -> list[str]:
        """The fields of a record that refer to records that are not there."""
        held = self.held(object_type, object_id) or {}
        references = self.rules(object_type).references.items()
        return [
            name for name, target in references if name in held and held[name] not in self.records[target]
        ]

    def erase(self) -> None:
        """Delete it with all that belongs to it; how its requests ended stays."""
        self.deleted = True
        self.mapped.clear()
        for part in (self.schemas, self.records, self.sent):
            for name in part:
                part[name] = {}
