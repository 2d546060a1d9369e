"""Deletes the CRM integration in Gong, and with it every record that was ever sent. By hand only.

Gong deletes all accounts, contacts, deals, leads, users and stages of the integration, which takes up to a
day. A person has to approve it. Afterwards `gong_crm`, unless it is paused, registers a new integration and
sends everything again.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG

from dags.wiring.crm_vanished import delete_integration_tasks
from dags.wiring.flow import flow_dag_args

with DAG(
    "gong_crm_delete_integration",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    **flow_dag_args("crm", late_after=timedelta(days=7), max_active_runs=1),
):
    delete_integration_tasks()
