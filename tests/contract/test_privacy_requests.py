"""Every request that an erasure sends, against Gong's own OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import airflow.sdk
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.references import LOOK_UPS, Call, read_references
from gong_airflow.erasure.sealing import Key
from gong_airflow.operators.erasure.erase import ERASURES
from tests.unit.gong_airflow.erasure.erasing import NOTHING, Erasure, Gong, MemoryCases

EMAIL, PHONE = email_identity("jane.doe@example.com"), phone_identity("+1 (425) 555-2671")
HELD = {**NOTHING, "calls": [{"id": "7782342274025937895"}], "emailAddresses": ["j.doe@example.com"]}
PRIVACY = {operation for operation, _ in (*LOOK_UPS.values(), *ERASURES.values())}
OTHERS = {"GET /v2/users", "POST /v2/calls/extensive"}


class Recorder(Gong):
    """Keeps whole requests."""

    def __init__(self, *given: Any, **answers: Any) -> None:
        super().__init__(*given, **answers)
        self.requests: list[tuple[str, dict[str, Any], Any]] = []

    def call(self, operation: str, *, params: Any = None, json: Any = None, **given: Any) -> Any:
        self.requests.append((operation, dict(params or {}), json))
        return super().call(operation, params=params, json=json, **given)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """One that has heard everything that the operators ever send."""
    key = Key.new()

    class Variable:
        @staticmethod
        def get(name: str, default: Any = None) -> Any:
            return key.value if name == key.name else default

    monkeypatch.setattr(airflow.sdk, "Variable", Variable)
    users = [{"users": [{"id": "1"}], "records": {"cursor": "c", "totalRecords": 2}}, {"users": []}]
    made = Recorder({EMAIL: HELD, PHONE: HELD}, **{"GET /v2/users": users})
    erasure = Erasure(key, lambda: made, MemoryCases())
    erasure.of(EMAIL.value, PHONE.value)
    erasure.look_up()
    erasure.approve()
    erasure.erase()
    made.book = {}
    erasure.verify(first_pause=timedelta(0))
    yield made


def closed(value: Any) -> Any:
    """The schema with unknown members forbidden: Gong ignores a misspelt one without a word."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: closed(inner) for name, inner in value.items()}
    return {**made, "additionalProperties": False} if "properties" in value else made


def test_every_operation_of_the_erasure_is_heard(recorder: Recorder) -> None:
    assert {operation for operation, _, _ in recorder.requests} == PRIVACY | OTHERS


def test_every_query_is_as_documented(document: dict[str, Any], recorder: Recorder) -> None:
    for operation, params, _ in recorder.requests:
        method, path = operation.split(" ")
        declared = {one["name"]: one for one in document["paths"][path][method.lower()].get("parameters", [])}
        assert {name for name, one in declared.items() if one["required"]} <= set(params) <= set(declared)
        assert {one["in"] for one in declared.values()} <= {"query"}
        if "phoneNumber" in params:
            assert "must start with a + (plus) sign" in declared["phoneNumber"]["description"]
            assert params["phoneNumber"] == "+14255552671"


def test_every_body_is_as_documented(document: dict[str, Any], recorder: Recorder) -> None:
    resource = Resource(contents=closed(document), specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:gong", resource)
    bodies = 0
    for operation, _, body in recorder.requests:
        method, path = operation.split(" ")
        declared = document["paths"][path][method.lower()].get("requestBody")
        assert (declared is None) == (body is None), operation
        if declared is None:
            continue
        text = json.dumps(closed(declared["content"]["application/json"]["schema"]))
        schema = json.loads(text.replace('"#/', '"urn:gong#/'))
        check = Draft202012Validator(schema, registry=registry)
        assert [f"{error.json_path}: {error.message}" for error in check.iter_errors(body)] == []
        bodies += 1
    assert bodies == 2


def test_the_scopes_and_the_protection_are_as_the_readme_and_the_errors_say(document: dict[str, Any]) -> None:
    for operation in PRIVACY:
        method, path = operation.split(" ")
        said = document["paths"][path][method.lower()]["description"]
        scope = "api:data-privacy:read" if method == "GET" else "api:data-privacy:delete"
        assert f"'{scope}'" in said
        assert ("an abnormal number of objects" in said) == (method == "POST")
        assert ("may take several hours" in said) == (method == "POST")


def sample(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """One of everything that a schema describes."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if schema["type"] == "object":
        return {name: sample(document, inner) for name, inner in schema.get("properties", {}).items()}
    if schema["type"] == "array":
        return [sample(document, schema["items"])]
    return schema.get("example") or {"string": "text", "boolean": True}.get(schema["type"], 1)


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_every_documented_kind_of_reference_is_counted(document: dict[str, Any], kind: Any) -> None:
    operation, _ = LOOK_UPS[kind]
    method, path = operation.split(" ")
    answer = document["paths"][path][method.lower()]["responses"]["200"]["content"]["application/json"]
    body = sample(document, answer["schema"])
    call: Call = Gong(**{operation: body}).call
    found = read_references(call(operation, params={"x": "y"}))
    counted = {"calls", "emails", "meetings", "leads_and_contacts"} | (
        {"engagement"} if kind == "email" else set()
    )
    assert {name for name, count in found.counts().items() if count} == counted
    assert found.call_ids == {"7782342274025937895"}
    assert len(found.object_ids) == 2
    assert bool(found.addresses) == (kind == "phone")
    # Were Gong to describe one more array, it would have to be read, or to be known not to be of the person.
    arrays = {name for name, value in body.items() if isinstance(value, list)}
    read = {"calls", "emails", "meetings", "customerData"}
    assert arrays == read | (
        {"customerEngagement"} if kind == "email" else {"matchingPhoneNumbers", "emailAddresses"}
    )
