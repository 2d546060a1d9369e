"""What the answers hold: shapes, timestamps, absences, oddities, and the counts of the control plane."""

from __future__ import annotations

import re
import struct
from collections import Counter
from datetime import datetime

import pytest

ID = re.compile(r"\d{17,20}")


@pytest.fixture
def calls(emulator, everything):
    return emulator.rows("/v2/calls/extensive", "calls", {"filter": {}, "contentSelector": everything})


@pytest.fixture
def transcripts(emulator):
    return emulator.rows("/v2/calls/transcript", "callTranscripts", {"filter": {}})


def is_float32(value):
    return struct.unpack("f", struct.pack("f", value))[0] == value


def test_only_what_was_selected(emulator):
    def keys(selector):
        row = emulator.post("/v2/calls/extensive", {"filter": {}, "contentSelector": selector}).json()[
            "calls"
        ][0]
        return set(row) - {"emulatorDealRoom"}

    assert keys({}) == {"metaData"}
    assert keys({"context": "Basic"}) == {"metaData", "context"}
    assert keys({"exposedFields": {"interaction": {"speakers": True}}}) == {"metaData", "interaction"}
    assert keys({"exposedFields": {"content": {"brief": False}}}) == {"metaData"}


def test_metadata_is_the_same_everywhere(emulator, calls):
    listed = {call["id"]: call for call in emulator.rows("/v2/calls", "calls")}
    assert {row["metaData"]["id"]: row["metaData"] for row in calls} == listed
    number = next(iter(listed))
    assert emulator.get(f"/v2/calls/{number}").json()["call"] == listed[number]


def test_times_carry_the_companys_offset(calls):
    offsets = set()
    for row in calls:
        call = row["metaData"]
        for name in ("started", "scheduled"):
            moment = datetime.fromisoformat(call[name])
            summer = moment >= datetime.fromisoformat("2026-03-08T10:00:00+00:00")
            assert call[name].endswith("-07:00" if summer else "-08:00")
            offsets.add(call[name][-6:])
        if call["direction"] == "Conference":
            assert re.search(r":\d\d\.\d{6}-", call["started"])
        else:
            assert call["started"] == call["scheduled"]
            assert "." not in call["started"]
    assert offsets == {"-07:00", "-08:00"}


def test_ids_are_strings_of_17_to_20_digits(calls):
    for row in calls:
        call = row["metaData"]
        assert ID.fullmatch(call["id"])
        assert ID.fullmatch(call["primaryUserId"])
        assert all(ID.fullmatch(party["id"]) for party in row.get("parties", []))
    assert len({len(row["metaData"]["id"]) for row in calls}) >= 3


def test_business_hours_on_weekdays(calls):
    started = [datetime.fromisoformat(row["metaData"]["started"]) for row in calls]
    assert sum(at.weekday() >= 5 for at in started) < len(started) * 0.1
    assert sum(6 <= at.hour <= 18 for at in started) > len(started) * 0.95


def test_trackers_add_up(calls):
    kinds = Counter()
    for row in calls:
        for tracker in row.get("content", {}).get("trackers", []):
            kinds[tracker["type"], tracker["count"] > 0] += 1
            inner = [moment for term in tracker["phrases"] for moment in term["occurrences"]]
            moments = inner if tracker["type"] == "KEYWORD" else tracker["occurrences"]
            assert tracker["count"] == len(moments)
            assert all(term["count"] == len(term["occurrences"]) for term in tracker["phrases"])
            assert (tracker["occurrences"] if tracker["type"] == "KEYWORD" else tracker["phrases"]) == []
            assert all(is_float32(moment["startTime"]) for moment in moments)
    assert len(kinds) == 4


def test_trackers_without_occurrences(emulator):
    selector = {"exposedFields": {"content": {"trackers": True}}}
    rows = emulator.rows("/v2/calls/extensive", "calls", {"filter": {}, "contentSelector": selector})
    trackers = [tracker for row in rows for tracker in row["content"].get("trackers", [])]
    assert trackers
    assert not any("occurrences" in tracker for tracker in trackers)
    assert not any("occurrences" in term for tracker in trackers for term in tracker["phrases"])


def test_speakers_of_transcripts_are_parties(calls, transcripts):
    speakers = {
        row["metaData"]["id"]: {party["speakerId"] for party in row["parties"]}
        for row in calls
        if "parties" in row
    }
    for entry in transcripts:
        spoken = {block["speakerId"] for block in entry["transcript"]}
        assert spoken <= speakers.get(entry["callId"], spoken)
    assert any(None in known for known in speakers.values())


def test_transcripts_are_in_whole_milliseconds_within_the_call(calls, transcripts):
    durations = {row["metaData"]["id"]: row["metaData"]["duration"] for row in calls}
    topics = Counter()
    gaps = []
    for entry in transcripts:
        last = 0
        for block in entry["transcript"]:
            topics[block["topic"]] += 1
            for said in block["sentences"]:
                assert type(said["start"]) is int
                assert last <= said["start"] < said["end"]
                gaps.append(said["end"] - last)
                last = said["end"]
        assert last <= durations[entry["callId"]] * 1000
    assert topics[None] and topics["Pricing"]
    assert 5_000 < sum(gaps) / len(gaps) < 8_000


