"""The environment of Airflow on one machine: what must be so, and what the shell may set otherwise."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

from include import settings
from include.local.gong import BASE_URL, CREDENTIALS
from include.local.keys import Keys
from include.local.ports import HOST

SIMPLE = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"


def airflow_home() -> Path:
    """AIRFLOW_HOME, or else a folder in the project: `.airflow`, with another data folder one of its own.

    Airflow's watermarks say up to where the data folder is complete, so the two belong together.
    """
    given = settings.text("AIRFLOW_HOME")
    if given:
        return (settings.PROJECT / Path(given).expanduser()).resolve()
    data = settings.data_dir()
    if data == settings.PROJECT / "data":
        return settings.PROJECT / ".airflow"
    return settings.PROJECT / f".airflow-{zlib.crc32(str(data).encode()):08x}"


def airflow_environment(home: Path, port: int, keys: Keys, *, scheduled: bool) -> dict[str, str]:
    """Environment variables for all of Airflow's components.

    `scheduled` False keeps the scheduler from starting runs by the clock: then only what was
    triggered runs. Gong's credentials are taken out: they are in the connection, encrypted.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in (*CREDENTIALS, BASE_URL)}
    # A connection in the environment would go before the one in the database, unnoticed.
    inherited.pop("AIRFLOW_CONN_GONG_DEFAULT", None)
    return {
        **_defaults(),
        **inherited,
        **_places(home, inherited),
        **_servers(port, keys),
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": str(scheduled),
    }


def _defaults() -> dict[str, str]:
    """What the shell may set otherwise."""
    return {
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        # A look-up of the own name goes out to a name server, and hangs on many a laptop.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        # The pause between two looks for work: every pool slot stands empty that long between two tasks.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # A new DAG file is seen after this many seconds (Airflow's default: 300).
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "NO_COLOR": "1",
    }


def _places(home: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Where things are. Fixed, so that variables of another Airflow in the shell lead nowhere else."""
    project = settings.PROJECT
    path = [str(project), *filter(None, [inherited.get("PYTHONPATH")])]
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Seen to once, before the components that use the database start.
        "AIRFLOW__DATABASE__CHECK_MIGRATIONS": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "GONG_DATA_DIR": str(settings.data_dir()),
        "PYTHONPATH": os.pathsep.join(path),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)]),
    }


def _servers(port: int, keys: Keys) -> dict[str, str]:
    """The API server, reachable from this machine only, and the keys that the components share."""
    beside_proxy = [
        "localhost",
        HOST,
        *filter(None, [settings.text("NO_PROXY") or settings.text("no_proxy")]),
    ]
    return {
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://{HOST}:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{port}/execution/",
        "AIRFLOW__API__SECRET_KEY": keys.api,
        "AIRFLOW__API_AUTH__JWT_SECRET": keys.jwt,
        "AIRFLOW__CORE__FERNET_KEY": keys.fernet,
        "AIRFLOW__CORE__AUTH_MANAGER": SIMPLE,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(keys.password_file),
        "NO_PROXY": ",".join(beside_proxy),
        "no_proxy": ",".join(beside_proxy),
    }
