"""The control plane of uploads, the faults that uploads meet, and what a start is told."""

from __future__ import annotations

import httpx
import pytest
from upload_media import wav

from tests.support.waiting import wait_until

MEDIA = "/v2/calls/{id}/media"
SETTINGS = {
    "processing_seconds": 240,
    "minimum_seconds": 30,
    "maximum_bytes": 1_500_000_000,
    "bare_duplicate_text": False,
    "read_bytes_per_second": None,
}


def test_an_upload_tells_everything(emulator, uploader):
    body = uploader.body(unknown={"a": None})
    number = emulator.post("/v2/calls", body).json()["callId"]
    empty = uploader.seen(number)
    assert (empty["body"], empty["clientUniqueId"]) == (body, body["clientUniqueId"])
    assert (empty["via"], empty["sha256"], empty["bytes"], empty["puts"]) == (None, None, None, 0)
    uploader.put(number, wav(), "name.wav", "audio/x-wav")
    full = uploader.seen(number)
    assert (full["via"], full["fileName"], full["contentType"]) == ("media", "name.wav", "audio/x-wav")
    assert (full["seconds"], full["puts"], full["state"]) == (40.0, 1, "processing")
    assert full["acceptedAt"] <= full["mediaAt"]


def test_settings_change_and_reset_takes_all_back(emulator, uploader):
    assert emulator.control("GET", "/uploads/settings") == SETTINGS
    number = uploader.upload(wav())
    emulator.control(
        "PATCH", f"/users/{uploader.user['id']}", {"telephonyCallsImported": False, "active": False}
    )
    uploader.settings(processing_seconds=5, bare_duplicate_text=True, read_bytes_per_second=7)
    changed = {"processing_seconds": 5, "bare_duplicate_text": True, "read_bytes_per_second": 7}
    assert emulator.control("PUT", "/uploads/settings", {}) == SETTINGS | changed
    emulator.control("POST", "/reset")
    assert emulator.control("GET", "/uploads/settings") == SETTINGS
    assert emulator.control("GET", "/uploads")["uploads"] == []
    user = emulator.get(f"/v2/users/{uploader.user['id']}").json()["user"]
    assert user == uploader.user
    assert uploader.put(number, wav()).status_code == 404
    assert uploader.upload(wav()) == number  # the same ids as before, and the bytes are forgotten


def test_a_changed_time_of_processing_counts_for_those_under_way(emulator, uploader):
    number = uploader.upload(wav())
    assert not uploader.visible(number)
    uploader.settings(processing_seconds=0)
    assert uploader.visible(number)


@pytest.mark.parametrize("stage", ["waiting", "processing", "visible"])
def test_a_test_may_drop_a_recording_at_any_stage(emulator, uploader, stage):
    number = uploader.add()
    if stage != "waiting":
        uploader.put(number, wav())
    if stage == "visible":
        emulator.control("POST", "/time", {"advance_seconds": 240})
        assert uploader.visible(number)
    emulator.control("POST", f"/uploads/{number}/discard", {"reason": "because"})
    if stage == "waiting":
        assert uploader.put(number, wav()).status_code == 201
    emulator.control("POST", "/time", {"advance_seconds": 240})
    assert not uploader.visible(number)
    assert uploader.state(number) == ("discarded", "because")


def test_unknown_things_and_settings_are_refused(emulator, uploader):
    http = emulator.http
    assert http.post("/_emulator/uploads/1/discard", json={"reason": "x"}).status_code == 404
    assert http.patch("/_emulator/users/1", json={}).status_code == 404
    for settings in (
        {"speed": 1},
        {"processing_seconds": -1},
        {"read_bytes_per_second": 0},
        {"minimum_seconds": None},
    ):
        assert http.put("/_emulator/uploads/settings", json=settings).status_code == 422
    assert emulator.control("GET", "/uploads/settings") == SETTINGS


