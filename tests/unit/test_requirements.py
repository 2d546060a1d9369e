"""The three locks name the same versions, and no place that only one machine has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", ["dev", "compose"])
def test_the_locks_agree(kind: str) -> None:
    # Held back by what only the workers have, or pulled in under a wider condition.
    held_back = {"async-timeout", "colorama", "python-dateutil"}
    assert {name for name, pins in locked("").items() if locked(f"-{kind}").get(name) != pins} <= held_back


@pytest.mark.parametrize("kind", ["", "-dev", "-compose"])
def test_the_locks_name_no_place_but_the_project(kind: str) -> None:
    text = (PROJECT / f"requirements{kind}.lock").read_text()
    assert not re.findall(r"\w+://\S+", text)
    assert re.findall(r"^-\S.*", text, re.MULTILINE) == ["-e ./plugins"]


def locked(kind: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for line in (PROJECT / f"requirements{kind}.lock").read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            pins.setdefault(line.split("==")[0], set()).add(line)
    return pins
