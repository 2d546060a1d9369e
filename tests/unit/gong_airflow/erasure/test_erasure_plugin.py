"""How Airflow gets at the door, and what the door asks of Airflow."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gong_airflow.erasure.door import ErasureDoor, store_key
from gong_airflow.erasure.sealing import Key

# Airflow takes seconds, and is there already wherever plugins are loaded.
LOADED = """
import json, logging, re, secrets, sys, types, unicodedata, urllib.parse
for name in ("airflow", "airflow.sdk", "airflow.sdk.exceptions"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["airflow.sdk.exceptions"].AirflowException = Exception
before = set(sys.modules)
import gong_airflow.erasure.door
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def test_the_api_server_finds_it_where_the_distribution_is_installed() -> None:
    from airflow import plugins_manager

    _, middlewares = plugins_manager.get_fastapi_plugins()
    assert [one["middleware"] for one in middlewares].count(ErasureDoor) == 1


def test_every_process_of_airflow_loads_it_so_it_brings_nothing_along() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"gong_airflow"} | set(sys.stdlib_module_names)


def test_the_key_is_stored_as_tasks_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.models import variable

    stored: dict[str, str] = {}
    monkeypatch.setattr(variable.Variable, "set", lambda key, value, description: stored.update({key: value}))
    key = Key.new()
    store_key(key)
    (name,) = stored
    assert Key.stored(name, stored[name]) == key
