"""Every kind of fault, and which requests a fault waits for."""

from __future__ import annotations

import gzip
import json
import time

import httpx
import pytest

EXTENSIVE = "/v2/calls/extensive"


def extensive(emulator, cursor=None, **selector):
    body = {"filter": {}, "contentSelector": selector}
    return emulator.post(EXTENSIVE, {**body, "cursor": cursor} if cursor else body)


def test_status_with_its_text_and_headers(emulator, sentences):
    emulator.fault("status", status=403, errors=["Access denied"], headers={"Retry-After": "7"})
    answer = emulator.get("/v2/users")
    assert (answer.status_code, sentences(answer), answer.headers["retry-after"]) == (
        403,
        ["Access denied"],
        "7",
    )
    assert emulator.get("/v2/users").status_code == 200
    emulator.fault("status", status=503, body="oops", content_type="text/plain")
    answer = emulator.get("/v2/users")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (503, "oops", "text/plain")


def test_html(emulator):
    emulator.fault("html", status=502)
    answer = emulator.get("/v2/users")
    assert answer.status_code == 502
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize("kind", ["reset", "reset_body"])
def test_connections_are_cut(emulator, kind):
    emulator.fault(kind)
    with pytest.raises(httpx.TransportError):
        extensive(emulator)
    assert extensive(emulator).status_code == 200
    assert emulator.requests()[0]["fault"] == kind


def test_reset_body_sends_a_part(emulator):
    emulator.fault("reset_body")
    received = b""
    with (
        pytest.raises(httpx.TransportError),
        emulator.http.stream("POST", EXTENSIVE, json={"filter": {}}) as answer,
    ):
        assert answer.status_code == 200
        for piece in answer.iter_raw():
            received += piece
    assert 0 < len(received) < int(answer.headers["content-length"])


def test_truncated_json(emulator):
    emulator.fault("truncate")
    answer = extensive(emulator)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_wrong_content_type(emulator):
    emulator.fault("content_type")
    emulator.fault("content_type", content_type="text/html")
    types = [emulator.get("/v2/users").headers["content-type"] for _ in range(3)]
    assert types == ["text/plain", "text/html", "application/json"]


def test_gzip(emulator):
    emulator.fault("gzip")
    with emulator.http.stream("GET", "/v2/users") as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(raw))["users"]) == 100


@pytest.mark.parametrize("kind", ["delay", "slow_body"])
def test_slow_answers_do_not_hold_up_others(emulator, kind):
    emulator.fault(kind, {"method": "GET"}, seconds=0.4)
    began = time.monotonic()
    assert len(emulator.get("/v2/users").json()["users"]) == 100
    assert time.monotonic() - began >= 0.39
    assert emulator.requests()[0]["durationMs"] >= 390


def test_null_and_missing_arrays(emulator):
    emulator.fault("null_arrays")
    emulator.fault("missing_arrays")
    emulator.fault("null_arrays", array="parties")
    assert extensive(emulator).json()["calls"] is None
    assert "calls" not in extensive(emulator).json()
    rows = extensive(emulator, exposedFields={"parties": True}).json()["calls"]
    assert {row["parties"] for row in rows if "parties" in row} == {None}


def test_unknown_fields_and_values(emulator):
    emulator.fault("unknown_fields")
    document = extensive(emulator, exposedFields={"parties": True}).json()
    assert "emulatorUnknown" in document
    for row in document["calls"]:
        assert "emulatorUnknown" in row["metaData"]
        assert row["metaData"]["direction"] == "EmulatorDirection"
        assert all(party["affiliation"] == "EmulatorAffiliation" for party in row.get("parties", []))


def test_swapped_types(emulator):
    right = extensive(emulator).json()["calls"]
    emulator.fault("swap_types")
    wrong = extensive(emulator).json()["calls"]
    for true, swapped in zip(right, wrong, strict=True):
        assert swapped["metaData"]["id"] == int(true["metaData"]["id"])
        assert isinstance(swapped["metaData"]["started"], float)
        assert swapped["metaData"]["duration"] == str(true["metaData"]["duration"])


def test_duplicates(emulator):
    emulator.fault("duplicate_call")
    rows = extensive(emulator).json()["calls"]
    assert len(rows) == 101
    assert rows[0] == rows[100]
    emulator.fault("duplicate_call", {"times": None}, of="previous")
    first = extensive(emulator).json()
    second = extensive(emulator, first["records"]["cursor"]).json()
    assert second["calls"][0] == first["calls"][-1]


def test_total_mismatch(emulator):
    emulator.fault("total_mismatch", delta=-3)
    assert extensive(emulator).json()["records"]["totalRecords"] == 327


def test_repeated_cursor(emulator):
    emulator.fault("cursor_repeat", {"times": None})
    first = extensive(emulator).json()["records"]["cursor"]
    assert extensive(emulator, first).json()["records"]["cursor"] == first


def test_endless_pages(emulator):
    emulator.fault("endless", {"times": None})
    cursor, seen = None, set()
    for _ in range(9):
        answer = extensive(emulator, cursor)
        assert answer.status_code == 200
        assert answer.json()["calls"]
        cursor = answer.json()["records"]["cursor"]
        assert cursor not in seen
        seen.add(cursor)


@pytest.mark.parametrize(
    ("kind", "text"), [("expire_cursor", "cursor has expired"), ("tamper_cursor", "failed to verify cursor")]
)
@pytest.mark.parametrize("skip", [0, 1])
def test_dead_cursors(emulator, sentences, kind, text, skip):
    emulator.fault(kind, {"path": EXTENSIVE, "skip": skip})
    cursor = extensive(emulator).json()["records"]["cursor"]
    answer = extensive(emulator, cursor)
    assert answer.status_code == 400
    assert text in sentences(answer)[0]
    assert extensive(emulator, cursor).status_code == 200


def test_matching(emulator):
    emulator.fault("status", {"method": "POST", "path": "/v2/users/extensive"}, status=500)
    emulator.fault("status", {"path": "/v2/calls", "skip": 1, "times": 2}, status=501)
    emulator.fault("status", {"path": "/v2/calls/{id}", "times": None}, status=502)
    assert emulator.get("/v2/users").status_code == 200
    assert [emulator.get("/v2/calls").status_code for _ in range(4)] == [200, 501, 501, 200]
    assert extensive(emulator).status_code == 200
    assert [emulator.get("/v2/calls/5").status_code for _ in range(3)] == [502] * 3
    rules = emulator.control("GET", "/faults")["faults"]
    assert [rule["fired"] for rule in rules] == [0, 2, 3]
    emulator.control("DELETE", "/faults")
    assert emulator.get("/v2/calls/5").status_code == 404


def test_a_prefix_matches_all_below(emulator):
    emulator.fault("status", {"path": "/v2/calls/", "times": 2}, status=500)
    statuses = [emulator.get("/v2/calls").status_code, extensive(emulator).status_code]
    assert [*statuses, emulator.get("/v2/calls/5").status_code] == [200, 500, 500]


def test_faulted_requests_are_logged_and_counted(emulator):
    emulator.fault("status", status=500)
    emulator.control("PUT", "/limits", {"per_day": 1})
    statuses = [emulator.get("/v2/users").status_code for _ in range(2)]
    assert statuses == [500, 429]
    log = emulator.requests()
    assert [(entry["status"], entry["fault"]) for entry in log] == [(500, "status"), (429, None)]


def test_unknown_kinds_are_refused(emulator):
    for rule in ({"fault": {"kind": "meteor"}}, {"fault": {"kind": "html", "colour": 1}}):
        assert emulator.http.post("/_emulator/faults", json=rule).status_code == 422
