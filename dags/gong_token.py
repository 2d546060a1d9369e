"""Keeps the access token of an OAuth connection alive, every 15 minutes.

Only for a connection with a client id; with an access key every run is skipped. The access token lives for
a day and is renewed when half of that is over, so Airflow may stand still for half a day. This is the only
place that uses the refresh token, which Gong takes once: all other flows read what is stored here, and wait
and try again when it has ended.

If the answer to a refresh token is lost, it is not sent again by itself: the task fails and says until when
the present access token works and what to do. It says so again every six hours.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param

from dags.wiring.flow import flow_dag_args
from gong_airflow.operators.token import GongRefreshTokenOperator
from gong_airflow.pacer import POOL
from include import settings

FORM = {
    "now": Param(False, type="boolean", description="Renew now, however long the access token still works."),
    "send_again": Param(
        False,
        type="boolean",
        description="Send the refresh token once more, though the answer to it was lost or a refusal. If "
        "Gong has used it up, it refuses it: then authorise the app again.",
    ),
}

with DAG(
    "gong_token",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(settings.text("GONG_TOKEN_CRON", "*/15 * * * *"), timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params=FORM,
    **flow_dag_args("token", late_after=timedelta(hours=1), max_active_runs=1),
):
    GongRefreshTokenOperator(
        task_id="renew",
        pool=POOL,
        # Everything that waits for a slot waits for the token as well.
        priority_weight=1000,
        now="{{ params.now }}",
        send_again="{{ params.send_again }}",
    )
