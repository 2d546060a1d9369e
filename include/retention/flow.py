"""What the tasks of `gong_retention` do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from gong_airflow.errors import GongInputError
from include import settings
from include.retention.landed import remove_windows
from include.retention.limits import Limits
from include.retention.media import remove_media
from include.retention.recordings import remove_recordings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """What a run is to do: by the form when a person has started it, else by the settings."""

    kept: timedelta | None
    media_kept: timedelta | None
    count_only: bool
    now: datetime

    @classmethod
    def of(cls, context: Any) -> Order:
        """Of the run of this task, the same for all its tasks and their tries."""
        run, params = context["dag_run"], context["params"]
        now = min(run.run_after.astimezone(timezone.utc), datetime.now(timezone.utc))
        kept, media_kept = settings.kept_for(), settings.media_kept_for()
        if run.run_type != "manual":
            return cls(kept, media_kept, False, now)
        return cls(
            _given(params["days"]) or kept,
            _given(params["media_days"]) or media_kept,
            params["count_only"] is not False,
            now,
        )

    @property
    def limits(self) -> Limits:
        """What is too old."""
        return Limits.of(self.now, self.kept, self.media_kept)


def is_wanted(context: Any) -> bool:
    """Whether anything is to be removed; GongInputError for a form that says nothing."""
    order = Order.of(context)
    if order.kept or order.media_kept:
        return True
    if context["dag_run"].run_type == "manual":
        raise GongInputError(
            "Nothing says how long anything is kept",
            remedy="Give `days` or `media_days`, or set GONG_RETENTION_DAYS or GONG_RETENTION_MEDIA_DAYS",
        )
    return False


def landed(context: Any) -> dict[str, Any]:
    """Remove windows from the landing zone."""
    order = Order.of(context)
    return _told("landing zone", order, remove_windows(order.limits, count_only=order.count_only))


def media(context: Any) -> dict[str, dict[str, int]]:
    """Remove media of calls, and recordings that were filed or rejected."""
    order = Order.of(context)
    given: dict[str, Any] = {"count_only": order.count_only}
    return {
        "media": _told("media", order, remove_media(order.limits, **given)),
        "recordings": _told("recordings", order, remove_recordings(order.limits, **given)),
    }


def rows(context: Any) -> dict[str, int]:
    """Remove rows from the tables."""
    from include.warehouse import Warehouse

    order = Order.of(context)
    return _told("tables", order, Warehouse().remove_old(order.limits, count_only=order.count_only))


def report(context: Any, landed: Any, media: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    """All counts at once, and since when things are kept.

    A warning for what comes back: the flows know the settings alone.
    """
    order = Order.of(context)
    limits = order.limits
    for name, kept, given in (
        ("GONG_RETENTION_DAYS", settings.kept_for(), order.kept),
        ("GONG_RETENTION_MEDIA_DAYS", settings.media_kept_for(), order.media_kept),
    ):
        if given and not order.count_only and (kept is None or kept > given):
            days = given / timedelta(days=1)
            log.warning(
                "What is older than %g days was removed, but other flows may read it again: set %s=%g",
                days,
                name,
                days,
            )
    return {
        "count_only": order.count_only,
        "kept_since": {
            "landed": limits.landed and limits.landed.isoformat(),
            "media": limits.media and limits.media.isoformat(),
        },
        "landed": landed,
        **media,
        "rows": rows,
    }


def _given(days: Any) -> timedelta | None:
    return timedelta(days=float(days)) if days else None


def _told(place: str, order: Order, counts: dict[str, Any]) -> dict[str, Any]:
    log.info("%s: %s %s", place, "would remove" if order.count_only else "removed", counts)
    return counts
