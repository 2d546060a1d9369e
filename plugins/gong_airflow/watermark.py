"""How far a stream is complete, kept in the state store of its asset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

WATERMARK = "watermark"


def advance_watermark(context: Any, assets: Sequence[Any], watermark: str, stream: str = "") -> None:
    """Move the watermark of each asset to `watermark`, never back; `""` leaves them where they are.

    :param assets: outlets of the running task
    :param watermark: UTC as `2026-10-01T00:00:00Z`, or a date: times of one format compare as text
    :param stream: of an asset with a watermark for each stream
    """
    key = watermark_key(stream)
    for asset in assets:
        store = context["asset_state_store"][asset]
        before = store.get(key)
        if watermark and (before is None or str(before) < watermark):
            store.set(key, watermark)


def watermark_key(stream: str = "") -> str:
    """Where the state store of an asset holds the watermark of `stream`."""
    return f"{WATERMARK} {stream}" if stream else WATERMARK


def watermark_of(context: Any, asset: Any) -> datetime | None:
    """The watermark of `asset`, an outlet of the running task; None before the first."""
    watermark = context["asset_state_store"][asset].get(WATERMARK)
    return datetime.fromisoformat(str(watermark).replace("Z", "+00:00")) if watermark else None


def announce(context: Any, assets: Sequence[Any], facts: Mapping[str, Any]) -> None:
    """Attach `facts` (counts, no records) to the events of the assets."""
    for asset in assets:
        context["outlet_events"][asset].extra = dict(facts)
