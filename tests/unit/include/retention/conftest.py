"""Landing zones and drop folders on the local disk and in an object store; nothing of ours elsewhere."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from retention_support import Place


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data folder and settings of this test alone."""
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path / "data"))
    for name in ("GONG_RETENTION_DAYS", "GONG_RETENTION_MEDIA_DAYS", "GONG_LANDING_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "local":
        return Place(f"file://{tmp_path}/a place/in")
    return Place(f"memory://{uuid.uuid4().hex}/in")
