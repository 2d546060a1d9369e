"""Signed addresses of a page's media, asked for again when they are too old or refused.

An address lives eight hours (Gong's OpenAPI document), and a page of large files may take longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gong_airflow.declaration import member
from gong_airflow.media.errors import MediaError
from gong_airflow.media.folder import Key
from gong_airflow.media.kinds import MEMBERS

OLDEST_SECONDS = 7.5 * 3600
Ask = Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]


class Addresses:
    """Addresses by call and kind; they stay in this object and get into no log and no state.

    :param ask: gives the records of these call ids, with one request
    :param asked_at: when `records` were asked for, by `clock`
    :param clock: seconds, monotonic
    """

    def __init__(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        ask: Ask,
        id_of: Callable[[Mapping[str, Any]], str | None],
        asked_at: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._id_of, self._clock = ask, id_of, clock
        self._asked_at = asked_at
        self._found = self._read(records)

    def __contains__(self, key: Key) -> bool:
        return key in self._found

    def of(self, key: Key, rest: Sequence[str]) -> str:
        """The address of `key`, no older than seven and a half hours.

        :param rest: call ids whose addresses will be needed yet: they are asked for with it
        :raises MediaError: Gong offers it no longer
        """
        if self._clock() - self._asked_at > OLDEST_SECONDS:
            self.renew(rest)
        if key not in self._found:
            raise MediaError("Gong offers the file no longer")
        return self._found[key]

    def renew(self, rest: Sequence[str]) -> None:
        """Ask for those of `rest` again: one request, as a page has 100 calls."""
        now = self._clock()
        self._found = self._read(self._ask(rest))
        self._asked_at = now

    def _read(self, records: Sequence[Mapping[str, Any]]) -> dict[Key, str]:
        return {
            (call_id, kind): address
            for record in records
            if (call_id := self._id_of(record))
            for kind, name in MEMBERS.items()
            if isinstance(address := member(record, ("media", name)), str) and address
        }
