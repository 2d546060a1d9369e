"""What the tests of looking up, erasing and verifying start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import airflow.sdk
import pytest

from gong_airflow.erasure.sealing import Key
from gong_airflow.hooks.gong import GongHook
from tests.support.emulator import Emulator
from tests.support.variables import Variables
from tests.unit.gong_airflow.erasure.erasing import (
    EMAIL,
    PERSON,
    Erasure,
    MemoryCases,
)


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    made = Variables()
    monkeypatch.setattr(airflow.sdk, "Variable", made)
    return made


@pytest.fixture
def make_key(variables: Variables) -> Callable[[], Key]:
    def make() -> Key:
        return variables.add(Key.new())

    return make


@pytest.fixture
def erasure(make_key: Callable[[], Key], request: pytest.FixtureRequest) -> Erasure:
    def make_hook() -> GongHook:
        # Only for tests that need it: the emulator is reset for each.
        return request.getfixturevalue("make_hook")()

    made = Erasure(make_key(), make_hook, MemoryCases())
    made.of(EMAIL)
    return made


@pytest.fixture
def planted(emulator: Emulator) -> dict[str, Any]:
    emulator.control("PUT", "privacy/settings", {"delay_seconds": 600, "seconds_per_object": 60})
    return dict(emulator.control("POST", "privacy/people", PERSON))
