"""The keys: derived from one connection, another for each purpose, and nothing works without them."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from gong_airflow.errors import GongConfigurationError
from include.erasure.key import check_of, hashed, secret, signing_key, subject_key

FORM = "email:jane.doe@example.com"


def given(monkeypatch: pytest.MonkeyPatch, password: str | None) -> None:
    content = {"conn_type": "generic", "password": password}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(content))


def test_a_form_is_hashed_under_a_key_that_is_not_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "s" * 32)
    assert hashed(FORM) == hashed(FORM, subject_key())
    assert hashed(FORM) == hmac.new(subject_key(), FORM.encode(), hashlib.sha256).hexdigest()
    assert subject_key() != secret() == b"s" * 32
    # Anybody who verifies a certificate later must find the same hash.
    assert hashed(FORM) == "88ca8cdec0b9e579f6963315de5849c0c94e885b17ca117bc7aa7ba476807a76"


def test_another_password_gives_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for password in ("s" * 32, "t" * 32):
        given(monkeypatch, password)
        found |= {subject_key(), signing_key().private_bytes_raw(), check_of(subject_key()).encode()}
    assert len(found) == 6


@pytest.mark.parametrize("password", ["s" * 31, "", None])
def test_a_short_password_is_refused_and_not_told(
    monkeypatch: pytest.MonkeyPatch, password: str | None
) -> None:
    given(monkeypatch, password)
    with pytest.raises(GongConfigurationError, match="less than 32 characters") as caught:
        subject_key()
    assert "sss" not in str(caught.value)


def test_without_the_connection_it_is_said_what_to_create(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE", raising=False)
    with pytest.raises(GongConfigurationError, match=r"no connection gong_erasure.*Create the connection"):
        signing_key()
