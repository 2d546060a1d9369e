"""Whom a case is about, sealed, and what a case tells about its requests."""

from __future__ import annotations

from typing import Any

import airflow.sdk
import pytest

from gong_airflow import connection
from gong_airflow.erasure.case import is_approved, moment, stamp, told_at, words
from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.people import linked_objects, people_of, sealed_people
from gong_airflow.erasure.sealing import Key
from gong_airflow.errors import GongConfigurationError
from tests.support.variables import Variables

PEOPLE = (phone_identity("+14255552671"), email_identity("jane.doe@example.com"))


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Key:
    variables = Variables()
    monkeypatch.setattr(airflow.sdk, "Variable", variables)
    return variables.add(Key.new())


def test_who_was_sealed_is_opened_in_order_by_the_key_of_any_run(key: Key) -> None:
    sealed = sealed_people(PEOPLE, ["b", "a", "a"], key.name)
    assert "jane" not in sealed
    case = {"case": "x", "sealed": sealed, "keys": [key.name, "gong_erasure_key_0123456789abcdef"]}
    assert people_of(case) == PEOPLE
    assert linked_objects(case) == {"a", "b"}


def test_who_was_opened_is_masked_in_logs(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: set[str] = set()
    monkeypatch.setattr(connection, "mask_secret", masked.add)
    people_of({"sealed": sealed_people(PEOPLE, [], key.name)})
    assert masked >= {"jane.doe@example.com", "jane.doe%40example.com", "+14255552671", "%2B14255552671"}
    assert "14255552671" in masked


@pytest.mark.parametrize("sealed", [None, "", "readable"])
def test_a_case_that_is_closed_tells_what_to_do(sealed: Any) -> None:
    with pytest.raises(GongConfigurationError, match=r"case-1.*Start gong_erasure again"):
        people_of({"case": "case-1", "sealed": sealed})


def test_a_key_that_is_gone_tells_what_to_do(key: Key) -> None:
    with pytest.raises(GongConfigurationError, match=r"gone.*Start gong_erasure again"):
        people_of({"sealed": Key.new().seal("{}")})


def test_when_gong_was_told_is_that_of_the_last_request() -> None:
    assert told_at({}) is told_at({"requests": []}) is None
    answered = {"sending_at": "2026-11-20T10:00:00Z", "sent_at": "2026-11-20T10:00:02Z"}
    lost = {"sending_at": "2026-11-20T11:00:00Z", "sent_at": None}
    assert told_at({"requests": [answered]}) == "2026-11-20T10:00:02Z"
    assert told_at({"requests": [answered, lost]}) == "2026-11-20T11:00:00Z"


@pytest.mark.parametrize(
    ("case", "approved"),
    [({}, False), ({"approved_at": None}, False), ({"approved_at": ""}, True), ({"requests": [{}]}, True)],
)
def test_once_approved_is_approved(case: dict[str, Any], approved: bool) -> None:
    assert is_approved(case) is approved


@pytest.mark.parametrize(
    ("noted", "meant"),
    [
        ("2026-11-20T14:30:00Z", "2026-11-20T14:30:00Z"),
        ("2026-11-20 15:30:00.123456+01:00", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:30:00", "2026-11-20T14:30:00Z"),
        ("", None),
        (None, None),
        ("soon", None),
    ],
)
def test_times_are_read_as_they_were_noted(noted: Any, meant: str | None) -> None:
    found = moment(noted)
    assert (stamp(found) if found else None) == meant


def test_counts_are_words() -> None:
    assert words({"calls": 3, "leads_and_contacts": 2}) == "3 calls, 2 leads and contacts"
