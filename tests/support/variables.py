"""Airflow's Variables as a dictionary, for code that runs in tasks."""

from __future__ import annotations

from typing import Any

from gong_airflow.erasure.sealing import Key


class Variables:
    """Put in the place of `airflow.sdk.Variable`.

    `down`: the API server does not answer, which Airflow's `get` takes for "not found"; `stuck`: nothing is
    deleted; `appear`: keys that are there from the n-th read on.
    """

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.down = False
        self.stuck = False
        self.reads = 0
        self.appear: dict[int, Key] = {}

    def add(self, key: Key) -> Key:
        self.values[key.name] = key.value
        return key

    def get(self, key: str, default: Any = None) -> Any:
        self.reads += 1
        if late := self.appear.get(self.reads):
            self.add(late)
        return default if self.down else self.values.get(key, default)

    def keys(self, prefix: str) -> list[str]:
        if self.down:
            raise ConnectionError("no API server")
        return [key for key in self.values if key.startswith(prefix)]

    def delete(self, key: str) -> None:
        if not self.stuck:
            self.values.pop(key, None)
