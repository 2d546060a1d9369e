"""Erases a person in Gong and in all our copies, and proves it. By hand only; by default a dry run.

Delete the person's data from the CRM and the mail system **first**, or Gong gets it again from there.

1. Looks up what Gong holds and counts our copies: landing zone, tables, media, recordings, CRM files.
2. A person approves it, seeing counts. Without an answer nothing is done; a dry run ends here.
3. From then on neither extraction nor recordings nor CRM records bring the person in again.
4. Gong is told once. It takes hours, and **deletes every call that the person was on, for everybody**.
5. Our copies are purged, Gong is asked again until it holds nothing, and all copies are searched.
6. A certificate is issued that does not name the person, and a row in the table `erasure`.

The address and the number are sealed before Airflow stores them; the key goes when the run is over. If a run
fails half-way, correct what it says and clear the failed task, or start it again: it goes on from there.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG

from dags.wiring.erasure import erasure_tasks
from dags.wiring.erasure_form import FORM
from dags.wiring.flow import flow_dag_args
from include import settings

with DAG(
    "gong_erasure",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params=FORM,
    # A person may take days to approve, and Gong hours to erase; one need not wait for another.
    **flow_dag_args("erasure", late_after=timedelta(days=7), max_active_runs=16),
):
    erasure_tasks(
        first_pause=timedelta(seconds=settings.number("GONG_ERASURE_FIRST_LOOK_SECONDS", 300)),
        deadline=timedelta(hours=settings.number("GONG_ERASURE_DEADLINE_HOURS", 48)),
        approval=timedelta(hours=settings.number("GONG_ERASURE_APPROVAL_HOURS", 72)),
    )
