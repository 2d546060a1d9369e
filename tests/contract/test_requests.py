"""What the project sends, against Gong's own OpenAPI document."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gong_airflow.selectors import PARTS, content_selector, parts_of
from gong_airflow.streams import CALLS, STREAMS, TRANSCRIPTS, Stream

DATES = {"start": "2026-10-01T00:00:00Z", "end": "2026-10-02T00:00:00Z"}
SELECTORS = [
    content_selector(parts_of(switches)) for switches in ([], list(PARTS), *([name] for name in PARTS))
]
REQUESTS: list[tuple[Stream, dict[str, Any]]] = [
    (CALLS, DATES),
    (CALLS, {**DATES, "cursor": "abc"}),
    *((CALLS, {**DATES, "body": {"contentSelector": selector}}) for selector in SELECTORS),
    (TRANSCRIPTS, {"ids": ["7782342274025937895"]}),
    (TRANSCRIPTS, {"ids": ["7782342274025937895"], "cursor": "abc"}),
]


def closed(schema: Any) -> Any:
    """The schema with unknown members forbidden: Gong ignores a misspelt member without a word."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(value) for name, value in schema.items()}
    return {**made, "additionalProperties": False} if "properties" in schema else made


@pytest.mark.parametrize(("stream", "args"), REQUESTS)
def test_every_request_is_as_documented(
    document: dict[str, Any], stream: Stream, args: dict[str, Any]
) -> None:
    method, path = stream.operation.split(" ")
    operation = document["paths"][path][method.lower()]
    request = stream.request(**args)
    assert set(request["params"] or {}) <= {p["name"] for p in operation.get("parameters", [])}
    assert "application/json" in operation["requestBody"]["content"]
    place = f"/paths/{path.replace('/', '~1')}/{method.lower()}/requestBody/content/application~1json/schema"
    resource = Resource(contents=closed(document), specification=DRAFT202012)
    registry = Registry().with_resource("urn:gong", resource)
    schema = {"$ref": f"urn:gong#{place}"}
    errors = list(Draft202012Validator(schema, registry=registry).iter_errors(request["json"]))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_every_stream_names_an_operation_and_its_array(document: dict[str, Any], stream: Stream) -> None:
    method, path = stream.operation.split(" ")
    answer = document["paths"][path][method.lower()]["responses"]["200"]["content"]
    schema = next(iter(answer.values()))["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    assert schema["properties"][stream.array]["type"] == "array"


def test_the_full_selector_asks_for_every_documented_part_but_media(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def flags(schema: dict[str, Any]) -> set[str]:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
        found: set[str] = set()
        for name, value in schema.get("properties", {}).items():
            found |= {name} if value.get("type") == "boolean" else flags(value)
        return found

    def asked(value: Any, name: str = "") -> set[str]:
        if isinstance(value, dict):
            return {flag for key, inner in value.items() for flag in asked(inner, key)}
        return {name} if value is True else set()

    body = document["paths"]["/v2/calls/extensive"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    body = schemas[body["$ref"].rsplit("/", 1)[-1]] if "$ref" in body else body
    documented = flags(body["properties"]["contentSelector"])
    assert documented - asked(content_selector()) == {"media", "pointsOfInterest"}
