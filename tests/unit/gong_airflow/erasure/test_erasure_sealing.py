"""Seals and keys, as the tasks use them; Airflow's Variables are a dictionary here."""

from __future__ import annotations

import json
from typing import Any

import airflow.sdk
import pytest

from gong_airflow import connection
from gong_airflow.erasure import sealing
from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.sealing import Key, Subject, destroy, key_of, open_subject, seal, unseal
from gong_airflow.errors import GongConfigurationError, GongInputError, GongUnavailableError
from tests.support.variables import Variables

EMAIL, PHONE = "jane.doe@example.com", "+14255552671"


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    found: set[str] = set()
    monkeypatch.setattr(connection, "mask_secret", found.add)
    return found


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, masked: set[str]) -> Variables:
    made = Variables()
    monkeypatch.setattr(airflow.sdk, "Variable", made)
    monkeypatch.setattr(sealing, "_PAUSE", 0.0)
    monkeypatch.setattr(sealing, "_LONGEST_WAIT", 0.0)
    return made


def context(**params: Any) -> dict[str, Any]:
    return {"params": {"email_address": None, "phone_number": None, "ticket": "7", **params}}


def test_the_subject_is_who_was_sealed_and_is_masked_in_logs(variables: Variables, masked: set[str]) -> None:
    key = variables.add(Key.new())
    found = open_subject(context(email_address=key.seal(EMAIL), phone_number=key.seal(PHONE)))
    assert found == Subject((email_identity(EMAIL), phone_identity(PHONE)), key.name)
    spellings = {EMAIL, "jane.doe%40example.com", PHONE, "14255552671", "4255552671", "%2B14255552671"}
    assert masked >= spellings | {"+1 425-555-2671", "(425) 555-2671"}
    assert "jane" not in repr(found)
    assert "2671" not in repr(found)


def test_one_of_the_two_is_enough(variables: Variables) -> None:
    key = variables.add(Key.new())
    assert open_subject(context(phone_number=key.seal(PHONE))).given == (phone_identity(PHONE),)


@pytest.mark.parametrize("params", [{}, {"email_address": ""}])
def test_nobody_given(variables: Variables, params: dict[str, str]) -> None:
    with pytest.raises(GongInputError, match="with its form"):
        open_subject(context(**params))


@pytest.mark.parametrize("value", [EMAIL, f"sealed:{EMAIL}", "sealed:gong_erasure_key_0:x", 5])
def test_a_readable_run_is_refused_unquoted_with_what_to_do(variables: Variables, value: Any) -> None:
    key = variables.add(Key.new())
    given = context(email_address=value, phone_number=key.seal(PHONE))
    with pytest.raises(GongConfigurationError, match=r"readable .* Delete the run.* REST API") as e:
        open_subject(given)
    assert "jane" not in str(e.value)
    # Still to be destroyed.
    assert key_of(given) == key.name


def test_the_name_of_the_key_is_known_when_the_key_is_gone(variables: Variables) -> None:
    key = Key.new()
    assert key_of(context(email_address=key.seal(EMAIL))) == key.name
    assert key_of(context()) is None


def test_a_key_that_is_gone_says_to_start_again(variables: Variables) -> None:
    with pytest.raises(GongConfigurationError, match=r"is gone.*Start gong_erasure again"):
        open_subject(context(email_address=Key.new().seal(EMAIL)))


def test_a_key_that_comes_a_moment_late_is_waited_for(
    variables: Variables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_LONGEST_WAIT", 60.0)
    key = Key.new()
    variables.appear[3] = key
    assert open_subject(context(email_address=key.seal(EMAIL))).key == key.name
    assert variables.reads == 3


def test_an_api_server_that_does_not_answer_is_not_a_key_that_is_gone(variables: Variables) -> None:
    key = variables.add(Key.new())
    variables.down = True
    with pytest.raises(ConnectionError):
        open_subject(context(email_address=key.seal(EMAIL)))
    with pytest.raises(ConnectionError):
        destroy([key.name])


def test_values_of_two_runs_do_not_make_one(variables: Variables) -> None:
    keys = [variables.add(Key.new()) for _ in range(2)]
    with pytest.raises(GongConfigurationError, match="by different runs"):
        open_subject(context(email_address=keys[0].seal(EMAIL), phone_number=keys[1].seal(PHONE)))


def test_only_the_key_that_sealed_opens_and_only_what_is_unchanged(variables: Variables) -> None:
    key, other = variables.add(Key.new()), variables.add(Key.new())
    text = seal('{"objects": ["é"]}', key.name)
    assert unseal(text, key.name) == '{"objects": ["é"]}'
    assert "objects" not in text
    cut = f"{text[:-12]}AAAAAAAA{text[-4:]}"
    moved = text.replace(key.name, other.name)
    for wrong, name in (
        (text, other.name),
        (moved, other.name),
        (moved, key.name),
        (cut, key.name),
        ("sealed:", key.name),
    ):
        with pytest.raises(GongConfigurationError, match="sealed with another key, or changed"):
            unseal(wrong, name)


def test_what_a_destroyed_key_sealed_opens_no_more(variables: Variables) -> None:
    key, kept = variables.add(Key.new()), variables.add(Key.new())
    text = seal(EMAIL, key.name)
    destroy([key.name])
    destroy([key.name])
    assert list(variables.values) == [kept.name]
    with pytest.raises(GongConfigurationError, match="is gone"):
        unseal(text, key.name)


def test_a_key_that_airflow_did_not_delete_is_told(variables: Variables) -> None:
    key = variables.add(Key.new())
    variables.stuck = True
    with pytest.raises(GongUnavailableError, match=key.name):
        destroy([key.name])


@pytest.mark.parametrize("value", ["x", "[]", "{}", '{"private_key": "short"}'])
def test_a_variable_that_is_no_key_is_told(variables: Variables, value: str) -> None:
    name = Key.new().name
    variables.values[name] = value
    with pytest.raises(GongConfigurationError, match="does not hold a key"):
        seal("x", name)


def test_airflow_hides_the_key_in_the_ui_and_the_api() -> None:
    from airflow.api_fastapi.core_api.datamodels.variables import VariableResponse

    key = Key.new()
    shown = VariableResponse(key=key.name, value=key.value, description="", is_encrypted=True, team_name=None)
    assert json.loads(str(shown.val)) == {"private_key": "***"}
    assert key.secret not in repr(key)


def test_airflow_masks_what_is_opened(variables: Variables, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk._shared.secrets_masker import SecretsMasker

    masker = SecretsMasker()
    masker.min_length_to_mask = 5
    monkeypatch.setattr(connection, "mask_secret", masker.add_mask)
    key = variables.add(Key.new())
    open_subject(context(email_address=key.seal(EMAIL), phone_number=key.seal(PHONE)))
    text = f"GET …?emailAddress=jane.doe%40example.com for {PHONE}, {EMAIL}"
    assert masker.redact(text) == "GET …?emailAddress=*** for ***, ***"
