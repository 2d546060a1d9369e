"""What the data privacy operations find, and whom the control plane plants for that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from crm_client import field, record
from upload_media import wav

BY_ADDRESS, BY_NUMBER = "/v2/data-privacy/data-for-email-address", "/v2/data-privacy/data-for-phone-number"
ERASE_ADDRESS = "/v2/data-privacy/erase-data-for-email-address"
ERASE_NUMBER = "/v2/data-privacy/erase-data-for-phone-number"
ADDRESSES = ["Jane.Doe@buyer.example", "jane.doe@buyer.example", "JANE.DOE@BUYER.EXAMPLE"]
NUMBERS = ["+1 (425) 555-0171", "+1 425-555-0188"]
NOTHING: dict[str, Any] = {"emails": [], "calls": [], "meetings": [], "customerData": []}
DIGITS = "14255550171"


def plant(emulator, **wish):
    return emulator.control(
        "POST", "/privacy/people", {"emails": ADDRESSES, "phones": NUMBERS, "calls": 20, **wish}
    )


def by_address(emulator, address):
    answer = emulator.get(BY_ADDRESS, emailAddress=address)
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_number(emulator, number):
    answer = emulator.get(BY_NUMBER, phoneNumber=number)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(found):
    return [one["id"] for one in found]


def objects(found):
    return {one["externalId"]: one for system in found["customerData"] for one in system["objects"]}


def full(emulator, everything):
    body = {"filter": {}, "contentSelector": everything}
    return {row["metaData"]["id"]: row for row in emulator.rows("/v2/calls/extensive", "calls", body)}


def transcripts(emulator):
    rows = emulator.rows("/v2/calls/transcript", "callTranscripts", {"filter": {}})
    return {row["callId"]: row["transcript"] for row in rows}


def test_an_address_is_found_in_any_case_and_with_all_that_it_is_in(emulator):
    planted = plant(emulator, emails_sent=7, meetings=2, engagement=5)
    found = by_address(emulator, ADDRESSES[0])
    assert set(found) == {"requestId", *NOTHING, "customerEngagement"}
    assert sorted(ids(found["calls"])) == sorted(planted["call_ids"])
    assert (len(found["emails"]), len(found["meetings"]), len(found["customerEngagement"])) == (7, 2, 5)
    assert {mail["from"] for mail in found["emails"]} & set(ADDRESSES)
    assert {len(mail[name]) for mail in found["emails"] for name in ("id", "messageHash")} == {32}
    assert set(objects(found)) == set(planted["external_ids"])
    for one in objects(found).values():
        mirror = json.loads(one["mirrorId"])
        assert (mirror["crmId"], mirror["crmObjectType"]) == (one["externalId"], one["objectType"].upper())
        assert {"name": "Name", "value": "Morgan Ashby"} in one["fields"]
    for spelling in (*ADDRESSES[1:], "jAnE.dOe@BuYeR.example"):
        assert by_address(emulator, spelling) | {"requestId": ""} == found | {"requestId": ""}


def test_a_number_leads_through_leads_and_contacts(emulator):
    planted = plant(emulator)
    found = by_number(emulator, "+1-425 555 01 71")
    assert set(found) == {
        "requestId", *NOTHING, "suppliedPhoneNumber", "matchingPhoneNumbers", "emailAddresses",
    }  # fmt: skip
    assert found["suppliedPhoneNumber"] == "+1-425 555 01 71"
    assert found["matchingPhoneNumbers"] == [NUMBERS[0]]
    assert found["emailAddresses"] == [ADDRESSES[0]]  # the contact's; the lead has the other number
    assert set(objects(found)) == set(planted["external_ids"][:1])
    assert sorted(ids(found["calls"])) == sorted(planted["call_ids"])
    second = by_number(emulator, "+14255550188")
    assert set(objects(second)) == set(planted["external_ids"])
    assert second["emailAddresses"] == [ADDRESSES[0], ADDRESSES[2]]


def test_two_addresses_of_one_person_do_not_lead_to_each_other(emulator):
    emails = ["jane@buyer.example", "j.doe@home.example"]
    planted = plant(emulator, emails=emails, emails_sent=6, engagement=4)
    one, two = (by_address(emulator, address) for address in emails)
    calls = set(ids(one["calls"])), set(ids(two["calls"]))
    assert calls[0] | calls[1] == set(planted["call_ids"])
    assert calls[0] - calls[1]
    assert calls[1] - calls[0]
    for name in ("emails", "meetings", "customerEngagement"):
        assert not [row for row in one[name] if row in two[name]]
        assert one[name]
        assert two[name]
    assert set(objects(one)) | set(objects(two)) == set(planted["external_ids"])
    assert len(objects(one)) == len(objects(two)) == 1
    linked = by_number(emulator, NUMBERS[1])
    assert linked["emailAddresses"] == emails
    assert set(ids(linked["calls"])) == set(planted["call_ids"])


def test_who_is_no_lead_or_contact_is_not_found_by_number(emulator, everything):
    parties = [party for row in full(emulator, everything).values() for party in row.get("parties", [])]
    outside = [p for p in parties if p["affiliation"] == "External" and p.get("phoneNumber")]
    loose = next(party for party in outside if not party["context"])
    assert by_number(emulator, loose["phoneNumber"])["calls"] == []
    assert by_address(emulator, loose["emailAddress"])["calls"] != []
    linked = next(party for party in outside if party["context"])
    assert by_number(emulator, linked["phoneNumber"])["emailAddresses"] == [linked["emailAddress"]]


def test_every_outside_person_is_found_in_the_calls_that_show_it(emulator, everything):
    shown: dict[str, set[str]] = {}
    for number, row in full(emulator, everything).items():
        for party in row.get("parties", []):
            if party["affiliation"] == "External":
                shown.setdefault(party["emailAddress"], set()).add(number)
    for address, calls in list(shown.items())[:40]:
        assert calls <= set(ids(by_address(emulator, address)["calls"]))


def test_calls_that_are_still_processed_are_not_there_yet(emulator):
    number = plant(emulator)["call_ids"][0]
    emulator.control("PATCH", f"/calls/{number}", {"appears": "2100-01-01T00:00:00Z"})
    assert number not in ids(by_address(emulator, ADDRESSES[0])["calls"])


def test_nobody_has_nothing_and_that_is_200(emulator):
    empty = by_address(emulator, "nobody@nowhere.example")
    assert empty == {"requestId": empty["requestId"], **NOTHING, "customerEngagement": []}
    empty = by_number(emulator, "+9990000")
    links = {"suppliedPhoneNumber": "+9990000", "matchingPhoneNumbers": [], "emailAddresses": []}
    assert empty == {"requestId": empty["requestId"], **NOTHING, **links}


def test_gongs_own_users_are_never_found(emulator, uploader):
    user = next(user for user in emulator.rows("/v2/users", "users") if user["emailAliases"])
    outside = {"name": "Ann Other", "partyId": "2", "emailAddress": user["emailAddress"].upper()}
    uploader.settings(processing_seconds=0, minimum_seconds=0)
    number = uploader.upload(wav(), parties=[{"userId": uploader.user["id"], "partyId": "1"}, outside])
    assert uploader.visible(number)
    for address in (user["emailAddress"], user["emailAliases"][0], user["emailAddress"].upper()):
        assert by_address(emulator, address)["calls"] == []
        assert emulator.http.post(ERASE_ADDRESS, params={"emailAddress": address}).status_code == 200
    assert by_number(emulator, user["phoneNumber"])["calls"] == []
    body = {"emails": [user["emailAliases"][0]]}
    assert emulator.http.post("/_emulator/privacy/people", json=body).status_code == 422
    body = {"emails": ["x@y.example"], "phones": [user["phoneNumber"]]}
    assert emulator.http.post("/_emulator/privacy/people", json=body).status_code == 422


@pytest.mark.parametrize(("path", "name"), [(BY_ADDRESS, "emailAddress"), (BY_NUMBER, "phoneNumber")])
def test_parameters_are_taken_from_the_query_only(emulator, sentences, path, name):
    for method, where in (("GET", path), ("POST", path.replace("/data-for", "/erase-data-for"))):
        for query in ({}, {name: ""}):
            answer = emulator.http.request(method, where, params=query, json={name: ADDRESSES[0]})
            assert (answer.status_code, sentences(answer)) == (400, [f"{name}: must not be null"])


@pytest.mark.parametrize("number", ["14255550171", "(425) 555-0171", "+", "+x"])
def test_a_number_must_begin_with_a_plus(emulator, sentences, number):
    for answer in (
        emulator.get(BY_NUMBER, phoneNumber=number),
        emulator.http.post(ERASE_NUMBER, params={"phoneNumber": number}),
    ):
        assert answer.status_code == 400
        assert "must start with a + (plus) sign" in sentences(answer)[0]


def test_a_plus_that_is_not_encoded_is_a_space(emulator):
    plant(emulator)
    assert emulator.http.get(f"{BY_NUMBER}?phoneNumber=+{DIGITS}").status_code == 400
    assert emulator.http.get(f"{BY_NUMBER}?phoneNumber=%2B{DIGITS}").json()["calls"]


def test_what_is_no_address_is_refused(emulator, sentences):
    for path, method in ((BY_ADDRESS, "GET"), (ERASE_ADDRESS, "POST")):
        answer = emulator.http.request(method, path, params={"emailAddress": "jane doe"})
        text = "emailAddress: jane doe is not a valid email address"
        assert (answer.status_code, sentences(answer)) == (400, [text])


def test_scopes_and_methods(emulator, sentences):
    emulator.control("POST", "/keys", {"token": "reads", "scopes": ["api:data-privacy:read"]})
    emulator.control("POST", "/keys", {"token": "deletes", "scopes": ["api:data-privacy:delete"]})

    def ask(method, path, token):
        query = {"emailAddress": "a@b.example", "phoneNumber": "+1"}
        headers = {"Authorization": f"Bearer {token}"}
        return emulator.http.request(method, path, params=query, headers=headers, auth=None)

    for path in (BY_ADDRESS, BY_NUMBER):
        assert ask("GET", path, "reads").status_code == 200
        assert sentences(ask("GET", path, "deletes")) == [
            "You don't have permission to use 'api:data-privacy:read' in your app."
        ]
    for path in (ERASE_ADDRESS, ERASE_NUMBER):
        assert set(ask("POST", path, "deletes").json()) == {"requestId"}
        assert ask("POST", path, "reads").status_code == 401
        assert ask("GET", path, "deletes").status_code == 405


def test_unknown_fields_stand_in_some_rows(emulator):
    plant(emulator, emails_sent=300, meetings=300, engagement=300, calls=120, mentions=0)
    found = by_address(emulator, ADDRESSES[0])
    for name in ("emails", "meetings", "customerEngagement", "calls"):
        odd = [row for row in found[name] if any(member.startswith("emulator") for member in row)]
        assert 0 < len(odd) < len(found[name]) / 10


def test_records_of_the_generic_crm_are_found_by_what_they_hold(emulator, crm):
    crm.set_schema([field("Second", "EMAILADDRESS"), field("Cell", "PHONENUMBER")], "CONTACT")
    crm.send(record("c-1", emailAddress=ADDRESSES[1], phoneNumber="+1 425 555 0171"), object_type="CONTACT")
    crm.send(
        record("c-2", emailAddress="other@buyer.example", Second=ADDRESSES[2], Cell=NUMBERS[0]),
        record("c-3", emailAddress="other@buyer.example", firstName=ADDRESSES[0]),
        object_type="CONTACT",
    )
    crm.send(record(ADDRESSES[1], emailAddress=ADDRESSES[1].upper()), object_type="LEAD")
    found = by_address(emulator, ADDRESSES[0])
    assert [one["system"] for one in found["customerData"]] == ["Generic"]
    shown = objects(found)
    assert {name: one["objectType"] for name, one in shown.items()} == {
        "c-1": "Contact", "c-2": "Contact", ADDRESSES[1]: "Lead",
    }  # fmt: skip
    assert {"name": "emailAddress", "value": ADDRESSES[1]} in shown["c-1"]["fields"]
    assert json.loads(shown["c-1"]["mirrorId"])["integrationId"] == str(crm.integration)
    number = by_number(emulator, f"+{DIGITS}")
    assert set(objects(number)) == {"c-1", "c-2"}
    assert set(number["emailAddresses"]) == {ADDRESSES[1], "other@buyer.example", ADDRESSES[2]}


def test_a_planted_person_is_the_same_in_all_operations(emulator, everything):
    before = transcripts(emulator)
    planted = plant(emulator)
    rows, spoken = full(emulator, everything), transcripts(emulator)
    looks, roles = set(), set()
    for number in planted["call_ids"]:
        row = rows[number]
        mine = [party for party in row["parties"] if party.get("name") == "Morgan Ashby"]
        linked = [one for part in row["context"] for one in part["objects"] if one["objectType"] == "Contact"]
        assert len(mine) + len(linked) == 1
        assert "media" in row
        if linked:
            assert {"name": "Email", "value": ADDRESSES[0]} in linked[0]["fields"]
            roles.add("context")
            continue
        (party,) = mine
        looks |= {party["emailAddress"], party.get("phoneNumber")}
        kinds = [one["objectType"] for part in party["context"] for one in part["objects"]]
        roles |= {(party["speakerId"] is not None, *kinds)}
        assert party["affiliation"] == "External"
        if party["speakerId"] is not None:
            speakers = {part["speakerId"] for part in spoken[number]}
            assert party["speakerId"] in speakers
            assert "Morgan" in str(spoken[number][0]["sentences"])
    assert looks == {*ADDRESSES, *NUMBERS, None}
    assert roles == {"context", (True, "Contact"), (True, "Lead"), (True,), (False,)}
    others = spoken.keys() - set(planted["call_ids"]) - set(planted["mention_call_ids"])
    assert all(spoken[number] == before[number] for number in others)


def test_mentions_stand_in_free_text_of_other_calls(emulator, everything):
    planted = plant(emulator, mentions=16)
    rows, spoken = full(emulator, everything), transcripts(emulator)
    assert not set(planted["call_ids"]) & set(planted["mention_call_ids"])
    places = set()
    for number, text in zip(planted["mention_call_ids"], planted["mentions"], strict=True):
        row = rows[number]
        found = {
            "transcript": str(spoken[number]),
            "title": row["metaData"]["title"],
            "brief": row["content"].get("brief", ""),
            "comment": str(row["collaboration"]),
        }
        (place,) = [name for name, value in found.items() if text in value]
        places.add((place, "doe" in text.lower()))
        for part in spoken[number]:
            times = [time for said in part["sentences"] for time in (said["start"], said["end"])]
            assert times == sorted(times)
    assert len(places) == 8  # addresses and numbers in each of four places
    assert {"Jane dot Doe at buyer dot example", "(425) 555-0171"} <= set(planted["mentions"])
    assert ids(by_address(emulator, ADDRESSES[0])["calls"]) != []
    assert not set(ids(by_address(emulator, ADDRESSES[0])["calls"])) & set(planted["mention_call_ids"])


def test_counts_of_the_control_plane_know_of_planted_people(emulator, everything):
    plant(emulator, mentions=8)
    counts, rows = emulator.control("GET", "/counts"), full(emulator, everything).values()
    public = [row for row in rows if not row["metaData"]["isPrivate"]]
    parties = [party for row in public for party in row.get("parties", [])]

    def fields(contexts):
        return sum(len(one["fields"]) for context in contexts for part in context for one in part["objects"])

    assert counts["parties"] == len(parties)
    assert counts["partyContextFields"] == fields(party["context"] for party in parties)
    assert counts["contextFields"] == fields(row["context"] for row in public)
    kept = {row["metaData"]["id"] for row in public}
    spoken = [parts for number, parts in transcripts(emulator).items() if number in kept]
    assert counts["sentences"] == sum(len(part["sentences"]) for parts in spoken for part in parts)


def test_several_people_never_share_a_call_and_reset_forgets_them(emulator):
    first = plant(emulator)
    second = plant(emulator, emails=["sam@buyer.example"], phones=[], name="Sam Stone", mention_as=["sam!"])
    assert not {*first["call_ids"], *first["mention_call_ids"]} & {
        *second["call_ids"], *second["mention_call_ids"],
    }  # fmt: skip
    assert set(second["mentions"]) == {"sam!"}
    names = {one["name"] for one in emulator.control("GET", "/people")["people"]}
    assert {"Morgan Ashby", "Sam Stone"} <= names
    too_many = {"emails": ["x@buyer.example"], "calls": 1000}
    assert emulator.http.post("/_emulator/privacy/people", json=too_many).status_code == 422
    emulator.control("POST", "/reset")
    assert by_address(emulator, ADDRESSES[0])["calls"] == []
    assert plant(emulator) == first
