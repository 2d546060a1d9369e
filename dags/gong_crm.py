"""Records of a CRM that Gong does not know natively into Gong, every 15 minutes.

Reads users, stages, accounts, contacts, deals and leads with the SQL files of `include/crm/mapping` from the
Airflow connection `crm_source`, and sends Gong what it does not have yet: new and changed rows, nothing else.
Rows that break a rule of Gong are in the table `crm_upload_error`, with the reason; the others are not held
up. Corrected rows go out by themselves.

Run it as often as you like: what Gong has is not sent again. Changing the type of a declared field or
deleting one destroys its data in Gong; that is refused unless the form names the field.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param

from dags.wiring.crm import WAIT_HOURS, crm_tasks
from dags.wiring.flow import flow_dag_args

FORM = {
    "whole": Param(
        False,
        type="boolean",
        description="Read all rows, not only those changed since the last run. What Gong has is not sent "
        "again.",
    ),
    "may_destroy": Param(
        [],
        type=["null", "array"],
        items={"type": "string"},
        description="Declared fields, e.g. ACCOUNT.industry, whose type this run may change, or which it may "
        "delete when they are no longer declared. Gong deletes their data in all records.",
    ),
}

with DAG(
    "gong_crm",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params=FORM,
    # One after the other: each begins with what the last one has settled.
    **flow_dag_args("crm", late_after=timedelta(hours=WAIT_HOURS + 1), max_active_runs=1),
):
    crm_tasks()
