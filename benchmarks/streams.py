"""How long streams take into DuckDB, as a ratio to DuckDB's own reading of the same files into Parquet.

    python -m benchmarks.streams [rows of the audit log, 100000] [users, 5000] [changes of settings a user, 8]

The yardstick is `COPY (FROM read_json(...)) TO ... (FORMAT parquet)` of all landed files with their declared
columns, in the same run. The ratios hold on any machine, the seconds do not.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.warehouse import timed
from include.landing import LandingZone
from include.warehouse import Warehouse

PLANNED = ("2026-11-21T15:00:00+00:00", "2026-11-22T15:00:00+00:00")
COLUMNS = {
    "logs_user_activity": "{userId: 'VARCHAR', eventTime: 'VARCHAR', logRecord: 'JSON'}",
    "users": "{id: 'VARCHAR', emailAddress: 'VARCHAR', active: 'BOOLEAN', created: 'VARCHAR',"
    " settings: 'JSON', emailAliases: 'VARCHAR[]', spokenLanguages: 'JSON'}",
    "user_settings_history": "{setting: 'VARCHAR', value: 'BOOLEAN', time: 'VARCHAR'}",
}


def entry(number: int) -> dict[str, Any]:
    clock = f"{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}.{number % 1000:03d}"
    return {
        "userId": str(7_000_000_000_000_000_000 + number % 5000),
        "userEmailAddress": "***",
        "eventTime": f"2026-11-20T{clock}Z",
        "logRecord": {"action": "view", "url": f"/call?id={number}", "parameters": {"page": str(number)}},
    }


def user(number: int) -> dict[str, Any]:
    flags = ("webConferencesRecorded", "telephonyCallsImported", "emailsImported", "gongConnectEnabled")
    return {
        "id": str(7_000_000_000_000_000_000 + number),
        "emailAddress": f"u{number}@example.test",
        "firstName": "Person",
        "lastName": str(number),
        "active": True,
        "created": "2026-06-10T21:50:07.428+02:00",
        "emailAliases": [f"alias{number}@example.test"],
        "personalMeetingUrls": [f"https://meet.example.test/{number}"],
        "settings": dict.fromkeys(flags, True),
        "spokenLanguages": [{"language": "en-US", "primary": True}],
    }


def change(number: int) -> dict[str, Any]:
    return {"setting": "active", "value": bool(number % 2), "time": f"2026-0{1 + number % 9}-01T00:00:00Z"}


def land(zone: LandingZone, stream: str, planned: str, answers: Iterable[tuple[dict[str, str], Any]]) -> Any:
    """A window with a page for each answer: what it was asked for, and its records."""
    window = {"stream": stream, "from": None, "to": None, "planned_at": planned}
    pages, items = [], []
    for number, (of, records) in enumerate(answers):
        file = zone.put_page(window, page=number, stream=stream, records=records)
        pages.append({"page": number, "landed_at": planned, "files": {stream: file}, "of": of})
        items.append(of)
    manifest = {"window": window, "pages": pages, "items": items, "refused": [], "completed_at": planned}
    zone.put_manifest(window, manifest)
    return window


def hundreds(count: int) -> Iterator[range]:
    return (range(first, min(first + 100, count)) for first in range(0, count, 100))


def main() -> None:
    import dlt  # noqa: F401 - not part of what is measured
    import duckdb
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    given = [int(argument) for argument in sys.argv[1:]]
    entries, users, changes = given + [100_000, 5_000, 8][len(given) :]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GONG_DATA_DIR"] = folder
        zone = LandingZone()
        loads = []
        for planned in PLANNED:
            logs = (({}, [entry(i) for i in some]) for some in hundreds(entries))
            people = (({}, [user(i) for i in some]) for some in hundreds(users))
            history = (
                ({"user_id": user(i)["id"]}, [change(n) for n in range(changes)]) for i in range(users)
            )
            streams = {"logs_user_activity": logs, "users": people, "user_settings_history": history}
            loads.append([land(zone, stream, planned, answers) for stream, answers in streams.items()])

        def read() -> str:
            rows = 0
            with duckdb.connect() as connection:
                for window in loads[0]:
                    files = str(zone.folder(window)).removeprefix("file://") + "/*.ndjson.gz"
                    declared = COLUMNS[window["stream"]]
                    copied = connection.execute(
                        f"COPY (FROM read_json(?, format = 'newline_delimited', columns = {declared}))"
                        f" TO '{folder}/{window['stream']}.parquet' (FORMAT parquet)",
                        [files],
                    )
                    rows += copied.fetchall()[0][0]
            return f"{rows:,} rows"

        def load(windows: Any) -> str:
            return f"{sum(Warehouse().load_streams(zone, windows)['rows'].values()):,} rows"

        read()
        unit = min(timed("DuckDB read_json to Parquet", read) for _ in range(3))
        timed("load", lambda: load(loads[0]), unit)
        timed("load again", lambda: load(loads[0]), unit)
        timed("load the next day, nothing changed", lambda: load(loads[1]), unit)
        for window in loads[0]:
            timed(f"load {window['stream']} again", lambda window=window: load([window]), unit)  # type: ignore[misc]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
