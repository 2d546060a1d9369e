"""Verifying against the emulator: when Gong is done, and what is told when it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
import pytest
from airflow.sdk.exceptions import TaskDeferred

from gong_airflow.errors import (
    GongErasureIncompleteError,
    GongInputError,
)
from gong_airflow.retry_policy import GongRetryPolicy
from tests.support.emulator import Emulator
from tests.unit.gong_airflow.erasure.erasing import (
    CASE,
    EMAIL,
    EXTENSIVE,
    LOOK_UPS,
    NOTHING,
    Erasure,
    Gong,
    approved,
    email,
    emulated,
    told,
)


def test_it_waits_until_gong_is_done_call_by_call(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    erasure.look_up()
    erasure.approve()
    erasure.erase()
    left = []
    for seconds in (0, 600 + 8 * 60, 3600):
        emulator.advance(seconds)
        emulator.forget()
        try:
            made = erasure.verify()
        except TaskDeferred:
            left.append(erasure.cases.case["looks"][-1]["left"]["calls"])
            assert erasure.cases.case["verified_at"] is None
            # As long as something is named, nothing more is asked.
            assert not emulated(emulator, EXTENSIVE)
    assert 12 == left[0] > left[1] > 0
    case = erasure.cases.case
    assert made == {"case": CASE, "identities": {"email": 2, "phone": 2}, "calls": 12, "looks": 3,
                    "verified_at": case["verified_at"]}  # fmt: skip
    assert case["looks"][-1] == {"at": case["verified_at"], "left": {}}
    assert [len(emulated(emulator, one)) for one in (*LOOK_UPS.values(), EXTENSIVE)] == [2, 2, 1]


def test_calls_that_no_look_up_names_any_more_are_still_waited_for(erasure: Erasure) -> None:
    told(erasure, EMAIL, call_ids=[str(number) for number in range(201)])
    shown = {"calls": [{"metaData": {"id": "200"}}], "records": {}}
    erasure.hook = Gong(**{EXTENSIVE: [None, shown, None]})
    with pytest.raises(TaskDeferred):
        erasure.verify()
    assert erasure.cases.case["looks"][-1]["left"] == {"calls": 1}
    assert len(erasure.hook.asked(EXTENSIVE)) == 3
    erasure.hook = Gong()
    assert erasure.verify()["calls"] == 201


HELD = {**NOTHING, "calls": [{"id": "7"}], "customerData": [{"objects": [{"id": "1"}, {"id": "2"}]}]}


@pytest.mark.parametrize(
    ("minutes", "pause"), [(0, 5), (5, 5), (10, 6), (100, 60), (1000, 60), (47 * 60 + 50, 10)]
)
def test_pauses_grow_with_the_time_since_gong_was_told(erasure: Erasure, minutes: int, pause: int) -> None:
    told(erasure, EMAIL, ago=timedelta(minutes=minutes))
    erasure.hook = Gong({email(): HELD})
    with pytest.raises(TaskDeferred) as caught:
        erasure.verify()
    until = (caught.value.trigger.moment - pendulum.now("UTC")).total_seconds() / 60
    assert pause - 0.1 < until <= pause + 0.1


def test_at_the_deadline_it_says_what_is_left_and_how_to_go_on(erasure: Erasure) -> None:
    told(erasure, EMAIL, ago=timedelta(hours=48, minutes=1))
    erasure.hook = Gong({email(): HELD})
    with pytest.raises(GongErasureIncompleteError) as caught:
        erasure.verify()
    for part in ("1 calls, 2 leads and contacts", "2 days", "rq", "help@gong.io", "Start gong_erasure again"):
        assert part in str(caught.value)
    assert erasure.cases.case["looks"][-1]["left"] == {"calls": 1, "leads_and_contacts": 2}
    decision = GongRetryPolicy().evaluate(caught.value, 1, 15)
    assert (decision.action.name, "1 calls" in decision.reason) == ("FAIL", True)
    # Approved anew, it has its time again.
    erasure.approve()
    with pytest.raises(TaskDeferred):
        erasure.verify()
    with pytest.raises(GongErasureIncompleteError):
        erasure.verify(deadline="0")


def test_who_comes_back_is_not_verified_any_more(erasure: Erasure) -> None:
    told(erasure, EMAIL)
    erasure.hook = Gong()
    erasure.verify()
    assert erasure.cases.case["verified_at"]
    erasure.hook = Gong({email(): HELD})
    with pytest.raises(TaskDeferred):
        erasure.verify()
    assert erasure.cases.case["verified_at"] is None


def test_nothing_is_verified_of_which_gong_was_not_told(erasure: Erasure) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong()
    with pytest.raises(GongInputError, match="was not told"):
        erasure.verify()
    assert not erasure.hook.sent


def test_the_silent_protection_ends_at_the_deadline(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    emulator.control("PUT", "privacy/settings", {"guard_objects": 3, "guard": "silent"})
    erasure.look_up()
    erasure.approve()
    erasure.erase()
    emulator.advance(86_400)
    with pytest.raises(GongErasureIncompleteError, match=r"12 calls.*protection"):
        erasure.verify(deadline=timedelta(0))
