"""A person that is looked for knows their forms and CRM ids, and shows counts alone."""

from __future__ import annotations

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.matching import object_form
from include.erasure.person import Person


def test_a_person_knows_all_their_forms_and_objects() -> None:
    person = Person.of([email_identity("jane@example.com"), phone_identity("+14255552671")], ["1"], ["003"])
    assert {"email:jane@example.com", "phone:14255552671", "phone:4255552671"} == person.forms
    assert all(person.known(form) for form in person.forms)
    assert person.known(object_form("003"))
    person.object_ids.add("004")
    assert person.known(object_form("004"))
    assert not person.known("email:003")
    assert not person.known("objects:003")
    assert repr(person) == str(person) == "Person(3 forms, 1 calls, 2 objects)"
