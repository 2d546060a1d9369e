"""Erasures: when what goes, from where, what stops them, and what a CRM brings back."""

from __future__ import annotations

import pytest
from crm_client import record
from upload_media import wav

BY_ADDRESS, BY_NUMBER = "/v2/data-privacy/data-for-email-address", "/v2/data-privacy/data-for-phone-number"
ERASE_ADDRESS = "/v2/data-privacy/erase-data-for-email-address"
ERASE_NUMBER = "/v2/data-privacy/erase-data-for-phone-number"
ADDRESS, NUMBER = "jane.doe@buyer.example", "+1 425-555-0171"
SETTINGS = {"delay_seconds": 1_000, "seconds_per_object": 100}
ARRAYS = ("emails", "calls", "meetings", "customerData")


@pytest.fixture
def planted(emulator):
    emulator.control("PUT", "/privacy/settings", SETTINGS)
    return plant(emulator)


def plant(emulator, **wish):
    few = {"calls": 6, "mentions": 2, "emails_sent": 2, "meetings": 1, "engagement": 1}
    body = {"emails": ["Jane.Doe@buyer.example"], "phones": [NUMBER], **few, **wish}
    return emulator.control("POST", "/privacy/people", body)


def erase(emulator, address=ADDRESS, **options):
    answer = emulator.http.post(ERASE_ADDRESS, params={"emailAddress": address}, **options)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"requestId"}
    return answer.json()["requestId"]


def advance(emulator, seconds):
    emulator.control("POST", "/time", {"advance_seconds": seconds})


def found(emulator, address=ADDRESS):
    return emulator.get(BY_ADDRESS, emailAddress=address).json()


def left(emulator, address=ADDRESS):
    return {name: len(value) for name, value in found(emulator, address).items() if isinstance(value, list)}


def calls_left(emulator):
    return {one["id"] for one in found(emulator)["calls"]}


def erasures(emulator):
    return emulator.control("GET", "/privacy/erasures")["erasures"]


def settings(emulator, **changes):
    return emulator.control("PUT", "/privacy/settings", changes)


NOTHING = {**dict.fromkeys(ARRAYS, 0), "customerEngagement": 0}
ALL = {"emails": 2, "calls": 6, "meetings": 1, "customerData": 1, "customerEngagement": 1}


def test_an_erasure_begins_late_and_proceeds_object_by_object(emulator, planted):
    erase(emulator)
    assert left(emulator) == ALL
    advance(emulator, 1_050)
    assert left(emulator) == ALL
    advance(emulator, 200)  # the contact and the lead go first
    assert left(emulator) == {**ALL, "customerData": 0}
    gone = []
    for number in range(6):
        advance(emulator, 100)
        assert len(calls_left(emulator)) == 5 - number
        gone.append(set(planted["call_ids"]) - calls_left(emulator) - set().union(*gone))
    assert all(len(one) == 1 for one in gone)
    assert left(emulator) == {**ALL, "customerData": 0, "calls": 0}
    advance(emulator, 400)
    assert left(emulator) == NOTHING


def test_by_default_forty_calls_take_some_forty_minutes(emulator):
    plant(emulator, calls=40)
    erase(emulator)
    advance(emulator, 20 * 60)
    assert len(calls_left(emulator)) == 40
    advance(emulator, 20 * 60)
    assert 0 < len(calls_left(emulator)) < 5
    advance(emulator, 4 * 60)
    assert left(emulator) == NOTHING


def test_a_number_leads_nowhere_once_the_contact_is_gone(emulator, planted):
    erase(emulator)
    advance(emulator, 1_250)
    answer = emulator.get(BY_NUMBER, phoneNumber=NUMBER).json()
    assert (answer["calls"], answer["emailAddresses"], answer["matchingPhoneNumbers"]) == ([], [], [])
    assert len(calls_left(emulator)) == 6


def test_a_number_is_erased_with_the_leads_and_contacts_who_have_it(emulator, planted):
    answer = emulator.http.post(ERASE_NUMBER, params={"phoneNumber": "+14255550171"})
    assert (answer.status_code, set(answer.json())) == (200, {"requestId"})
    advance(emulator, 1_000 + 100 * 12)
    assert left(emulator) == NOTHING
    (noted,) = erasures(emulator)
    assert (noted["identity"], noted["objects"], noted["left"]) == ("phone", 12, {})


