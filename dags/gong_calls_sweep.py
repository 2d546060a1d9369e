"""Reads the last days of calls again, nightly.

Gong shows a call up to a day after it took place, changes it later without any mark, and removes it
without a trace. The sweep reads the last 7 days again, on Sundays the last 30, and finds calls that came
late, changed, turned private or vanished. `days` in the form reads as many days instead.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param

from dags.wiring.calls import FORM, calls_tasks
from dags.wiring.flow import flow_dag_args
from include import settings

NIGHTLY = settings.number("GONG_SWEEP_DAYS", 7)
WEEKLY = settings.number("GONG_SWEEP_WEEKLY_DAYS", 30)
DAYS = Param(
    None,
    type=["null", "number"],
    exclusiveMinimum=0,
    description=f"Days to read again. Empty: {NIGHTLY:g}, on Sundays {WEEKLY:g}.",
)

with DAG(
    "gong_calls_sweep",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 3 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={"days": DAYS, **FORM},
    **flow_dag_args("calls", late_after=timedelta(hours=6)),
):
    calls_tasks(
        days=f"{{{{ params.days or ({WEEKLY} if dag_run.run_after.isoweekday() == 7 else {NIGHTLY}) }}}}"
    )
