"""The order of tasks of the flows that read several streams in one run; no DAG is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import Param, TaskGroup, task

from gong_airflow.declaration import Stream
from gong_airflow.operators.extract import GongExtractOperator
from gong_airflow.pacer import POOL
from gong_airflow.planning import with_parents
from gong_airflow.streams import STREAMS
from gong_airflow.unread import report_unread
from gong_airflow.watermark import advance_watermark, announce
from include.landing import LandingZone


def stream_names(streams: Sequence[Stream]) -> list[str]:
    """The names of streams, for a form."""
    return [stream.name for stream in streams]


def streams_param(streams: Sequence[Stream]) -> Param:
    """A field of the form that chooses among streams."""
    names = stream_names(streams)
    return Param(names, type="array", examples=names, description="What to read. Parents come along.")


# Not `all_done_min_one_success`: that one is skipped as soon as one stream is.
@task(pool="gong_warehouse", trigger_rule="all_done")
def load_tables(windows: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    """Streams that are complete are loaded, also when another one failed or was skipped."""
    from airflow.sdk.exceptions import AirflowSkipException

    from include.warehouse import Warehouse

    if not windows:
        raise AirflowSkipException("Nothing was planned")
    return Warehouse().load_streams(LandingZone(), list(windows.values()))


def stream_tasks(plan: Any, streams: Sequence[Stream], asset: Any, **extract_args: Mapping[str, Any]) -> None:
    """Extract each stream after its parents, load what is complete, publish, say what could not be read.

    :param plan: the task `plan_windows`, whose XComs are the windows, by stream
    :param asset: outlet of the flow; its state store holds the watermarks
    :param extract_args: further arguments of the task of a stream, by its name
    """
    names = with_parents(stream_names(streams))

    @task(outlets=[asset], trigger_rule="none_failed_min_one_success")
    def publish(windows: Mapping[str, Mapping[str, Any]], report: Mapping[str, Any], **context: Any) -> None:
        """Move the watermark of each stream that was read, and tell who schedules on the asset."""
        for name, window in windows.items():
            if window.get("watermark") and context["ti"].xcom_pull(task_ids=f"extract.{name}"):
                advance_watermark(context, [asset], window["watermark"], name)
        announce(context, [asset], report)

    @task(inlets=[asset], trigger_rule="all_done")
    def report_not_read(**context: Any) -> dict[str, str]:
        """What Gong refused, and which scope or product it wants."""
        return report_unread(context, asset, [f"extract.{name}" for name in names])

    with TaskGroup("extract"):
        extract = {
            name: GongExtractOperator(
                task_id=name,
                pool=POOL,
                window=plan[name],
                landing=LandingZone(),
                skip_when_refused=True,
                **extract_args.get(name, {}),
            )
            for name in names
        }
        for name in names:
            for parent in STREAMS[name].parents:
                extract[parent] >> extract[name]
    load = load_tables(plan)
    published = publish(plan, load)
    reported = report_not_read()
    for one in extract.values():
        one >> [load, published, reported]