def test_erased_calls_are_nowhere(emulator, planted, everything):
    content = emulator.control("GET", "/records/library_folder_content")["records"]
    folder, *_ = [row["_folderId"] for row in content]
    number = planted["call_ids"][0]
    shelved = next(row for row in content if row["_folderId"] == folder)
    emulator.control("POST", f"/records/library_folder_content/{shelved['recordId']}", {"id": number})
    scorecard = emulator.control("GET", "/records/answered_scorecards")["records"][0]
    key = scorecard["recordId"]
    emulator.control("POST", f"/records/answered_scorecards/{key}", {"callId": number})
    body = {"filter": {"callIds": planted["call_ids"]}, "contentSelector": everything}
    rows = {row["metaData"]["id"]: row for row in emulator.rows("/v2/calls/extensive", "calls", body)}
    media = rows[number]["media"]["audioUrl"]
    where = (
        lambda: emulator.rows("/v2/calls", "calls"),
        lambda: emulator.rows("/v2/calls/extensive", "calls", {"filter": {}}),
        lambda: emulator.rows("/v2/calls/transcript", "callTranscripts", {"filter": {}}),
        lambda: emulator.get("/v2/library/folder-content", folderId=folder).json(),
        lambda: emulator.rows("/v2/stats/activity/scorecards", "answeredScorecards", both),
        lambda: emulator.rows("/v2/stats/activity/day-by-day", "usersDetailedActivities", days),
    )
    both = {"filter": {"reviewMethod": "BOTH"}}
    days = {"filter": {"fromDate": "2026-02-20", "toDate": "2026-03-17"}}
    access = {"filter": {"callIds": [number]}}
    assert all(number in str(look()) for look in where)
    assert emulator.http.get(media, auth=None).status_code == 200
    assert emulator.post("/v2/calls/users-access", access).status_code == 200
    erase(emulator)
    advance(emulator, 1_000 + 100 * 12)
    assert emulator.http.get(media, auth=None).status_code == 404
    for look in where:
        text = str(look())
        assert not [one for one in planted["call_ids"] if one in text]
    assert emulator.get(f"/v2/calls/{number}").status_code == 404
    assert emulator.post("/v2/calls/extensive", body).status_code == 404
    assert emulator.post("/v2/calls/users-access", access).status_code == 400


def test_other_calls_and_mentions_stay(emulator, planted, everything):
    body = {"filter": {}, "contentSelector": {**everything, "exposedFields": {"parties": True}}}
    before = {row["metaData"]["id"]: row for row in emulator.rows("/v2/calls/extensive", "calls", body)}
    erase(emulator)
    advance(emulator, 10_000)
    after = {row["metaData"]["id"]: row for row in emulator.rows("/v2/calls/extensive", "calls", body)}
    assert set(before) - set(after) == set(planted["call_ids"])
    assert all(before[number] == row for number, row in after.items())
    assert set(planted["mention_call_ids"]) <= set(after)


def test_media_goes_at_its_moment_without_any_request_to_the_api(emulator, planted, everything):
    settings(emulator, delay_seconds=0, seconds_per_object=0)
    body = {"filter": {"callIds": planted["call_ids"][:1]}, "contentSelector": everything}
    address = emulator.post("/v2/calls/extensive", body).json()["calls"][0]["media"]["audioUrl"]
    erase(emulator)
    assert emulator.http.get(address, auth=None).status_code == 404


def test_no_flow_and_no_task_leads_to_an_erased_contact(emulator):
    tasks = emulator.control("GET", "/records/tasks")["records"]
    assigned = {
        row["crmProspectId"] for row in emulator.control("GET", "/records/flow_assignments")["records"]
    }
    additional = next(who for task in tasks for who in task["additionalContacts"] if who["crmId"])
    main = next(task["contact"] for task in tasks if task["contact"]["crmId"] in assigned)
    settings(emulator, delay_seconds=0, seconds_per_object=0)
    for contact in (additional, main):
        (email,) = contact["data"]["emails"]
        erase(emulator, email["email"])
    kept = emulator.control("GET", "/records/tasks")["records"]
    text = str([kept, emulator.control("GET", "/records/flow_assignments")])
    for contact in (additional, main):
        assert contact["crmId"] not in text
        assert contact["data"]["emails"][0]["email"] not in text
    assert 0 < len(kept) < len(tasks)
    assert emulator.control("POST", "/reset")
    assert emulator.control("GET", "/records/tasks")["records"] == tasks


