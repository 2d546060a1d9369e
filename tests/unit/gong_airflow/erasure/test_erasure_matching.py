"""Which records go, which are blanked, and that all others stay the very same."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.matching import (
    blank_record,
    call_id_of,
    is_about,
    is_person,
    is_whole,
    object_form,
)
from gong_airflow.erasure.spelling import BLANK
from gong_airflow.streams import STREAMS

EMAIL, PHONE, CRM_ID, CALL = "jane.doe@example.com", "+14255552671", "17", "7782342274025937895"
FORMS = {*email_identity(EMAIL).forms, *phone_identity(PHONE).forms, object_form(CRM_ID)}


def known(form: str) -> bool:
    return form in FORMS


def goes(stream: str, record: dict[str, Any]) -> bool:
    return is_about(stream, record, known, {CALL})


def linked(kind: str = "Contact", number: str = "1", value: Any = "x") -> list[dict[str, Any]]:
    one = {"objectType": kind, "objectId": number, "fields": [{"name": "Email", "value": value}]}
    return [{"system": "Salesforce", "objects": [one]}]


@pytest.mark.parametrize(
    "record",
    [
        {"metaData": {"id": CALL}},
        {"metaData": {"id": int(CALL)}},
        {"parties": [{"emailAddress": None}, {"emailAddress": "Jane <JANE.DOE@example.com>"}]},
        {"parties": [{"phoneNumber": "(425) 555-2671 ext. 3"}]},
        {"parties": [{"phoneNumber": 14255552671}]},
        {"parties": [{"context": linked(value=EMAIL)}]},
        {"context": linked("LEAD", value=" tel:+1 425-555-2671 ")},
        {"context": linked(number=CRM_ID)},
        {"context": linked(value=4255552671)},
        {"context": linked(value=["x", EMAIL])},
    ],
)
def test_a_call_of_the_person_goes(record: dict[str, Any]) -> None:
    assert goes("calls", record)


@pytest.mark.parametrize(
    "record",
    [
        {"metaData": {"id": CALL[:-1], "title": f"With {EMAIL}"}},
        {"parties": [{"emailAddress": "mary." + EMAIL, "name": EMAIL}]},
        {"context": linked(value=f"Ask {EMAIL} first")},
        {"context": linked("Account", value=EMAIL)},
        {"context": linked("Opportunity", number=CRM_ID)},
        {"metaData": None, "parties": None, "context": "x"},
        {"parties": ["x", None], "context": [None, {"objects": ["x"]}]},
        {},
    ],
)
def test_other_calls_stay(record: dict[str, Any]) -> None:
    assert not goes("calls", record)


@pytest.mark.parametrize(
    ("stream", "record"),
    [
        ("transcripts", {"callId": CALL}),
        ("call_user_access", {"callId": CALL, "users": []}),
        ("answered_scorecards", {"callId": int(CALL)}),
        ("library_folder_content", {"id": CALL}),
        ("crm_objects", {"key": CRM_ID, "value": {}}),
        ("crm_objects", {"key": "2", "value": {"email": EMAIL}}),
        ("crm_objects", {"key": "2", "value": {"mobile": 4255552671}}),
        ("flow_assignments", {"crmProspectId": CRM_ID}),
        ("flow_assignments", {"crmProspectId": EMAIL}),
        ("tasks", {"contact": {"crmId": CRM_ID}}),
        ("tasks", {"additionalContacts": [{"crmId": "1"}, {"crmId": int(CRM_ID)}]}),
        ("tasks", {"contact": {"emails": [EMAIL]}}),
    ],
)
def test_what_belongs_to_the_person_goes(stream: str, record: dict[str, Any]) -> None:
    assert goes(stream, record)
    assert stream in STREAMS


@pytest.mark.parametrize(
    ("stream", "record"),
    [
        ("transcripts", {"callId": "1", "transcript": [{"sentences": [{"text": EMAIL}]}]}),
        ("library_folder_content", {"id": "1", "title": EMAIL}),
        # An id as short as 17 is a number like any other where it is not that of a prospect.
        ("crm_objects", {"key": "2", "value": {"employees": CRM_ID}}),
        ("tasks", {"id": int(CRM_ID), "contact": {"crmId": "2"}}),
        ("tasks", {"title": f"Call {EMAIL}"}),
        ("users", {"id": "1", "emailAddress": EMAIL, "phoneNumber": PHONE}),
        ("logs_external_access", {"logRecord": {"callId": CALL, "sharedWith": [EMAIL]}}),
    ],
)
def test_other_records_stay(stream: str, record: dict[str, Any]) -> None:
    assert not goes(stream, record)


def test_records_belong_to_calls_in_the_streams_that_have_any() -> None:
    assert call_id_of("calls", {"metaData": {"id": 5}}) == "5"
    assert call_id_of("transcripts", {"callId": ""}) is None
    assert call_id_of("users", {"id": CALL}) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (EMAIL, True),
        (f" <mailto:{EMAIL}>; ", True),
        ("+1 (425) 555-2671 x12", True),
        (f"{EMAIL}, joe@example.com", False),
        (f"Jane {EMAIL}", False),
        (f"{EMAIL} {'x' * 500}", False),
        ("", False),
        (CRM_ID, False),
    ],
)
def test_a_value_that_says_nothing_else_is_the_person(value: str, expected: bool) -> None:
    assert is_whole(value, known) is expected
    assert is_person(value, known) is (expected or value == CRM_ID)


def test_texts_names_and_long_integers_are_blanked_and_the_rest_is_the_same() -> None:
    record = {
        "id": 7782342274025937895,
        "text": f"Ask {EMAIL} or 425-555-2671",
        "deep": [{"a": [f"<{EMAIL}>", None, True, 1.5]}],
        f"{EMAIL}": "value",
        "phone": 14255552671,
        "float": 4255552671.0,
        "other": {"kept": ["x"]},
    }
    before = copy.deepcopy(record)
    new, count = blank_record(record, known)
    assert record == before
    assert new == {
        "id": 7782342274025937895,
        "text": f"Ask {BLANK} or {BLANK}",
        "deep": [{"a": [f"<{BLANK}>", None, True, 1.5]}],
        BLANK: "value",
        "phone": BLANK,
        "float": BLANK,
        "other": {"kept": ["x"]},
    }
    assert count == 6
    assert list(new) == [BLANK if name == EMAIL else name for name in record]
    assert new["other"] is record["other"]
    assert blank_record(new, known) == (new, 0)


def test_names_that_are_blanked_alike_lose_no_value() -> None:
    new, count = blank_record({EMAIL: 1, EMAIL.upper(): 2, BLANK: 3}, known)
    assert count == 2
    assert sorted(new.values()) == [1, 2, 3]


@pytest.mark.parametrize("record", [{"a": ["x", {"b": 1}]}, [], "text", None, 12345678901, float("nan")])
def test_a_record_without_mentions_is_the_same_object(record: Any) -> None:
    assert blank_record(record, known)[0] is record
