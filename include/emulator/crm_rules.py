"""What is wrong with a record, by the fields of its object type and those that the company declared."""

from __future__ import annotations

from typing import Any

from include.emulator.crm_fields import ObjectType, check_of, object_type_of
from include.emulator.crm_schema import Schema

MANDATORY = "Mandatory field [{}] is missing or empty"  # recorded
_SHOWN = 100


class LineError(Exception):
    """Why a line is not taken: the description that Gong gives."""


class Reference:
    """A record that another one names in ``field``."""

    __slots__ = ("field", "object_id", "object_type")

    def __init__(self, field: str, object_type: str, object_id: str) -> None:
        self.field = field
        self.object_type = object_type
        self.object_id = object_id

    def error(self) -> LineError:
        """For when it is not there."""
        return LineError(
            f"Field [{self.field}] refers to {self.object_type} [{self.object_id}], which does not exist"
        )


class Rules:
    """The rules for one object type, under one schema."""

    def __init__(self, kind: ObjectType, schema: Schema) -> None:
        self.kind = kind
        self.names = (*kind.checks, *schema)
        self._checks = kind.checks | {
            name: check_of(one.type, one.ordered_value_list) for name, one in schema.items()
        }
        self.references = kind.references | {
            name: object_type_of(one.reference_to)
            for name, one in schema.items()
            if one.type == "REFERENCE" and one.reference_to
        }
        # A deal whose owner has not arrived is kept (a capture of 2023).
        self._needed = {
            name: target
            for name, target in self.references.items()
            if (kind.name, name) != ("DEAL", "ownerId")
        }

    def deletes(self, record: dict[str, Any]) -> bool:
        """Whether it says that the record is gone."""
        return self.kind.deletable and record.get("isDeleted") is True

    def object_id(self, record: dict[str, Any]) -> str:
        """The record's ``objectId``.

        :raises LineError: when it has none that is right
        """
        self._check_present(record, "objectId")
        self._check_value(record, "objectId")
        return str(record["objectId"])

    def check(self, record: dict[str, Any]) -> None:
        """Look at its fields in turn; null is the same as absent, a deletion needs two of them only.

        :raises LineError: for the first one that is wrong
        """
        deletes = self.deletes(record)
        for name in ("objectId", "modifiedDate") if deletes else self.kind.mandatory:
            self._check_present(record, name)
        for name in ("modifiedDate",) if deletes else record:
            self._check_value(record, name)

    def _check_present(self, record: dict[str, Any], name: str) -> None:
        if record.get(name) in (None, ""):
            raise LineError(MANDATORY.format(name))

    def _check_value(self, record: dict[str, Any], name: str) -> None:
        check, value = self._checks.get(name), record[name]
        if check is not None and value is not None and not check(value):
            raise LineError(f"Invalid value [{str(value)[:_SHOWN]}] in field [{name}]")

    def needed(self, record: dict[str, Any]) -> list[Reference]:
        """The records that must be there before this one."""
        return [
            Reference(name, target, record[name])
            for name, target in self._needed.items()
            if record.get(name) is not None
        ]
