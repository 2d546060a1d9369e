"""Reads one page of an answer: its records, the cursor of the next, and whether the pages can end."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from gong_airflow.answers import Answer
from gong_airflow.declaration import Stream, count_of, member
from gong_airflow.errors import GongProtocolError, GongUnavailableError

log = logging.getLogger(__name__)

MOST_EMPTY_PAGES = 20
# A call may be listed twice while others come in, but never this many.
SLACK = 1000
MOST_WITHOUT_TOTAL = 1_000_000


def records_of(answer: Answer, stream: Stream) -> list[dict[str, Any]]:
    """The records of a page; of a map `{"key", "value"}` each.

    :raises GongUnavailableError: the array is missing or no array although Gong counts rows on this page
    """
    if answer.empty:
        return []
    records = answer.body.get(stream.array)
    if records is None and stream.documented_array:
        records = answer.body.get(stream.documented_array)
    if stream.is_map and isinstance(records, dict):
        return [{"key": key, "value": value} for key, value in records.items()]
    size = count_of(member(answer.body, ("records", "currentPageSize")))
    if stream.is_map or not isinstance(records, list):
        if records is None and not size:
            return []
        raise GongUnavailableError(
            f"The answer announces {size} records and holds none in `{stream.array}`",
            operation=answer.operation, status=answer.status, request_id=answer.request_id,
        )  # fmt: skip
    objects = [record for record in records if isinstance(record, dict)]
    if len(objects) != len(records):
        log.warning("%s: left out %d rows that are no objects", answer.operation, len(records) - len(objects))
    return objects


def next_cursor(answer: Answer) -> str | None:
    """None on the last page, where Gong leaves the member out."""
    return member(answer.body, ("records", "cursor")) or None


def total_of(answer: Answer) -> int | None:
    """How many records there are on all pages together, as Gong counts them."""
    return count_of(member(answer.body, ("records", "totalRecords")))


class PageGuard:
    """Stops the reading of pages that cannot end."""

    def __init__(self, cursor: str | None = None) -> None:
        self._seen = {cursor}
        self._empty = 0

    def check(self, cursor: str | None, *, listed: int, total: int | None, rows: int, answer: Answer) -> None:
        """Look at a page with `rows` rows whose cursor leads to the next.

        :param listed: rows on all pages so far
        :raises GongProtocolError: the cursor repeats, or there are more rows than there can be
        """
        if cursor is None:
            return
        facts: dict[str, Any] = {"operation": answer.operation, "request_id": answer.request_id}
        if cursor in self._seen:
            raise GongProtocolError("Gong's cursor repeats: the same page would come for ever", **facts)
        self._seen.add(cursor)
        self._empty = 0 if rows else self._empty + 1
        most = 2 * total + SLACK if total is not None else MOST_WITHOUT_TOTAL
        if self._empty >= MOST_EMPTY_PAGES or listed > most:
            raise GongProtocolError(
                f"Gong's pages do not end: {listed} records where it announced {total}", **facts
            )


def counts_of(pages: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Records by stream on all `pages` of a manifest."""
    counts: dict[str, int] = {}
    for page in pages:
        for name, count in page["records"].items():
            counts[name] = counts.get(name, 0) + count
    return counts
