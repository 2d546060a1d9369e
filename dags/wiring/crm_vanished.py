"""The order of tasks that delete in Gong: what has vanished from the CRM, or the whole integration."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import chain, task

from dags.wiring.crm import check_source, deliver, end, find_integration, load_report
from gong_airflow.assets import CRM_RECORDS
from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.operators.crm import GongDeleteIntegrationOperator, GongWaitForDeletionOperator
from gong_airflow.pacer import POOL
from include.crm import flow
from include.crm.outbox import Outbox

# The only place where a person reads what is about to be deleted: counts, no names.
COUNTS = """
| object type | in the CRM | in Gong | vanished |
|---|---|---|---|
{% for name, count in ti.xcom_pull(task_ids="find_vanished").items() -%}
| {{ name }} | {{ count.in_source }} | {{ count.held }} | **{{ count.vanished }}** |
{% endfor %}

Approve, and Gong deletes the records in the last column (it deactivates stages). Gong cannot bring them back.
Look at the second column first: has a table of the CRM been emptied, or a filter gone wrong?
"""
ALL_OF_IT = """
Integration {{ ti.xcom_pull(task_ids="find_integration") or "(none is registered)" }}. Approve, and Gong
deletes it with all accounts, contacts, deals, leads, users and stages that were ever sent. Gong cannot bring
them back.
"""


@task(inlets=[CRM_RECORDS])
def find_vanished(integration_id: str, outbox: Outbox, **context: Any) -> dict[str, dict[str, int]]:
    """Counts; the ids stay in the outbox."""
    return flow.find_vanished(context, CRM_RECORDS, outbox, integration_id)


@task.branch
def ask(counts: Any, unasked: Any) -> list[str]:
    """The task to go on with."""
    return flow.next_after(counts, int(unasked), ask="approve", delete="delete")


@task(trigger_rule="none_failed_min_one_success")
def delete() -> None:
    """Approved, or little enough."""


@task
def write_deletions(object_type: str, integration_id: str, outbox: Outbox, **context: Any) -> Any:
    """What is missing still becomes files."""
    return flow.write_deletions(context, outbox, object_type, integration_id)


def vanished_tasks() -> None:
    """Find what has vanished, ask a person if it is much, delete it in Gong."""
    outbox = Outbox("deletions")
    integration = find_integration()
    check_source() >> integration
    found = find_vanished(integration.output, outbox)
    asked = ask(found, "{{ params.unasked }}")
    approve = ApprovalOperator(
        task_id="approve",
        subject="Delete records in Gong",
        body=COUNTS,
        ignore_downstream_trigger_rules=True,
    )
    go = delete()
    asked >> approve >> go
    asked >> go
    written = {
        name: write_deletions.override(task_id=f"write_{name.lower()}")(name, integration.output, outbox)
        for name in OBJECT_TYPES
    }
    go >> list(written.values())
    groups = [deliver(name, files, outbox, integration.output) for name, files in written.items()]
    # Everything is compared once more before anything is sent.
    list(written.values()) >> groups[0]
    chain(*groups)
    report = load_report(outbox, integration.output, integration.output)
    groups[-1] >> report
    end(*groups, report)


@task
def forget(integration_id: str) -> None:
    """What Gong took is no longer in Gong."""
    flow.forget(integration_id)


def delete_integration_tasks() -> None:
    """Ask, delete the integration, wait until Gong has done it, forget what it held."""
    found = find_integration()
    approve = ApprovalOperator(
        task_id="approve", subject="Delete the CRM integration and all its records in Gong", body=ALL_OF_IT
    )
    remove = GongDeleteIntegrationOperator(
        task_id="delete_integration", integration_id=found.output, pool=POOL
    )
    wait = GongWaitForDeletionOperator(task_id="wait_until_deleted", integration_id=remove.output, pool=POOL)
    chain(found, approve, remove, wait, forget(wait.output))
