"""Who did what in Gong: the five audit logs, hourly.

Each log goes on from its own watermark, minus the look-back. Rows are redacted before they land: client
addresses, e-mail addresses, names and tokens never leave this process; ids of users and calls stay. With
`from` (and `to`) a run reads that range and leaves the watermarks alone. Gong keeps the access log 14 days.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, task

from dags.wiring.flow import flow_dag_args
from dags.wiring.streams import stream_names, stream_tasks
from gong_airflow.assets import AUDIT as ASSET
from gong_airflow.planning import stretches
from gong_airflow.streams import AUDIT
from include import settings

TIME = {"type": ["null", "string"], "format": "date-time"}
LOOK_BACK = timedelta(hours=settings.number("GONG_AUDIT_LOOK_BACK_HOURS", 1))
INITIAL = settings.days("GONG_AUDIT_INITIAL_DAYS", 14)

with DAG(
    "gong_audit",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable(settings.text("GONG_AUDIT_CRON", "20 * * * *"), timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={
        "from": Param(None, **TIME, description="Start, ISO 8601 with zone. Empty: from the watermark."),
        "to": Param(None, **TIME, description="End, exclusive. Empty: now."),
    },
    **flow_dag_args("audit", late_after=timedelta(hours=3), max_active_runs=1),
):

    @task(multiple_outputs=True, inlets=[ASSET])
    def plan_windows(start: Any, end: Any, **context: Any) -> dict[str, dict[str, str]]:
        """A window for each log, without a request."""
        names = stream_names(AUDIT)
        return stretches(
            context,
            ASSET,
            names,
            start=start,
            end=end,
            look_back=LOOK_BACK,
            initial=INITIAL,
            not_before=settings.kept_for(),
        )

    stream_tasks(plan_windows("{{ params['from'] }}", "{{ params['to'] }}"), AUDIT, ASSET)
