"""One supervisor at a time for one Airflow home, and none before the last one's processes are gone."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include import settings

PATIENCE = 30.0


@contextmanager
def sole(home: Path, patience: float = PATIENCE) -> Iterator[int]:
    """Hold the lock of `home`; gives a file descriptor that keeps it held for whoever inherits it.

    The guards inherit it: after a supervisor was killed, the lock is free once all it started has
    ended, which is waited for up to `patience` seconds.

    :raises settings.SettingError: another supervisor is running
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, home, patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, home: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    said = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode()
            if _lives(holder) or time.monotonic() > deadline:
                raise settings.SettingError(
                    f"The project is already running here (process {holder}, Airflow home {home}): stop it, "
                    "or set another GONG_DATA_DIR, AIRFLOW_PORT and EMULATOR_PORT for a second one."
                ) from None
            if not said:
                print("Waiting for the processes of an earlier run to end ...", flush=True)
                said = True
            time.sleep(0.1)
        else:
            return


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
