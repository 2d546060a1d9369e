"""CRM operations against Gong's own OpenAPI document: what it describes is taken, answers are as it says."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest

from include.emulator.crm import OPERATIONS, Registration
from include.emulator.crm_fields import OBJECT_TYPES, WITH_SCHEMA, FieldType
from include.emulator.crm_schema import SchemaField
from tests.support.emulator import KEY, SECRET, Emulator, running_emulator
from tests.support.openapi import validator

INTEGRATIONS, SCHEMA = "/v2/crm/integrations", "/v2/crm/entity-schema"
ENTITIES, STATUS = "/v2/crm/entities", "/v2/crm/request-status"
IDS = itertools.count(1)
# Of this object type the samples name records that must be there first.
NEEDED = {
    "ACCOUNT": ["5ybyh6n6n65", "6sjk47jf78d"],
    "STAGE": ["discovery"],
    "DEAL": ["dkfj8dfgf87"],
    "CONTACT": ["87grhn74hg6"],
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    options = ("--calls", "5", "--users", "12", "--per-second", "0", "--crm-processing-seconds", "0")
    with running_emulator(*options) as running:
        yield running


@pytest.fixture
def gong(emulator: Emulator) -> Iterator[httpx.Client]:
    emulator.reset()
    with httpx.Client(base_url=emulator.url, auth=(KEY, SECRET), timeout=30) as client:
        yield client


@pytest.fixture
def integration(gong: httpx.Client) -> int:
    body = {"ownerEmail": "joe.doe@acme.example", "name": "ACME Sandbox"}
    return int(gong.put(INTEGRATIONS, json=body).json()["integrationId"])


def mended(document: dict[str, Any]) -> dict[str, Any]:
    """The document with two answers as its own prose and samples have them.

    Values of a record are called objects, and an object that is not found "null"; a sample of declared fields
    has null for whatever a field does not have.
    """
    found = copy.deepcopy(document)
    schemas = found["components"]["schemas"]
    records = schemas["GetGenericCrmObjectsResponse"]["properties"]["crmObjectsMap"]["additionalProperties"]
    assert records["additionalProperties"]["type"] == records["type"] == "object"
    records["additionalProperties"] = {}
    records["type"] = ["object", "null"]
    assert "JSON’s value is null" in found["paths"][ENTITIES]["get"]["description"]
    sample = found["paths"][SCHEMA]["get"]["description"]
    for name in ("lastModified", "referenceTo", "orderedValueList"):
        assert f'"{name}": null' in sample
        shape = schemas["GenericSchemaFieldRequest"]["properties"][name]
        shape["type"] = [shape["type"], "null"]
    return found


def check(document: dict[str, Any], answer: httpx.Response, status: int) -> Any:
    """The answer, which is as the document says it is for its operation and status."""
    assert answer.status_code == status, answer.text
    operation = document["paths"][answer.request.url.path][answer.request.method.lower()]
    content = operation["responses"][str(status)]["content"]["application/json"]
    reference = content["schema"]["$ref"]
    faults = list(validator(mended(document), reference).iter_errors(answer.json()))
    assert not faults, [fault.message for fault in faults]
    properties = document["components"]["schemas"][reference.rsplit("/", 1)[-1]]["properties"]
    assert set(answer.json()) == set(properties)
    return answer.json()


def upload(gong: httpx.Client, integration: int, object_type: str, content: bytes) -> httpx.Response:
    query = {
        "integrationId": integration,
        "objectType": object_type,
        "clientRequestId": f"request-{next(IDS)}",
    }
    return gong.post(ENTITIES, params=query, files={"dataFile": ("a.ldjson", content)})


def settled(
    document: dict[str, Any], gong: httpx.Client, integration: int, answer: httpx.Response
) -> dict[str, Any]:
    used = check(document, answer, 201)["clientRequestId"]
    status = gong.get(STATUS, params={"integrationId": integration, "clientRequestId": used})
    return dict(check(document, status, 200))


def samples(document: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The records that the document shows, without its comments and with quotes where they are missing."""
    text = document["paths"][ENTITIES]["post"]["description"]
    for block in re.findall(r"POST https://api.gong.io/v2/crm/entities\?(.*?)</code>", text, re.DOTALL):
        lines = re.findall(r"\{.*?\}", block.replace('"status": OPEN', '"status": "OPEN"'))
        yield re.findall(r"objectType=(\w+)", block)[0], [json.loads(line) for line in lines]


