"""Reads a window of calls for their media: a page of addresses, its files one after the other, the next page.

What is kept between attempts holds ids and a cursor, never an address.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gong_airflow.answers import Answer
from gong_airflow.declaration import PAGE_SIZE, member
from gong_airflow.errors import GongCursorError
from gong_airflow.extraction import Call, Store
from gong_airflow.media.addresses import Addresses
from gong_airflow.media.download import Downloader
from gong_airflow.media.errors import (
    MediaAddressError,
    MediaBreakError,
    MediaError,
    MediaMissingError,
    MediaUnreachableError,
)
from gong_airflow.media.folder import Key, MediaFolder
from gong_airflow.pages import PageGuard, next_cursor, records_of, total_of
from gong_airflow.streams import STREAMS

log = logging.getLogger(__name__)

CALLS = STREAMS["calls"]
BODY = {"contentSelector": {"exposedFields": {"media": True}}}
# Restarts without a single file in between.
MOST_RESTARTS = 3
# Files in a row that the storage did not give though it was asked again.
MOST_UNREACHABLE = 3


@dataclass
class MediaReader:
    """Downloads what a window of calls offers and what is not there yet.

    :param call: sends a request, `GongHook.call`
    :param kinds: of `audio` and `video`, those that are wanted
    :param run_id: for the receipts
    :param clock: seconds, monotonic
    """

    window: Mapping[str, Any]
    call: Call
    folder: MediaFolder
    store: Store
    downloader: Downloader
    kinds: Sequence[str]
    run_id: str
    include_private: bool = False
    clock: Callable[[], float] = time.monotonic

    def read(self) -> dict[str, int]:
        """Read the window to its end, or on from where an earlier attempt was; return counts.

        `calls` listed; `private` left out; `files` and their `bytes` downloaded; `present` before; `without`:
        files that Gong does not offer.

        :raises MediaMissingError: all has been read, but for some files
        :raises MediaUnreachableError: the storage cannot be reached
        """
        state = self.store.load()
        again: list[Key] = []
        if state is None:
            state = self._start(restarts=0)
        else:
            self.store.save(state)  # as this try's own: an older one stops at its next page
            again = [(call_id, kind) for call_id, kind in state["failed"]]
        self._unreachable = 0
        self._guard = PageGuard(state["cursor"])
        while not state["done"]:
            try:
                self._page(state)
            except GongCursorError as error:
                state = self._restart(state, error)
            self.store.save(state)
        for start in range(0, len(again), PAGE_SIZE):
            self._once_more(state, again[start : start + PAGE_SIZE])
            self.store.save(state)
        if state["failed"]:
            raise MediaMissingError(f"{len(state['failed'])} media files could not be had")
        self.store.clear()
        return dict(state["counts"])

    def _start(self, restarts: int) -> dict[str, Any]:
        return {
            "cursor": None,
            "page": 0,
            "total": None,
            "restarts": restarts,
            "failed": [],
            "counts": dict.fromkeys(("calls", "private", "files", "bytes", "present", "without"), 0),
            # Gong has said so for the whole range when it was planned.
            "done": self.window.get("expected") == 0,
        }

    def _restart(self, state: Mapping[str, Any], error: GongCursorError) -> dict[str, Any]:
        """From the first page. A cursor lives an hour and files may take longer: what is there stays."""
        restarts = 0 if state["counts"]["files"] else state["restarts"] + 1
        if restarts > MOST_RESTARTS:
            raise error
        log.info("%s Window %s begins again; files that are there stay.", error.what, self.window["name"])
        self._guard = PageGuard()
        return self._start(restarts)

    def _page(self, state: dict[str, Any]) -> None:
        asked_at = self.clock()
        answer = self._ask(start=self.window["from"], end=self.window["to"], cursor=state["cursor"])
        records = records_of(answer, CALLS)
        counts, cursor = state["counts"], next_cursor(answer)
        if state["total"] is None:
            state["total"] = total_of(answer)
        listed = counts["calls"] + len(records)
        self._guard.check(cursor, listed=listed, total=state["total"], rows=len(records), answer=answer)
        kept = [r for r in records if self.include_private or not CALLS.is_private(r)]
        counts["calls"] = listed
        counts["private"] += len(records) - len(kept)
        addresses = self._addresses(kept, asked_at)
        wanted = {
            (call_id, kind): member(record, CALLS.time or ())
            for record in kept
            if (call_id := CALLS.id_of(record))
            for kind in self.kinds
        }
        offered = {key: started for key, started in wanted.items() if key in addresses}
        counts["without"] += len(wanted) - len(offered)
        state["failed"] += self._fetch_all(offered, addresses, counts)
        state["cursor"], state["page"], state["done"] = cursor, state["page"] + 1, cursor is None
        log.info("Window %s: page %d, %s", self.window["name"], state["page"], _said(state))

    def _once_more(self, state: dict[str, Any], keys: Sequence[Key]) -> None:
        """Files that an earlier try could not get."""
        asked_at = self.clock()
        records = self._records(_calls(keys))
        times = {CALLS.id_of(record): member(record, CALLS.time or ()) for record in records}
        addresses = self._addresses(records, asked_at)
        # A call that has vanished from Gong meanwhile, or its media, is missed no longer.
        offered = {key: times[key[0]] for key in keys if key in addresses}
        failed = self._fetch_all(offered, addresses, state["counts"])
        over = {tuple(key) for key in keys} - {tuple(key) for key in failed}
        state["failed"] = [key for key in state["failed"] if tuple(key) not in over]

    def _fetch_all(
        self, offered: Mapping[Key, Any], addresses: Addresses, counts: dict[str, int]
    ) -> list[list[str]]:
        """Fetch what is not there; those that could not be had."""
        done = self.folder.done(list(offered))
        counts["present"] += len(done)
        missing = [key for key in offered if key not in done]
        failed = []
        for number, key in enumerate(missing):
            # Not once a page: its files may take hours.
            if not self.folder.admits(key[0]):
                log.info("Call %s is left out: somebody on it has asked to be erased", key[0])
                continue
            try:
                size = self._fetch(key, offered[key], addresses, _calls(missing[number:]))
            except MediaError as error:
                log.warning("Call %s, %s: %s", *key, error)
                failed.append(list(key))
                self._count_unreachable(error)
                continue
            self._unreachable = 0
            counts["files"] += 1
            counts["bytes"] += size
        return failed

    def _fetch(self, key: Key, started: Any, addresses: Addresses, rest: Sequence[str]) -> int:
        """Download one file and keep it; its size in bytes."""
        call_id, kind = key
        name = f"Call {call_id}, {kind}"
        with self.folder.open(call_id, kind) as part:
            if part.recover():
                return 0
            try:
                self.downloader.fetch(lambda: addresses.of(key, rest), part, name)
            except MediaAddressError as error:
                log.info("%s: %s; asking for another", name, error.what)
                addresses.renew(rest)
                self.downloader.fetch(lambda: addresses.of(key, rest), part, name)
            facts = part.facts
            receipt = part.keep(
                facts["extension"],
                {
                    "call_id": call_id,
                    "kind": kind,
                    "content_type": facts["content_type"],
                    "started": started,
                    "run_id": self.run_id,
                },
            )
            return int(receipt["bytes"])

    def _count_unreachable(self, error: MediaError) -> None:
        # Addresses that are refused one after the other would cost a request to Gong each.
        storage = isinstance(error, (MediaBreakError, MediaAddressError))
        self._unreachable = self._unreachable + 1 if storage else 0
        if self._unreachable >= MOST_UNREACHABLE:
            raise MediaUnreachableError(
                f"{MOST_UNREACHABLE} media files in a row could not be had; the last one: {error.what}"
            ) from None

    def _addresses(self, records: Sequence[Mapping[str, Any]], asked_at: float) -> Addresses:
        return Addresses(records, ask=self._records, id_of=CALLS.id_of, asked_at=asked_at, clock=self.clock)

    def _records(self, call_ids: Sequence[str]) -> list[dict[str, Any]]:
        return records_of(self._ask(ids=call_ids), CALLS)

    def _ask(self, **which: Any) -> Answer:
        return self.call(CALLS.operation, **CALLS.request(**which, body=BODY))


def _calls(keys: Sequence[Key]) -> list[str]:
    """The call ids, each once."""
    return list(dict.fromkeys(call_id for call_id, _ in keys))


def _said(state: Mapping[str, Any]) -> str:
    counts, size = state["counts"], state["counts"]["bytes"] / 1e6
    return (
        f"{counts['calls']} of {state['total']} calls; {counts['files']} files downloaded ({size:.1f} MB),"
        f" {counts['present']} were there, {len(state['failed'])} failed"
    )
