"""Declared fields: the whole list every time, and what becomes of the values of those that go."""

from __future__ import annotations

import pytest
from crm_client import field, record

TIERS = ["gold", "silver"]


def fields_of(crm, object_type="ACCOUNT"):
    answer = crm.schema(objectType=object_type)
    assert answer.status_code == 200
    assert set(answer.json()) == {"requestId", "objectTypeToSelectedFields"}
    assert set(answer.json()["objectTypeToSelectedFields"]) == {object_type}
    return answer.json()["objectTypeToSelectedFields"][object_type]


def test_fields_are_declared_and_listed(crm):
    stamp = "2026-06-12T00:00:00Z"
    answer = crm.set_schema(
        [field("tier", "PICKLIST", orderedValueList=TIERS), field("x", lastModified=stamp)]
    )
    assert (answer.status_code, list(answer.json())) == (200, ["requestId"])
    tier, other = fields_of(crm)
    assert tier == {
        "uniqueName": "tier", "label": "Tier", "type": "PICKLIST", "lastModified": None,
        "isDeleted": False, "referenceTo": None, "orderedValueList": TIERS,
    }  # fmt: skip
    assert (other["uniqueName"], other["lastModified"]) == ("x", stamp)
    assert fields_of(crm, "DEAL") == []


def test_without_an_object_type_all_are_listed(crm):
    crm.set_schema([field("tier")], "LEAD")
    found = crm.schema().json()["objectTypeToSelectedFields"]
    assert {name: len(fields) for name, fields in found.items()} == {
        "ACCOUNT": 0, "CONTACT": 0, "DEAL": 0, "LEAD": 1,
    }  # fmt: skip


def test_a_field_cannot_be_left_out(crm, sentences):
    crm.set_schema([field("a"), field("b"), field("c")])
    answer = crm.set_schema([field("b"), field("d")])
    text = "All fields of the schema must be included, missing: a, c"
    assert (answer.status_code, sentences(answer)) == (400, [text])
    assert [one["uniqueName"] for one in fields_of(crm)] == ["a", "b", "c"]
    assert crm.set_schema([]).status_code == 400


def test_a_deleted_field_goes_with_its_values(crm):
    crm.set_schema([field("tier"), field("size", "NUMBER")])
    crm.send(record(tier="gold", size=5), record("a-2", size=6))
    for _ in range(2):  # a repeat says the same again
        answer = crm.set_schema([field("tier", isDeleted=True), field("size", "NUMBER")])
        assert answer.status_code == 200
        assert [one["uniqueName"] for one in fields_of(crm)] == ["size"]
        assert "tier" not in crm.shown("a-1")
        assert crm.held() == {"a-1": record(size=5), "a-2": record("a-2", size=6)}
    crm.set_schema([field("tier"), field("size", "NUMBER")])
    assert "tier" not in crm.shown("a-1")


def test_a_new_type_loses_the_values_a_new_label_does_not(crm):
    crm.set_schema([field("tier", "PICKLIST", orderedValueList=TIERS), field("size", "NUMBER")])
    crm.send(record(tier="gold", size=5))
    crm.set_schema([field("tier", "PICKLIST", orderedValueList=["other"]), field("size", "CURRENCY")])
    crm.set_schema(
        [{**field("size", "CURRENCY"), "label": "New"}, field("tier", "PICKLIST", orderedValueList=["x"])]
    )
    assert [one["label"] for one in fields_of(crm)] == ["New", "Tier"]
    assert crm.shown("a-1")["tier"] == "gold"
    assert "size" not in crm.shown("a-1")


def test_values_from_before_a_field_was_declared_are_not_shown(crm):
    crm.send(
        record(größe=5),
        b'{"objectId":"a-2","modifiedDate":"2026-01-01T00:00:00Z","gr\\u00f6\\u00dfe":6}',
    )
    assert crm.held()["a-1"]["größe"] == 5
    assert "größe" not in crm.shown("a-1")
    crm.set_schema([field("größe", "NUMBER")])
    assert "größe" not in crm.shown("a-1")
    assert "größe" not in crm.shown("a-2")
    crm.send(record(größe=7))
    assert crm.shown("a-1")["größe"] == 7


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ([field("tier", "PICKLIST")], "tier: orderedValueList is required for a field of type PICKLIST"),
        ([field("p", "REFERENCE")], "p: referenceTo is required for a field of type REFERENCE"),
        (
            [field("p", "REFERENCE", referenceTo="STAGE")],
            "[0].referenceTo: must be one of ACCOUNT, CONTACT, ",
        ),
        ([field("p", "STRINGARRAY")], "[0].type: must be one of DATE, DATETIME, "),
        ([field("p", "string")], "[0].type: must be one of DATE, DATETIME, "),
        ([field("a"), {"uniqueName": "p", "type": "STRING"}], "[1].label: must not be null"),
        ([{"label": "p", "type": "STRING"}], "[0].uniqueName: must not be null"),
        ([field("a"), field("b"), field("a")], "a: uniqueName must be unique"),
        ([field("name")], "name: is a field of Gong's own"),
        ([field("a", lastModified="2026-06-12T00:00:00.123Z")], "[0].lastModified: must be an ISO-8601 date"),
        ([field("a", isDeleted="yes")], "[0].isDeleted: must be a boolean"),
        ({"uniqueName": "a"}, "Bad request"),
    ],
)
def test_wrong_schemas_are_refused(crm, sentences, fields, fault):
    answer = crm.set_schema(fields)
    assert answer.status_code == 400
    assert sentences(answer)[0].startswith(fault)
    assert fields_of(crm) == []


def test_a_picklist_is_deleted_without_its_values(crm):
    crm.set_schema([field("tier", "PICKLIST", orderedValueList=TIERS)])
    assert crm.set_schema([field("tier", "PICKLIST", isDeleted=True)]).status_code == 200
    assert fields_of(crm) == []


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"objectType": "STAGE"}, "objectType: must be one of ACCOUNT, CONTACT, DEAL, LEAD"),
        ({"objectType": "account"}, "objectType: must be one of ACCOUNT, CONTACT, DEAL, LEAD"),
        ({"objectType": "DEAL", "integrationId": 12345}, "integrationId: integration 12345 was not found"),
        ({"objectType": "DEAL", "integrationId": "1e5"}, "integrationId: must be an integer"),
        ({"objectType": "DEAL", "integrationId": None}, "integrationId: must not be null"),
    ],
)
def test_parameters_are_checked(crm, sentences, params, fault):
    for answer in (crm.schema(**params), crm.set_schema([], params.pop("objectType"), **params)):
        assert (answer.status_code, sentences(answer)) == (400, [fault])


def test_a_schema_is_for_an_object_type_and_is_json(crm, sentences):
    answer = crm.set_schema([], None)
    assert (answer.status_code, sentences(answer)) == (400, ["objectType: must not be null"])
    answer = crm.http.post("/v2/crm/entity-schema", params=crm.params(objectType="DEAL"), content=b"[]")
    assert (answer.status_code, sentences(answer)) == (415, ["Unsupported Media Type"])
