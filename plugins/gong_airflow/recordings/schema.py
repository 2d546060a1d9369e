"""The JSON Schema of a recording's metadata, in the form that editors show best."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

_REFERENCE = {
    "type": "string",
    "description": "Where the editor finds this schema. It is not sent to Gong.",
    "examples": ["./recording.schema.json"],
}
# Gong: "when providing speakersTimeline - mediaChannelId will not be used".
_EITHER_CHANNELS_OR_TIMELINE = {
    "if": {"required": ["speakersTimeline"], "properties": {"speakersTimeline": {"type": "object"}}},
    "then": {"properties": {"parties": {"items": {"properties": {"mediaChannelId": {"type": "null"}}}}}},
}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """JSON Schema 2020-12 of `model`, with the rules that it can express beyond the fields."""
    schema = model.model_json_schema(by_alias=True, schema_generator=_Plain)
    properties = {"$schema": _REFERENCE, **schema.pop("properties")}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": schema.pop("title"),
        "description": schema.pop("description"),
        "type": schema.pop("type"),
        "required": schema.pop("required"),
        "properties": properties,
        **_EITHER_CHANNELS_OR_TIMELINE,
        **schema,
    }


class _Plain(GenerateJsonSchema):
    """Without the titles and defaults that pydantic makes up, and with null beside the type."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if "$ref" in inner or "type" not in inner:
            return {"anyOf": [inner, {"type": "null"}]}
        nullable = {**inner, "type": [inner["type"], "null"]}
        if "enum" in inner:
            nullable["enum"] = [*inner["enum"], None]
        return nullable
