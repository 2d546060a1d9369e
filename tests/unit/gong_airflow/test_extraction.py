"""Laws 2, 3, 5 and 9: one window, read through the real hook from the emulator over a real socket."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gong_airflow.errors import (
    GongCredentialsError,
    GongError,
    GongInputError,
    GongProtocolError,
    GongRateLimitError,
    GongUnavailableError,
)
from gong_airflow.streams import CALLS
from tests.support.emulator import Emulator
from tests.unit.gong_airflow.conftest import Reading

LIST, TRANSCRIPT = "/v2/calls/extensive", "/v2/calls/transcript"


def public(emulator: Emulator) -> set[str]:
    return {call["id"] for call in emulator.calls() if not call["isPrivate"]}


def ids(reading: Reading) -> list[str | None]:
    return [CALLS.id_of(record) for record in reading.landed()]


def assert_complete(reading: Reading, emulator: Emulator) -> None:
    counts = emulator.counts()
    assert set(ids(reading)) == public(emulator)
    assert len({record["callId"] for record in reading.landed("transcripts")}) == counts["transcripts"]


def test_every_public_call_lands_with_its_transcript(reading: Reading, emulator: Emulator) -> None:
    manifest = reading.read()
    assert_complete(reading, emulator)
    counts = emulator.counts()
    assert manifest["records"] == {"calls": counts["calls"], "transcripts": counts["transcripts"]}
    assert manifest["total_reported"] == counts["calls"] + counts["privateCalls"]
    assert len(manifest["private_ids"]) == counts["privateCalls"]
    assert reading.store.cleared


def test_two_requests_for_a_page_of_calls(reading: Reading, emulator: Emulator) -> None:
    reading.read()
    pages = -(-len(emulator.calls()) // 20)
    assert [r["operation"] for r in emulator.requests()] == [LIST, TRANSCRIPT] * pages
    assert reading.hook.traffic.requests == 2 * pages


def test_records_land_as_received_with_unknown_fields(reading: Reading, emulator: Emulator) -> None:
    emulator.fault("unknown_fields", path=LIST, times=None)
    reading.read()
    known = {"metaData", "context", "parties", "content", "interaction", "collaboration"}
    assert any(set(record) - known for record in reading.landed())
    assert_complete(reading, emulator)


def test_private_calls_land_only_when_asked_for(reading: Reading, emulator: Emulator) -> None:
    manifest = reading.read(include_private=True)
    assert set(ids(reading)) == {call["id"] for call in emulator.calls()}
    assert manifest["private_ids"] == []


def test_no_transcript_of_a_private_call_is_asked_for(reading: Reading, emulator: Emulator) -> None:
    reading.read()
    asked = {
        i for r in emulator.requests() if r["operation"] == TRANSCRIPT for i in r["body"]["filter"]["callIds"]
    }
    assert asked == public(emulator)


def test_an_empty_window_is_complete_and_costs_one_request(reading: Reading, emulator: Emulator) -> None:
    reading.window |= {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    manifest = reading.read()
    assert manifest["records"] == {"calls": 0}
    assert len(emulator.requests()) == 1


def test_a_window_that_the_plan_found_empty_costs_nothing(reading: Reading, emulator: Emulator) -> None:
    reading.window["expected"] = 0
    assert reading.read()["records"] == {"calls": 0}
    assert emulator.requests() == []


def test_signed_urls_never_land(reading: Reading, emulator: Emulator) -> None:
    reading.read(body={"contentSelector": {"exposedFields": {"media": True}}})
    media = [record["media"] for record in reading.landed() if "media" in record]
    assert media
    assert "X-Amz" not in str(reading.landed())


class Killed(BaseException):
    """Stands for kill -9: nothing that handles errors sees it."""


@pytest.mark.parametrize("after", range(7))
@pytest.mark.parametrize("where", ["request", "page", "state"])
def test_a_crash_anywhere_repeats_at_most_one_request(
    reading: Reading, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, after: int, where: str
) -> None:
    """Killed after the n-th request, page or kept state; the next try goes on."""
    target, name = {
        "request": (reading.hook, "call"),
        "page": (reading.landing, "put_page"),
        "state": (reading.store, "save"),
    }[where]
    original, seen = getattr(target, name), []

    def killing(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        seen.append(name)
        if len(seen) == after + 1:
            raise Killed
        return result

    monkeypatch.setattr(target, name, killing)
    try:
        reading.read()
    except Killed:
        reading.read()
    assert_complete(reading, emulator)
    assert len(ids(reading)) == len(public(emulator))
    assert len(emulator.requests()) <= 2 * 3 + 1


def test_an_expired_cursor_reads_this_window_again(reading: Reading, emulator: Emulator) -> None:
    emulator.fault("expire_cursor", path=LIST)
    manifest = reading.read()
    assert_complete(reading, emulator)
    assert len(ids(reading)) == len(public(emulator))
    assert len(manifest["pages"]) == 3


def test_a_cursor_that_has_really_expired_between_two_tries(
    reading: Reading, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = reading.hook.call

    def dies_on_page_two(operation: str, **kwargs: Any) -> Any:
        if operation.endswith("extensive") and (kwargs["json"] or {}).get("cursor"):
            raise Killed
        return original(operation, **kwargs)

    monkeypatch.setattr(reading.hook, "call", dies_on_page_two)
    with pytest.raises(Killed):
        reading.read()
    monkeypatch.setattr(reading.hook, "call", original)
    emulator.advance(3601)
    reading.read()
    assert_complete(reading, emulator)


def test_cursors_that_always_expire_end_in_an_error(reading: Reading, emulator: Emulator) -> None:
    emulator.fault("tamper_cursor", path=LIST, times=None)
    with pytest.raises(GongError, match="no longer accepts the cursor"):
        reading.read()
    assert len(emulator.requests()) <= 3 * 4


def test_a_cursor_that_repeats_stops_with_an_error(reading: Reading, emulator: Emulator) -> None:
    emulator.fault("cursor_repeat", path=LIST, times=None)
    with pytest.raises(GongProtocolError, match="repeats"):
        reading.read()


def test_pages_that_never_end_stop_with_an_error(reading: Reading, emulator: Emulator) -> None:
    emulator.fault("endless", path=LIST, times=None)
    with pytest.raises(GongProtocolError, match="do not end"):
        reading.read()
    assert len(emulator.requests()) < 150


# What the person reads, and whether the window is complete all the same (None: no error).
FAULTS: list[tuple[str, dict[str, Any], type[GongError] | None, str]] = [
    ("status", {"status": 400, "errors": ["filter: broken"]}, GongInputError, "filter: broken.*Correct what"),
    (
        "status",
        {"status": 401, "errors": ["Unauthorized"]},
        GongCredentialsError,
        "access key, secret and base URL",
    ),
    (
        "status",
        {
            "status": 401,
            "errors": ["You don't have permission to use 'api:calls:read:extensive' in your app."],
        },
        GongCredentialsError,
        "Give the key scope api:calls:read:extensive",
    ),
    ("status", {"status": 403, "errors": ["Forbidden"]}, GongCredentialsError, "trusted IP"),
    ("status", {"status": 404, "errors": ["Call ID 1 was not found"]}, GongInputError, "Call ID 1"),
    ("status", {"status": 409, "errors": ["Conflict"]}, GongInputError, "Conflict"),
    ("status", {"status": 429, "headers": {"Retry-After": "2"}}, None, ""),
    ("status", {"status": 429, "headers": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}}, None, ""),
    ("status", {"status": 429}, None, ""),
    ("status", {"status": 429, "headers": {"Retry-After": "1200"}}, GongRateLimitError, "request limit"),
    ("status", {"status": 500, "errors": ["Internal server error occurred"]}, None, ""),
    ("html", {"status": 502}, None, ""),
    ("html", {"status": 503}, None, ""),
    ("reset", {}, None, ""),
    ("reset_body", {}, None, ""),
    ("truncate", {}, None, ""),
    ("content_type", {}, None, ""),
    ("gzip", {}, None, ""),
    ("null_arrays", {}, GongUnavailableError, "announces .* holds none"),
    ("missing_arrays", {}, GongUnavailableError, "announces .* holds none"),
    ("unknown_fields", {}, None, ""),
    ("swap_types", {}, None, ""),
    ("duplicate_call", {}, None, ""),
    ("total_mismatch", {"delta": 3}, None, ""),
    ("total_mismatch", {"delta": -3}, None, ""),
]


@pytest.mark.parametrize("path", [LIST, TRANSCRIPT])
@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]}-{case[1]}")
def test_faults(reading: Reading, emulator: Emulator, path: str, case: Any) -> None:
    """Each fault hits the second page; afterwards nothing is lost."""
    kind, fault, error, said = case
    if kind == "duplicate_call" and path == TRANSCRIPT:
        path = LIST
    emulator.fault(kind, path=path, skip=1, **fault)
    follow_up = path == TRANSCRIPT  # half the requests where the transcripts are not the point
    if error:
        with pytest.raises(error) as raised:
            reading.read(follow_up=follow_up)
        assert re.search(said, str(raised.value))
        assert path in str(raised.value)
        assert raised.value.operation is not None
    reading.read(follow_up=follow_up)  # at once, or the retry after the error
    assert set(ids(reading)) == public(emulator)
    if follow_up:
        assert_complete(reading, emulator)


@pytest.mark.parametrize("kind", ["reset", "reset_body", "truncate", "html"])
def test_faults_that_stay_end_in_an_error_and_lose_nothing(
    reading: Reading, emulator: Emulator, kind: str
) -> None:
    emulator.fault(kind, path=LIST, skip=1, times=4, **({"status": 502} if kind == "html" else {}))
    with pytest.raises(GongUnavailableError):
        reading.read()
    reading.read()
    assert_complete(reading, emulator)


@pytest.mark.parametrize("kind", ["delay", "slow_body"])
def test_an_answer_that_takes_longer_than_the_time_out(
    emulator: Emulator, reading: Reading, make_hook: Any, kind: str
) -> None:
    reading.hook = make_hook(extra='{"read_timeout": 0.3, "connect_timeout": 0.3}')
    emulator.fault(kind, path=LIST, skip=1, seconds=4)
    reading.read()
    assert_complete(reading, emulator)
    assert reading.hook.traffic.as_dict()["POST /v2/calls/extensive"]["retries"] == 1


def test_ids_that_arrive_as_numbers_are_asked_for_as_text(reading: Reading, emulator: Emulator) -> None:
    emulator.fault("swap_types", path=LIST, times=None)
    reading.read()
    assert_complete(reading, emulator)


def test_the_counters_tell_429s_and_retries(reading: Reading, emulator: Emulator) -> None:
    emulator.fault("status", path=LIST, status=429, headers={"Retry-After": "2"}, times=2)
    reading.read()
    counters = reading.hook.traffic.as_dict()["POST /v2/calls/extensive"]
    assert (counters["requests"], counters["rate_limited"], counters["retries"]) == (5, 2, 2)
    assert counters["seconds_waited"] >= 4


def test_the_state_between_tries_holds_no_record(reading: Reading, emulator: Emulator) -> None:
    reading.read()
    states = str(reading.store.states)
    for person in emulator.control("GET", "people")["people"]:
        assert person["name"] not in states
        assert person["emailAddress"] not in states
