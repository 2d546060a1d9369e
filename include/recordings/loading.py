"""Receipts into the table `recording_upload`: those of a run, and all that are new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pendulum

from gong_airflow.recordings import Reference
from gong_airflow.watermark import advance_watermark, watermark_of
from include.recordings.drop_folder import DropFolder

if TYPE_CHECKING:
    from airflow.sdk import Asset


def load_settled(
    context: Any, asset: Asset, folder: DropFolder, recordings: Sequence[Reference]
) -> dict[str, Any]:
    """Load and move the watermark of `asset`; the counts of `Warehouse.load_recording_uploads`.

    :raises AirflowSkipException: there is nothing new, and nothing to do for whom is scheduled on the asset
    """
    from airflow.sdk.exceptions import AirflowSkipException

    from include.warehouse import Warehouse

    began = pendulum.now("UTC")
    counts = Warehouse().load_recording_uploads(folder.new_receipts(recordings, watermark_of(context, asset)))
    advance_watermark(context, [asset], f"{began:%Y-%m-%dT%H:%M:%SZ}")
    if not counts["rows"]:
        raise AirflowSkipException("Nothing new was settled")
    return counts
