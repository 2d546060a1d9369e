"""A recording on its way into Gong: announced, uploaded, invisible, and then a call like all others."""

from __future__ import annotations

import hashlib
import struct

import pytest
from upload_media import flac, mkv, mp3, mp4, wav

EXTENSIVE, TRANSCRIPT = "/v2/calls/extensive", "/v2/calls/transcript"


def test_a_call_is_accepted_with_its_media(emulator, uploader):
    answer = uploader.post()
    assert answer.status_code == 200
    assert set(answer.json()) == {"requestId", "callId"}
    number = answer.json()["callId"]
    assert number.isdigit()
    assert uploader.state(number) == ("waiting for media", None)
    answer = uploader.put(number, wav())
    assert answer.status_code == 201
    assert set(answer.json()) == {"requestId", "callId", "url"}
    assert answer.json()["callId"] == number
    assert answer.json()["url"].endswith(number)
    assert uploader.state(number) == ("processing", None)


@pytest.mark.parametrize(
    ("media", "kind", "shown", "seconds"),
    [
        (wav(41.5), "wav", "Audio", 41),
        (flac(50), "flac", "Audio", 50),
        (mp3(400_000), "mp3", "Audio", 50),
        (mp3(400_000)[138:], "mp3", "Audio", 50),
        (mp4(60), "mp4", "Video", 60),
        (mp4(60, b"M4A "), "mp4", "Audio", 60),
        (mkv(), "mkv", "Video", 50),
        (mkv(info=b"\x44\x89\x84" + struct.pack(">f", 61_500)), "mkv", "Video", 61),
        (mkv(info=b"\x2a\xd7\xb1\x82\x03\xe8\x44\x89\x88" + struct.pack(">d", 7e7)), "mkv", "Video", 70),
    ],
)
def test_five_formats_are_known_by_their_content(uploader, media, kind, shown, seconds):
    uploader.settings(processing_seconds=0)
    number = uploader.add()
    assert uploader.put(number, media, "recording.bin", "application/octet-stream").status_code == 201
    found = uploader.seen(number)
    assert (found["format"], found["bytes"]) == (kind, len(media))
    assert found["sha256"] == hashlib.sha256(media).hexdigest()
    assert (found["fileName"], found["contentType"]) == ("recording.bin", "application/octet-stream")
    row = uploader.emulator.get(f"/v2/calls/{number}").json()["call"]
    assert (row["media"], row["duration"]) == (shown, seconds)


@pytest.mark.parametrize(
    "media",
    [
        b"\xff\xf1\x50\x80" + bytes(500),  # AAC
        b"\xff\xfb\xf0\xc0" + bytes(500),  # no bit rate that there is
        b"OggS" + bytes(500),
        mkv(b"webm"),
        b"RIFF\x24\0\0\0AVI " + bytes(500),
        b"x",
    ],
)
def test_other_formats_are_415(emulator, uploader, sentences, media):
    number = uploader.add()
    answer = uploader.put(number, media, "named.wav", "audio/wav")
    assert (answer.status_code, sentences(answer)) == (415, ["Unsupported Media Type"])
    assert uploader.seen(number)["state"] == "waiting for media"
    assert uploader.put(number, wav()).status_code == 201


def test_the_measure_of_the_file_overrides_the_declared_duration(emulator, uploader):
    uploader.settings(processing_seconds=0)
    declared = [uploader.upload(media, duration=45.7) for media in (wav(100), mkv())]
    measured = [emulator.get(f"/v2/calls/{number}").json()["call"]["duration"] for number in declared]
    assert measured == [100, 45]


def test_it_is_invisible_until_it_is_processed(emulator, uploader, sentences):
    waiting, number = uploader.add(), uploader.upload(wav())
    before = emulator.control("GET", "/counts")
    for advance, seen in ((0, False), (239, False), (0.5, False), (1, True)):
        emulator.control("POST", "/time", {"advance_seconds": advance})
        answer = emulator.get(f"/v2/calls/{number}")
        assert answer.status_code == (200 if seen else 404)
        if not seen:
            assert sentences(answer) == [f"Call ID {number} was not found"]
        only = {"filter": {"callIds": [number]}}
        assert emulator.post(EXTENSIVE, only).status_code == answer.status_code
        assert emulator.post(TRANSCRIPT, only).status_code == answer.status_code
        listed = {row["id"] for row in emulator.rows("/v2/calls", "calls")}
        assert (number in listed, waiting in listed) == (seen, False)
    assert uploader.state(number) == ("visible", None)
    assert uploader.state(waiting) == ("waiting for media", None)
    after = emulator.control("GET", "/counts")
    assert after["calls"] == before["calls"] + 1
    assert after["transcripts"] == before["transcripts"] + 1