@pytest.mark.parametrize("after", [0, 1, 200_000, 10**9])
def test_a_connection_cut_amid_the_body(emulator, uploader, after):
    number = uploader.add()
    emulator.fault("reset_request", {"path": MEDIA}, after_bytes=after)
    with pytest.raises(httpx.TransportError):
        uploader.put(number, wav())
    wait_until("the end", lambda: emulator.requests()[-1]["durationMs"] is not None, every=0.01)
    entry = emulator.requests()[-1]
    assert (entry["fault"], entry["status"]) == ("reset_request", None)
    assert uploader.state(number) == ("waiting for media", None)
    assert uploader.put(number, wav()).status_code == 201


def test_a_cut_request_without_media_does_nothing_either(emulator, uploader):
    emulator.fault("reset_request", {"method": "POST", "path": "/v2/calls"}, after_bytes=10)
    with pytest.raises(httpx.TransportError):
        uploader.post(clientUniqueId="x")
    wait_until("the end", lambda: emulator.requests()[-1]["durationMs"] is not None, every=0.01)
    assert emulator.control("GET", "/uploads")["uploads"] == []
    assert emulator.requests()[-1]["body"]["clientUniqueId"] == "x"
    assert uploader.post(clientUniqueId="x").status_code == 200


def test_a_request_that_is_never_read_is_cut_all_the_same(emulator, uploader):
    emulator.fault("reset_request", {"times": 2}, after_bytes=5)
    for ask in (lambda: emulator.get("/v2/users"), lambda: uploader.put("1", wav())):
        with pytest.raises(httpx.TransportError):
            ask()


def test_an_answer_lost_after_the_work_was_done(emulator, uploader, sentences):
    emulator.fault("lost_answer", {"method": "POST", "path": "/v2/calls"})
    emulator.fault("lost_answer", {"path": MEDIA})
    with pytest.raises(httpx.TransportError):
        uploader.post(clientUniqueId="x")
    (upload,) = emulator.control("GET", "/uploads")["uploads"]
    number = upload["callId"]
    assert sentences(uploader.post(clientUniqueId="x"))[0].endswith(f"for the call {number}")
    with pytest.raises(httpx.TransportError):
        uploader.put(number, wav())
    assert uploader.state(number) == ("processing", None)
    assert sentences(uploader.put(number, wav()))[0].endswith("has already been handled")
    lost = [entry for entry in emulator.requests() if entry["fault"] == "lost_answer"]
    assert [(entry["method"], entry["status"]) for entry in lost] == [("POST", None), ("PUT", None)]


def test_answers_of_reading_operations_may_be_lost_too(emulator):
    emulator.fault("lost_answer", {"path": "/v2/users"})
    with pytest.raises(httpx.TransportError):
        emulator.get("/v2/users")
    assert emulator.get("/v2/users").status_code == 200


def test_faults_that_alter_answers_alter_a_201(emulator, uploader):
    number = uploader.add()
    emulator.fault("unknown_fields", {"path": MEDIA})
    answer = uploader.put(number, wav())
    assert (answer.status_code, "emulatorUnknown" in answer.json()) == (201, True)


def test_the_scope_of_both_operations(emulator, uploader, sentences):
    number = uploader.add()
    emulator.control("POST", "/keys", {"token": "t", "scopes": ["api:users:read"]})
    bearer = {"Authorization": "Bearer t"}
    base = f"http://127.0.0.1:{emulator.port}/v2/calls"
    text = "You don't have permission to use 'api:calls:create' in your app."
    for answer in (
        httpx.post(base, json={}, headers=bearer),
        httpx.put(f"{base}/{number}/media", files={"mediaFile": ("a", wav())}, headers=bearer),
    ):
        assert (answer.status_code, sentences(answer)) == (401, [text])
    assert emulator.get(f"/v2/calls/{number}/media").status_code == 405


def test_options_of_the_start(start_emulator):
    (emulator,) = start_emulator(1, "--processing-seconds", "0.5", "--minimum-seconds", "2")
    changed = {"processing_seconds": 0.5, "minimum_seconds": 2}
    assert emulator.control("GET", "/uploads/settings") == SETTINGS | changed
