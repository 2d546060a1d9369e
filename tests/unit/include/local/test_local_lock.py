"""One supervisor at a time, and none before the last one's processes are gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from include.local.lock import sole
from include.settings import SettingError

HOLD = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_supervisor_is_refused_and_told_which_runs(tmp_path: Path) -> None:
    told = pytest.raises(SettingError, match=f"already running here .process {os.getpid()}")
    with sole(tmp_path), told, sole(tmp_path, patience=60):
        pass
    with sole(tmp_path):
        pass


def test_what_a_killed_supervisor_left_is_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "supervisor.lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin and holder.stdout and holder.stdout.readline() == "held\n"
        lock.write_text(
            subprocess.check_output([sys.executable, "-c", "import os; print(os.getpid())"], text=True)
        )
        with pytest.raises(SettingError), sole(tmp_path, patience=0.2):
            pass
        assert "Waiting for the processes of an earlier run" in capsys.readouterr().out
        holder.stdin.close()
        with sole(tmp_path):
            assert lock.read_text() == str(os.getpid())


def test_the_home_is_for_its_owner_only(tmp_path: Path) -> None:
    with sole(tmp_path / "home"):
        assert (tmp_path / "home").stat().st_mode & 0o077 == 0