def test_it_shows_what_was_given(emulator, uploader, everything):
    uploader.settings(processing_seconds=0)
    account = next(
        context["objects"][0]["objectId"]
        for row in emulator.rows(EXTENSIVE, "calls", {"filter": {}, "contentSelector": {"context": "Basic"}})
        for context in row["context"]
    )
    number = uploader.upload(
        mp4(61),
        clientUniqueId="pbx/7 ü",
        direction="Inbound",
        purpose="Demo",
        disposition="No answer",
        customData="free text",
        meetingUrl="https://meet.example/own",
        scheduledStart="2026-03-01T08:55:00Z",
        scheduledEnd="2026-03-01T09:55:00Z",
        languageCode="de-AT",
        workspaceId=emulator.rows("/v2/calls", "calls")[0]["workspaceId"],
        context=[{"system": "Salesforce", "objects": [{"objectType": "Account", "objectId": account}]}],
        parties=[
            {"name": "Zoe", "phoneNumber": "+1 300-555-0111", "speakerId": "ignored"},
            {"userId": uploader.user["id"], "name": "Somebody Else"},
            {"emailAddress": "bob@customer.example"},
            {"userId": uploader.colleague["id"]},
        ],
    )
    only = {"filter": {"callIds": [number]}, "contentSelector": everything}
    row = emulator.post(EXTENSIVE, only).json()["calls"][0]
    data = row["metaData"]
    assert data == emulator.get(f"/v2/calls/{number}").json()["call"]
    assert (data["clientUniqueId"], data["title"]) == ("pbx/7 ü", "A recorded call")
    assert (data["purpose"], data["sdrDisposition"], data["customData"]) == ("Demo", "No answer", "free text")
    assert (data["system"], data["direction"], data["scope"]) == ("Upload API", "Inbound", "External")
    assert (data["started"], data["scheduled"]) == ("2026-03-01T01:00:00-08:00", "2026-03-01T00:55:00-08:00")
    assert (data["duration"], data["language"], data["isPrivate"]) == (61, "ger", False)
    assert data["primaryUserId"] == uploader.user["id"]
    assert "s3" in data["meetingUrl"]
    assert row["context"][0]["objects"][0]["objectId"] == account
    host, zoe, bob, colleague = row["parties"]
    assert (host["userId"], host["name"]) == (uploader.user["id"], _name(uploader.user))
    assert (zoe["name"], zoe["phoneNumber"]) == ("Zoe", "+1 300-555-0111")
    assert (bob["emailAddress"], "name" in bob, "phoneNumber" in bob) == (
        "bob@customer.example",
        False,
        False,
    )
    assert (colleague["userId"], colleague["affiliation"]) == (uploader.colleague["id"], "Internal")
    assert [party["affiliation"] for party in (host, zoe, bob)] == ["Internal", "External", "External"]


def _name(user):
    return f"{user['firstName']} {user['lastName']}"


@pytest.mark.parametrize("strangers", [0, 1, 2, 5])
def test_whoever_took_part_everything_derived_is_of_a_piece(emulator, uploader, everything, strangers):
    uploader.settings(processing_seconds=0)
    people = [{"userId": uploader.user["id"]}, *({"name": f"Guest {n}"} for n in range(strangers))]
    number = uploader.upload(wav(seed=strangers + 2), parties=people)
    only = {"filter": {"callIds": [number]}, "contentSelector": everything}
    answer = emulator.post(EXTENSIVE, only)
    talk = emulator.post(TRANSCRIPT, {"filter": {"callIds": [number]}})
    assert b"{speaker:" not in answer.content + talk.content
    row = answer.json()["calls"][0]
    speakers = {party["speakerId"] for party in row["parties"] if party["speakerId"]}
    monologues = talk.json()["callTranscripts"][0]["transcript"]
    assert {said["speakerId"] for said in monologues} <= speakers
    assert len(row["parties"]) == 1 + strangers
    assert row["metaData"]["scope"] == ("External" if strangers else "Internal")
    assert {person["id"] for person in row["interaction"]["speakers"]} <= {p["id"] for p in row["parties"]}


