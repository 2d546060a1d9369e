"""What the project sends, against Gong's own OpenAPI document."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gong_airflow.items import Source, items_of
from gong_airflow.selectors import PARTS, content_selector, parts_of
from gong_airflow.streams import CALLS, STREAMS, TRANSCRIPTS, Stream

DATES = {"start": "2026-10-01T00:00:00Z", "end": "2026-10-02T00:00:00Z"}
SELECTORS = [
    content_selector(parts_of(switches)) for switches in ([], list(PARTS), *([name] for name in PARTS))
]
# The document lists the ids of this operation as a parameter; its own text puts them into the body.
IDS_IN_BODY = ("GET /v2/crm/entities", "objectsCrmIds")
PARENTS: dict[str, list[dict[str, Any]]] = {
    "users": [{"id": "5005", "emailAddress": "jane@example.com", "active": True, "managerId": "5006"}],
    "workspaces": [{"id": "10"}],
    "library_folders": [{"id": "20"}],
    "permission_profiles": [{"id": "30"}],
    "crm_integrations": [{"integrationId": 6286478263646}],
}
WINDOW = {
    "from": "2026-10-01T07:00:00Z",
    "to": "2026-10-03T07:00:00Z",
    "from_date": "2026-10-01",
    "to_date": "2026-10-03",
}


def requests_of(stream: Stream) -> list[dict[str, Any]]:
    """Arguments of each request that the stream can lead to: each kind of item, with and without a cursor."""
    periods = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR") if "by_period" in stream.name else ("WEEK",)
    made: list[dict[str, Any]] = []
    for period in periods:
        source = Source({**WINDOW, "period": period}, lambda parent: PARENTS[parent], ["1", "2"])
        made += [{"item": item} for item in items_of(stream.each, source)]
    if "cursor" in PAGED.get(stream.operation, ""):
        made += [{**args, "cursor": "abc"} for args in made]
    return made


# Operations with pages, by where the document has their cursor (checked below).
PAGED = {
    **dict.fromkeys(
        (
            "POST /v2/calls/extensive", "POST /v2/calls/transcript", "POST /v2/users/extensive",
            "POST /v2/stats/interaction", "POST /v2/stats/activity/scorecards",
            "POST /v2/stats/activity/day-by-day", "POST /v2/stats/activity/aggregate",
            "POST /v2/stats/activity/aggregate-by-period",
        ),
        "cursor in body",
    ),
    **dict.fromkeys(
        ("GET /v2/calls", "GET /v2/users", "GET /v2/logs", "GET /v2/flows", "GET /v2/flows/folders"),
        "cursor in query",
    ),
}  # fmt: skip

REQUESTS: list[tuple[Stream, dict[str, Any]]] = [
    (CALLS, DATES),
    (CALLS, {**DATES, "cursor": "abc"}),
    *((CALLS, {**DATES, "body": {"contentSelector": selector}}) for selector in SELECTORS),
    (
        CALLS,
        {"ids": ["7782342274025937895"], "body": {"contentSelector": {"exposedFields": {"media": True}}}},
    ),
    (TRANSCRIPTS, {"ids": ["7782342274025937895"]}),
    (TRANSCRIPTS, {"ids": ["7782342274025937895"], "cursor": "abc"}),
    (STREAMS["users"], {"query": {"includeAvatars": "true"}}),
    (STREAMS["users"], {"query": {"includeAvatars": "true"}, "cursor": "abc"}),
    *((s, args) for s in STREAMS.values() if s not in (CALLS, TRANSCRIPTS) for args in requests_of(s)),
]


def closed(schema: Any) -> Any:
    """The schema with unknown members forbidden: Gong ignores a misspelt member without a word."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(value) for name, value in schema.items()}
    return {**made, "additionalProperties": False} if "properties" in schema else made


@pytest.fixture(scope="module")
def strict(document: dict[str, Any]) -> Registry[Any]:
    resource = Resource(contents=closed(document), specification=DRAFT202012)
    return Registry[Any]().with_resource("urn:gong", resource)


def faults_of(strict: Registry[Any], schema: Any, value: Any) -> list[str]:
    errors = Draft202012Validator(schema, registry=strict).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in errors]


def read_as(text: str, kind: str) -> Any:
    """A parameter as the server reads it."""
    assert isinstance(text, str), "anything else is written as Python writes it"
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    return int(text) if kind == "integer" else text


@pytest.mark.parametrize(("stream", "args"), REQUESTS, ids=lambda one: getattr(one, "name", ""))
def test_every_request_is_as_documented(
    document: dict[str, Any], strict: Registry[Any], stream: Stream, args: dict[str, Any]
) -> None:
    method, path = stream.operation.split(" ")
    operation = document["paths"][path][method.lower()]
    request = stream.request(**args)
    declared = {one["name"]: one for one in operation.get("parameters", [])}
    if stream.operation == IDS_IN_BODY[0]:
        ids = declared.pop(IDS_IN_BODY[1])
        assert "body" in operation["description"]
        assert faults_of(strict, ids["schema"], request["json"]) == []
    for place, given in (("query", request["params"] or {}), ("path", request.get("path", {}))):
        known = {name: one for name, one in declared.items() if one["in"] == place}
        assert {name for name, one in known.items() if one["required"]} <= set(given) <= set(known)
        for name, text in given.items():
            schema = known[name]["schema"]
            assert faults_of(strict, schema, read_as(text, schema["type"])) == []
    if "requestBody" in operation:
        assert "application/json" in operation["requestBody"]["content"]
        place = (
            f"/paths/{path.replace('/', '~1')}/{method.lower()}/requestBody/content/application~1json/schema"
        )
        assert faults_of(strict, {"$ref": f"urn:gong#{place}"}, request["json"]) == []
    elif stream.operation != IDS_IN_BODY[0]:
        assert request["json"] is None


def test_every_stream_has_a_request_here() -> None:
    assert {stream.name for stream, _ in REQUESTS} == set(STREAMS)
    cursors = {stream.operation for stream, args in REQUESTS if "cursor" in args}
    assert cursors == {stream.operation for stream in STREAMS.values()} & set(PAGED)


def test_cursors_go_where_the_document_has_them(document: dict[str, Any]) -> None:
    found = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if any(one["name"] == "cursor" for one in operation.get("parameters", [])):
                found[f"{method.upper()} {path}"] = "cursor in query"
            elif "cursor" in document["components"]["schemas"].get(name, {}).get("properties", {}):
                found[f"{method.upper()} {path}"] = "cursor in body"
    assert found == PAGED
    for stream in STREAMS.values():
        if stream.operation in PAGED:
            assert PAGED[stream.operation] == f"cursor in {stream.cursor_in}", stream.name


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_every_stream_names_an_operation_and_its_array(document: dict[str, Any], stream: Stream) -> None:
    method, path = stream.operation.split(" ")
    answer = document["paths"][path][method.lower()]["responses"]["200"]["content"]
    schema = next(iter(answer.values()))["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    array = schema["properties"][stream.documented_array or stream.array]
    assert array["type"] == ("object" if stream.is_map else "array")
    assert set(stream.keeps) <= set(schema["properties"])


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_every_stream_names_the_scope_of_its_operation(document: dict[str, Any], stream: Stream) -> None:
    method, path = stream.operation.split(" ")
    said = document["paths"][path][method.lower()]["description"]
    assert f"'{stream.scope}'" in said or "the scope" not in said


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
