"""Law 8 while Gong still has the person: of a window that is read, nothing of the person lands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gong_airflow.erasure.identity import Identity, email_identity
from include.erasure.suppression import Suppression
from tests.support.emulator import Emulator
from tests.unit.gong_airflow.conftest import Reading


@pytest.fixture
def suppression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suppression:
    content = {"conn_type": "generic", "password": "s" * 40}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(content))
    monkeypatch.setenv("GONG_ERASURE_URL", f"file://{tmp_path}/erasure")
    return Suppression()


def parties(reading: Reading) -> dict[str, set[str]]:
    """The outside people's addresses, and the calls of each."""
    found: dict[str, set[str]] = {}
    for call in reading.landed():
        for party in call.get("parties", ()):
            if party.get("emailAddress") and party.get("affiliation") == "External":
                found.setdefault(party["emailAddress"], set()).add(call["metaData"]["id"])
    return found


def ids_asked(emulator: Emulator) -> set[str]:
    bodies = [r["body"] for r in emulator.requests() if r["operation"] == "/v2/calls/transcript"]
    return {call_id for body in bodies for call_id in body["filter"]["callIds"]}


def test_calls_of_the_person_and_their_transcripts_do_not_land(
    reading: Reading, emulator: Emulator, suppression: Suppression, caplog: pytest.LogCaptureFixture
) -> None:
    whole = reading.read()
    address, own = max(parties(reading).items(), key=lambda one: len(one[1]))
    others = {call["metaData"]["id"]: call for call in reading.landed()}
    transcripts = {one["callId"]: one for one in reading.landed("transcripts")}
    known_by_id = min(others.keys() - own)
    person: Identity = email_identity(address)
    suppression.add("0" * 32 + "-0001", identities=[person], call_ids=[known_by_id])
    emulator.reset()

    caplog.set_level("INFO")
    manifest = reading.read()
    kept = {call["metaData"]["id"]: call for call in reading.landed()}
    gone = own | {known_by_id}
    assert kept.keys() == others.keys() - gone
    assert address not in json.dumps(list(kept.values()))
    for call_id, call in kept.items():
        if address not in json.dumps(others[call_id]):
            assert call == others[call_id]
    assert {one["callId"] for one in reading.landed("transcripts")} == transcripts.keys() - gone
    assert not ids_asked(emulator) & gone
    assert manifest["records"]["calls"] == whole["records"]["calls"] - len(gone)
    assert manifest["records"]["transcripts"] == len(reading.landed("transcripts"))
    assert manifest["total_reported"] == whole["total_reported"]
    assert "calls are about people who were erased: left out" in caplog.text
    assert address not in caplog.text


def test_a_private_call_of_the_person_is_not_even_named(
    reading: Reading, emulator: Emulator, suppression: Suppression
) -> None:
    private = reading.read()["private_ids"]
    suppression.add("0" * 32 + "-0001", call_ids=private[:1])
    assert reading.read()["private_ids"] == private[1:]


def test_a_person_suppressed_between_a_page_and_its_transcripts_is_left_out(
    reading: Reading, emulator: Emulator, suppression: Suppression, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page had landed before; a purge rewrites it. The transcripts are on their way from Gong."""
    call = reading.hook.call
    chosen: list[str] = []

    def late(operation: str, **given: object) -> object:
        answer = call(operation, **given)  # type: ignore[arg-type]
        if operation == "POST /v2/calls/transcript" and not chosen:
            chosen.append(answer.body["callTranscripts"][0]["callId"])
            suppression.add("0" * 32 + "-0001", call_ids=chosen)
        return answer

    monkeypatch.setattr(reading.hook, "call", late)
    manifest = reading.read()
    landed = {one["callId"] for one in reading.landed("transcripts")}
    assert chosen[0] not in landed
    assert manifest["records"]["transcripts"] == len(landed)
