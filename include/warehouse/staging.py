"""Landed lines into the workspace: one row a record, with its id and a hash of its content."""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from include.warehouse import landed
from include.warehouse.landed import LandedWindow, Page
from include.warehouse.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

# Many pages at a time, so that DuckDB can use all cores.
_BYTES_PER_INSERT = 32_000_000
# An object store answers each request late, but many at once.
_READERS = 4

# Where a record's id is found. A number of any size keeps its digits.
_ID = {
    "calls": "nullif(TRY(json_extract_string(record, '$.metaData.id')), '')",
    "transcripts": "nullif(TRY(json_extract_string(record, '$.callId')), '')",
}
# What tells one content from another. The signed addresses of a call's media differ at every read.
_HASH = {
    "calls": """TRY(md5(json_merge_patch(record, '{"media": null}')))""",
    "transcripts": "CASE WHEN TRY(json_type(record, '$.transcript')) = 'ARRAY' THEN md5(record) END",
}
_REFUSED = "WHERE id IS NULL OR id[1] IN ('{', '[')"
_Row = tuple[int, int, int, str, str]


def stage(workspace: Workspace, windows: Sequence[LandedWindow]) -> int:
    """Copy the lines of all pages of `windows` in; return how many were set aside as they are no record."""
    lost: list[Page] = []
    for stream in _ID:
        pages = [page for page in landed.pages(windows) if page.stream == stream]
        _insert_pages(workspace, stream, pages)
        lost += _settle(workspace, stream, {(page.window, page.page): page for page in pages})
    # Where a line could not be read, the window's list of ids is not certain: no call may be taken for
    # vanished because of it.
    uncertain = {page.window for page in lost if page.stream == "calls"}
    for number, window in enumerate(windows):
        span = window.span
        times = [span["from"], span["to"], span["planned_at"], window.completed_at]
        row = [number, *times, number not in uncertain, window.partial]
        workspace.run("INSERT INTO loaded_window VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        workspace.fill("private_id", [(number, call_id) for call_id in window.private_ids])
    return len(lost)


def _insert_pages(workspace: Workspace, stream: str, pages: Sequence[Page]) -> None:
    """Insert the lines of `pages`."""
    batches: list[pa.RecordBatch] = []
    with ThreadPoolExecutor(_READERS) as readers:
        for start in range(0, len(pages), _READERS):
            some = pages[start : start + _READERS]
            for page, lines in zip(some, readers.map(landed.lines, some), strict=True):
                place = page.window, page.page
                batches.append(_batch((*place, number, page.landed_at, text) for number, text in lines))
            if sum(batch.nbytes for batch in batches) > _BYTES_PER_INSERT:
                _insert(workspace, stream, batches)
                batches = []
    if batches:
        _insert(workspace, stream, batches)


def _batch(rows: Iterable[_Row]) -> pa.RecordBatch:
    import pyarrow as pa

    kinds = {
        "number": pa.int32(),
        "page": pa.int32(),
        "line": pa.int32(),
        "landed_at": pa.string(),
        "record": pa.string(),
    }
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return pa.record_batch(
        [pa.array(c, k) for c, k in zip(columns, kinds.values(), strict=True)], list(kinds)
    )


def _insert(workspace: Workspace, stream: str, batches: Sequence[pa.RecordBatch]) -> None:
    import pyarrow as pa

    with workspace.registered("batch", pa.Table.from_batches(batches)):
        workspace.run(
            f"INSERT INTO landed_{stream} SELECT number, page, line, CAST(landed_at AS TIMESTAMPTZ),"
            f" {_ID[stream]}, {_HASH[stream]}, record FROM batch"
        )


def _refused(workspace: Workspace, stream: str) -> list[_Row]:
    """Take out and return the rows without a usable id."""
    rows: list[Any] = workspace.run(
        "SELECT number, page, line, CAST(landed_at AS VARCHAR), record"
        f" FROM landed_{stream} {_REFUSED} ORDER BY number, page, line"
    )
    if rows:
        workspace.run(f"DELETE FROM landed_{stream} {_REFUSED}")
    return rows


def _settle(workspace: Workspace, stream: str, pages: dict[tuple[int, int], Page]) -> list[Page]:
    """Mend the lines that gave no id; set aside, count and log the rest. Returns a page per lost line."""
    refused = _refused(workspace, stream)
    if not refused:
        return []
    mended: list[Any] = [
        (*place, text) for *place, line in refused if (text := landed.mended(line)) is not None
    ]
    if mended:
        _insert(workspace, stream, [_batch(mended)])
    kept = {tuple(row[:3]) for row in mended} - {row[:3] for row in _refused(workspace, stream)}
    lost = [row[:3] for row in refused if row[:3] not in kept]
    for number, page, line in lost[:20]:
        log.warning("%s line %d: set aside, no record with an id", pages[number, page].path, line)
    if len(lost) > 20:
        log.warning("%d more lines of %s were set aside", len(lost) - 20, stream)
    return [pages[number, page] for number, page, _ in lost]
