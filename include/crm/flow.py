"""What the tasks of the CRM flows do with this package: select, report, find what vanished, delete it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pendulum

from gong_airflow.crm.objects import OBJECT_TYPES, Field
from gong_airflow.errors import GongConfigurationError
from include import settings
from include.crm.mapping import load_mapping
from include.crm.outbox import Outbox
from include.crm.source import Source

if TYPE_CHECKING:
    from airflow.sdk import Asset

CONN_ID = "crm_source"


def source_is_there(context: Any) -> bool:
    """Whether there is a CRM to read: a company whose CRM Gong knows natively needs none of this.

    :raises GongConfigurationError: a person started the run and there is none
    """
    if Source(CONN_ID).exists():
        return True
    if str(getattr(context["dag_run"].run_type, "value", context["dag_run"].run_type)) == "manual":
        raise GongConfigurationError(
            f"There is no connection {CONN_ID}",
            remedy=f"Make an Airflow connection {CONN_ID} to the database of the CRM, of any SQL type",
        )
    return False


def owner_email() -> str:
    """Whom Gong shall know as responsible for the integration."""
    return settings.text("GONG_CRM_OWNER_EMAIL")


def declared_fields() -> Mapping[str, tuple[Field, ...]]:
    """The fields that the company declares, by object type."""
    return load_mapping(settings.crm_mapping_dir()).declared


def select_changed(
    context: Any, asset: Asset, outbox: Outbox, object_type: str, integration_id: str, *, whole: bool
) -> list[dict[str, Any]]:
    """Write the rows of `object_type` that Gong does not have into files; references of these."""
    from include.crm.selecting import select_rows

    now = pendulum.now("UTC")
    chosen = select_rows(
        load_mapping(settings.crm_mapping_dir()).only(object_type),
        Source(CONN_ID),
        outbox,
        integration_id=integration_id or "",
        run_id=context["run_id"],
        watermarks=_watermarks(context, asset),
        now=now,
        whole=whole,
        look_back=timedelta(hours=settings.number("GONG_CRM_LOOK_BACK_HOURS", 24)),
        most_bad=int(settings.number("GONG_CRM_MAX_BAD_ROWS", 1000)),
    )
    return chosen[object_type]


def report(context: Any, asset: Asset, outbox: Outbox, integration_id: str) -> dict[str, Any]:
    """Remember what Gong took, put what it did not take into the table, move the watermarks; counts by type.

    :raises AirflowSkipException: nothing was sent and nothing is wrong: nothing to do for who is scheduled on
        the asset
    """
    from airflow.sdk.exceptions import AirflowSkipException

    from gong_airflow.alerts import rows_not_taken
    from include.crm.settling import DELETIONS, settle
    from include.crm.vanished import drop_lists
    from include.warehouse import Warehouse

    settled = settle(outbox, integration_id or "", run_id=context["run_id"], now=pendulum.now("UTC"))
    if settled.errors:
        Warehouse().load_crm_errors(settled.errors)
    store = context["asset_state_store"][asset]
    for object_type, watermark in settled.watermarks.items():
        store.set(_key(object_type), watermark)
    settled.clean()
    if outbox.box == DELETIONS:
        drop_lists(outbox)
    new = [row for row in settled.errors if not row["resolved_at"]]
    if new:
        rows_not_taken(context, [(row["object_type"], row["reason"]) for row in new])
    if not (settled.errors or any(settled.taken.values())):
        raise AirflowSkipException("Gong has everything")
    return {"taken": settled.taken, "refused": settled.refused, "set_aside": settled.set_aside}


def _watermarks(context: Any, asset: Asset) -> dict[str, str]:
    store = context["asset_state_store"][asset]
    found = {object_type: store.get(_key(object_type)) for object_type in OBJECT_TYPES}
    return {object_type: str(watermark) for object_type, watermark in found.items() if watermark}


def _key(object_type: str) -> str:
    return f"watermark.{object_type}"


def find_vanished(
    context: Any, asset: Asset, outbox: Outbox, integration_id: str
) -> dict[str, dict[str, int]]:
    """Compare the whole source with what Gong took; counts by object type.

    What the comparison finds changed without a new `modifiedDate` the next `gong_crm` reads: the watermark
    of its object type is dropped.
    """
    from include.crm import vanished

    counts = vanished.find_vanished(
        load_mapping(settings.crm_mapping_dir()),
        Source(CONN_ID),
        integration_id,
        outbox,
        run_id=context["run_id"],
        now=pendulum.now("UTC"),
    )
    for object_type in vanished.to_reread(counts):
        context["asset_state_store"][asset].delete(_key(object_type))
    return counts


def next_after(counts: Mapping[str, Mapping[str, int]], unasked: int, *, ask: str, delete: str) -> list[str]:
    """`ask`, `delete` or, where nothing has vanished, neither."""
    from include.crm.vanished import asks

    if not any(count["vanished"] for count in counts.values()):
        return []
    return [ask if asks(counts, unasked) else delete]


def write_deletions(
    context: Any, outbox: Outbox, object_type: str, integration_id: str
) -> list[dict[str, Any]]:
    """Files that delete the records of `object_type` that are still missing; references of these."""
    from include.crm import vanished

    mapping = load_mapping(settings.crm_mapping_dir()).only(object_type)
    now, run_id = pendulum.now("UTC"), context["run_id"]
    written = vanished.write_deletions(
        mapping, Source(CONN_ID), integration_id, outbox, run_id=run_id, now=now
    )
    return list(written.get(object_type, []))


def forget(integration_id: str) -> None:
    """Forget what an integration held that Gong has deleted."""
    from include.crm.ledger import forget as forget_ledger

    forget_ledger(integration_id)
