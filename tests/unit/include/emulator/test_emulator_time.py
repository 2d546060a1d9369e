"""Visibility: calls appear after processing, transcripts later, deleted calls vanish; all by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest


def iso(emulator, **shift):
    now = datetime.fromisoformat(emulator.control("GET", "/time")["now"])
    return (now + timedelta(**shift)).isoformat()


def seen(emulator, number):
    """Where the API shows the call: by id, list, extensive, transcript."""
    only = {"filter": {"callIds": [number]}}
    listed = {call["id"] for call in emulator.rows("/v2/calls", "calls")}
    return (
        emulator.get(f"/v2/calls/{number}").status_code == 200,
        number in listed,
        emulator.post("/v2/calls/extensive", only).status_code == 200,
        emulator.post("/v2/calls/transcript", only).status_code == 200,
    )


def test_everything_of_the_data_set_is_visible_at_first(emulator):
    held = emulator.control("GET", "/calls")["calls"]
    assert len(held) == emulator.get("/v2/calls").json()["records"]["totalRecords"]
    delays = []
    for call in held:
        ended, appears = (datetime.fromisoformat(call[name]) for name in ("ended", "appears"))
        assert appears > ended
        assert appears <= datetime.fromisoformat(call["started"]) + timedelta(days=1)
        delays.append(appears - ended)
    assert max(delays) > timedelta(hours=8)
    assert any(call["transcriptAppears"] and call["transcriptAppears"] > call["appears"] for call in held)


def test_a_late_call_appears_with_its_old_start(emulator):
    started = iso(emulator, hours=-20)
    body = {"started": started, "durationSeconds": 600, "appears": iso(emulator, hours=2)}
    number = emulator.control("POST", "/calls", {**body, "transcriptAppears": iso(emulator, hours=3)})["id"]
    assert seen(emulator, number) == (False, False, False, False)
    emulator.control("POST", "/time", {"advance_seconds": 7_201})
    assert seen(emulator, number) == (True, True, True, False)
    emulator.control("POST", "/time", {"advance_seconds": 3_600})
    assert seen(emulator, number) == (True, True, True, True)
    call = emulator.get(f"/v2/calls/{number}").json()["call"]
    assert datetime.fromisoformat(call["started"]) == datetime.fromisoformat(started)
    assert call["duration"] == 600


def test_a_transcript_needs_its_call(emulator):
    body = {"started": iso(emulator, hours=-2), "appears": iso(emulator, hours=1)}
    number = emulator.control("POST", "/calls", {**body, "transcriptAppears": iso(emulator, hours=-1)})["id"]
    assert seen(emulator, number) == (False, False, False, False)


def test_deleted_calls_vanish_and_may_come_back(emulator):
    number = emulator.control("GET", "/calls")["calls"][5]["id"]
    emulator.control("DELETE", f"/calls/{number}")
    assert seen(emulator, number) == (False, False, False, False)
    assert emulator.control("GET", "/calls")["calls"][5]["deleted"] is True
    emulator.control("PATCH", f"/calls/{number}", {"deleted": False})
    assert seen(emulator, number)[:3] == (True, True, True)


def test_edits_show_at_once(emulator):
    number = emulator.control("GET", "/calls")["calls"][7]["id"]
    selector = {"exposedFields": {"content": {"brief": True}}}
    body = {"filter": {"callIds": [number]}, "contentSelector": selector}
    emulator.post("/v2/calls/extensive", body)
    edit = {"title": "Neu – “renamed”", "isPrivate": True, "brief": "Short."}
    emulator.control("PATCH", f"/calls/{number}", edit)
    row = emulator.post("/v2/calls/extensive", body).json()["calls"][0]
    assert (row["metaData"]["title"], row["metaData"]["isPrivate"]) == ("Neu – “renamed”", True)
    assert row["content"]["brief"] == "Short."
    emulator.control("PATCH", f"/calls/{number}", {"transcriptAppears": None})
    assert emulator.post("/v2/calls/transcript", {"filter": {"callIds": [number]}}).status_code == 404
    emulator.control("PATCH", f"/calls/{number}", {"appears": iso(emulator, days=1)})
    assert emulator.get(f"/v2/calls/{number}").status_code == 404


def test_private_calls_are_returned(emulator):
    private = [call for call in emulator.rows("/v2/calls", "calls") if call["isPrivate"]]
    assert 0 < len(private) < 33


@pytest.mark.parametrize("now", ["2031-05-01T12:00:00+00:00", "2020-01-01T00:00:00+02:00"])
def test_the_clock_can_be_set_and_goes_on(emulator, now):
    shown = emulator.control("POST", "/time", {"now": now})
    assert abs(datetime.fromisoformat(shown["now"]) - datetime.fromisoformat(now)) < timedelta(seconds=30)
    later = emulator.control("GET", "/time")
    assert later["offset_seconds"] == shown["offset_seconds"]
    assert datetime.fromisoformat(later["now"]) > datetime.fromisoformat(shown["now"])


def test_before_a_call_appears_there_is_nothing(emulator):
    emulator.control("POST", "/time", {"now": "2026-02-01T00:00:00+00:00"})
    assert emulator.get("/v2/calls").status_code == 404
    assert emulator.control("GET", "/counts")["calls"] == 0
