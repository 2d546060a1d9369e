"""Deletes in Gong what has vanished from the CRM without a mark, weekly.

Rows that the CRM marks as deleted go to Gong with `gong_crm`. This flow compares all that Gong was sent with
all rows of the CRM. What is missing there is deleted in Gong (a stage is deactivated), at once if it is
little; a person is asked when it is much, so that a CRM that was emptied by accident never empties Gong.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param

from dags.wiring.crm_vanished import vanished_tasks
from dags.wiring.flow import flow_dag_args
from include import settings

UNASKED = settings.number("GONG_CRM_DELETE_UNASKED", 10)

with DAG(
    "gong_crm_vanished",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(settings.text("GONG_CRM_VANISHED_CRON", "0 4 * * 0"), timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={
        "unasked": Param(
            int(UNASKED),
            type="integer",
            minimum=0,
            description="Up to so many records are deleted without asking, if they are less than a tenth of "
            "what Gong has of their object type.",
        )
    },
    # A person may take days.
    **flow_dag_args("crm", late_after=timedelta(days=7), max_active_runs=1),
):
    vanished_tasks()
