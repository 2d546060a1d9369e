"""Reads all records of a stream for one request, page after page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gong_airflow.declaration import Stream
from gong_airflow.erasure.references import Call
from gong_airflow.pages import PageGuard, next_cursor, records_of, total_of


def all_records(call: Call, stream: Stream, **request: Any) -> Iterator[dict[str, Any]]:
    """The records on all pages, which are kept in memory one at a time.

    :param call: sends a request, `GongHook.call`
    :param request: as `Stream.request` takes it, without the cursor
    """
    guard, cursor, listed = PageGuard(), None, 0
    while True:
        # That nothing is found is a 404, which the hook reads as an empty answer.
        answer = call(stream.operation, **stream.request(cursor=cursor, **request))
        records = records_of(answer, stream)
        listed += len(records)
        yield from records
        cursor = next_cursor(answer)
        if cursor is None:
            return
        guard.check(cursor, listed=listed, total=total_of(answer), rows=len(records), answer=answer)
