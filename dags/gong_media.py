"""Audio and video of calls out of Gong, into the landing zone, every night.

Off by default: set GONG_MEDIA to `audio`, `video` or `audio,video`. Started by hand it runs at any time: with
an empty form from the watermark to now, with `from` (and `to`) for that range, the watermark left alone.

Each file is downloaded once, in constant memory; an interrupted download goes on where it stopped, also after
the process was killed. Files lie under `media/<call id>/`, each with a receipt (JSON) beside it, and in the
table `call_media`. Private calls are left out unless asked for. The key needs the scope
`api:calls:read:media-url`, and the worker must reach the storage that Gong's signed addresses lead to.

A task holds one slot of the pool `gong_api` while it downloads; only one does so at a time.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from dags.wiring.flow import flow_dag_args
from dags.wiring.media import FORM, media_tasks
from include import settings

NIGHTLY = CronDataIntervalTimetable("0 2 * * *", timezone="UTC")
TIME = {"type": ["null", "string"], "format": "date-time"}
RANGE = {
    "from": Param(None, **TIME, description="Start, ISO 8601 with zone. Empty: from the watermark."),
    "to": Param(None, **TIME, description="End, exclusive. Empty: now."),
}

with DAG(
    "gong_media",
    doc_md=__doc__,
    schedule=NIGHTLY if settings.media_kinds() else None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={**RANGE, **FORM},
    **flow_dag_args("media", late_after=timedelta(hours=24)),
):
    media_tasks(
        start="{{ params['from'] }}",
        end="{{ params['to'] }}",
        look_back=settings.days("GONG_MEDIA_LOOK_BACK_DAYS", 7),
        initial=settings.days("GONG_INITIAL_DAYS", 30),
    )
