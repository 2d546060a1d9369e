"""Data privacy operations against Gong's own OpenAPI document: parameters, scopes, all that is in answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from include.emulator.privacy import OPERATIONS
from tests.support.emulator import KEY, SECRET, Emulator, running_emulator
from tests.support.openapi import Document, documented, present, reference, validator

ADDRESSES, NUMBERS = ["Jane.Doe@buyer.example", "jane.doe@BUYER.example"], ["+1(425) 555-0171"]
CONTACT = {
    "objectId": "c-1", "modifiedDate": "2026-01-03T23:45:57Z", "emailAddress": ADDRESSES[0],
    "phoneNumber": NUMBERS[0],
}  # fmt: skip


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    options = ("--calls", "250", "--users", "12", "--per-second", "0", "--crm-processing-seconds", "0")
    with running_emulator(*options) as running:
        yield running


@pytest.fixture(scope="module")
def gong(emulator: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url, auth=(KEY, SECRET), timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def answers(emulator: Emulator, gong: httpx.Client) -> dict[str, list[httpx.Response]]:
    """What each operation says of everybody in the data, of a planted person, and of nobody."""
    emulator.control("POST", "privacy/people", {"emails": ADDRESSES, "phones": NUMBERS, "engagement": 4})
    integration = gong.put("/v2/crm/integrations", json={"ownerEmail": "a@b.example", "name": "CRM"}).json()
    query = {
        "integrationId": integration["integrationId"], "objectType": "CONTACT", "clientRequestId": "first"
    }  # fmt: skip
    file = {"dataFile": ("a.ldjson", json.dumps(CONTACT).encode())}
    assert gong.post("/v2/crm/entities", params=query, files=file).status_code == 201
    people = emulator.control("GET", "people")["people"][:40]
    mails = {*ADDRESSES, "nobody@nowhere.example", *(one["emailAddress"] for one in people)}
    phones = {*NUMBERS, "+9990001", *(one["phoneNumber"] for one in people if one["phoneNumber"])}
    asked = {"emailAddress": sorted(mails), "phoneNumber": sorted(phones)}
    return {
        operation.template: [
            gong.request(operation.method, operation.template, params={name: value})
            for name, value in (
                (parameter(operation.template), one) for one in asked[parameter(operation.template)]
            )
        ]
        for operation in sorted(OPERATIONS, key=lambda one: one.method)
    }


def parameter(path: str) -> str:
    return "emailAddress" if path.endswith("email-address") else "phoneNumber"


def mended(document: Document) -> Document:
    """The value of a CRM's field is an object in the document, where its example is a text."""
    found = copy.deepcopy(document)
    value = found["components"]["schemas"]["ContextField"]["properties"]["value"]
    assert value["type"] == "object"
    assert isinstance(value["example"], str)
    found["components"]["schemas"]["ContextField"]["properties"]["value"] = {}
    return found


def faults(document: Document, answer: httpx.Response) -> list[str]:
    where = reference(document, answer.request.method, answer.request.url.path, answer.status_code)
    return [fault.message for fault in validator(mended(document), where).iter_errors(answer.json())]


def test_operations_parameters_and_scopes_are_those_of_the_document(document: Document) -> None:
    paths = {path: methods for path, methods in document["paths"].items() if "/data-privacy/" in path}
    assert {(one.method, one.template) for one in OPERATIONS} == {
        (method.upper(), path) for path, methods in paths.items() for method in methods
    }
    for one in OPERATIONS:
        declared = paths[one.template][one.method.lower()]
        assert f"'{one.scope}'" in declared["description"]
        assert "requestBody" not in declared
        (given,) = declared["parameters"]
        assert (given["name"], given["in"], given["required"]) == (parameter(one.template), "query", True)


def test_all_answers_fit_the_document(document: Document, answers: dict[str, list[httpx.Response]]) -> None:
    assert set(answers) == {one.template for one in OPERATIONS}
    for found in answers.values():
        for answer in found:
            assert answer.status_code == 200, answer.text
            assert not faults(document, answer)


def test_everything_that_is_documented_occurs(
    document: Document, answers: dict[str, list[httpx.Response]]
) -> None:
    for path in ("/v2/data-privacy/data-for-email-address", "/v2/data-privacy/data-for-phone-number"):
        shape = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        wanted = {one for one in documented(document, shape) if not one.endswith("=MicrosoftDynamic")}
        found = {one for answer in answers[path] for one in present(answer.json())}
        missing = wanted - found
        # Calls are linked to the native CRM, leads and contacts of parties to Salesforce.
        assert missing == {"/calls/externalSystems/system=Generic", "/customerData/system=HubSpot"}


def test_the_documents_numbers_are_taken(document: Document, gong: httpx.Client) -> None:
    declared = document["paths"]["/v2/data-privacy/data-for-phone-number"]["get"]["parameters"][0]
    _, _, listed = declared["description"].partition("permitted phone numbers: ")
    numbers = [one.strip() for one in listed.partition(", etc")[0].split(",")]
    assert len(numbers) == 6
    for number in (*numbers, declared["example"]):
        answer = gong.get("/v2/data-privacy/data-for-phone-number", params={"phoneNumber": number})
        assert answer.status_code == 200
        assert answer.json()["suppliedPhoneNumber"] == number


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.template)
def test_refusals_fit_the_document(document: Document, gong: httpx.Client, operation: Any) -> None:
    missing = gong.request(operation.method, operation.template)
    stranger = gong.request(operation.method, operation.template, auth=("no", "key"))
    assert (missing.status_code, stranger.status_code) == (400, 401)
    for answer in (missing, stranger):
        assert set(answer.json()) == {"requestId", "errors"}
        assert not faults(document, answer)


def test_the_guards_refusal_fits_the_document(
    document: Document, emulator: Emulator, gong: httpx.Client, answers: Any
) -> None:
    emulator.control("PUT", "privacy/settings", {"guard_objects": 0})
    answer = gong.post("/v2/data-privacy/erase-data-for-email-address", params={"emailAddress": ADDRESSES[0]})
    assert answer.status_code == 400
    assert not faults(document, answer)
