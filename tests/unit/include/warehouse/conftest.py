from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse_records import Lander, Local

from include.warehouse.workspace import open_workspace


@pytest.fixture
def lander(tmp_path: Path) -> Lander:
    return Lander((tmp_path / "landing").as_uri())


@pytest.fixture
def local(lander: Lander) -> Iterator[Local]:
    with open_workspace() as workspace:
        yield Local(lander, workspace)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's data folder for this test: holds `warehouse.duckdb` after a load."""
    folder = tmp_path / "data"
    monkeypatch.setenv("GONG_DATA_DIR", str(folder))
    return folder
