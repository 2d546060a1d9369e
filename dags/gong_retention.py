"""Removes what was copied out of Gong and is older than is to be kept, daily.

Off by default: set GONG_RETENTION_DAYS (landed files and rows) or GONG_RETENTION_MEDIA_DAYS (media of calls,
and recordings in `done` and `rejected` with their receipts). Days are those of UTC, and a day is kept whole.
Started by hand it counts what it would remove; clear `count_only` and it removes it.

As old as what it is about: a call by its start, whenever it was read. What Gong holds now, users for
example, goes when Gong has long not shown it any more. A recording counts from the day it was filed or
rejected. By the settings the other flows too begin there, and refuse a range that ends before: nothing is
read again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param, task

from dags.wiring.flow import flow_dag_args
from include import settings
from include.retention import flow

DAILY = CronTriggerTimetable("30 5 * * *", timezone="UTC")
DAYS = {"type": ["null", "number"], "minimum": settings.LEAST_DAYS_KEPT, "maximum": settings.MOST_DAYS_KEPT}
FORM = {
    "days": Param(None, **DAYS, description="Days that landed files and rows are kept. Empty: the setting."),
    "media_days": Param(None, **DAYS, description="Days that media and recordings are. Empty: the setting."),
    "count_only": Param(True, type="boolean", description="Count, and remove nothing."),
}

with DAG(
    "gong_retention",
    doc_md=__doc__,
    schedule=DAILY if settings.kept_for() or settings.media_kept_for() else None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params=FORM,
    **flow_dag_args("retention", late_after=timedelta(hours=6), max_active_runs=1),
):

    @task.short_circuit
    def check_setting(**context: Any) -> bool:
        """Scheduled runs are for those who have set something."""
        return flow.is_wanted(context)

    # Erasures rewrite landed files, in the same pool.
    @task(pool="gong_warehouse")
    def remove_landed(**context: Any) -> dict[str, Any]:
        """Windows of the landing zone."""
        return flow.landed(context)

    @task(pool="gong_warehouse")
    def remove_media(**context: Any) -> dict[str, dict[str, int]]:
        """Media of calls, and filed recordings."""
        return flow.media(context)

    @task(pool="gong_warehouse")
    def remove_rows(**context: Any) -> dict[str, int]:
        """Rows of the tables."""
        return flow.rows(context)

    @task
    def report(landed: Any, media: Any, rows: Any, **context: Any) -> dict[str, Any]:
        """All counts at once."""
        return flow.report(context, landed, media, rows)

    landed, media, rows = remove_landed(), remove_media(), remove_rows()
    check_setting() >> [landed, media, rows]
    report(landed, media, rows)
