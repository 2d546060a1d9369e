"""Keeps one component company: nothing of it outlives the process that asked for it.

Run by path, as `python -I -S guard.py GRACE COMMAND...`, with a pipe as standard input that only the
supervisor holds open. The pipe closes when the supervisor closes it, and also when the supervisor is
killed in a way that lets it do nothing any more, on every system that has pipes. The component gets
a session of its own: Airflow gives each task a process group, but nobody leaves the session.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
LAST_RESORT = 10.0
"""Seconds after which even a killed process is no longer waited for: the system does not let go of it."""


def members(session: int) -> list[int]:
    """The processes of `session` that have not ended."""
    return [
        pid
        for pid, its_session in (_by_proc() if (PROC / "self/stat").exists() else _by_ps())
        if its_session == session
    ]


def _by_proc() -> Iterator[tuple[int, int]]:
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # "pid (name) state parent group session ..."; the name may hold blanks and parentheses.
            state, _parent, _group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue  # it ended in the meantime
        if state not in "ZX":
            yield int(entry.name), int(session)


def _by_ps() -> Iterator[tuple[int, int]]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        pid, state = line.split()[:2]
        try:
            if not state.startswith("Z"):
                yield int(pid), os.getsid(int(pid))
        except OSError:
            continue  # it ended in the meantime, or it is none of ours


def end(session: int, grace: float) -> None:
    """Ask every process of `session` to end, and kill those that have not after `grace` seconds."""
    started = time.monotonic()
    number = signal.SIGTERM
    told: set[int] = set()
    while (pids := members(session)) and time.monotonic() - started < grace + LAST_RESORT:
        if number is signal.SIGTERM and time.monotonic() - started > grace:
            number, told = signal.SIGKILL, set()
        # One that a member started a moment before its end is new here, and is told as well.
        for pid in set(pids) - told:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        told.update(pids)
        time.sleep(0.05)


def guard(grace: float, command: list[str]) -> int:
    """Run `command` until it ends or standard input does; its exit code, once all of it is gone."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: asked.append(received))
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    component = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    while component.poll() is None and not asked:
        ready, _, _ = select.select([0, reader], [], [])
        if 0 in ready and not os.read(0, 4096):
            break
        if reader in ready:
            os.read(reader, 4096)
    end(component.pid, grace)
    return component.wait()


if __name__ == "__main__":
    code = guard(float(sys.argv[1]), sys.argv[2:])
    sys.exit(code if code >= 0 else 128 - code)
