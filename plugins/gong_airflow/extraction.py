"""Reads one window: a page, what belongs to exactly its records, the next page.

The state after each request is kept outside the process, so that whoever takes over after a crash
sends at most the one request again whose answer had not landed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from gong_airflow.answers import Answer
from gong_airflow.errors import GongCursorError, GongProtocolError, GongUnavailableError
from gong_airflow.landing import Landing
from gong_airflow.streams import PAGE_SIZE, Stream, count_of, member

log = logging.getLogger(__name__)

MOST_RESTARTS = 3
MOST_EMPTY_PAGES = 20
# A call may be listed twice while others come in, but never this many.
SLACK = 1000
MOST_WITHOUT_TOTAL = 1_000_000


class Store(Protocol):
    """Keeps the state of a window between attempts; see `gong_airflow.cursors.CursorStore`."""

    def load(self) -> dict[str, Any] | None: ...
    def save(self, state: Mapping[str, Any]) -> None: ...
    def clear(self) -> None: ...


Call = Callable[..., Answer]


@dataclass
class WindowReader:
    """Extracts one window of one stream into the landing zone.

    :param call: sends a request, `GongHook.call`
    :param body: members of the request beside filter and cursor
    :param include_private: land private records too
    :param follow_up: read the stream that follows each page
    :param facts: what else the manifest shall say, e.g. the parts of the content selector
    """

    stream: Stream
    window: Mapping[str, Any]
    call: Call
    landing: Landing
    store: Store
    body: Mapping[str, Any] | None = None
    include_private: bool = False
    follow_up: bool = True
    facts: Mapping[str, Any] | None = None

    def read(self) -> dict[str, Any]:
        """Read the window to its end, or on from where an earlier attempt was; return the manifest."""
        state = self.store.load()
        if state is None:
            state = self._start(restarts=0)
        else:
            log.info("Window %s goes on with page %d", self.window["name"], len(state["pages"]) + 1)
            self.store.save(state)  # as this try's own, before the first request: an older one stops
        self._started = time.monotonic()
        self._pages_before = len(state["pages"])
        self._seen = {state["cursor"]}
        while not state["done"]:
            try:
                self._step(state)
            except GongCursorError as error:
                if state["restarts"] >= MOST_RESTARTS:
                    raise
                log.warning("%s Window %s starts again.", error, self.window["name"])
                state = self._start(restarts=state["restarts"] + 1)
                self._seen = {None}
            self.store.save(state)
        manifest = self._manifest(state)
        self.landing.put_manifest(self.window, manifest)
        self.store.clear()
        return manifest

    def _start(self, restarts: int) -> dict[str, Any]:
        self.landing.discard(self.window)
        return {
            "cursor": None,
            "follow": None,
            "pages": [],
            "listed": 0,
            "total": None,
            "private_ids": [],
            "request_ids": [],
            "restarts": restarts,
            # Gong has said so for the whole range when it was planned, and asking again costs a request.
            "done": self.window.get("expected") == 0,
        }

    def _step(self, state: dict[str, Any]) -> None:
        """One request, its answer landed, the state moved on."""
        if state["follow"] is None:
            self._list(state)
        else:
            self._follow(state)

    def _list(self, state: dict[str, Any]) -> None:
        number = len(state["pages"])
        answer = self.call(
            self.stream.operation,
            **self.stream.request(
                start=self.window["from"], end=self.window["to"], cursor=state["cursor"], body=self.body
            ),
        )
        records = records_of(answer, self.stream)
        kept = [r for r in records if self.include_private or not self.stream.is_private(r)]
        private = [self.stream.id_of(r) for r in records if self.stream.is_private(r)]
        name = self.landing.put_page(
            self.window, page=number, stream=self.stream.name, records=map(self._without_urls, kept)
        )
        cursor = self._next_cursor(answer)
        if state["total"] is None:
            state["total"] = count_of(member(answer.body, ("records", "totalRecords")))
        state["listed"] += len(records)
        if not self.include_private:
            state["private_ids"] += [i for i in private if i]
        state["request_ids"].append(answer.request_id)
        state["pages"].append(
            {
                "page": number,
                "landed_at": _now(),
                "files": {self.stream.name: name},
                "records": {self.stream.name: len(kept)},
                "listed": len(records),
            }
        )
        self._guard(state, cursor)
        follows = self.follow_up and self.stream.follow_up and any(self.stream.id_of(r) for r in kept)
        # `cursor` is that of the next page from here on, also while the follow-up is still to be read.
        state["cursor"], state["follow"] = cursor, number if follows else None
        if not follows:
            self._turn_page(state)

    def _follow(self, state: dict[str, Any]) -> None:
        follow_up = self.stream.follow_up
        if follow_up is None:
            raise GongProtocolError(f"Stream {self.stream.name} has no follow-up")
        number = state["follow"]
        listed = self.landing.read_page(self.window, page=number, stream=self.stream.name)
        ids = list(dict.fromkeys(i for i in map(self.stream.id_of, listed) if i))
        records: list[dict[str, Any]] = []
        for start in range(0, len(ids), PAGE_SIZE):
            records += self._all_of(follow_up, ids[start : start + PAGE_SIZE], state)
        page = state["pages"][number]
        page["files"][follow_up.name] = self.landing.put_page(
            self.window, page=number, stream=follow_up.name, records=records
        )
        page["records"][follow_up.name] = len(records)
        page["landed_at"] = _now()
        state["follow"] = None
        self._turn_page(state)

    def _all_of(self, stream: Stream, ids: Sequence[str], state: dict[str, Any]) -> list[dict[str, Any]]:
        """The records of these ids; at most 100 ids give one page, but a cursor is followed all the same."""
        wanted, records = set(ids), list[dict[str, Any]]()
        cursor: str | None = None
        seen: set[str | None] = {None}
        while True:
            answer = self.call(stream.operation, **stream.request(ids=ids, cursor=cursor))
            state["request_ids"].append(answer.request_id)
            # Asked for exactly these, a server that sends others must not get them past the private filter.
            records += [r for r in records_of(answer, stream) if stream.id_of(r) in wanted]
            cursor = self._next_cursor(answer)
            if cursor is None:
                return records
            if cursor in seen:
                raise GongProtocolError(
                    "Gong's cursor repeats", operation=answer.operation, request_id=answer.request_id
                )
            seen.add(cursor)

    def _turn_page(self, state: dict[str, Any]) -> None:
        state["done"] = state["cursor"] is None
        self._report(state)

    def _next_cursor(self, answer: Answer) -> str | None:
        """None on the last page, where Gong leaves the member out."""
        return member(answer.body, ("records", "cursor")) or None

    def _guard(self, state: Mapping[str, Any], cursor: str | None) -> None:
        """Stop reading pages that cannot end."""
        if cursor is None:
            return
        facts = {"operation": self.stream.operation, "request_id": state["request_ids"][-1]}
        if cursor in self._seen:
            raise GongProtocolError("Gong's cursor repeats: the same page would come for ever", **facts)
        self._seen.add(cursor)
        last = state["pages"][-MOST_EMPTY_PAGES:]
        empty = len(last) == MOST_EMPTY_PAGES and not any(page["listed"] for page in last)
        most = 2 * state["total"] + SLACK if state["total"] is not None else MOST_WITHOUT_TOTAL
        if empty or state["listed"] > most:
            raise GongProtocolError(
                f"Gong's pages do not end: {state['listed']} records where it announced {state['total']}",
                **facts,
            )

    def _without_urls(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record as received, but for the signatures of signed URLs: whoever has them has the media."""
        for path in self.stream.signed_urls:
            urls = member(record, path)
            if isinstance(urls, dict):
                bare = {k: v.split("?")[0] if isinstance(v, str) else v for k, v in urls.items()}
                member(record, path[:-1])[path[-1]] = bare
        return record

    def _report(self, state: Mapping[str, Any]) -> None:
        pages, listed, total = len(state["pages"]), state["listed"], state["total"]
        text = f"Window {self.window['name']}: page {pages}, {listed} {self.stream.name}"
        if total:
            share = min(1.0, listed / total)
            spent = time.monotonic() - self._started
            done_now = pages - self._pages_before
            left = spent / max(1, done_now) * pages * (1 / share - 1) if share else 0
            text += f" of {total} ({share:.0%}), about {left:.0f} s left"
        log.info("%s", text)

    def _manifest(self, state: Mapping[str, Any]) -> dict[str, Any]:
        if state["total"] is not None and state["listed"] != state["total"]:
            log.warning(
                "Window %s: Gong announced %s %s and listed %s. It announces calls that it still analyses; "
                "the sweeps fetch them later.",
                self.window["name"], state["total"], self.stream.name, state["listed"],
            )  # fmt: skip
        records: dict[str, int] = {}
        for page in state["pages"]:
            for name, count in page["records"].items():
                records[name] = records.get(name, 0) + count
        return {
            "version": 1,
            "stream": self.stream.name,
            "window": dict(self.window),
            "include_private": self.include_private,
            "pages": [{k: v for k, v in page.items() if k != "listed"} for page in state["pages"]],
            "records": records or {self.stream.name: 0},
            "total_reported": state["total"],
            "private_ids": state["private_ids"],
            "request_ids": state["request_ids"],
            "completed_at": _now(),
            **(self.facts or {}),
        }


def records_of(answer: Answer, stream: Stream) -> list[dict[str, Any]]:
    """The records of a page.

    :raises GongUnavailableError: the array is missing or no array although Gong counts rows on this page
    """
    if answer.empty:
        return []
    records = answer.body.get(stream.array)
    size = count_of(member(answer.body, ("records", "currentPageSize")))
    if not isinstance(records, list):
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


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")
