"""Rows of recordings come with any run, and only new ones are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from recordings_support import RUN, LocalBox

from gong_airflow.assets import RECORDING_UPLOADS
from include.recordings.loading import load_settled
from include.warehouse import Warehouse


def test_the_rows_of_other_runs_come_too_and_the_watermark_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path / "data"))
    box = LocalBox(f"file://{tmp_path}/box/incoming", settle_seconds=0)
    kept: dict[str, Any] = {}

    class Store:
        get, set = kept.get, kept.__setitem__

    context: Mapping[str, Any] = {"asset_state_store": {RECORDING_UPLOADS: Store}}
    with pytest.raises(AirflowSkipException):
        load_settled(context, RECORDING_UPLOADS, box.folder(), [])
    first = kept["watermark"]
    box.drop("a")
    (recording,) = box.find().recordings
    box.folder().reject(recording, RUN, ["Wrong"])
    assert load_settled(context, RECORDING_UPLOADS, box.folder(), [])["rows"] == {"recording_upload": 1}
    assert kept["watermark"] >= first
    with pytest.raises(AirflowSkipException):
        load_settled(context, RECORDING_UPLOADS, box.folder(), [])
    assert Warehouse().counts()["recording_upload"] == 1
