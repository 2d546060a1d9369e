"""How far the look-ups lead, whom they leave out, and who else is on the calls."""

from __future__ import annotations

from typing import Any

import pytest

from gong_airflow.erasure.calls import WITH_PARTIES, shown_calls
from gong_airflow.erasure.identity import Identity, email_identity, phone_identity
from gong_airflow.erasure.others import Company, Staff, read_staff
from gong_airflow.erasure.trail import MOST_IDENTITIES, Trail
from gong_airflow.errors import GongInputError, GongProtocolError
from tests.unit.gong_airflow.erasure.erasing import LOOK_UPS, NOTHING, Gong

EMAIL, OTHER = email_identity("jane.doe@example.com"), email_identity("j.doe@example.org")
PHONE = phone_identity("+14255552671")
EXTENSIVE, USERS = "POST /v2/calls/extensive", "GET /v2/users"
NOBODY = Staff([])


def contact(number: str, **fields: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in fields.items()]
    return {**NOTHING, "customerData": [{"system": "S", "objects": [{"id": number, "fields": listed}]}]}


def follow(gong: Gong, *given: Identity, staff: Staff = NOBODY, linked: bool = True) -> Trail:
    trail = Trail(gong.call, staff, linked=linked)
    trail.follow(given)
    return trail


LINKED = {
    EMAIL: contact("1", Email="Jane.Doe@Example.com", Phone="+1 (425) 555-2671"),
    PHONE: {**contact("1"), "calls": [{"id": "7"}], "emailAddresses": ["J.Doe@example.org", EMAIL.value]},
    OTHER: contact("2", Email="j.doe@example.org"),
}


def test_it_leads_from_an_address_over_a_number_to_another_address_each_once() -> None:
    gong = Gong(LINKED)
    trail = follow(gong, EMAIL)
    assert trail.people == [EMAIL, PHONE, OTHER]
    assert gong.sent == [(LOOK_UPS[one.kind], one.value) for one in trail.people]
    assert trail.found.counts()["leads_and_contacts"] == 2
    assert trail.found.call_ids == {"7"}


def test_without_links_only_what_was_given_is_looked_up() -> None:
    gong = Gong(LINKED)
    assert follow(gong, EMAIL, PHONE, EMAIL, linked=False).people == [EMAIL, PHONE]
    assert len(gong.sent) == 2


def test_a_users_linked_address_is_left_out_and_counted() -> None:
    staff = Staff([{"emailAddress": "J.DOE@example.org"}])
    trail = follow(Gong(LINKED), EMAIL, staff=staff)
    assert trail.people == [EMAIL, PHONE]
    assert trail.employees_left_out == 1


def test_what_is_no_address_and_no_number_leads_nowhere() -> None:
    gong = Gong({EMAIL: contact("1", Email="none", Phone="(425) 555-2671")})
    assert follow(gong, EMAIL).people == [EMAIL]


def test_a_linked_one_that_gong_does_not_take_holds_nobody_up() -> None:
    refused = GongInputError("no", status=400)
    gong = Gong(LINKED, **{LOOK_UPS["phone"]: refused})
    assert follow(gong, EMAIL).people == [EMAIL]
    with pytest.raises(GongInputError):
        follow(gong, PHONE)


def test_a_number_that_many_share_is_refused() -> None:
    def sharing(count: int) -> Gong:
        return Gong({PHONE: {**NOTHING, "emailAddresses": [f"p{i}@example.com" for i in range(count)]}})

    assert len(follow(sharing(MOST_IDENTITIES - 1), PHONE).people) == MOST_IDENTITIES
    gong = sharing(MOST_IDENTITIES)
    with pytest.raises(GongInputError, match="linked") as caught:
        follow(gong, PHONE)
    assert len(gong.sent) == 1
    assert "@" not in str(caught.value)


@pytest.mark.parametrize(
    "user",
    [
        {"emailAddress": "JANE.DOE@example.com", "active": False},
        {"emailAddress": "x@example.com", "trustedEmailAddress": "jane.doe@EXAMPLE.com"},
        {"emailAliases": ["x@example.com", "jane.doe@example.com", 7]},
    ],
)
def test_a_user_is_known_by_every_address(user: dict[str, Any]) -> None:
    assert EMAIL in Staff([{"emailAliases": None, "phoneNumber": 7}, user])
    assert OTHER not in Staff([user])


