"""A real Airflow for a test: scheduler, DAG processor, API server and triggerer on SQLite.

It has its own AIRFLOW_HOME, its own ports and its own process group, so that stopping it stops all of it
and nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.support.waiting import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "only-for-this-test"
# What a person's shell may hold and what would lead this Airflow to another one's database or folders.
_FOREIGN = ("AIRFLOW", "GONG_", "PYTHONPATH")
_HEALTHY_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class AirflowProcess:
    """`airflow standalone` in a process group of its own; a context manager that stops what it started.

    :param home: becomes AIRFLOW_HOME: database, logs and the output of all components
    :param dags_folder: where the DAG files are
    :param env: further environment variables; they win over the ones set here
    """

    def __init__(self, *, home: Path, dags_folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.dags_folder = dags_folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = home / "standalone.log"
        self._extra_env = dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        # A proxy of the machine must not see, and cannot answer, requests to this host.
        self._session.trust_env = False

    @property
    def env(self) -> dict[str, str]:
        """The environment of every component and of every `airflow` command of this Airflow."""
        passwords = self.home / "passwords.json"
        settings = {
            "CORE__DAGS_FOLDER": str(self.dags_folder),
            "CORE__PLUGINS_FOLDER": str(self.home / "plugins"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": "4",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "API__HOST": "127.0.0.1",
            "API__PORT": str(self.port),
            "API__BASE_URL": self.url,
            "API__WORKERS": "1",
            "API_AUTH__JWT_SECRET": "a-secret-that-only-this-test-knows-and-nobody-needs",
            "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
        return {
            **kept,
            "AIRFLOW_HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "plugins"))),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            **{f"AIRFLOW__{key}": value for key, value in settings.items()},
            **self._extra_env,
        }

    def __enter__(self) -> AirflowProcess:
        self.start()
        try:
            self.wait_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all components; returns at once."""
        (self.home / "plugins").mkdir(parents=True, exist_ok=True)
        (self.home / "passwords.json").write_text(json.dumps({"admin": PASSWORD}), encoding="utf-8")
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                ["airflow", "standalone"],
                env=self.env,
                cwd=self.home,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A plain TERM to standalone leaves its children running; their group reaches them all.
                start_new_session=True,
            )

    def wait_healthy(self, timeout: float = 180) -> None:
        """Wait until every component is healthy.

        :raises RuntimeError: Airflow ended by itself
        """
        try:
            wait_until("a healthy Airflow", self._healthy, timeout=timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.tail()}") from None

    def _healthy(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"Airflow is not running\n{self.tail()}")
        try:
            answer = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=5)
        except requests.RequestException:
            return False
        if answer.status_code != requests.codes.ok:
            return False
        health = answer.json()
        return all((health.get(part) or {}).get("status") == "healthy" for part in _HEALTHY_PARTS)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer of Airflow's public API; `path` is what follows `/api/v2`.

        :raises requests.HTTPError: 4xx or 5xx
        """
        if "Authorization" not in self._session.headers:
            login = {"username": "admin", "password": PASSWORD}
            token = self._session.post(f"{self.url}/auth/token", json=login, timeout=10)
            token.raise_for_status()
            self._session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

        def answers() -> list[requests.Response]:
            found = self._session.request(method, f"{self.url}/api/v2{path}", json=body, timeout=30)
            # When dozens of tasks begin at once SQLite may be locked: then nothing was written.
            return [] if found.status_code == 500 and "Database error" in found.text else [found]

        [answer] = wait_until("an unlocked SQLite", answers)
        if not answer.ok:
            raise requests.HTTPError(f"{method} {path}: {answer.status_code} {answer.text}", response=answer)
        return answer.json() if answer.content else None

    def command(self, *arguments: str) -> str:
        """Run an `airflow` command beside this Airflow; return what it printed."""
        done = subprocess.run(
            ["airflow", *arguments], env=self.env, cwd=self.home, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"airflow {' '.join(arguments)}: {done.returncode}\n{done.stderr[-3000:]}")
        return done.stdout

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None, *, timeout: float = 30) -> str:
        """Unpause the DAG as soon as it is known, start a run and return its run id."""

        def known() -> bool:
            try:
                self.api("PATCH", f"/dags/{dag_id}", {"is_paused": False})
            except requests.HTTPError as error:
                if error.response.status_code == requests.codes.not_found:
                    return False
                raise
            return True

        wait_until(f"DAG {dag_id}", known, timeout=timeout)
        body = {"logical_date": None, "conf": dict(conf or {})}
        return str(self.api("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """State of a run: queued, running, success or failed."""
        return str(self.api("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}")["state"])

    def wait_finished(self, dag_id: str, run_id: str, timeout: float = 60) -> str:
        """Wait until the run is over and return its state."""

        def final() -> str | None:
            state = self.run_state(dag_id, run_id)
            return state if state in ("success", "failed") else None

        return str(wait_until(f"the end of {dag_id} {run_id}", final, timeout=timeout))

    def kill_all(self) -> None:
        """What a power cut does: every process of this Airflow and all its tasks end at once."""
        if self._process is None:
            return
        groups = {self._process.pid, *_descendant_groups(self._process.pid)}
        for group in groups:
            self._signal_group(group, signal.SIGKILL)
        self._process.wait(10)
        wait_until("the end of all", lambda: not any(_alive(group) for group in groups), timeout=10)
        self._process = None

    def kill_9(self, pid: int) -> None:
        """End one process of this Airflow as the kernel does when memory runs out."""
        os.kill(pid, signal.SIGKILL)

    def tail(self, lines: int = 60) -> str:
        """The last lines of all components' output."""
        if not self.output.exists():
            return ""
        return "\n".join(self.output.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def stop(self, timeout: float = 5) -> None:
        """End the whole process group: TERM first, KILL for what is left."""
        if self._process is None:
            return
        group = self._process.pid
        self._signal_group(group, signal.SIGTERM)
        try:
            self._process.wait(timeout)
            wait_until("the end of all components", lambda: not _alive(group), timeout=timeout)
        except (subprocess.TimeoutExpired, TimeoutError):
            self._signal_group(group, signal.SIGKILL)
            self._process.wait(timeout)
        self._session.close()
        self._process = None

    @staticmethod
    def _signal_group(group: int, number: signal.Signals) -> None:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _descendant_groups(pid: int) -> set[int]:
    """Process groups below `pid`: each task has one of its own."""
    import psutil

    return {os.getpgid(child.pid) for child in psutil.Process(pid).children(recursive=True)}
