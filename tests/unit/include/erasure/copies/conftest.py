"""Every test of our copies runs in folders of its own; most on a local disk and in an object store."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from copies_world import World


@pytest.fixture(params=["local", "memory"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    base = f"file://{tmp_path}" if request.param == "local" else f"memory://{uuid.uuid4().hex}"
    return made(base, tmp_path, monkeypatch)


@pytest.fixture
def local_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return made(f"file://{tmp_path}", tmp_path, monkeypatch)


def made(base: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("GONG_DATA_DIR", str(folder))
    monkeypatch.setenv("GONG_MEDIA_TEMP_DIR", str(folder / "parts"))
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    (folder / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))
    places = {"LANDING": "landing", "RECORDINGS": "recordings/incoming", "CRM": "crm", "ERASURE": "erasure"}
    for name, place in places.items():
        monkeypatch.setenv(f"GONG_{name}_URL", f"{base}/{place}")
    return World(base)
