"""The order of tasks of `gong_recordings`; no DAG is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import task, task_group

from gong_airflow.assets import RECORDING_UPLOADS
from gong_airflow.operators.recordings import (
    CheckRecordingOperator,
    FileRecordingOperator,
    FindRecordingsOperator,
    GongAddCallOperator,
    GongUploadMediaOperator,
    GongWaitForCallOperator,
    ReportRejectedOperator,
)
from gong_airflow.pacer import POOL
from include import settings
from include.recordings import DropFolder


@task(pool="gong_warehouse", trigger_rule="all_done", outlets=[RECORDING_UPLOADS])
def load_uploads(
    recordings: Sequence[Mapping[str, Any]], folder: DropFolder, **context: Any
) -> dict[str, Any]:
    """What is settled is loaded, of other runs too: one of them may wait for a day until its turn comes."""
    from include.recordings.loading import load_settled

    return load_settled(context, RECORDING_UPLOADS, folder, recordings or [])


def recordings_tasks() -> None:
    """Find the recordings; bring each of them into Gong; load and report what became of them."""
    folder = DropFolder("{{ params.folder or '' }}")
    found = FindRecordingsOperator(
        task_id="find_recordings",
        folder=folder,
        match="{{ params.match }}",
        # Airflow maps a task over 1,024 at most.
        limit=min(1024, int(settings.number("GONG_RECORDINGS_PER_RUN", 200, least=1))),
        max_active_tis_per_dag=1,
    )
    named = {"folder": folder, "map_index_template": "{{ task.label }}"}
    first_pause = timedelta(seconds=settings.number("GONG_RECORDINGS_FIRST_LOOK_SECONDS", 60))

    # Before the wait: whoever has to correct a recording is told within minutes.
    report = ReportRejectedOperator(
        task_id="report_rejected", recordings=found.output, folder=folder, trigger_rule="all_done"
    )

    @task_group
    def recording(recording: Any) -> None:
        given = {**named, "recording": recording}
        check = CheckRecordingOperator(task_id="check", check_only="{{ params.check_only }}", **given)
        add = GongAddCallOperator(task_id="add_call", pool=POOL, **given)
        # One upload at a time, over all runs: it holds its slot for minutes, and the others stay free.
        upload = GongUploadMediaOperator(
            task_id="upload_media", call_id=add.output, pool=POOL, max_active_tis_per_dag=1, **given
        )
        wait = GongWaitForCallOperator(
            task_id="wait_until_shown",
            call_id=upload.output,
            deadline="{{ params.wait_hours }}",
            first_pause=first_pause,
            pool=POOL,
            **given,
        )
        check >> add
        upload >> report
        FileRecordingOperator(task_id="file", call_id=wait.output, **given)

    each = recording.expand(recording=found.output)
    load = load_uploads(found.output, folder)
    # The run's state is that of its last task: failed when anything before it has failed.
    end = EmptyOperator(task_id="all_settled", trigger_rule="none_failed")
    each >> load
    [each, load, report] >> end
