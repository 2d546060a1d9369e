"""How long calls and receipts of recordings take into DuckDB, as a ratio to DuckDB's own reading of calls.

    python -m benchmarks.warehouse [calls, 1000] [sentences per call, 190] [receipts, 100000]

The yardstick is `read_json` of the same files with declared columns, unnested to one row a sentence, in the
same run: what any shaping has to pay for. The ratios hold on any machine, the seconds do not.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.landing import LandingZone
from include.warehouse import Warehouse, shaping, staging
from include.warehouse.changes import plan
from include.warehouse.landed import complete_windows
from include.warehouse.rebuild import LocalTables
from include.warehouse.workspace import open_workspace

WINDOW = {
    "stream": "calls",
    "from": "2026-10-01T00:00:00+00:00",
    "to": "2026-10-08T00:00:00+00:00",
    "planned_at": "2026-11-22T15:00:00+00:00",
}
WORDS = (
    "we",
    "could",
    "look",
    "at",
    "the",
    "pricing",
    "before",
    "next",
    "quarter",
    "starts",
    "in",
    "earnest",
)
YARDSTICK = """
SELECT count("text") FROM (
    SELECT callId, monologue.speakerId, monologue.topic, unnest(monologue.sentences, recursive := true)
    FROM (
        SELECT callId, unnest(transcript) AS monologue
        FROM read_json(?, format = 'newline_delimited', maximum_object_size = 100000000, columns = {
            callId: 'VARCHAR',
            transcript: 'STRUCT(speakerId VARCHAR, topic VARCHAR,
                sentences STRUCT("start" BIGINT, "end" BIGINT, "text" VARCHAR)[])[]'
        })
    )
)
"""


def call(number: int) -> dict[str, Any]:
    person = {"name": "Person", "affiliation": "External"}
    parties = [{"id": f"{number}-{k}", "speakerId": str(k), **person} for k in range(4)]
    return {
        "metaData": {
            "id": str(7_000_000_000_000_000_000 + number),
            "title": f"Call {number}",
            "started": "2026-10-02T08:00:00-07:00",
            "workspaceId": "5",
            "duration": 1800,
        },
        "parties": parties,
        "content": {
            "topics": [{"name": "Pricing", "duration": 12}],
            "trackers": [{"id": "t", "name": "Price", "count": 1, "occurrences": [{"startTime": 1.5}]}],
        },
        "interaction": {"interactionStats": [{"name": "Patience", "value": 1.2}]},
    }


def transcript(number: int, sentences: int, words: random.Random) -> dict[str, Any]:
    def sentence(at: int) -> dict[str, Any]:
        return {"start": at * 1000, "end": at * 1000 + 900, "text": " ".join(words.choices(WORDS, k=9))}

    monologues = [
        {"speakerId": str(at % 4), "topic": "Pricing", "sentences": [sentence(at + k) for k in range(5)]}
        for at in range(0, sentences, 5)
    ]
    return {"callId": str(7_000_000_000_000_000_000 + number), "transcript": monologues}


def receipt(number: int) -> dict[str, Any]:
    times = ("claimed_at", "accepted_at", "uploaded_at", "visible_at", "settled_at", "actual_start")
    return {
        "recording_id": f"{number:016x}",
        "status": "done",
        "reasons": [],
        "name": f"north/recording {number}",
        "media_bytes": 1000 + number,
        "media_sha256": "ab" * 32,
        "call_id": str(7_000_000_000_000_000_000 + number),
        **{name: f"2026-11-20T10:{minute:02d}:00Z" for minute, name in enumerate(times)},
    }


def land(zone: LandingZone, calls: int, sentences: int) -> None:
    words = random.Random(1)
    pages = []
    for page, first in enumerate(range(0, calls, 100)):
        ids = range(first, min(first + 100, calls))
        streams = {
            "calls": [call(i) for i in ids],
            "transcripts": [transcript(i, sentences, words) for i in ids],
        }
        files = {
            name: zone.put_page(WINDOW, page=page, stream=name, records=records)
            for name, records in streams.items()
        }
        pages.append({"page": page, "landed_at": "2026-11-22T15:00:05+00:00", "files": files})
    zone.put_manifest(WINDOW, {"window": WINDOW, "pages": pages, "completed_at": "2026-11-22T15:10:00+00:00"})


def timed(label: str, action: Callable[[], Any], unit: float | None = None) -> float:
    start = time.perf_counter()
    result = action()
    seconds = time.perf_counter() - start
    ratio = f"{seconds / unit:6.1f} x" if unit else "   1.0 x"
    print(f"{label:48} {seconds:7.2f} s {ratio}  {result}")
    return seconds


def main() -> None:
    import dlt  # noqa: F401 - not part of what is measured
    import duckdb
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    given = [int(argument) for argument in sys.argv[1:]]
    calls, sentences, receipts = given + [1000, 190, 100_000][len(given) :]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GONG_DATA_DIR"] = folder
        zone = LandingZone()
        land(zone, calls, sentences)
        files = str(zone.folder(WINDOW)).removeprefix("file://") + "/*.transcripts.ndjson.gz"

        def read() -> str:
            with duckdb.connect() as connection:
                [row] = connection.execute(YARDSTICK, [files]).fetchall()
                return f"{row[0]:,} rows"

        def shape() -> str:
            windows, _ = complete_windows(zone, [WINDOW])
            with open_workspace() as workspace:
                staging.stage(workspace, windows)
                plan(workspace, LocalTables(workspace), 50)
                return f"{sum(b.num_rows for table, b in shaping.batches(workspace) if table.unit):,} rows"

        def load() -> str:
            return f"{sum(Warehouse().load_calls(zone, [WINDOW])['rows'].values()):,} rows"

        def upload() -> str:
            counts = Warehouse().load_recording_uploads(receipt(number) for number in range(receipts))
            return f"{sum(counts['rows'].values()):,} rows"

        read()
        unit = min(timed("DuckDB read_json, unnested", read) for _ in range(3))
        timed("stage, compare and shape all tables", shape, unit)
        timed("load (the same, then dlt and merge)", load, unit)
        timed("load again, nothing changed", load, unit)
        timed(f"load {receipts:,} receipts", upload, unit)
        timed("load them again, nothing changed", upload, unit)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
