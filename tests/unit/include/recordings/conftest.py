"""Every test of a drop folder runs on a local disk and in an object store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from recordings_support import Box, LocalBox, ObjectBox, ObjectStore


@pytest.fixture
def local_box(tmp_path: Path) -> LocalBox:
    return LocalBox(f"file://{tmp_path}/incoming")


@pytest.fixture(params=["local", "objects"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    ObjectStore.store.clear()
    if request.param == "local":
        yield LocalBox(f"file://{tmp_path}/incoming")
    else:
        yield ObjectBox("objects://bucket/incoming")
    ObjectStore.store.clear()
