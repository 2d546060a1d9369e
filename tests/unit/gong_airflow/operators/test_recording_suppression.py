"""Law 8 in the recordings flow: nothing is sent of someone who was erased, however far it had come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from test_recording_operators import POST, PUT, Flow, Make

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.errors import GongConfigurationError
from include.erasure.suppression import Suppression
from include.recordings import DropFolder
from tests.support.emulator import Emulator
from tests.support.recordings import make_metadata

EMAIL, PHONE = "jane.doe@acme.example", "+14255552671"
ERASED = "asked to be erased"


@pytest.fixture(autouse=True)
def suppression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suppression:
    content = {"conn_type": "generic", "password": "s" * 40}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(content))
    monkeypatch.setenv("GONG_ERASURE_URL", f"file://{tmp_path}/erasure")
    return Suppression()


def suppress(suppression: Suppression) -> None:
    suppression.add(
        "0" * 32 + "-0001",
        identities=[email_identity(EMAIL), phone_identity(PHONE)],
        object_ids=["003"],
    )


@pytest.fixture
def flow(emulator: Emulator, make_hook: Make, tmp_path: Path) -> Flow:
    (tmp_path / "r").mkdir()
    return Flow(emulator, make_hook, tmp_path / "r")


def party(**members: Any) -> dict[str, Any]:
    return {"parties": [*make_metadata("1", seed=1)["parties"], members]}


def linked(object_type: str, object_id: str) -> dict[str, Any]:
    one = {"objectType": object_type, "objectId": object_id}
    return party(name="x", context=[{"system": "Generic", "objects": [one]}])


@pytest.mark.parametrize(
    ("document", "names", "expected"),
    [
        (party(emailAddress=EMAIL.upper()), [], True),
        (party(phoneNumber="(425) 555-2671"), [], True),
        (linked("Contact", "003"), [], True),
        (linked("Account", "003"), [], False),
        ({"title": f"Call with {EMAIL}"}, [], True),
        ({"customData": [{"deep": "jane dot doe at acme dot example"}]}, [], True),
        ({"title": "x"}, ["20261120_14255552671.wav"], True),
        (party(emailAddress="mary." + EMAIL), ["a.wav"], False),
        ({}, [], False),
    ],
)
def test_a_recording_is_suppressed_by_people_mentions_and_file_names(
    suppression: Suppression, tmp_path: Path, document: dict[str, Any], names: list[str], expected: bool
) -> None:
    folder = DropFolder(f"file://{tmp_path}/r/incoming")
    assert not folder.suppressed(document, names)
    suppress(suppression)
    assert folder.suppressed(document, names) is expected


def test_it_is_rejected_with_a_reason_that_names_nobody(
    flow: Flow, suppression: Suppression, caplog: pytest.LogCaptureFixture
) -> None:
    suppress(suppression)
    flow.put("a", title=f"Call with {EMAIL}")
    [recording] = flow.find()
    with pytest.raises(AirflowSkipException):
        flow.check(recording)
    assert ERASED in flow.reasons()
    assert ERASED in flow.last.label
    for text in (flow.reasons(), flow.last.label, caplog.text, json.dumps(flow.receipts())):
        assert EMAIL not in text
    assert flow.requests(POST) == []


def test_the_form_that_only_checks_says_so(flow: Flow, suppression: Suppression) -> None:
    suppress(suppression)
    flow.put("a", title=f"Call with {EMAIL}")
    [recording] = flow.find()
    with pytest.raises(AirflowSkipException, match=f"would be rejected: .*{ERASED}"):
        flow.check(recording, check_only=True)


def test_what_was_checked_before_is_not_added(flow: Flow, suppression: Suppression) -> None:
    flow.put("a", title=f"Call with {EMAIL}")
    [recording] = flow.find()
    flow.check(recording)
    suppress(suppression)
    with pytest.raises(AirflowSkipException):
        flow.add(recording)
    assert flow.requests(POST) == []
    assert ERASED in flow.reasons()


def test_what_was_added_before_is_not_uploaded(flow: Flow, suppression: Suppression) -> None:
    flow.put("a", title=f"Call with {EMAIL}")
    [recording] = flow.find()
    flow.check(recording)
    call_id = flow.add(recording)
    suppress(suppression)
    with pytest.raises(AirflowSkipException):
        flow.upload(recording, call_id)
    assert flow.requests(PUT) == []
    assert ERASED in flow.reasons()


def test_others_are_sent_while_somebody_is_suppressed(flow: Flow, suppression: Suppression) -> None:
    suppress(suppression)
    flow.put("a")
    [recording] = flow.find()
    flow.through(recording)
    assert len(flow.requests(PUT)) == 1


def test_nothing_is_sent_when_it_cannot_be_told_who_is_suppressed(
    flow: Flow, suppression: Suppression, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress(suppression)
    flow.put("a")
    [recording] = flow.find()
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE")
    with pytest.raises(GongConfigurationError, match="gong_erasure"):
        flow.check(recording)
    assert flow.reasons() == ""
