"""Reads one window: item after item, page after page, each page followed by what belongs to its records.

The state after each request is kept outside the process, so that whoever takes over after a crash
sends at most the one request again whose answer had not landed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol

from gong_airflow.answers import Answer
from gong_airflow.declaration import PAGE_SIZE, Stream
from gong_airflow.errors import (
    GongCredentialsError,
    GongCursorError,
    GongError,
    GongInputError,
    GongProtocolError,
    GongUnavailableError,
)
from gong_airflow.items import Item
from gong_airflow.landing import Landing
from gong_airflow.pages import PageGuard, counts_of, next_cursor, records_of, total_of

log = logging.getLogger(__name__)

MOST_RESTARTS = 3
# Refusals of the first items that count as a refusal of the stream.
FIRST_REFUSALS = 3
PAGES_IN_STATE = 100
_OF_A_PART = ("pages", "items", "refused", "private_ids", "request_ids")


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
    :param items: what the stream is read for, see `gong_airflow.items`
    :param body: members of the request beside filter and cursor
    :param query: query parameters besides those that the stream declares
    :param include_private: land private records too
    :param follow_up: read the stream that follows each page
    :param facts: what else the manifest shall say, e.g. the parts of the content selector
    """

    stream: Stream
    window: Mapping[str, Any]
    call: Call
    landing: Landing
    store: Store
    items: Sequence[Item] = (Item(),)
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] | None = None
    include_private: bool = False
    follow_up: bool = True
    facts: Mapping[str, Any] | None = None
    _guard: PageGuard = field(default_factory=PageGuard, init=False)

    def read(self) -> dict[str, Any]:
        """Read the window to its end, or on from where an earlier attempt was; return the manifest."""
        state = self.store.load()
        if state is None:
            state = self._start(restarts=0)
        else:
            log.info("Window %s goes on with page %d", self.window["name"], state["next_page"] + 1)
            self.store.save(state)  # as this try's own, before the first request: an older one stops
        self._started = time.monotonic()
        self._pages_before = state["next_page"]
        self._guard = PageGuard(state["cursor"])
        while not state["done"]:
            try:
                self._step(state)
            except GongCursorError as error:
                if state["restarts"] >= MOST_RESTARTS:
                    raise
                log.warning("%s Window %s starts again.", error, self.window["name"])
                state = self._restarted(state)
            self.store.save(state)
        manifest = self._manifest(state)
        self.landing.put_manifest(self.window, manifest)
        self.store.clear()
        return manifest

    def _start(self, restarts: int) -> dict[str, Any]:
        self.landing.discard(self.window)
        return {
            "item": 0,
            "items_read": 0,
            "refusals": 0,
            "first_page": 0,
            "next_page": 0,
            "cursor": None,
            "follow": None,
            "listed": 0,
            "total": None,
            "listed_before": 0,
            "total_before": None,
            "parts": 0,
            **{name: [] for name in _OF_A_PART},
            "restarts": restarts,
            # Gong has said so for the whole range when it was planned, and asking again costs a request.
            "done": self.window.get("expected") == 0 or not self.items,
        }

    def _restarted(self, state: dict[str, Any]) -> dict[str, Any]:
        """The item whose cursor died from its first page, and no other."""
        self._guard = PageGuard()
        if len(self.items) == 1:
            return self._start(restarts=state["restarts"] + 1)
        pages = [page for page in state["pages"] if page["page"] < state["first_page"]]
        begun = {"pages": pages, "next_page": state["first_page"], "cursor": None, "listed": 0, "total": None}
        return {**state, **begun, "restarts": state["restarts"] + 1}

    def _step(self, state: dict[str, Any]) -> None:
        """One request, its answer landed, the state moved on."""
        if state["follow"] is not None:
            self._follow(state)
            return
        try:
            self._list(state)
        except (GongInputError, GongCredentialsError, GongUnavailableError) as error:
            if not self._concerns_the_item(error, state):
                raise
            of = dict(self.items[state["item"]].of)
            log.warning("Left out %s: %s", of, error)
            state["pages"] = [page for page in state["pages"] if page["page"] < state["first_page"]]
            state["refused"].append({"of": of, "status": error.status})
            state["refusals"] += error.status != 404
            self._next_item(state)

    def _concerns_the_item(self, error: GongError, state: Mapping[str, Any]) -> bool:
        """Whether the good rest goes on; otherwise the error is that of the whole stream."""
        if not self.stream.parents:
            return False
        if isinstance(error, GongInputError):
            # The record was there when its list was read, and is gone.
            if error.status == 404:
                return True
        elif error.status == 500:
            return bool(state["items_read"]) and self.stream.product != ""
        elif error.status != 403:
            return False
        return bool(state["items_read"]) or state["refusals"] + 1 < min(FIRST_REFUSALS, len(self.items))

    def _list(self, state: dict[str, Any]) -> None:
        item, number = self.items[state["item"]], state["next_page"]
        request = self.stream.request(
            start=self.window["from"],
            end=self.window["to"],
            cursor=state["cursor"],
            body=self.body,
            query=self.query,
            item=item,
        )
        answer = self._answer(request)
        records = records_of(answer, self.stream)
        private, others = self._parted(records)
        kept = self._admitted(self.stream, map(self.stream.landed, others))
        name = self.landing.put_page(self.window, page=number, stream=self.stream.name, records=kept)
        cursor = next_cursor(answer)
        if state["total"] is None:
            state["total"] = total_of(answer)
        state["listed"] += len(records)
        state["private_ids"] += [i for i in map(self.stream.id_of, private) if i]
        state["request_ids"].append(answer.request_id)
        page = {
            "page": number,
            "landed_at": _now(),
            "files": {self.stream.name: name},
            "records": {self.stream.name: len(kept)},
        }
        beside = {name: answer.body[name] for name in self.stream.keeps if name in answer.body}
        state["pages"].append(
            page | ({"of": dict(item.of)} if item.of else {}) | ({"answer": beside} if beside else {})
        )
        state["next_page"] = number + 1
        self._guard.check(
            cursor, listed=state["listed"], total=state["total"], rows=len(records), answer=answer
        )
        follows = self.follow_up and self.stream.follow_up and any(self.stream.id_of(r) for r in kept)
        # `cursor` is that of the next page from here on, also while the follow-up is still to be read.
        state["cursor"], state["follow"] = cursor, number if follows else None
        if not follows:
            self._turn_page(state)

    def _parted(self, records: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The private records, of which only the ids are kept, and those that land."""
        if self.include_private:
            return [], list(records)
        private = [record for record in records if self.stream.is_private(record)]
        others = [record for record in records if not self.stream.is_private(record)]
        return self.landing.admitted(self.stream.name, private), others

    def _admitted(self, stream: Stream, records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The records without those of people who were erased."""
        given = list(records)
        admitted = self.landing.admitted(stream.name, given)
        if left := len(given) - len(admitted):
            log.info("Window %s: %d %s are about people who were erased: left out",
                     self.window["name"], left, stream.name)  # fmt: skip
        return admitted

    def _answer(self, request: Mapping[str, Any]) -> Answer:
        try:
            return self.call(self.stream.operation, **request)
        except GongInputError as error:
            if error.status != 404 or not self.stream.nothing_is_404:
                raise
            return Answer(self.stream.operation, 404, error.request_id, {}, empty=True)

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
        records = self._admitted(follow_up, records)
        page = state["pages"][-1]
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
            cursor = next_cursor(answer)
            if cursor is None:
                return records
            if cursor in seen:
                raise GongProtocolError(
                    "Gong's cursor repeats", operation=answer.operation, request_id=answer.request_id
                )
            seen.add(cursor)

    def _turn_page(self, state: dict[str, Any]) -> None:
        if state["cursor"] is None:
            of = self.items[state["item"]].of
            if of:
                state["items"].append(dict(of))
            state["items_read"] += 1
            self._next_item(state)
        elif len(self.items) == 1:
            self._put_aside(state)  # a single item begins with the window
        self._report(state)

    def _next_item(self, state: dict[str, Any]) -> None:
        state["listed_before"] += state["listed"]
        if state["total"] is not None:
            state["total_before"] = (state["total_before"] or 0) + state["total"]
        state |= {"item": state["item"] + 1, "first_page": state["next_page"], "cursor": None}
        state |= {"listed": 0, "total": None, "done": state["item"] == len(self.items), "restarts": 0}
        self._guard = PageGuard()
        self._put_aside(state)

    def _put_aside(self, state: dict[str, Any]) -> None:
        """Keep what is complete in the landing zone: a longer state costs more at each request."""
        if len(state["pages"]) + len(state["refused"]) >= PAGES_IN_STATE:
            self.landing.put_part(self.window, state["parts"], {name: state[name] for name in _OF_A_PART})
            state |= {"parts": state["parts"] + 1, **{name: [] for name in _OF_A_PART}}

    def _report(self, state: Mapping[str, Any]) -> None:
        """One line as pages go by; of many items twenty."""
        pages, items = state["next_page"], len(self.items)
        if items > 1 and not state["done"] and state["item"] % max(1, items // 20):
            return
        listed, total = state["listed_before"] + state["listed"], state["total"] or state["total_before"]
        text = f"Window {self.window['name']}: page {pages}, {listed} {self.stream.name}"
        share = state["item"] / items if items > 1 else listed / total if total else 0.0
        if share:
            spent = time.monotonic() - self._started
            left = spent / max(1, pages - self._pages_before) * pages * (1 / min(1.0, share) - 1)
            whole = f"{items} items" if items > 1 else str(total)
            text += f" of {whole} ({min(1.0, share):.0%}), about {left:.0f} s left"
        log.info("%s", text)

    def _manifest(self, state: Mapping[str, Any]) -> dict[str, Any]:
        listed, total = state["listed_before"], state["total_before"]
        if total is not None and listed != total:
            log.warning(
                "Window %s: Gong announced %s %s and listed %s. It announces calls that it still analyses; "
                "the sweeps fetch them later.",
                self.window["name"], total, self.stream.name, listed,
            )  # fmt: skip
        parts = [self.landing.read_part(self.window, number) for number in range(state["parts"])]
        whole = {name: [one for part in (*parts, state) for one in part[name]] for name in _OF_A_PART}
        several = bool(self.stream.each)
        return {
            "version": 1,
            "stream": self.stream.name,
            "window": dict(self.window),
            "include_private": self.include_private,
            "pages": whole["pages"],
            "records": counts_of(whole["pages"]) or {self.stream.name: 0},
            "total_reported": total,
            "private_ids": whole["private_ids"],
            "request_ids": whole["request_ids"],
            "completed_at": _now(),
            **({"items": whole["items"], "refused": whole["refused"]} if several else {}),
            **(self.facts or {}),
        }


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")
