"""The log, reset, people, and what a start promises: the same data for the same options, and a prompt end."""

from __future__ import annotations

import base64
import signal
import socket

OPTIONS = ("--calls", "120", "--users", "7", "--days", "10", "--until", "2026-01-10", "--per-second", "0")


def read_all(emulator, everything):
    """Every byte of a full read but what depends on the time of asking."""
    body = {"filter": {}, "contentSelector": {**everything, "contextTiming": ["TimeOfCall", "Now"]}}
    body["contentSelector"]["exposedFields"] = {**everything["exposedFields"], "media": False}
    pages = [emulator.get("/v2/calls"), emulator.get("/v2/users")]
    pages += [
        emulator.post("/v2/calls/extensive", body),
        emulator.post("/v2/calls/transcript", {"filter": {}}),
    ]
    return [page.content.split(b'"cursor"')[0] + page.content.split(b"}", 1)[1] for page in pages]


def test_two_starts_give_the_same_bytes(start_emulator, everything):
    first, second = start_emulator(2, *OPTIONS)
    begun = read_all(first, everything)
    assert begun == read_all(second, everything)
    first.control("POST", "/reset")
    assert read_all(first, everything) == begun
    second.control("POST", "/reset", {"seed": 2})
    assert read_all(second, everything) != begun


def test_it_ends_promptly_even_amid_a_request(start_emulator):
    numbers = (signal.SIGTERM, signal.SIGINT)
    for emulator, number in zip(start_emulator(2, "--calls", "5"), numbers, strict=True):
        end_amid_a_request(emulator, number)


def end_amid_a_request(emulator, number):
    emulator.fault("delay", seconds=60)
    head = b"GET /v2/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic "
    with socket.create_connection(("127.0.0.1", emulator.port)) as waiting:
        waiting.sendall(head + base64.b64encode(":".join(emulator.key).encode()) + b"\r\n\r\n")
        while not emulator.control("GET", "/faults")["faults"][0]["fired"]:
            pass
        emulator.process.send_signal(number)
        emulator.process.wait(timeout=10)
    assert b"Traceback" not in emulator.process.stderr.read()


def test_the_log_tells_how_a_request_came(emulator):
    body = {"filter": {"callIds": ["5"]}}
    emulator.post("/v2/calls/extensive", body, headers={"User-Agent": "tester/1", "X-Own": "secret"})
    emulator.get("/v2/calls", fromDateTime="2026-03-01T00:00:00Z", empty="")
    emulator.http.get("/v2/nothing", headers={"Authorization": "Bearer hidden"}, auth=None)
    first, second, third = emulator.requests()
    assert (first["method"], first["path"], first["operation"]) == ("POST", *["/v2/calls/extensive"] * 2)
    assert (first["status"], first["body"], first["userAgent"]) == (404, body, "tester/1")
    assert first["authScheme"] == "Basic"
    assert "x-own" in first["headers"]
    assert "secret" not in str(first)
    assert second["query"] == {"fromDateTime": "2026-03-01T00:00:00Z", "empty": ""}
    assert second["bytes"] > 1000
    assert (third["operation"], third["authScheme"], third["status"]) == (None, "Bearer", 401)
    assert first["arrived"] < second["arrived"] < third["arrived"]
    since = emulator.control("GET", f"/requests?since={second['n']}")["requests"]
    assert [entry["n"] for entry in since] == [third["n"]]
    emulator.control("DELETE", "/requests")
    assert emulator.requests() == []


def test_large_bodies_are_used_but_not_kept(emulator):
    ids = [call["id"] for call in emulator.control("GET", "/calls?limit=100")["calls"]]
    body = {"filter": {"callIds": ids + [str(number) for number in range(4_000)]}}
    assert len(emulator.post("/v2/calls/extensive", body).json()["calls"]) == 100
    assert emulator.requests()[0]["body"] is None


def test_reset_takes_everything_back(emulator):
    number = emulator.control("GET", "/calls")["calls"][0]["id"]
    emulator.control("DELETE", f"/calls/{number}")
    emulator.control("POST", "/time", {"advance_seconds": 1e6})
    emulator.control("POST", "/keys", {"token": "t", "scopes": []})
    emulator.fault("html")
    emulator.control("PUT", "/limits", {"per_day": 1})
    emulator.control("POST", "/reset", {"calls": 50, "days": 5, "until": "2026-02-01", "per_second": 9})
    assert emulator.control("GET", "/time")["offset_seconds"] == 0
    assert emulator.control("GET", "/faults")["faults"] == []
    limits = emulator.control("GET", "/limits")
    assert (limits["per_second"], limits["per_day"], limits["used_today"]) == (9, 0, 0)
    assert emulator.http.get("/v2/users", headers={"Authorization": "Bearer t"}, auth=None).status_code == 401
    held = emulator.control("GET", "/calls")["calls"]
    assert len(held) == 50
    assert all("2026-01-27" <= call["started"] < "2026-02-01" for call in held)
    emulator.control("POST", "/reset")
    assert emulator.get(f"/v2/calls/{number}").status_code == 200


def test_calls_can_be_listed_in_parts(emulator):
    held = emulator.control("GET", "/calls")["calls"]
    assert emulator.control("GET", "/calls?limit=10&offset=5")["calls"] == held[5:15]
    assert set(held[0]) == {
        "id",
        "started",
        "ended",
        "appears",
        "transcriptAppears",
        "isPrivate",
        "deleted",
        "title",
    }


def test_people_are_all_who_are_named(emulator):
    people = emulator.control("GET", "/people")["people"]
    mails = {person["emailAddress"] for person in people}
    assert len(mails) == len(people)
    assert {user["emailAddress"] for user in emulator.rows("/v2/users", "users")} <= mails
    selector = {"exposedFields": {"parties": True}}
    rows = emulator.rows("/v2/calls/extensive", "calls", {"filter": {}, "contentSelector": selector})
    assert {party["emailAddress"] for row in rows for party in row.get("parties", [])} <= mails


def test_a_call_of_given_length_holds_a_talk_that_fits(emulator):
    for seconds in (30, 90, 1_800, 7_200):
        body = {"started": "2026-03-10T20:00:00Z", "durationSeconds": seconds, "title": "Made"}
        number = emulator.control("POST", "/calls", body)["id"]
        only = {"filter": {"callIds": [number]}}
        row = emulator.post("/v2/calls/extensive", only).json()["calls"][0]["metaData"]
        assert (row["duration"], row["title"], row["isPrivate"]) == (seconds, "Made", False)
        talk = emulator.post("/v2/calls/transcript", only).json()["callTranscripts"][0]["transcript"]
        assert talk[-1]["sentences"][-1]["end"] <= max(seconds, 300) * 1_000


def test_unknown_calls_and_fields_are_refused(emulator):
    assert emulator.http.patch("/_emulator/calls/1", json={"title": "x"}).status_code == 404
    assert emulator.http.post("/_emulator/calls", json={"started": "2026-03-10T20:00:00"}).status_code == 422
    assert emulator.http.post("/_emulator/reset", json={"planets": 9}).status_code == 422
