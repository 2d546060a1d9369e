"""The fields that a company declares for an object type: the body of ``POST /v2/crm/entity-schema``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, RootModel
from pydantic_core import PydanticCustomError

from include.emulator.bodies import RequestBody
from include.emulator.crm_fields import OBJECT_TYPES, FieldType, Referable, is_datetime
from include.emulator.errors import ApiError

Schema = dict[str, "SchemaField"]


def _seconds(text: str) -> str:
    if not is_datetime(text):
        raise PydanticCustomError("datetime", "must be an ISO-8601 date and time without milliseconds")
    return text


class SchemaField(RequestBody):
    """A declared field. STRINGARRAY is for Gong's own fields (a capture of 2023)."""

    unique_name: Annotated[str, Field(min_length=1)]
    label: Annotated[str, Field(min_length=1)]
    type: FieldType
    last_modified: Annotated[str, AfterValidator(_seconds)] | None = None
    is_deleted: bool | None = None
    reference_to: Referable | None = None
    ordered_value_list: list[str] | None = None

    def faults(self) -> list[str]:
        """What is wrong between its properties; the document's sample deletes a PICKLIST without values."""
        if self.is_deleted:
            return []
        if self.type == "PICKLIST" and not self.ordered_value_list:
            return [f"{self.unique_name}: orderedValueList is required for a field of type PICKLIST"]
        if self.type == "REFERENCE" and self.reference_to is None:
            return [f"{self.unique_name}: referenceTo is required for a field of type REFERENCE"]
        return []

    def document(self) -> dict[str, Any]:
        """As the API shows it: with nulls, like the document's sample."""
        return {**self.model_dump(by_alias=True), "isDeleted": False}


class SchemaBody(RootModel[list[SchemaField]]):
    """The whole list, every time."""


def check_schema(object_type: str, held: Schema, given: list[SchemaField]) -> None:
    """400 for faults between fields, and for a field that is there and was left out."""
    wrong = [fault for one in given for fault in one.faults()]
    names = [one.unique_name for one in given]
    wrong += [f"{name}: uniqueName must be unique" for name in dict.fromkeys(names) if names.count(name) > 1]
    own = OBJECT_TYPES[object_type].checks
    wrong += [f"{name}: is a field of Gong's own" for name in dict.fromkeys(names) if name in own]
    missing = [name for name in held if name not in names]
    if missing:
        wrong.append(f"All fields of the schema must be included, missing: {', '.join(missing)}")
    if wrong:
        raise ApiError(400, wrong)