def test_calls_in_the_making_are_erased_before_anybody_sees_them(emulator, planted):
    number = planted["call_ids"][0]
    emulator.control("PATCH", f"/calls/{number}", {"appears": "2100-01-01T00:00:00Z"})
    erase(emulator)
    advance(emulator, 10_000)
    emulator.control("PATCH", f"/calls/{number}", {"appears": "2020-01-01T00:00:00Z"})
    assert emulator.get(f"/v2/calls/{number}").status_code == 404
    assert erasures(emulator)[0]["objects"] == 12


def test_recordings_that_name_the_person_are_erased(emulator, uploader):
    settings(emulator, **SETTINGS)
    parties = [
        {"userId": uploader.user["id"], "partyId": "1"},
        {"name": "Jane Doe", "emailAddress": ADDRESS.upper(), "phoneNumber": NUMBER, "partyId": "2"},
    ]
    uploader.settings(processing_seconds=0, minimum_seconds=0)
    seen = uploader.upload(wav(seed=1), parties=parties, title="Jane's call")
    other = uploader.upload(wav(seed=2))
    uploader.settings(processing_seconds=100_000)
    processing = uploader.upload(wav(seed=3), parties=parties)
    waiting = uploader.add(parties=parties)
    assert calls_left(emulator) == {seen}
    assert emulator.get(BY_NUMBER, phoneNumber=NUMBER).json()["calls"] == []  # a party, but no contact
    erase(emulator)
    advance(emulator, 2_000)
    assert [uploader.visible(number) for number in (seen, other)] == [False, True]
    uploader.settings(processing_seconds=0)
    uploader.put(waiting, wav(seed=4))
    for number in (seen, processing, waiting):
        assert not uploader.visible(number)
        assert uploader.state(number) == ("discarded", "erased")
    text = str([emulator.control("GET", "/uploads"), emulator.control("GET", "/people")])
    assert "Jane Doe" not in text
    assert "Jane's" not in text
    assert ADDRESS not in text.lower()
    repeated = uploader.body(clientUniqueId=uploader.seen(seen)["clientUniqueId"])
    assert emulator.post("/v2/calls", repeated).status_code == 400


def test_records_of_the_generic_crm_are_deleted(emulator, crm):
    settings(emulator, delay_seconds=0, seconds_per_object=0)
    crm.send(
        record("c-1", emailAddress="JANE.doe@buyer.example"),
        record("c-2", emailAddress="x@y.example"),
        object_type="CONTACT",
    )
    crm.send(record("l-1", phoneNumber="+1 (425) 555 0171"), object_type="LEAD")
    erase(emulator)
    assert (set(crm.held("CONTACT")), set(crm.held("LEAD"))) == ({"c-2"}, {"l-1"})
    assert crm.shown("c-1", "CONTACT") is None
    assert emulator.http.post(ERASE_NUMBER, params={"phoneNumber": NUMBER}).status_code == 200
    assert crm.held("LEAD") == {}
    crm.send(record("c-1", emailAddress=ADDRESS), object_type="CONTACT")
    assert left(emulator)["customerData"] == 1  # what a CRM sends again is there again


def test_an_erasure_of_nobody_and_one_asked_again_do_nothing_more(emulator, planted):
    first = erase(emulator)
    advance(emulator, 1_150)
    second = erase(emulator)
    nobody = erase(emulator, "nobody@nowhere.example")
    one, two, three = erasures(emulator)
    assert [entry["requestId"] for entry in (one, two, three)] == [first, second, nobody]
    assert (two["left"], three["left"], three["objects"]) == ({}, {}, 0)
    assert one["left"] == {"native": 1, "call": 6, "email": 2, "meeting": 1, "engagement": 1}
    assert one["subject"] == two["subject"] != three["subject"]
    assert "jane" not in str((one, two, three)).lower()
    advance(emulator, 1_100)
    assert left(emulator) == NOTHING
    erase(emulator)
    assert erasures(emulator)[-1]["objects"] == 0


