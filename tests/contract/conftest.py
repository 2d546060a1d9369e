"""Gong's own OpenAPI document, which is not part of this project: at $GONG_OPENAPI_DOCUMENT or beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    beside = ROOT.parent / "shared" / "gong" / "openapi-2026-02.json"
    place = Path(os.environ.get("GONG_OPENAPI_DOCUMENT", beside))
    if not place.exists():
        pytest.skip(
            f"Gong's OpenAPI document is not at {place}; set GONG_OPENAPI_DOCUMENT to check against it"
        )
    return dict(json.loads(place.read_text()))
