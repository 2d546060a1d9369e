"""Law 9: errors are typed by what to do about them."""

from __future__ import annotations

import email.utils
import json
import time

import pytest

from gong_airflow.answers import LONGEST_RETRY_AFTER, read_answer, retry_after_seconds
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongCursorError,
    GongError,
    GongInputError,
    GongRateLimitError,
    GongUnavailableError,
    redact,
)

OPERATION = "POST /v2/calls/extensive"


def answer(status: int, *errors: str, headers: dict | None = None, body: bytes | None = None):
    content = body if body is not None else json.dumps({"requestId": "r1", "errors": errors}).encode()
    return read_answer(OPERATION, status, headers or {}, content)


@pytest.mark.parametrize(
    "text",
    [
        "No calls found corresponding to the provided filters",
        "No answered scorecards found corresponding to the provided filters.",
    ],
)
def test_only_nothing_found_for_the_filters_means_empty(text: str) -> None:
    assert answer(404, text).empty
    with pytest.raises(GongInputError):
        answer(404, "Call ID 1 was not found")


@pytest.mark.parametrize(
    ("status", "errors", "kind", "remedy"),
    [
        (400, ["filter: must not be null"], GongInputError, "Correct what the task was given"),
        (400, ["The cursor has expired"], GongCursorError, "read again from its first page"),
        (400, ["failed to verify cursor"], GongCursorError, "read again from its first page"),
        (401, ["Unauthorized"], GongCredentialsError, "Check access key, secret and base URL"),
        (
            401,
            ["You don't have permission to use 'api:calls:read:transcript' in your app."],
            GongCredentialsError,
            "Give the key scope api:calls:read:transcript",
        ),
        (403, ["Forbidden"], GongCredentialsError, "trusted IP"),
        (409, ["conflict"], GongInputError, "Correct"),
        (415, ["Unsupported Media Type"], GongInputError, "Correct"),
        (429, ["slow down"], GongRateLimitError, "tries again"),
        (500, ["Internal server error occurred"], GongUnavailableError, "tries again"),
    ],
)
def test_errors_by_remedy(status: int, errors: list[str], kind: type[GongError], remedy: str) -> None:
    with pytest.raises(kind, match=remedy) as error:
        answer(status, *errors)
    assert error.value.status == status
    assert error.value.request_id == "r1"
    assert "Gong request id r1" in str(error.value)
    assert OPERATION in str(error.value)


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b"\xff\xfe", b"[" * 100_000])
def test_bodies_that_are_not_json(body: bytes) -> None:
    with pytest.raises(GongUnavailableError):
        answer(502, body=body)
    with pytest.raises(GongUnavailableError, match="not a JSON object"):
        answer(200, body=body)
    with pytest.raises(GongConfigurationError, match="base URL"):
        answer(404, body=body)
    with pytest.raises(GongConfigurationError, match="base URL"):
        answer(302, body=body)


@pytest.mark.parametrize("errors", [None, "one sentence", [None], {"a": 1}, 5])
def test_an_envelope_of_another_shape_is_read_as_far_as_it_goes(errors: object) -> None:
    with pytest.raises(GongInputError):
        answer(400, body=json.dumps({"requestId": 7, "errors": errors}).encode())


def test_the_trace_header_stands_in_for_the_request_id() -> None:
    with pytest.raises(GongUnavailableError) as error:
        answer(503, headers={"x-traceid": "t9"}, body=b"no")
    assert error.value.request_id == "t9"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), ("7", 7.0), ("1.5", 1.5), ("-3", 0.0), ("soon", None), ("nan", None), ("", None)],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value) == seconds


def test_a_date_as_retry_after_does_not_crash() -> None:
    in_an_hour = email.utils.formatdate(time.time() + 3600, usegmt=True)
    assert retry_after_seconds(in_an_hour) == pytest.approx(3600, abs=60)
    assert retry_after_seconds("inf") == LONGEST_RETRY_AFTER


def test_ids_of_any_size_stay_exact() -> None:
    body = b'{"id": 99999999999999999999}'
    assert answer(200, body=body).body["id"] == 99999999999999999999


@pytest.mark.parametrize(
    "secret",
    [
        "jane.doe@example.com",
        "+1 (415) 555-0100",
        "https://x.s3/a.mp4?X-Amz-Signature=abc",
        "eyJhbGciOiJ.e30.sig",
    ],
)
def test_personal_data_in_gongs_sentences_is_blanked(secret: str) -> None:
    with pytest.raises(GongInputError) as error:
        answer(400, f"parties[0]: '{secret}' is not valid")
    assert secret not in str(error.value)
    assert secret not in repr(error.value.errors)
    assert redact(f"a {secret} b").startswith("a <")
