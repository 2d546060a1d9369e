"""Ranges, dates, and bodies that Gong would refuse."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

NONE_FOUND = "No calls found corresponding to the provided filters"
POSTS = ["/v2/calls/extensive", "/v2/calls/transcript"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "filter: must not be null"),
        ({"filter": None}, "filter: must not be null"),
        ({"filter": []}, "filter: must be an object"),
        ({"filter": {"callIds": []}}, "filter.callIds: must not be empty"),
        ({"filter": {"callIds": [1]}}, "filter.callIds[0]: must be a string"),
        ({"filter": {"callIds": "1"}}, "filter.callIds: must be an array"),
        ({"filter": {"fromDateTime": 5}}, "filter.fromDateTime: must be a string"),
        ({"filter": {}, "cursor": 5}, "cursor: must be a string"),
    ],
)
def test_bad_bodies(emulator, sentences, path, body, text):
    answer = emulator.post(path, body)
    assert (answer.status_code, sentences(answer)) == (400, [text])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff"])
@pytest.mark.parametrize("path", [*POSTS, "/v2/users/extensive"])
def test_bodies_that_are_no_json_object(emulator, sentences, path, content):
    answer = emulator.http.post(path, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, sentences(answer)) == (400, ["Bad request"])


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({"context": "extended"}, "contentSelector.context: must be one of None, Basic, Extended"),
        (
            {"context": "Extended", "contextTiming": ["Then"]},
            "contentSelector.contextTiming[0]: must be one of",
        ),
        ({"contextTiming": ["Now"]}, "contentSelector.contextTiming: can be provided only"),
        (
            {"context": "Basic", "contextTiming": ["Now"]},
            "contentSelector.contextTiming: can be provided only",
        ),
        ({"exposedFields": {"parties": "yes"}}, "contentSelector.exposedFields.parties: must be a boolean"),
        ({"exposedFields": {"content": True}}, "contentSelector.exposedFields.content: must be an object"),
        (
            {"exposedFields": {"content": {"trackerOccurrences": True}}},
            "contentSelector.exposedFields.content.trackerOccurrences: must be used in combination",
        ),
    ],
)
def test_bad_selectors(emulator, sentences, selector, text):
    answer = emulator.post("/v2/calls/extensive", {"filter": {}, "contentSelector": selector})
    assert answer.status_code == 400
    assert sentences(answer)[0].startswith(text)


def test_unknown_request_fields_are_ignored(emulator):
    selector = {"shoeSize": 1, "exposedFields": {"content": {"pointsOfInterest": True, "mood": 1}}}
    body = {"filter": {"colour": "red"}, "contentSelector": selector, "limit": 5}
    answer = emulator.post("/v2/calls/extensive", body)
    assert len(answer.json()["calls"]) == 100


@pytest.mark.parametrize(
    "text", ["2026-03-01", "2026-03-01T00:00:00", "yesterday", "", "2026-13-01T00:00:00Z"]
)
def test_dates_need_a_time_and_a_zone(emulator, sentences, text):
    for answer, path in (
        (emulator.get("/v2/calls", fromDateTime=text), "fromDateTime"),
        (emulator.post(POSTS[0], {"filter": {"toDateTime": text}}), "filter.toDateTime"),
    ):
        assert answer.status_code == 400
        assert sentences(answer)[0].startswith(f"{path}: ")


def test_an_unencoded_plus_is_a_space(emulator):
    url = f"{emulator.http.base_url}/v2/calls?fromDateTime=2026-03-01T00:00:00"
    assert emulator.http.get(url + "+02:00").status_code == 400
    assert emulator.http.get(url + "%2B02:00").status_code == 200


def test_offsets_and_fractions_mean_what_they_say(emulator):
    same = [
        "2026-03-05T17:00:00Z",
        "2026-03-05T09:00:00-08:00",
        "2026-03-05T17:00:00.000Z",
        "2026-03-05T17:00Z",
    ]
    totals = {
        emulator.post(POSTS[0], {"filter": {"fromDateTime": text}}).json()["records"]["totalRecords"]
        for text in same
    }
    assert len(totals) == 1


@pytest.mark.parametrize(
    "until", ["2026-03-05T17:00:00Z", "2026-03-05T18:00:00+01:00", "2026-03-04T00:00:00Z"]
)
def test_from_must_be_before_to(emulator, sentences, until):
    window = {"fromDateTime": "2026-03-05T17:00:00Z", "toDateTime": until}
    assert sentences(emulator.get("/v2/calls", **window)) == ["fromDateTime: must be before toDateTime"]
    for path in POSTS:
        answer = emulator.post(path, {"filter": window})
        assert (answer.status_code, sentences(answer)) == (
            400,
            ["filter.fromDateTime: must be before toDateTime"],
        )


def test_a_filtered_list_without_rows_is_404(emulator, sentences):
    window = {"fromDateTime": "2030-01-01T00:00:00Z", "toDateTime": "2030-01-02T00:00:00Z"}
    answers = [emulator.get("/v2/calls", **window), emulator.get("/v2/calls", workspaceId="1")]
    for path in POSTS:
        answers += [emulator.post(path, {"filter": given}) for given in (window, {"callIds": ["1"]})]
    answers.append(emulator.post(POSTS[0], {"filter": {"primaryUserIds": ["1"]}}))
    for answer in answers:
        assert (answer.status_code, sentences(answer)) == (404, [NONE_FOUND])


def test_unknown_call_is_404_with_its_id(emulator, sentences):
    answer = emulator.get("/v2/calls/123")
    assert (answer.status_code, sentences(answer)) == (404, ["Call ID 123 was not found"])


def test_ranges_are_half_open_and_conferences_are_listed_by_schedule(emulator):
    calls = emulator.rows("/v2/calls", "calls")
    conference = next(
        c for c in calls if c["direction"] == "Conference" and c["scheduled"][:16] != c["started"][:16]
    )
    dialled = next(c for c in calls if c["direction"] != "Conference")
    for path, call, field in (
        ("/v2/calls", conference, "scheduled"),
        ("/v2/calls", dialled, "started"),
        ("/v2/calls/extensive", conference, "started"),
        ("/v2/calls/transcript", conference, "started"),
        ("/v2/calls/extensive", dialled, "started"),
    ):
        at = datetime.fromisoformat(call[field])
        step = timedelta(microseconds=1)
        assert found(emulator, path, call["id"], at, at + step), (path, field)
        assert not found(emulator, path, call["id"], at - timedelta(seconds=1), at), (path, field)
        assert not found(emulator, path, call["id"], at + step, at + timedelta(seconds=1)), (path, field)


def found(emulator, path, number, since, before):
    window = {"fromDateTime": since.isoformat(), "toDateTime": before.isoformat()}
    answer = emulator.get(path, **window) if path == "/v2/calls" else emulator.post(path, {"filter": window})
    if answer.status_code == 404:
        return False
    rows = answer.json().get("calls") or answer.json().get("callTranscripts")
    return number in {row.get("id") or row.get("callId") or row["metaData"]["id"] for row in rows}


def test_order_is_ascending_by_the_time_that_filters(emulator):
    listed = emulator.rows("/v2/calls", "calls")
    times = [c["scheduled"] if c["direction"] == "Conference" else c["started"] for c in listed]
    assert times == sorted(times, key=datetime.fromisoformat)
    extensive = emulator.rows("/v2/calls/extensive", "calls", {"filter": {}})
    started = [row["metaData"]["started"] for row in extensive]
    assert started == sorted(started, key=datetime.fromisoformat)


def test_ids_workspaces_and_hosts_narrow_the_answer(emulator):
    calls = emulator.rows("/v2/calls", "calls")
    ids = [calls[3]["id"], calls[200]["id"], "99"]
    rows = emulator.rows(POSTS[0], "calls", {"filter": {"callIds": [*ids, ids[0]]}})
    assert {row["metaData"]["id"] for row in rows} == set(ids[:2])
    host = calls[0]["primaryUserId"]
    rows = emulator.rows(POSTS[0], "calls", {"filter": {"primaryUserIds": [host]}})
    assert len(rows) == sum(call["primaryUserId"] == host for call in calls)
    space = calls[0]["workspaceId"]
    body = {"filter": {"workspaceId": space}}
    expected = sum(call["workspaceId"] == space for call in calls)
    assert len(emulator.rows(POSTS[0], "calls", body)) == expected
    assert emulator.get("/v2/calls", workspaceId=space).json()["records"]["totalRecords"] == expected
