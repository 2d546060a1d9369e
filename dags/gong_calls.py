"""Calls and transcripts out of Gong, into the landing zone and the tables, hourly.

A scheduled run reads from the watermark minus the look-back to now, so a scheduler that was down for a
week catches up in one run. Started by hand with an empty form, it does the same; with `from` (and `to`)
it reads that range and leaves the watermark alone. A backfill reads the interval of each of its runs.

Every request holds a slot of the pool `gong_api`. Clear `extract_windows` to go on where a window
stopped; clear `plan_windows` to read everything afresh.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from dags.wiring.calls import FORM, calls_tasks
from dags.wiring.flow import flow_dag_args
from include import settings

TIME = {"type": ["null", "string"], "format": "date-time"}
RANGE = {
    "from": Param(None, **TIME, description="Start, ISO 8601 with zone. Empty: from the watermark."),
    "to": Param(None, **TIME, description="End, exclusive. Empty: now."),
}

with DAG(
    "gong_calls",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={**RANGE, **FORM},
    **flow_dag_args("calls", late_after=timedelta(hours=3)),
):
    calls_tasks(
        start="{{ params['from'] }}",
        end="{{ params['to'] }}",
        look_back=settings.days("GONG_LOOK_BACK_DAYS", 1),
        initial=settings.days("GONG_INITIAL_DAYS", 30),
    )
