"""The order of tasks that `gong_calls` and `gong_calls_sweep` share; no DAG is made here."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, task

from gong_airflow.assets import CALLS, TRANSCRIPTS
from gong_airflow.operators.extract import GongExtractOperator
from gong_airflow.operators.plan import GongPlanOperator
from gong_airflow.pacer import POOL
from gong_airflow.selectors import PARTS
from gong_airflow.watermark import advance_watermark, announce
from include import settings
from include.landing import LandingZone

CONTENT = [*PARTS, "transcripts"]
FORM = {
    "include_private": Param(False, type="boolean", description="Land private calls too."),
    "content": Param(CONTENT, type="array", examples=CONTENT, description="What to read of each call."),
}


@task(pool="gong_warehouse", trigger_rule="all_done_min_one_success")
def load_tables(windows: list[dict[str, Any]]) -> dict[str, Any]:
    """Windows that are complete are loaded, also when another one failed."""
    from include.warehouse import Warehouse

    return Warehouse().load_calls(LandingZone(), windows)


@task(outlets=[CALLS, TRANSCRIPTS])
def publish(report: dict[str, Any], watermark: str, **context: Any) -> None:
    """When all windows are loaded: move the watermark, and tell who schedules on the assets."""
    advance_watermark(context, [CALLS, TRANSCRIPTS], watermark)
    announce(context, [CALLS, TRANSCRIPTS], report)


def calls_tasks(**plan_args: Any) -> None:
    """Plan windows, extract each of them, load what is complete, publish."""
    plan = GongPlanOperator(
        task_id="plan_windows", pool=POOL, inlets=[CALLS], not_before=settings.kept_for(), **plan_args
    )
    extract = GongExtractOperator.partial(
        task_id="extract_windows",
        pool=POOL,
        landing=LandingZone(),
        switches="{{ params.content }}",
        include_private="{{ params.include_private }}",
        map_index_template="{{ task.label }}",
    ).expand(window=plan.output)
    load = load_tables(plan.output)
    published = publish(load, plan.output["watermark"])
    extract >> [load, published]