def test_talk_time_is_what_the_transcript_says(calls, transcripts):
    talks = {entry["callId"]: entry["transcript"] for entry in transcripts}
    for row in calls:
        transcript = talks.get(row["metaData"]["id"])
        if transcript is None or "parties" not in row or "speakers" not in row.get("interaction", {}):
            continue
        spoken = Counter()
        for block in transcript:
            spoken[block["speakerId"]] += sum(said["end"] - said["start"] for said in block["sentences"])
        by_party = {party["id"]: spoken[party["speakerId"]] / 1000 for party in row["parties"]}
        for speaker in row["interaction"]["speakers"]:
            assert abs(by_party[speaker["id"]] - speaker["talkTime"]) < 2


def test_parts_are_missing_here_and_there(calls, transcripts):
    assert 0 < sum("parties" not in row for row in calls) < len(calls) / 4
    for part in ("outline", "highlights", "keyPoints", "brief"):
        assert 0 < sum(part not in row["content"] for row in calls) < len(calls) / 2
    assert any(row["context"] == [] for row in calls)
    assert any(row["collaboration"] == {} for row in calls)
    assert any("video" not in row["interaction"] for row in calls)
    assert any("media" not in row for row in calls)
    assert any("name" not in party for row in calls for party in row.get("parties", []))
    assert 0 < len(calls) - len(transcripts) < len(calls) * 0.1


def test_unknown_fields_appear_in_a_few_rows(calls, transcripts):
    assert 0 < sum("emulatorDealRoom" in row for row in calls) < len(calls) * 0.06
    assert 0 < sum("emulatorRecorder" in row["metaData"] for row in calls) < len(calls) * 0.06
    parties = [party for row in calls for party in row.get("parties", [])]
    assert 0 < sum("emulatorTalkStyle" in party for party in parties) < len(parties) * 0.06
    said = [s for entry in transcripts for block in entry["transcript"] for s in block["sentences"]]
    assert 0 < sum("emulatorConfidence" in sentence for sentence in said) < len(said) * 0.03


def test_context_by_degree_and_timing(emulator):
    def objects(**selector):
        answer = emulator.post("/v2/calls/extensive", {"filter": {}, "contentSelector": selector}).json()
        return [thing for row in answer["calls"] for system in row["context"] for thing in system["objects"]]

    assert {frozenset(thing) for thing in objects(context="Basic")} == {frozenset({"objectType", "objectId"})}
    now = objects(context="Extended")
    assert {thing["timing"] for thing in now} == {"Now"}
    assert all(thing["fields"] for thing in now)
    both = objects(context="Extended", contextTiming=["Now", "TimeOfCall"])
    assert len(both) == 2 * len(now)
    assert {thing["timing"] for thing in both} == {"Now", "TimeOfCall"}


def test_media_are_signed_anew_at_each_request(emulator):
    body = {"filter": {}, "contentSelector": {"exposedFields": {"media": True}}}
    first, second = (
        [
            row["media"]["audioUrl"]
            for row in emulator.post("/v2/calls/extensive", body).json()["calls"]
            if "media" in row
        ]
        for _ in range(2)
    )
    assert [url.split("?")[0] for url in first] == [url.split("?")[0] for url in second]
    assert not set(first) & set(second)
    assert all("X-Amz-Expires=28799" in url for url in first)


def fields(context):
    return sum(len(thing["fields"]) for system in context for thing in system["objects"])


def tally(calls, transcripts, users):
    """The counts as a client would find them."""
    public = [row for row in calls if not row["metaData"]["isPrivate"]]
    ids = {row["metaData"]["id"] for row in public}
    found = Counter(calls=len(public), privateCalls=len(calls) - len(public), users=len(users))
    for entry in transcripts:
        if entry["callId"] in ids:
            found["transcripts"] += 1
            found["monologues"] += len(entry["transcript"])
            found["sentences"] += sum(len(block["sentences"]) for block in entry["transcript"])
    for row in public:
        content, interaction, parties = row["content"], row["interaction"], row.get("parties", [])
        found["parties"] += len(parties)
        found["partyContextFields"] += sum(fields(party["context"]) for party in parties)
        found["contextFields"] += fields(row["context"])
        for name, part in (
            ("interactionStats", "interactionStats"),
            ("speakers", "speakers"),
            ("videos", "video"),
        ):
            found[name] += len(interaction.get(part, []))
        for name in ("topics", "structure", "highlights", "keyPoints"):
            found[name] += len(content.get(name, []))
        found["trackerMentions"] += sum(max(1, tracker["count"]) for tracker in content.get("trackers", []))
        found["publicComments"] += len(row["collaboration"].get("publicComments", []))
        found["outlineSections"] += len(content.get("outline", []))
        found["outlineItems"] += sum(len(section["items"]) for section in content.get("outline", []))
        found["highlightItems"] += sum(len(block["items"]) for block in content.get("highlights", []))
    return dict(found)


def test_counts_are_what_a_full_read_finds(emulator, calls, transcripts):
    users = emulator.rows("/v2/users", "users")
    counted, found = emulator.control("GET", "/counts"), tally(calls, transcripts, users)
    assert {name: counted[name] for name in found} == found
    assert emulator.control("GET", "/counts")["privateCalls"] > 0


def test_counts_follow_edits_and_time(emulator):
    before = emulator.control("GET", "/counts")
    held = [call for call in emulator.control("GET", "/calls")["calls"] if not call["isPrivate"]]
    emulator.control("DELETE", f"/calls/{held[0]['id']}")
    emulator.control("PATCH", f"/calls/{held[1]['id']}", {"isPrivate": True})
    after = emulator.control("GET", "/counts")
    assert (after["calls"], after["privateCalls"]) == (before["calls"] - 2, before["privateCalls"] + 1)
