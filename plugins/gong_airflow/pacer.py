"""A pool slot is the licence to call Gong: who may send, and when.

Pool `gong_api` has as many slots as requests per second the company may make. A task waits one full
second after it starts, because whoever held its slot before may have sent a request just before it
ended; then it spaces requests by `1 / pool_slots` seconds. Slots times that rate is the limit, on any
executor and any number of hosts, without a shared store. The wait must come first: a task that is
killed cannot wait at its end. It is a whole second whatever the slots, as a task of two slots may
take over from two tasks of one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gong_airflow.errors import GongConfigurationError

POOL = "gong_api"
# Requests leave on time and arrive a little early or late: a margin keeps the server's count below the limit.
MARGIN = 1.015


_NOBODY = object()


class Pacer:
    """Spaces requests by `interval` seconds; one instance serves all sessions of a process.

    :param clock: seconds, monotonic
    :param sleep: waits that many seconds
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._interval = 1.0
        self._next_at = 0.0
        self._task: object = _NOBODY

    def begin(self, task: object, *, interval: float, since_start: float) -> None:
        """Take over the rate of `task`: its first request leaves one second after it started.

        :param task: what tells one attempt of a task from another; a repeated call for it does nothing
        :param interval: seconds between requests
        :param since_start: seconds since the task started
        """
        with self._lock:
            if task == self._task:
                return
            self._task = task
            self._interval = interval * MARGIN
            first_at = self._clock() + min(1.0, max(0.0, 1.0 - since_start))
            self._next_at = max(self._next_at, first_at)

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Wait until the next request may leave, then send it inside the block; gives the seconds waited.

        The interval counts from the end of the block: a request never leaves less than the interval
        after the one before was on the wire.
        """
        with self._lock:
            # Held while waiting and sending: the sessions of one process form one queue.
            seconds = max(0.0, self._next_at - self._clock())
            if seconds:
                self._sleep(seconds)
            try:
                yield seconds
            finally:
                self._next_at = self._clock() + self._interval


_pacers: dict[tuple[int, str], Pacer] = {}


def pacer_of_process(pool: str) -> Pacer:
    """The one pacer of this process for `pool`; a forked child gets its own."""
    return _pacers.setdefault((os.getpid(), pool), Pacer())


def licensed_pacer(pool: str = POOL) -> Pacer:
    """The pacer set to the running task's licence.

    :raises GongConfigurationError: the running task is not in `pool`
    """
    pacer = pacer_of_process(pool)
    context = _running_context()
    if context is None:
        # A connection test or a notebook: nobody counts its slots, so it goes slowly.
        pacer.begin(None, interval=1.0, since_start=1.0)
        return pacer
    task, ti = context["task"], context["ti"]
    if task.pool != pool:
        raise GongConfigurationError(
            f"Task {task.task_id!r} runs in pool {task.pool!r}, but every request to Gong needs a slot of "
            f"pool {pool!r}, as its slots are the company's requests per second",
            remedy=f'Add pool="{pool}" to the task',
        )
    pacer.begin(
        (ti.id, ti.try_number), interval=1.0 / max(1, task.pool_slots or 1), since_start=_since_start(ti)
    )
    return pacer


def _running_context() -> Any | None:
    from airflow.sdk import get_current_context

    try:
        return get_current_context()
    except RuntimeError:
        return None


def _since_start(ti: Any) -> float:
    """Seconds since this process began to run the task; 0 when that is not known.

    `start_date` is the moment at which the slot was taken, except when a deferred task resumes: then it
    is the first start, long ago, and the server says so by sending the date itself.
    """
    from_server = getattr(ti, "_ti_context_from_server", None)
    if ti.start_date is None or getattr(from_server, "start_date", None) is not None:
        return 0.0
    return max(0.0, time.time() - float(ti.start_date.timestamp()))
