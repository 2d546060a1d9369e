"""Telling Gong once, against the emulator: what is noted, what is repeated, the protection."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pendulum
import pytest
from airflow.sdk.exceptions import TaskDeferred

from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongInputError,
    GongRateLimitError,
    GongUnavailableError,
)
from tests.support.emulator import Emulator
from tests.unit.gong_airflow.erasure.erasing import (
    CASE,
    EMAIL,
    ERASE_EMAIL,
    NAMED,
    SECOND,
    Erasure,
    Gong,
    approved,
    emulated,
    erasures,
)


def test_gong_is_told_once_of_each(erasure: Erasure, emulator: Emulator, planted: dict[str, Any]) -> None:
    erasure.look_up()
    erasure.approve()
    made = erasure.erase()
    requests = erasure.cases.case["requests"]
    assert (made["case"], made["sent"], made["sent_before"]) == (CASE, 4, 0)
    assert made["request_ids"] == [one["request_id"] for one in requests]
    assert [e["requestId"] for e in erasures(emulator)] == made["request_ids"]
    assert {e["identity"] for e in erasures(emulator)} == {"email", "phone"}
    for one in requests:
        assert re.fullmatch(r"[0-9a-f]{12}", one["identity"])
        assert one["sending_at"] <= one["sent_at"]
        assert one["status"] == 200
    assert len({one["identity"] for one in requests}) == 4
    again = erasure.erase()
    assert (again["sent"], again["sent_before"], len(erasures(emulator))) == (0, 4, 4)


def test_it_is_noted_before_it_is_sent_and_answered_after(erasure: Erasure) -> None:
    approved(erasure, EMAIL)
    seen: list[Any] = []

    class Watching(Gong):
        def call(self, operation: str, **given: Any) -> Any:
            seen.append(erasure.cases.case["requests"])
            return super().call(operation, **given)

    erasure.hook = Watching()
    erasure.erase()
    ((before,),) = seen
    assert before["sending_at"]
    assert before["sent_at"] is before["request_id"] is before["status"] is None
    (after,) = erasure.cases.case["requests"]
    assert after == {**before, "sent_at": after["sent_at"], "request_id": "r1", "status": 200}
    assert after["sent_at"]
    assert erasure.hook.kwargs == [{"repeatable": False}]


class KilledError(BaseException):
    """What nothing catches."""


def test_who_takes_over_from_one_that_was_killed_sends_again_and_says_so(
    erasure: Erasure, capfd: pytest.CaptureFixture[str]
) -> None:
    approved(erasure, EMAIL, SECOND)
    erasure.hook = Gong(**{ERASE_EMAIL: [{"requestId": "x"}, KilledError()]})
    with pytest.raises(KilledError):
        erasure.erase()
    capfd.readouterr()
    erasure.hook = Gong()
    made = erasure.erase()
    assert (made["sent"], made["sent_before"]) == (1, 1)
    assert erasure.hook.asked(ERASE_EMAIL) == [SECOND]
    assert "fate is unknown: sending it again" in "".join(capfd.readouterr())
    first, lost, last = erasure.cases.case["requests"]
    assert first["sent_at"] and last["sent_at"] and not lost["sent_at"]
    assert lost["identity"] == last["identity"] != first["identity"]


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset"}])
def test_a_request_of_unknown_fate_is_noted_each_time_that_it_leaves(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any], fault: dict[str, Any]
) -> None:
    approved(erasure, EMAIL)
    emulator.fault(path=ERASE_EMAIL.split(" ")[1], times=2, **fault)
    for tries in (1, 2):
        with pytest.raises(GongUnavailableError) as caught:
            erasure.erase()
        assert not NAMED.search(str(caught.value))
        assert [one["sent_at"] for one in erasure.cases.case["requests"]] == [None] * tries
        assert len(emulated(emulator, ERASE_EMAIL)) == tries
    erasure.erase()
    assert len(emulated(emulator, ERASE_EMAIL)) == len(erasure.cases.case["requests"]) == 3


@pytest.mark.parametrize(
    "error",
    [
        GongInputError("no", status=400, errors=["emailAddress: x@example.com is not a valid email address"]),
        GongCredentialsError("no", status=401),
        GongRateLimitError("no", status=429, retry_after=7200),
        GongConfigurationError("no"),
    ],
)
def test_what_gong_has_not_taken_is_not_noted(erasure: Erasure, error: Exception) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong(**{ERASE_EMAIL: error})
    with pytest.raises((type(error), TaskDeferred)) as caught:
        erasure.erase()
    assert erasure.cases.case["requests"] == []
    assert "protection" not in str(caught.value)
    erasure.hook = Gong()
    assert erasure.erase()["sent"] == 1


def test_the_protection_is_told_with_what_to_do(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    emulator.control("PUT", "privacy/settings", {"guard_objects": 3})
    approved(erasure, EMAIL)
    with pytest.raises(GongInputError) as caught:
        erasure.erase()
    for part in ("protection", "abnormal number", "help@gong.io", caught.value.request_id, "clear this task"):
        assert part in str(caught.value)
    assert not NAMED.search(str(caught.value))
    assert erasure.cases.case["requests"] == []
    emulator.control("PUT", "privacy/settings", {"guard_objects": 1000})
    assert erasure.erase()["sent"] == 1


@pytest.mark.parametrize(
    "said", ["Bad request", "", "This email address is valid, but the number of objects is abnormal"]
)
def test_a_refusal_that_is_not_about_the_parameter_is_taken_for_the_protection(
    erasure: Erasure, said: str
) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong(**{ERASE_EMAIL: GongInputError("no", status=400, request_id="rq7", errors=[said])})
    with pytest.raises(GongInputError, match=r"protection.*rq7.*help@gong.io"):
        erasure.erase()


@pytest.mark.parametrize(
    "facts", [{"dry_run": True}, {"status": "dry_run"}, {"status": "erased"}, {"approved_at": None}]
)
def test_nothing_is_erased_that_nobody_has_approved(erasure: Erasure, facts: dict[str, Any]) -> None:
    approved(erasure, EMAIL, **facts)
    erasure.hook = Gong()
    with pytest.raises(GongInputError, match="Nothing was sent"):
        erasure.erase()
    assert not erasure.hook.sent


@pytest.mark.parametrize(("hours", "anew", "sent"), [(49, True, 1), (49, False, 0), (47, True, 0)])
def test_gong_is_told_again_after_two_days_when_a_person_approves_it_anew(
    erasure: Erasure, hours: int, anew: bool, sent: int, capfd: pytest.CaptureFixture[str]
) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong()
    erasure.erase()
    (one,) = erasure.cases.case["requests"]
    ago = pendulum.now("UTC") - timedelta(hours=hours)
    erasure.cases.update(CASE, requests=[{**one, "sent_at": ago.isoformat()}])
    erasure.approve(ago + timedelta(hours=1 if anew else -1))
    capfd.readouterr()
    assert erasure.erase()["sent"] == sent
    assert ("approved it anew" if sent else "not sent again") in "".join(capfd.readouterr())
