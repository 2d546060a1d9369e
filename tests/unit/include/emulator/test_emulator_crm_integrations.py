"""The one integration of a company: found, registered, deleted with all that belongs to it."""

from __future__ import annotations

import pytest
from crm_client import ENTITIES, INTEGRATIONS, OWNER, SCHEMA, STATUS, field, record


def test_it_is_registered_once_and_found_again(crm, sentences):
    assert crm.http.get(INTEGRATIONS).json()["integrations"] == []
    answer = crm.register()
    assert answer.status_code == 200
    assert set(answer.json()) == {"requestId", "integrationId"}
    number = answer.json()["integrationId"]
    assert 2**53 < number < 2**63
    assert int(float(number)) != number
    assert f'"integrationId":{number}' in answer.text
    found = crm.http.get(INTEGRATIONS).json()["integrations"]
    assert found == [{"integrationId": number, **OWNER}]
    again = crm.register(name="Another")
    text = (
        "Your organization already has an active GENERIC CRM integration. Only 1 active integration is "
        "supported. Please disconnect the existing GENERIC CRM integration before creating a new Generic "
        "CRM integration"
    )
    assert (again.status_code, sentences(again)) == (409, [text])
    assert crm.view()["integration"] == found[0]


def test_the_same_seed_gives_the_same_id(crm):
    first = crm.integration
    crm.emulator.control("POST", "/reset")
    assert crm.register().json()["integrationId"] == first


def test_a_native_crm_leaves_no_room(crm, sentences):
    crm.settings(native="Salesforce")
    assert crm.http.get(INTEGRATIONS).json()["integrations"] == []
    answer = crm.register()
    assert answer.status_code == 409
    assert "active SALESFORCE CRM integration" in sentences(answer)[0]
    crm.settings(native=None)
    assert crm.register().status_code == 200
    crm.settings(native="HubSpot")
    assert crm.http.get(INTEGRATIONS).json()["integrations"] == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"name": "x"}, "ownerEmail: must not be null"),
        ({"ownerEmail": "ops@crm.example"}, "name: must not be null"),
        ({**OWNER, "ownerEmail": "Olga"}, "ownerEmail: Olga is not a valid email address"),
        ({**OWNER, "ownerEmail": 5}, "ownerEmail: must be a string"),
        ([], "Bad request"),
    ],
)
def test_a_registration_needs_owner_and_name(crm, sentences, body, fault):
    answer = crm.http.put(INTEGRATIONS, json=body)
    assert (answer.status_code, sentences(answer)) == (400, [fault])


def test_deletion_takes_its_time_and_everything(crm, sentences):
    crm.set_schema([field("tier")])
    crm.send(record(tier="gold"))
    old = crm.integration
    crm.settings(processing_seconds=100)
    answer = crm.http.delete(INTEGRATIONS, params=crm.params(clientRequestId="away"))
    assert (answer.status_code, answer.json()["clientRequestId"]) == (201, "away")
    assert crm.state("away") == "PENDING"
    late = crm.send(record("b"))
    assert crm.register().status_code == 409
    assert crm.shown("a-1") is not None
    crm.advance(101)
    assert crm.status("away") == {
        "status": "DONE", "errors": [], "totalErrorCount": 0, "totalSuccessCount": 0,
    }  # fmt: skip
    assert crm.status(late)["errors"] == [{"line": 0, "description": "The integration was deleted"}]
    view = crm.view()
    assert (view["integration"], view["schemas"]["ACCOUNT"], view["objects"]["ACCOUNT"]) == (None, [], {})
    for answer in (crm.post(b"{}"), crm.schema(objectType="ACCOUNT"), crm.get(["a-1"])):
        assert (answer.status_code, sentences(answer)) == (
            400,
            [f"integrationId: integration {old} was not found"],
        )
    new = crm.register().json()["integrationId"]
    assert new != old
    crm._integration = new
    assert crm.shown("a-1") is None
    assert crm.post(b"{}", clientRequestId="away").status_code == 201


def test_a_deletion_needs_a_fresh_id(crm, sentences):
    used = crm.send(record())
    answer = crm.http.delete(INTEGRATIONS, params=crm.params(clientRequestId=used))
    assert (answer.status_code, sentences(answer)) == (409, ["Client request id has already been used"])
    answer = crm.http.delete(INTEGRATIONS, params=crm.params())
    assert (answer.status_code, sentences(answer)) == (400, ["clientRequestId: must not be null"])


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", INTEGRATIONS, "api:crm:integrations:read"),
        ("PUT", INTEGRATIONS, "api:crm:integration:register"),
        ("DELETE", INTEGRATIONS, "api:crm:integration:delete"),
        ("GET", SCHEMA, "api:crm:schema"),
        ("POST", SCHEMA, "api:crm:schema"),
        ("GET", ENTITIES, "api:crm:get-objects"),
        ("POST", ENTITIES, "api:crm:upload"),
        ("GET", STATUS, "api:crm:upload"),
    ],
)
def test_each_operation_has_its_scope(crm, sentences, method, path, scope):
    crm.emulator.control("POST", "/keys", {"token": "narrow", "scopes": ["api:users:read"]})
    crm.emulator.control("POST", "/keys", {"token": "right", "scopes": [scope]})
    bearer = {"Authorization": "Bearer narrow"}
    answer = crm.http.request(method, path, headers=bearer, auth=None)
    text = f"You don't have permission to use '{scope}' in your app."
    assert (answer.status_code, sentences(answer)) == (401, [text])
    bearer = {"Authorization": "Bearer right"}
    assert crm.http.request(method, path, headers=bearer, auth=None).status_code != 401
