"""Receipts of media into the table `call_media`."""

from __future__ import annotations

from typing import Any

from include.media.landed import LandedMedia


def load_new(folder: LandedMedia) -> dict[str, Any]:
    """Load what no run has loaded yet; the counts of `Warehouse.load_call_media`.

    A load that dies is repeated by the next one, of this run or another.
    """
    from include.warehouse import Warehouse

    receipts = folder.new_receipts()
    counts = Warehouse().load_call_media(receipts.values())
    folder.forget_new(list(receipts))
    return counts
