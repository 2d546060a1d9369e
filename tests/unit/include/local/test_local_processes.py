"""Law of the house: whatever happens to the supervisor, nothing that it started keeps running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from include.local import guard
from include.local.errors import ComponentEndedError
from include.local.processes import Components
from tests.support.emulator import PROJECT
from tests.support.waiting import wait_until

SUPERVISOR = """
import sys, time
from pathlib import Path
from include.local.lock import sole
from include.local.processes import Components
home = Path(sys.argv[1])
with sole(home) as held, Components(home / "logs", held=held, grace=0.3) as components:
    components.start("family", sys.argv[2:], {})
    time.sleep(600)
"""


def nothing() -> None:
    """A supervisor that sees no reason to give up."""


def test_stop_ends_a_component_and_what_left_its_process_group(components, family, pids, gone) -> None:
    components.start("family", family(), os.environ)
    started = pids()
    components.stop()
    gone(started)


def test_stop_kills_those_that_do_not_listen(components, family, pids, gone) -> None:
    components.start("family", family("stubborn"), os.environ)
    started = pids()
    components.stop()
    gone(started)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_supervisor_takes_everything_along(number, tmp_path: Path, family, pids, gone) -> None:
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path), *family("stubborn")]
    with subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}) as supervisor:
        started = pids()
        supervisor.send_signal(number)
        supervisor.wait(20)
    gone(started)


def test_a_component_that_ends_is_noticed_and_shown(components: Components) -> None:
    component = components.start("broken", [sys.executable, "-c", "raise SystemExit('out of cheese')"], {})
    wait_until("the component's end", lambda: component.guard.poll() is not None)
    with pytest.raises(ComponentEndedError, match=r"broken ended with exit code 1(.|\n)*out of cheese"):
        components.check()


def test_what_a_component_left_behind_ends_with_it(
    components: Components, family: Callable[..., list[str]], pids, gone
) -> None:
    component = components.start("family", family(), os.environ)
    started = pids()
    os.kill(started[0], signal.SIGKILL)
    wait_until("the guard's end", lambda: component.guard.poll() is not None)
    assert component.guard.poll() == 128 + signal.SIGKILL
    gone(started)


def test_a_command_is_run_to_its_end(components: Components) -> None:
    command = [sys.executable, "-c", "print('1 2 3'); raise SystemExit(7)"]
    code, component = components.finish("short", command, {}, nothing)
    assert (code, component.tail(1)) == (7, "1 2 3")
    components.check()


def test_a_command_is_given_up_when_the_supervisor_has_to(components: Components, family, pids, gone) -> None:
    started: list[int] = []

    def give_up() -> None:
        started.extend(pids())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        components.finish("family", family(), os.environ, give_up)
    components.stop()
    gone(started)


def test_processes_are_listed_alike_with_and_without_proc(monkeypatch, components, family, pids) -> None:
    components.start("family", family(), os.environ)
    started = pids()
    assert set(guard.members(started[0])) == set(started)
    monkeypatch.setattr(guard, "PROC", Path("/nowhere"))
    assert set(guard.members(started[0])) == set(started)
