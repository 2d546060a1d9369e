"""The processes that the supervisor starts: each under a guard, all of them stopped together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from include.local.errors import ComponentEndedError

GUARD = Path(__file__).with_name("guard.py")
GRACE = 3.0
"""Seconds that a component has to end by itself. Enough to stop tasks; the API server would take more."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Component:
    """A started component: its name for messages, where its output goes, its guard."""

    name: str
    log: Path
    guard: subprocess.Popen[bytes]
    lasting: bool

    def tail(self, lines: int = 15) -> str:
        """The last `lines` lines that the component wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Components:
    """Starts components, notices when one ends, stops all of them; a context manager."""

    def __init__(self, logs: Path, *, held: int | None = None, grace: float = GRACE) -> None:
        """`logs` is the folder of their output; `held` a file descriptor kept open until all are gone."""
        self._logs = logs
        self._held = () if held is None else (held,)
        self._grace = grace
        self._started: list[Component] = []

    def __enter__(self) -> Components:
        return self

    def __exit__(self, *_: object) -> None:
        # A second Ctrl-C must not leave processes behind: it is heard when all are gone.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self.stop()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Component:
        """Start `command` as component `name`; what it prints goes to `<logs>/<name>.log`."""
        return self._start(name, command, environment, lasting=True)

    def finish(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], alive: Callable[[], None]
    ) -> tuple[int, Component]:
        """Run `command` to its end; its exit code beside it. `alive` may raise to give up."""
        component = self._start(name, command, environment, lasting=False)
        while (code := component.guard.poll()) is None:
            alive()
            time.sleep(0.05)
        return code, component

    def check(self) -> None:
        """Raise ComponentEndedError when a component is no longer there."""
        for component in self._started:
            if component.lasting and (code := component.guard.poll()) is not None:
                raise ComponentEndedError(
                    f"{component.name} ended with exit code {code}. Its last lines ({component.log}):\n"
                    + component.tail()
                )

    def stop(self) -> None:
        """End all components and wait until nothing of them is left."""
        for component in reversed(self._started):
            if component.guard.stdin is not None:
                component.guard.stdin.close()
        for component in reversed(self._started):
            component.guard.wait()
        self._started.clear()

    def _start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, lasting: bool
    ) -> Component:
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), str(self._grace), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                pass_fds=self._held,
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which ends them all
            )
        component = Component(name, log, guard, lasting)
        self._started.append(component)
        return component