def test_all_operations_scopes_and_answers_are_documented(document: dict[str, Any]) -> None:
    documented = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        if path.startswith("/v2/crm/")
        for method in operations
    }
    assert {(operation.method, operation.template) for operation in OPERATIONS} == documented
    for operation in OPERATIONS:
        declared = document["paths"][operation.template][operation.method.lower()]
        assert f"'{operation.scope}'" in declared["description"]
        assert str(operation.success) in declared["responses"]


def test_bodies_and_enumerations_are_those_of_the_document(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, model in {
        "GenericCrmRegistrationRequest": Registration,
        "GenericSchemaFieldRequest": SchemaField,
    }.items():
        ours = model.model_json_schema()
        assert set(ours["properties"]) == set(schemas[name]["properties"])
        assert set(ours["required"]) == set(schemas[name]["required"])
    types = schemas["GenericSchemaFieldRequest"]["properties"]["type"]["enum"]
    assert set(get_args(FieldType)) == set(types) - {"STRINGARRAY"}
    for path, method in ((SCHEMA, "get"), (SCHEMA, "post"), (ENTITIES, "get")):
        parameters = {one["name"]: one for one in document["paths"][path][method]["parameters"]}
        assert parameters["objectType"]["schema"]["enum"] == list(WITH_SCHEMA)


def test_the_emulator_checks_every_documented_field(document: dict[str, Any]) -> None:
    text = document["paths"][ENTITIES]["post"]["description"]
    titles = {
        "Business User": "BUSINESS_USER", "Account": "ACCOUNT", "Contact": "CONTACT",
        "Deal": "DEAL", "Lead": "LEAD", "Stage": "STAGE",
    }  # fmt: skip
    for title, name in titles.items():
        (section,) = re.findall(rf"<h3>{title}</h3>(.*?)(?=<h[23]>)", text, re.DOTALL)
        section += text.partition(f"<h3>{title}</h3>")[2].partition("<h3>")[0]
        rows = re.findall(r"<tr>\s*<td>\s*(\w+)\s*(<font color=\"red\">\*</font>)?\s*</td>", section)
        fields = {field for field, _ in rows}
        mandatory = {field for field, star in rows if star}
        # A sample of a stage has a modifiedDate, which the table does not.
        assert set(OBJECT_TYPES[name].checks) == fields | {"modifiedDate"}, name
        assert set(OBJECT_TYPES[name].mandatory) == mandatory, name


def test_an_integration_from_beginning_to_end(document: dict[str, Any], gong: httpx.Client) -> None:
    assert check(document, gong.get(INTEGRATIONS), 200)["integrations"] == []
    body = {"ownerEmail": "joe.doe@acme.com", "name": "ACME Sandbox"}
    assert not list(
        validator(document, "#/components/schemas/GenericCrmRegistrationRequest").iter_errors(body)
    )
    number = check(document, gong.put(INTEGRATIONS, json=body), 200)["integrationId"]
    assert check(document, gong.get(INTEGRATIONS), 200)["integrations"][0]["integrationId"] == number
    check(document, gong.put(INTEGRATIONS, json=body), 409)
    check(document, gong.put(INTEGRATIONS, json={}), 400)
    query = {"integrationId": number, "clientRequestId": "1234"}
    check(document, gong.delete(INTEGRATIONS, params={**query, "clientRequestId": "a b"}), 400)
    check(document, gong.delete(INTEGRATIONS, params=query), 201)
    assert check(document, gong.get(STATUS, params=query), 200)["status"] == "DONE"


def test_a_deletion_with_a_used_id(document: dict[str, Any], gong: httpx.Client, integration: int) -> None:
    used = check(document, upload(gong, integration, "ACCOUNT", b""), 201)["clientRequestId"]
    query = {"integrationId": integration, "clientRequestId": used}
    check(document, gong.delete(INTEGRATIONS, params=query), 409)


def test_the_sample_of_a_schema(document: dict[str, Any], gong: httpx.Client, integration: int) -> None:
    text = document["paths"][SCHEMA]["post"]["description"].partition("<h4>Request</h4>")[2]
    fields = [json.loads(found) for found in re.findall(r"\{.*?\}", text)]
    assert len(fields) == 4
    item = validator(document, "#/components/schemas/GenericSchemaFieldRequest")
    assert not [fault.message for one in fields for fault in item.iter_errors(one)]
    query = {"integrationId": integration, "objectType": "ACCOUNT"}
    check(document, gong.post(SCHEMA, params=query, json=fields), 200)
    listed = check(document, gong.get(SCHEMA, params=query), 200)["objectTypeToSelectedFields"]
    assert [one["uniqueName"] for one in listed["ACCOUNT"]] == ["orderId", "parentAccount", "category"]
    check(document, gong.post(SCHEMA, params=query, json=[]), 400)
    check(document, gong.get(SCHEMA, params={"objectType": "ACCOUNT"}), 400)


def test_the_samples_of_records_arrive(
    document: dict[str, Any], gong: httpx.Client, integration: int
) -> None:
    for object_type, ids in NEEDED.items():
        lines = [{"objectId": one, "modifiedDate": "2019-01-01T00:00:00Z", "name": one} for one in ids]
        content = "\n".join(json.dumps(line) for line in lines).encode()
        answer = settled(document, gong, integration, upload(gong, integration, object_type, content))
        assert answer["status"] == "DONE"
    found = list(samples(document))
    assert {object_type for object_type, _ in found} == set(OBJECT_TYPES)
    for object_type, records in found:
        text = "\n".join(json.dumps(record) for record in records)
        # The sample's ids of users break the rule that the same page gives.
        content = re.sub(r"(user\d)_Id_In_The_CRM", r"\1-Id-In-The-CRM", text).encode()
        answer = settled(document, gong, integration, upload(gong, integration, object_type, content))
        assert (answer["errors"], answer["totalSuccessCount"]) == ([], len(records)), object_type
        if object_type in WITH_SCHEMA:
            ids = [record["objectId"] for record in records] + ["unknown"]
            query = {"integrationId": integration, "objectType": object_type}
            shown = check(document, gong.request("GET", ENTITIES, params=query, json=ids), 200)
            assert list(shown["crmObjectsMap"]) == ids
            assert shown["crmObjectsMap"]["unknown"] is None


def test_refusals_of_uploads(document: dict[str, Any], gong: httpx.Client, integration: int) -> None:
    first = check(document, upload(gong, integration, "ACCOUNT", b"{}"), 201)["clientRequestId"]
    query = {"integrationId": integration, "objectType": "ACCOUNT", "clientRequestId": first}
    file = {"dataFile": ("a.ldjson", b"{}")}
    check(document, gong.post(ENTITIES, params=query, files=file), 409)
    check(document, gong.post(ENTITIES, params={**query, "objectType": "TASK"}, files=file), 400)
    check(document, gong.post(ENTITIES, params=query, files={"other": b"{}"}), 400)
    check(document, gong.get(STATUS, params={"clientRequestId": first}), 400)
    check(document, gong.request("GET", ENTITIES, params=query, json=["x", 5]), 400)


def test_line_errors_are_told_as_documented(
    document: dict[str, Any], gong: httpx.Client, integration: int
) -> None:
    content = b'{"objectId":"u-1","modifiedDate":"2026-01-01T00:00:00Z"}\n' * 30
    answer = settled(document, gong, integration, upload(gong, integration, "BUSINESS_USER", content))
    assert (answer["status"], answer["totalErrorCount"], len(answer["errors"])) == ("FAILED", 30, 20)
    described = document["components"]["schemas"]["LineErrorResponse"]["properties"]["description"]["example"]
    assert answer["errors"][0] == {"line": 1, "description": described.replace("objectId", "emailAddress")}


def test_answers_without_a_key_or_scope(
    document: dict[str, Any], gong: httpx.Client, emulator: Emulator
) -> None:
    emulator.control("POST", "keys", {"token": "narrow", "scopes": ["api:users:read"]})
    for operation in OPERATIONS:
        for headers in ({}, {"Authorization": "Bearer narrow"}):
            bare = httpx.request(operation.method, f"{emulator.url}{operation.template}", headers=headers)
            check(document, bare, 401)
