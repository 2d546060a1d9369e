"""Batches for tests: written as a selection writes them, answered as Gong answers them."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import duckdb

from include.crm.ledger import Ledger
from include.crm.outbox import Outbox

INTEGRATION = "2271307570613351879"
RUN = "scheduled__2026-11-20T14:30:00+00:00"
NOW = datetime(2026, 11, 20, 14, 40, tzinfo=timezone.utc)
Record = dict[str, Any]
Reference = dict[str, Any]


def object_store_url() -> str:
    """An empty place in an object store."""
    return f"memory://crm-{uuid.uuid4().hex}/place"


def contact(number: int, **fields: Any) -> Record:
    return {
        "objectId": f"c-{number}",
        "modifiedDate": f"2026-11-{1 + number % 20:02d}T10:00:00Z",
        "lastName": f"Ngô {number}",
        **fields,
    }


def line_of(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def version_of(record: Record) -> int:
    text = line_of(record).decode().removesuffix("\n")
    return int(duckdb.execute("SELECT md5_number_lower(?)", [text]).fetchall()[0][0])


def publish(
    outbox: Outbox,
    parts: Sequence[Sequence[Record]],
    *,
    object_type: str = "CONTACT",
    run_id: str = RUN,
    set_aside: Sequence[Record] = (),
    held: Sequence[Record] = (),
    **manifest: Any,
) -> list[Reference]:
    """A batch of these records; the references of its files."""
    about = []
    with outbox.draft(object_type, run_id) as draft:
        for number, records in enumerate(parts, 1):
            content = b"".join(map(line_of, records))
            name, digest = f"part-{number:04d}", hashlib.sha256(content).hexdigest()
            (draft.folder / f"{name}.ldjson").write_bytes(content)
            about.append({"part": name, "rows": len(records), "bytes": len(content), "digest": digest})
        for name, rows in (("set_aside", set_aside), ("held", held)):
            (draft.folder / f"{name}.ndjson").write_bytes(b"".join(map(line_of, rows)))
        return draft.publish(
            {
                "object_type": object_type,
                "run_id": run_id,
                "integration_id": INTEGRATION,
                "mapping": "m1",
                "since": "2026-10-01T00:00:00Z",
                "began": "2026-11-20T14:30:05Z",
                "high": "2026-11-20T14:30:00Z",
                "parts": about,
                **manifest,
            }
        )


def answer(
    outbox: Outbox,
    file: Reference,
    *,
    refused: Sequence[tuple[int, str]] = (),
    undecided: bool = False,
    integration_id: str = INTEGRATION,
) -> None:
    """Note what an upload and a wait note; `refused` are lines with Gong's words."""
    attempt(outbox, file, integration_id)
    errors = [{"line": line, "description": text} for line, text in refused]
    outbox.note(
        file,
        rounds=[{"client_request_id": "CONTACT-ab12", "without": [], "errors": errors}],
        result={
            "status": "FAILED" if refused else "DONE",
            "refused": [list(pair) for pair in refused],
            "general": [],
            "undecided": undecided,
        },
    )


def attempt(outbox: Outbox, file: Reference, integration_id: str = INTEGRATION) -> None:
    """Note what stands there before the first request."""
    outbox.note(file, attempted_at="2026-11-20T14:31:00Z", integration_id=integration_id)


def aside(
    object_id: str, *, version: str = "ab" * 16, modified: str | None = "2026-11-09T08:00:00Z"
) -> Record:
    """A line of set_aside.ndjson."""
    reasons = ["amount is not a number", "url is no address"]
    return {"object_id": object_id, "version": version, "reasons": reasons, "modified_date": modified}


def rows_of(ledger: Ledger) -> dict[str, Record]:
    """The rows of the Parquet file by object id, times as text."""
    path = ledger.parquet()
    if path is None:
        return {}
    cursor = duckdb.execute(
        "SELECT * REPLACE (taken_at::VARCHAR AS taken_at, refused_at::VARCHAR AS refused_at)"
        " FROM read_parquet(?) ORDER BY object_id",
        [str(path)],
    )
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert len({row["object_id"] for row in rows}) == len(rows)
    return {row["object_id"]: row for row in rows}
