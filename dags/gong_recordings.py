"""Recordings of a telephone system into Gong, every 15 minutes.

Put a media file (WAV, MP3, MP4, MKV or FLAC) and a JSON file of the same name into the drop folder. Each
recording is checked, added to Gong, streamed to it and waited for; then it is filed under `done`, with its
call id. What is wrong with a recording is in a file beside it in `rejected`; correct it and move it back.
The README tells what the JSON holds.

Nothing is sent twice: clear any task, or the whole run, as often as you like. `check_only` says what would
become of the recordings, and sends and moves nothing.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param

from dags.wiring.flow import flow_dag_args
from dags.wiring.recordings import recordings_tasks
from include import settings

WAIT_HOURS = settings.number("GONG_RECORDINGS_WAIT_HOURS", 24)
FORM = {
    "match": Param(
        "*", type=["null", "string"], description="Only recordings whose name matches, e.g. 2026-11-*."
    ),
    "check_only": Param(False, type="boolean", description="Check, and neither send nor move anything."),
    "wait_hours": Param(
        WAIT_HOURS,
        type="number",
        exclusiveMinimum=0,
        description="How long after the upload Gong may take to show a call.",
    ),
    "folder": Param(
        None,
        type=["null", "string"],
        description="Another drop folder, any object storage URL. Empty: the setting.",
    ),
}

with DAG(
    "gong_recordings",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params=FORM,
    # A run waits as long as Gong takes for the slowest of its recordings; the next ones must not.
    **flow_dag_args(
        "recordings", late_after=timedelta(hours=WAIT_HOURS + 2), max_active_runs=int(WAIT_HOURS * 4) + 4
    ),
):
    recordings_tasks()
