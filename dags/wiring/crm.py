"""The order of tasks of the CRM flows; no DAG is made here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import chain, task, task_group

from gong_airflow.assets import CRM_RECORDS
from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.operators.crm import (
    GongFindIntegrationOperator,
    GongRegisterIntegrationOperator,
    GongSyncSchemaOperator,
    GongUploadRecordsOperator,
    GongWaitForRecordsOperator,
)
from gong_airflow.pacer import POOL
from include import settings
from include.crm import flow
from include.crm.outbox import Outbox

INTEGRATION = settings.text("GONG_CRM_INTEGRATION_NAME", "Gong on Airflow")
WAIT_HOURS = settings.number("GONG_CRM_WAIT_HOURS", 24)


@task.short_circuit
def check_source(**context: Any) -> bool:
    """Without a connection to a CRM there is nothing to do."""
    return flow.source_is_there(context)


def find_integration() -> GongFindIntegrationOperator:
    """The integration of the company, if Gong has it."""
    return GongFindIntegrationOperator(task_id="find_integration", name=INTEGRATION, pool=POOL)


@task(inlets=[CRM_RECORDS])
def select_rows(object_type: str, integration_id: str, outbox: Outbox, whole: Any, **context: Any) -> Any:
    """Changed rows become files."""
    return flow.select_changed(context, CRM_RECORDS, outbox, object_type, integration_id, whole=bool(whole))


@task(pool="gong_warehouse", trigger_rule="all_done", outlets=[CRM_RECORDS])
def load_report(outbox: Outbox, found: Any, registered: Any, **context: Any) -> dict[str, Any]:
    """What has arrived is remembered, also when something failed before."""
    return flow.report(context, CRM_RECORDS, outbox, registered or found or "")


def deliver(object_type: str, files: Any, outbox: Outbox, integration_id: Any) -> Any:
    """Upload the files of one object type, and wait until Gong has dealt with them."""

    @task_group(group_id=object_type.lower())
    def group() -> None:
        given = {
            "outbox": outbox,
            "integration_id": integration_id,
            "pool": POOL,
            "map_index_template": "{{ task.label }}",
        }
        upload = GongUploadRecordsOperator.partial(
            task_id="upload", trigger_rule="none_failed", max_active_tis_per_dag=1, **given
        ).expand(file=files)
        GongWaitForRecordsOperator.partial(
            task_id="wait_until_done",
            first_pause=timedelta(seconds=settings.number("GONG_CRM_FIRST_LOOK_SECONDS", 5)),
            deadline=timedelta(hours=WAIT_HOURS),
            **given,
        ).expand(file=upload.output)

    return group()


def end(*before: Any) -> None:
    """The run's state is that of its last task: failed when anything before it has failed."""
    before >> EmptyOperator(task_id="all_settled", trigger_rule="none_failed")


def crm_tasks() -> None:
    """Select all rows, then send them object type by object type, in Gong's order."""
    outbox = Outbox("changes")
    found = find_integration()
    check_source() >> found
    selected = {
        object_type: select_rows.override(task_id=f"select_{object_type.lower()}")(
            object_type, found.output, outbox, "{{ params.whole }}"
        )
        for object_type in OBJECT_TYPES
    }
    integration = GongRegisterIntegrationOperator(
        task_id="register_integration",
        integration_id=found.output,
        name=INTEGRATION,
        owner_email=flow.owner_email,
        pool=POOL,
    )
    # Everything is selected and checked before anything is sent.
    list(selected.values()) >> integration
    schema = GongSyncSchemaOperator(
        task_id="sync_schema",
        integration_id=integration.output,
        fields=flow.declared_fields,
        may_destroy="{{ params.may_destroy or [] }}",
        asset=CRM_RECORDS,
        inlets=[CRM_RECORDS],
        trigger_rule="none_failed",
        pool=POOL,
    )
    groups = [deliver(name, files, outbox, integration.output) for name, files in selected.items()]
    chain(integration, groups[0], schema, *groups[1:])
    # By the integration that was found: when nothing may be sent there are rows to tell of all the same.
    report = load_report(outbox, found.output, integration.output)
    groups[-1] >> report
    end(*groups, schema, report)
