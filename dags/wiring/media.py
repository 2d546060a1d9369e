"""The order of tasks of `gong_media`; no DAG is made here."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, task

from gong_airflow.assets import CALL_MEDIA
from gong_airflow.operators.media import GongDownloadMediaOperator
from gong_airflow.operators.plan import GongPlanOperator
from gong_airflow.pacer import POOL
from gong_airflow.watermark import advance_watermark, announce
from include import settings
from include.media import LandedMedia

KINDS = ["audio", "video"]
FORM = {
    "kinds": Param(
        settings.media_kinds() or ["audio"], type="array", examples=KINDS, description="What to download."
    ),
    "include_private": Param(False, type="boolean", description="Media of private calls too."),
}


@task.short_circuit
def check_setting(**context: Any) -> bool:
    """Scheduled runs are for those who have set GONG_MEDIA; by hand it runs at any time."""
    return context["dag_run"].run_type != "scheduled" or bool(settings.media_kinds())


@task(pool="gong_warehouse", trigger_rule="all_done_min_one_success")
def load_media() -> dict[str, Any]:
    """What has been downloaded is loaded, also when another file failed."""
    from include.media.loading import load_new

    return load_new(LandedMedia())


@task(outlets=[CALL_MEDIA])
def publish(report: dict[str, Any], watermark: str, **context: Any) -> None:
    """When all windows are complete: move the watermark, and tell who schedules on the asset."""
    advance_watermark(context, [CALL_MEDIA], watermark)
    announce(context, [CALL_MEDIA], report)


def media_tasks(**plan_args: Any) -> None:
    """Plan windows, download the media of each of them, load what has arrived, publish."""
    kept = [limit for limit in (settings.kept_for(), settings.media_kept_for()) if limit]
    plan = GongPlanOperator(
        task_id="plan_windows",
        pool=POOL,
        inlets=[CALL_MEDIA],
        not_before=min(kept, default=None),
        **plan_args,
    )
    # One window at a time, over all runs: it holds its slot while it downloads, and the others stay free.
    download = GongDownloadMediaOperator.partial(
        task_id="download_media",
        pool=POOL,
        max_active_tis_per_dag=1,
        folder=LandedMedia(),
        kinds="{{ params.kinds }}",
        include_private="{{ params.include_private }}",
        map_index_template="{{ task.label }}",
    ).expand(window=plan.output)
    load = load_media()
    published = publish(load, plan.output["watermark"])
    check_setting() >> plan
    [plan, download] >> load
    download >> published