def test_it_is_the_customer_who_replies_though_a_colleague_was_named_first(emulator, uploader, everything):
    uploader.settings(processing_seconds=0)
    people = [{"userId": uploader.colleague["id"]}, {"userId": uploader.user["id"]}, {"name": "Ann"}]
    number = uploader.upload(wav(), parties=people)
    only = {"filter": {"callIds": [number]}}
    row = emulator.post(EXTENSIVE, {**only, "contentSelector": everything}).json()["calls"][0]
    talk = emulator.post(TRANSCRIPT, only).json()["callTranscripts"][0]["transcript"]
    ann = next(party["speakerId"] for party in row["parties"] if party.get("name") == "Ann")
    assert ann == talk[1]["speakerId"]


def test_a_call_may_be_as_old_as_it_likes(emulator, uploader):
    uploader.settings(processing_seconds=0)
    number = uploader.upload(wav(), actualStart="1971-02-03T04:05:06.789Z")
    body = {"filter": {"toDateTime": "1972-01-01T00:00:00Z"}}
    assert [row["metaData"]["id"] for row in emulator.rows(EXTENSIVE, "calls", body)] == [number]


def test_conferences_are_listed_by_their_schedule(emulator, uploader):
    uploader.settings(processing_seconds=0)
    planned = {"actualStart": "1980-01-02T00:10:00Z", "scheduledStart": "1980-01-01T23:50:00Z"}
    number = uploader.upload(wav(), direction="Conference", **planned)
    assert emulator.get("/v2/calls", toDateTime="1980-01-02T00:00:00Z").json()["calls"][0]["id"] == number
    late = {"filter": {"toDateTime": "1980-01-02T00:00:00Z"}}
    assert emulator.post(EXTENSIVE, late).status_code == 404


def test_the_same_id_again_names_the_first_call(emulator, uploader, sentences):
    number = uploader.add(clientUniqueId="it's 5")
    for again in ({}, {"direction": "Inbound"}, {"primaryUser": uploader.other["id"]}):
        body = {**uploader.body(clientUniqueId="it's 5"), **again}
        body["parties"] = [{"userId": body["primaryUser"]}]
        answer = emulator.post("/v2/calls", body)
        text = f"A call with clientUniqueId 'it's 5' has already been posted for the call {number}"
        assert (answer.status_code, sentences(answer)) == (400, [text])
    assert len(emulator.control("GET", "/uploads")["uploads"]) == 1


def test_the_same_bytes_again_name_the_first_call(emulator, uploader, sentences):
    first, second = uploader.upload(wav()), uploader.add()
    answer = uploader.put(second, wav(), "other.name", "video/mp4")
    assert answer.status_code == 400
    (text,) = sentences(answer)
    assert "has been uploaded in the past" in text
    assert text.endswith(f"callID with the same content: {first}")
    uploader.settings(bare_duplicate_text=True)
    answer = uploader.put(second, wav())
    assert (answer.status_code, sentences(answer)) == (400, ["Bad request"])
    assert uploader.state(second) == ("waiting for media", None)
    assert uploader.put(second, wav(seed=9)).status_code == 201


@pytest.mark.parametrize("advance", [0, 1000])
def test_media_is_attached_once(emulator, uploader, sentences, advance):
    number = uploader.upload(wav())
    emulator.control("POST", "/time", {"advance_seconds": advance})
    answer = uploader.put(number, wav(seed=2))
    assert answer.status_code == 400
    assert sentences(answer)[0].endswith("has already been handled")
    seen = uploader.seen(number)
    assert (seen["sha256"], seen["puts"]) == (hashlib.sha256(wav()).hexdigest(), 2)


def test_other_calls_have_their_media_or_are_not_there(emulator, uploader, sentences):
    recorded = emulator.rows("/v2/calls", "calls")[0]["id"]
    answer = uploader.put(recorded, wav())
    assert (answer.status_code, sentences(answer)[0][-24:]) == (400, "has already been handled")
    answer = uploader.put("12345", wav())
    assert (answer.status_code, sentences(answer)) == (404, ["Call ID 12345 was not found"])


def test_recording_must_be_enabled_for_the_host(emulator, uploader, sentences):
    other = uploader.other["id"]
    answer = uploader.post(primaryUser=other, parties=[{"userId": other}])
    assert (answer.status_code, sentences(answer)) == (
        409,
        ["Recording is not enabled for the primary user"],
    )
    emulator.control("PATCH", f"/users/{other}", {"telephonyCallsImported": True})
    assert uploader.post(primaryUser=other, parties=[{"userId": other}]).status_code == 200


def test_people_of_uploads_are_people(emulator, uploader):
    uploader.add(parties=[{"userId": uploader.user["id"]}, {"name": "Q", "emailAddress": "q@x.example"}])
    people = emulator.control("GET", "/people")["people"]
    assert {"name": "Q", "emailAddress": "q@x.example", "phoneNumber": None} in people
