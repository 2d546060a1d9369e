"""What the company's people did in Gong: statistics, answered scorecards, coaching, tasks. Daily.

Days are those of the company's time zone, which the plan asks Gong for with one request. A scheduled run
reads the days since the last one, and as many before as the look-back says, for what came late; today is read
when it is over. With `from` (and `to`, exclusive) a run reads those days and leaves the watermarks alone.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from dags.wiring.flow import flow_dag_args
from dags.wiring.streams import stream_tasks, streams_param
from gong_airflow.assets import ACTIVITY as ASSET
from gong_airflow.operators.plan_days import GongPlanDaysOperator
from gong_airflow.pacer import POOL
from gong_airflow.streams import ACTIVITY
from include import settings

DAY = {"type": ["null", "string"], "format": "date"}
INITIAL = settings.number("GONG_INITIAL_DAYS", 30, least=1)

with DAG(
    "gong_activity",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable(settings.text("GONG_ACTIVITY_CRON", "0 13 * * *"), timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={
        "from": Param(None, **DAY, description="First day. Empty: from the watermark."),
        "to": Param(None, **DAY, description="The day after the last. Empty: today, which is not read."),
        "streams": streams_param(ACTIVITY),
    },
    **flow_dag_args("activity", late_after=timedelta(hours=6), max_active_runs=1),
):
    plan = GongPlanDaysOperator(
        task_id="plan_windows",
        pool=POOL,
        inlets=[ASSET],
        multiple_outputs=True,
        streams="{{ params.streams }}",
        start="{{ params['from'] }}",
        end="{{ params['to'] }}",
        look_back=int(settings.number("GONG_ACTIVITY_LOOK_BACK_DAYS", 3)),
        initial=int(settings.number("GONG_ACTIVITY_INITIAL_DAYS", INITIAL, least=1)),
        period=settings.text("GONG_ACTIVITY_PERIOD", "WEEK"),
        time_zone=settings.text("GONG_TIME_ZONE"),
        not_before=settings.kept_for(),
    )
    stream_tasks(plan.output, ACTIVITY, ASSET)