def test_a_body_is_ignored(emulator, planted):
    erase(emulator, content=b"{]", headers={"Content-Type": "application/json"})
    advance(emulator, 10_000)
    assert left(emulator) == NOTHING


def test_the_guard_refuses_an_abnormal_number_of_objects(emulator, planted, sentences):
    settings(emulator, guard_objects=11)
    answer = emulator.http.post(ERASE_ADDRESS, params={"emailAddress": ADDRESS})
    assert answer.status_code == 400
    (text,) = sentences(answer)
    assert "data integrity protection" in text
    assert "help@gong.io" in text
    advance(emulator, 10_000)
    assert left(emulator) == ALL
    assert erasures(emulator)[0]["stopped"] == "refuse"
    settings(emulator, guard_objects=12)
    erase(emulator)
    advance(emulator, 10_000)
    assert left(emulator) == NOTHING


def test_the_guard_may_be_silent(emulator, planted):
    settings(emulator, guard_objects=11, guard="silent")
    erase(emulator)
    advance(emulator, 10_000)
    assert left(emulator) == ALL
    assert erasures(emulator)[0]["stopped"] == "silent"


@pytest.mark.parametrize("call", ["none", "same", "new"])
def test_a_crm_may_bring_the_person_back_until_erased_again(emulator, planted, call):
    before = {
        one["externalId"]: one["id"] for part in found(emulator)["customerData"] for one in part["objects"]
    }
    settings(emulator, reimport_next=1, reimport_after_seconds=500, reimport_call=call)
    erase(emulator)
    advance(emulator, 1_000 + 12 * 100 + 400)
    assert left(emulator) == NOTHING
    advance(emulator, 200)
    assert left(emulator) == {**NOTHING, "customerData": 1, "calls": int(call != "none")}
    back = {
        one["externalId"]: one["id"] for part in found(emulator)["customerData"] for one in part["objects"]
    }
    assert back.keys() == before.keys()
    assert not set(back.values()) & set(before.values())
    for number in calls_left(emulator):
        assert (number in planted["call_ids"]) == (call == "same")
        assert emulator.get(f"/v2/calls/{number}").status_code == 200
        body = {"filter": {"callIds": [number]}, "contentSelector": {"exposedFields": {"parties": True}}}
        row = emulator.post("/v2/calls/extensive", body).json()["calls"][0]
        assert "Jane.Doe@buyer.example" in {party.get("emailAddress") for party in row["parties"]}
    erase(emulator)
    advance(emulator, 10_000)
    assert left(emulator) == NOTHING


def test_a_record_of_the_generic_crm_comes_back_as_it_was(emulator, crm):
    settings(emulator, **SETTINGS, reimport_next=1, reimport_after_seconds=0)
    crm.send(record("c-1", emailAddress=ADDRESS, title="Buyer"), object_type="CONTACT")
    before = crm.shown("c-1", "CONTACT")
    erase(emulator)
    advance(emulator, 1_099)
    assert crm.shown("c-1", "CONTACT") == before
    advance(emulator, 2)
    assert crm.shown("c-1", "CONTACT") == before
    assert erasures(emulator)[0]["left"] == {}
    erase(emulator)
    advance(emulator, 1_101)
    assert crm.shown("c-1", "CONTACT") is None


def test_settings_are_kept_and_checked(emulator):
    defaults = emulator.control("GET", "/privacy/settings")
    assert (defaults["delay_seconds"], defaults["seconds_per_object"]) == (1_200, 30)
    assert settings(emulator, guard="silent") == {**defaults, "guard": "silent"}
    for wrong in ({"guard": "loud"}, {"delay_seconds": -1}, {"planets": 9}):
        assert emulator.http.put("/_emulator/privacy/settings", json=wrong).status_code == 422
    emulator.control("POST", "/reset")
    assert emulator.control("GET", "/privacy/settings") == defaults
