"""Answers of the look-ups: what they name, and that something held never counts as nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gong_airflow.answers import Answer
from gong_airflow.erasure.references import References, read_references
from gong_airflow.errors import GongProtocolError

NOTHING = {"calls": 0, "emails": 0, "meetings": 0, "leads_and_contacts": 0, "engagement": 0}
CONTACT = {
    "id": "7782342274025937895",
    "objectType": "Contact",
    "externalId": "0031Q00002DFhi4",
    "mirrorId": json.dumps(json.dumps({"integrationId": "26", "crmId": "0031Q00002DFhi4QAD"})),
    "fields": [
        {"name": "Email", "value": "jane.doe@example.com"},
        {"name": "MobilePhone", "value": "+1 425 555 2671"},
        {"name": "Owner_Email__c", "value": "seller@ours.example"},
        {"name": "Department", "value": "+1 425 555 9999"},
    ],
    "new": 1,
}
FULL = {
    "requestId": "r",
    "emails": [{"id": "e1", "from": "bob@example.com", "mailbox": "seller@ours.example"}, {"id": "e2"}],
    "calls": [{"id": "111", "status": "COMPLETED", "externalSystems": [{"system": "S"}]}, {"id": 222}],
    "meetings": [{"id": "805.sb5@google.com_2022"}],
    "customerData": [{"system": "Salesforce", "objects": [CONTACT]}],
    "customerEngagement": [{"eventType": "contentShared", "contentId": "1"}, {"eventType": "contentViewed"}],
    "suppliedPhoneNumber": "+1 425 555 2671",
    "matchingPhoneNumbers": ["+1 425-555-2671 "],
    "emailAddresses": ["J.Doe@example.com", None, ""],
}


def read(**members: Any) -> References:
    return read_references(Answer("GET /v2/x", 200, "r", members))


def test_all_that_an_answer_names_is_counted() -> None:
    found = read(**FULL)
    assert found.counts() == {
        "calls": 2, "emails": 2, "meetings": 1, "leads_and_contacts": 1, "engagement": 2,
    }  # fmt: skip
    assert found.call_ids == {"111", "222"}
    assert found.object_ids == {"0031Q00002DFhi4", "0031Q00002DFhi4QAD"}


def test_it_leads_to_the_persons_own_addresses_and_numbers_alone() -> None:
    found = read(**FULL)
    assert found.addresses == {"jane.doe@example.com", "J.Doe@example.com"}
    assert found.numbers == {"+1 425 555 2671", "+1 425-555-2671"}


@pytest.mark.parametrize(
    "name",
    ["Email", "email", "EMAIL", "emailAddress", "E-mail", "Secondary_Email__c", "PersonEmail", "Work Email 2",
     "hs_additional_emails", "eMailAddress1"],
)  # fmt: skip
def test_fields_of_the_persons_addresses(name: str) -> None:
    fields = [{"name": name, "value": "a@example.com; b@example.com"}]
    found = read(customerData=[{"objects": [{"id": "1", "fields": fields}]}])
    assert found.addresses == {"a@example.com", "b@example.com"}


@pytest.mark.parametrize(
    "name", ["Phone", "MobilePhone", "Home Phone", "phoneNumber", "OtherPhone", "Telephone1"]
)
def test_fields_of_the_persons_numbers(name: str) -> None:
    fields = [{"name": name, "value": "+1 425 555 2671"}]
    found = read(customerData=[{"objects": [{"id": "1", "fields": fields}]}])
    assert found.numbers == {"+1 425 555 2671"}


@pytest.mark.parametrize(
    "name",
    ["OwnerEmail", "Assistant Phone", "AssistantPhone", "ReportsTo_Email__c", "CreatedByEmail", "Fax",
     "HasOptedOutOfEmail", "Account Manager Email", "Company Phone", "Name", "", None, 7],
)  # fmt: skip
def test_fields_that_may_be_somebody_elses_lead_nowhere(name: Any) -> None:
    fields = [{"name": name, "value": "+1 425 555 2671"}, {"name": name, "value": "a@example.com"}]
    found = read(customerData=[{"objects": [{"id": "1", "fields": fields}]}])
    assert not found.addresses | found.numbers
    assert found.counts()["leads_and_contacts"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"calls": []},
        {"calls": None, "emails": [], "meetings": [None]},
        {"customerData": [{"system": "S", "objects": None}, {"system": "S"}]},
        {"emails": [], "surprise": [{"id": "1"}]},
        {"calls": {}, "emails": "", "meetings": 0},
    ],
)
def test_nothing_is_nothing(body: dict[str, Any]) -> None:
    assert read(**body).counts() == NOTHING


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"calls": [{"id": None}]}, "calls"),
        ({"calls": [{}]}, "calls"),
        ({"calls": ["abc"]}, "calls"),
        ({"calls": {"id": "1"}}, "calls"),
        ({"calls": True}, "calls"),
        ({"emails": "one"}, "emails"),
        ({"emails": [[1, 2]]}, "emails"),
        ({"meetings": [{"new": 1}]}, "meetings"),
        ({"customerData": ["Salesforce"]}, "leads_and_contacts"),
        ({"customerData": [{"system": "S", "objects": [7]}]}, "leads_and_contacts"),
        (
            {"customerData": [{"system": "S", "objects": [{"mirrorId": "{", "fields": [3]}]}]},
            "leads_and_contacts",
        ),
        ({"customerEngagement": [{}]}, "engagement"),
    ],
)
def test_what_is_of_an_unknown_shape_counts_as_held(body: dict[str, Any], kind: str) -> None:
    assert read(**body).counts() == {**NOTHING, kind: 1}


@pytest.mark.parametrize("body", [{}, {"requestId": "r"}, {"emailAddresses": []}])
def test_an_answer_that_tells_nothing_is_an_error(body: dict[str, Any]) -> None:
    with pytest.raises(GongProtocolError, match="does not tell"):
        read(**body)


def test_only_numeric_call_ids_are_asked_for_later() -> None:
    assert read(calls=[{"id": "abc"}, {"id": "1" * 21}, {"id": True}, {"id": "7"}]).call_ids == {"7"}


def test_the_same_things_in_several_answers_count_once() -> None:
    found = read(**FULL)
    found |= read(**FULL)
    found |= read(calls=[{"id": "333"}])
    assert found.counts() == {
        "calls": 3, "emails": 2, "meetings": 1, "leads_and_contacts": 1, "engagement": 2,
    }  # fmt: skip


def test_equal_external_ids_of_two_systems_are_two_records() -> None:
    systems = [{"system": name, "objects": [{"externalId": "5"}]} for name in ("Salesforce", "Generic")]
    assert read(customerData=systems).counts()["leads_and_contacts"] == 2


def test_references_show_counts_alone() -> None:
    assert "@" not in repr(read(**FULL))
