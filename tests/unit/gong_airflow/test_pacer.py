"""Law 1: a pool slot is the licence to call Gong."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from gong_airflow import pacer as module
from gong_airflow.errors import GongConfigurationError
from gong_airflow.pacer import MARGIN, Pacer, licensed_pacer


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def sent(pacer: Pacer, time: Time, count: int) -> list[float]:
    moments = []
    for _ in range(count):
        with pacer.turn():
            moments.append(time.now)
    return moments


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pacer(time: Time) -> Pacer:
    return Pacer(time.clock, time.sleep)


def test_the_first_request_leaves_a_full_second_after_the_task_started(pacer: Pacer, time: Time) -> None:
    pacer.begin("task", interval=1.0, since_start=0.3)
    assert sent(pacer, time, 1) == [pytest.approx(1000.7)]


def test_a_task_of_two_slots_also_waits_a_full_second(pacer: Pacer, time: Time) -> None:
    pacer.begin("task", interval=0.5, since_start=0.0)
    first, second = sent(pacer, time, 2)
    assert first == pytest.approx(1001.0)
    assert second - first == pytest.approx(0.5 * MARGIN)


def test_requests_are_spaced_by_the_interval_and_a_margin(pacer: Pacer, time: Time) -> None:
    pacer.begin("task", interval=1.0, since_start=1.0)
    moments = sent(pacer, time, 5)
    assert all(b - a >= 1.0 for a, b in itertools.pairwise(moments))


def test_beginning_again_for_the_same_task_does_not_reset_the_spacing(pacer: Pacer, time: Time) -> None:
    pacer.begin("task", interval=1.0, since_start=1.0)
    (first,) = sent(pacer, time, 1)
    pacer.begin("task", interval=1.0, since_start=1.0)
    (second,) = sent(pacer, time, 1)
    assert second - first >= 1.0


def test_the_next_task_of_the_process_keeps_its_distance(pacer: Pacer, time: Time) -> None:
    pacer.begin("one", interval=1.0, since_start=1.0)
    (first,) = sent(pacer, time, 1)
    pacer.begin("two", interval=1.0, since_start=50.0)
    (second,) = sent(pacer, time, 1)
    assert second - first >= 1.0


def test_the_interval_counts_from_when_a_request_was_on_the_wire(pacer: Pacer, time: Time) -> None:
    pacer.begin("task", interval=1.0, since_start=1.0)
    with pacer.turn():
        time.now += 0.4  # a large body on a slow line
        on_the_wire = time.now
    assert sent(pacer, time, 1)[0] - on_the_wire >= 1.0


def test_a_request_that_failed_while_it_was_sent_counts_too(pacer: Pacer, time: Time) -> None:
    pacer.begin("task", interval=1.0, since_start=1.0)
    with pytest.raises(OSError, match="reset"), pacer.turn():
        failed_at = time.now
        raise OSError("reset")
    assert sent(pacer, time, 1)[0] - failed_at >= 1.0


def test_any_succession_of_tasks_in_three_slots_stays_within_three_a_second() -> None:
    """Slots taken over at random moments, also from tasks that were killed: the union keeps the limit."""
    rng = random.Random(7)
    arrivals: list[float] = []
    for _slot in range(3):
        now = rng.random()
        for _task in range(40):
            time = Time()
            time.now = now
            pacer = Pacer(time.clock, time.sleep)
            pacer.begin("task", interval=1.0, since_start=0.0)
            for _ in range(rng.randint(1, 4)):
                with pacer.turn():
                    arrivals.append(time.now)
                time.now += rng.random() * 0.3
            # killed right after its last request: the slot is free at once
            now = arrivals[-1] + rng.random() * 0.05
    arrivals.sort()
    assert all(fourth - first >= 1.0 for first, fourth in zip(arrivals, arrivals[3:], strict=False))


def context(pool: str = "gong_api", slots: int = 1, started_ago: float = 0.0, resumed: bool = False):
    start = datetime.now(timezone.utc) - timedelta(seconds=started_ago)
    server = SimpleNamespace(start_date=start if resumed else None)
    ti = SimpleNamespace(id=object(), try_number=1, start_date=start, _ti_context_from_server=server)
    return {"task": SimpleNamespace(task_id="t", pool=pool, pool_slots=slots), "ti": ti}


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch):
    def run(value) -> None:
        monkeypatch.setattr(module, "_running_context", lambda: value)
        monkeypatch.setattr(module, "_pacers", {})

    return run


def test_outside_the_pool_it_refuses_and_says_what_to_add(running) -> None:
    running(context(pool="default_pool"))
    with pytest.raises(GongConfigurationError, match=r'Add pool="gong_api" to the task'):
        licensed_pacer()


def test_a_task_of_three_slots_sends_three_a_second(running) -> None:
    running(context(slots=3))
    assert licensed_pacer()._interval == pytest.approx(MARGIN / 3)


def test_outside_a_task_it_sends_one_a_second_without_a_wait(running) -> None:
    running(None)
    pacer = licensed_pacer()
    assert pacer._interval == pytest.approx(MARGIN)
    assert pacer._next_at <= pacer._clock()


def test_a_resumed_task_waits_although_it_started_long_ago(running) -> None:
    running(context(started_ago=500.0, resumed=True))
    pacer = licensed_pacer()
    assert pacer._next_at - pacer._clock() > 0.9


def test_sessions_of_one_process_share_one_pacer(running) -> None:
    running(context())
    assert licensed_pacer() is licensed_pacer()