@pytest.mark.parametrize(
    "number", ["+1 425 555 2671", "14255552671", "(425) 555-2671", "+1 425-555-2671 ext. 12"]
)
def test_a_user_is_known_by_the_number(number: str) -> None:
    assert PHONE in Staff([{"phoneNumber": number}])
    with pytest.raises(GongInputError, match=r"phone number.*Gong's support") as caught:
        Staff([{"phoneNumber": number}]).refuse([PHONE, EMAIL])
    assert "2671" not in str(caught.value)


@pytest.mark.parametrize("number", ["+44 425 555 2671", "2671", None, ""])
def test_another_country_is_another_number(number: Any) -> None:
    assert PHONE not in Staff([{"phoneNumber": number}])


def test_all_pages_of_users_are_read_those_of_gongs_staff_too() -> None:
    pages = [
        {"users": [{"emailAddress": "x@example.com"}], "records": {"cursor": "c", "totalRecords": 2}},
        {"users": [{"emailAddress": EMAIL.value}], "records": {"totalRecords": 2}},
    ]
    gong = Gong(**{USERS: pages})
    assert EMAIL in read_staff(gong.call)
    assert gong.asked(USERS) == ["true", "true"]
    gong = Gong(**{USERS: [{"users": [], "records": {"cursor": "c"}}] * 3})
    with pytest.raises(GongProtocolError, match="repeats"):
        read_staff(gong.call)


def party(email: str | None = None, *, phone: str | None = None, lead: str | None = None, **more: Any) -> Any:
    objects = [{"objectType": "Lead", "objectId": lead}] if lead else []
    context = [{"system": "S", "objects": objects}]
    return {
        "emailAddress": email,
        "phoneNumber": phone,
        "context": context,
        "affiliation": "External",
        **more,
    }


ME = party("Jane.Doe@EXAMPLE.com")
INTERNAL = party("seller@ours.example", userId="5", affiliation="Internal")


@pytest.mark.parametrize(
    ("parties", "with_others", "others"),
    [
        ([ME, INTERNAL, party(None, phone="+1 425-555-2671"), party(None, lead="00Q1")], 0, 0),
        ([ME, party("bob@example.com"), party("BOB@example.com"), party("eve@example.com")], 1, 2),
        ([ME, party(None, name="A"), party(None, name="B")], 1, 2),
        ([ME, party("x@ours.example", affiliation="Internal")], 0, 0),
        ([ME, {"affiliation": "Unknown", "phoneNumber": "+49 30 1234567"}, 7], 1, 1),
        (None, 0, 0),
    ],
)
def test_other_outside_people_are_counted(parties: Any, with_others: int, others: int) -> None:
    company = Company([EMAIL, PHONE], {"00Q1"})
    company.see("1", {"parties": parties})
    assert (company.calls, company.calls_with_others, company.other_people) == (1, with_others, others)


def test_the_same_other_person_on_two_calls_is_one() -> None:
    company = Company([EMAIL], ())
    for number in "12":
        company.see(number, {"parties": [ME, party("bob@example.com"), party(None)]})
    assert (company.calls_with_others, company.other_people) == (2, 3)


def test_calls_are_asked_for_in_hundreds_and_only_those_count() -> None:
    ids = [str(number) for number in range(1000, 1201)]
    first = {"calls": [{"metaData": {"id": "1000"}}, {"metaData": {"id": "9"}}], "records": {"cursor": "c"}}
    answers = [first, {"calls": [{"metaData": {"id": "1001"}}], "records": {}}, None, {"calls": []}]
    gong = Gong(**{EXTENSIVE: answers})
    assert [number for number, _ in shown_calls(gong.call, [*ids, *ids], WITH_PARTIES)] == ["1000", "1001"]
    asked = gong.asked(EXTENSIVE)
    assert [len(one["filter"]["callIds"]) for one in asked] == [100, 100, 100, 1]
    assert [one.get("cursor") for one in asked] == [None, "c", None, None]
    assert all(one["contentSelector"] == WITH_PARTIES["contentSelector"] for one in asked)
    assert list(shown_calls(gong.call, ())) == []
