"""Waiting for a condition, and ports to listen on."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(what: str, check: Callable[[], Any], *, timeout: float = 60, every: float = 0.25) -> Any:
    """The first true answer of `check`, asked every `every` seconds.

    :raises TimeoutError: naming `what`, when there was none within `timeout` seconds
    """
    end = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        if answer := check():
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout:.0f} s")
        pause.wait(every)
