"""Receipts of a drop folder, and the places where they become rows."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from include.warehouse import Warehouse

Row = dict[str, Any]


def receipt(number: int, **facts: Any) -> dict[str, Any]:
    """A receipt as a drop folder writes it, of a recording that is done unless `facts` say otherwise."""
    return {
        "recording_id": f"{number:016x}",
        "status": "done",
        "reasons": [],
        "name": f"north/recording {number}",
        "files": {"media": f"done/{number}/recording.wav", "metadata": f"done/{number}/metadata.json"},
        "media_bytes": 1000 + number,
        "call_id": str(7_000_000_000_000_000_000 + number),
        "run_id": "scheduled__2026-11-20T10:00:00+00:00",
        "claimed_at": "2026-11-20T10:00:00Z",
        "settled_at": "2026-11-20T10:09:00Z",
        "client_unique_id": f"u-{number}",
        "media_format": "wav",
        "media_sha256": "ab" * 32,
        "media_source": "media",
        "was_in_gong": False,
        "primary_user_id": "77",
        "direction": "Inbound",
        "actual_start": "2026-11-20T02:00:00.5-07:00",
        "accepted_at": "2026-11-20T10:01:00Z",
        "uploaded_at": "2026-11-20T10:02:00+00:00",
        "visible_at": "2026-11-20T10:08:00Z",
        **facts,
    }


class Place:
    """A destination, looked at without the project's code."""

    def __init__(self, url: str | None, data_dir: Path) -> None:
        self.arguments: list[str] = ["postgres", url] if url else []
        self.url, self.data_dir = url, data_dir
        self.warehouse = Warehouse(*self.arguments)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return self._execute(sql)[1]

    def rows(self, table: str = "recording_upload") -> list[Row]:
        """All rows, times in UTC."""
        names, rows = self._execute(f"SELECT * FROM gong.{table} ORDER BY 1, 2")
        return [dict(zip(names, map(_utc, row), strict=True)) for row in rows]

    def trace(self) -> Any:
        """What differs after anything was written: the file's hash, or the versions of the rows."""
        if self.url:
            return self.run("SELECT xmin, ctid, recording_id FROM gong.recording_upload ORDER BY 3")
        return hashlib.sha256((self.data_dir / "warehouse.duckdb").read_bytes()).hexdigest()

    def staged(self) -> list[tuple[Any, ...]]:
        return self.run("SELECT recording_id FROM gong_staging.recording_upload")

    def _execute(self, sql: str) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
        if not self.url:
            import duckdb

            file, reads = self.data_dir / "warehouse.duckdb", sql.startswith("SELECT")
            with duckdb.connect(str(file), read_only=reads) as connection:
                cursor = connection.execute(sql)
                return [column[0] for column in cursor.description], cursor.fetchall()
        import psycopg2

        with contextlib.closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall() if cursor.description else []
            names = [column[0] for column in cursor.description or ()]
            connection.commit()
            return names, rows


def _utc(value: Any) -> Any:
    return value.astimezone(timezone.utc) if isinstance(value, datetime) else value
