"""The company as Gong knows it: users, workspaces, settings, library, permissions, flows, CRM schema. Daily.

Each run takes a snapshot. What is new or changed is written, what Gong no longer shows is marked deleted, and
a run that finds nothing new changes no row. A stream that the key may not read, or whose product the company
does not have, is skipped; the task `report_not_read` says which, and what Gong wants. `streams` in the form
reads only some.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.wiring.flow import flow_dag_args
from dags.wiring.streams import stream_tasks, streams_param
from gong_airflow.assets import DIRECTORY as ASSET
from gong_airflow.planning import planned_at, snapshots
from gong_airflow.streams import DIRECTORY
from include import settings

USERS = {"query": {"includeAvatars": "true"} if settings.flag("GONG_USERS_AVATARS") else None}

with DAG(
    "gong_directory",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(settings.text("GONG_DIRECTORY_CRON", "0 4 * * *"), timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={"streams": streams_param(DIRECTORY)},
    **flow_dag_args("directory", late_after=timedelta(hours=6), max_active_runs=1),
):

    @task(multiple_outputs=True)
    def plan_windows(streams: list[str]) -> dict[str, dict[str, str]]:
        """A window for each stream, without a request."""
        return snapshots(streams, planned_at())

    stream_tasks(plan_windows("{{ params.streams }}"), DIRECTORY, ASSET, users=USERS)
