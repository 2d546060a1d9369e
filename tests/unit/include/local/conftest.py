"""Stand-ins for components, and a watch over the processes that they start."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from include.local.processes import Components
from tests.support.waiting import wait_until

# Starts a child in a process group of its own, as Airflow does for a task, and writes down both ids.
FAMILY = """
import os, pathlib, signal, subprocess, sys, time
folder, stubborn = pathlib.Path(sys.argv[1]), sys.argv[2:] == ["stubborn"]
if stubborn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " if stubborn else ""
child = subprocess.Popen(
    [sys.executable, "-c", f"import signal, time; {deaf}print(1, flush=True); time.sleep(600)"],
    preexec_fn=lambda: os.setpgid(0, 0), stdout=subprocess.PIPE)
child.stdout.readline()
draft = folder / "draft"
draft.write_text(f"{os.getpid()} {child.pid}")
draft.rename(folder / "pids")
time.sleep(600)
"""


def alive(pid: int) -> bool:
    """Whether `pid` is there and has not ended."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def family(tmp_path: Path) -> Callable[..., list[str]]:
    """The command line of a component with a child of its own."""

    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-c", FAMILY, str(tmp_path), *arguments]

    return command


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[Callable[[], list[int]]]:
    """Waits for the family's ids; whatever a test leaves is killed after it."""

    def read() -> list[int]:
        wait_until("the component's ids", (tmp_path / "pids").exists)
        return [int(pid) for pid in (tmp_path / "pids").read_text().split()]

    yield read
    if (tmp_path / "pids").exists():
        for pid in read():
            if alive(pid):
                os.kill(pid, 9)


@pytest.fixture
def components(tmp_path: Path) -> Iterator[Components]:
    with Components(tmp_path / "logs", grace=0.3) as started:
        yield started


@pytest.fixture
def gone() -> Callable[[list[int]], Any]:
    """Waits until none of the processes is there any more."""
    return lambda pids: wait_until(f"the end of {pids}", lambda: not any(map(alive, pids)), timeout=20)
