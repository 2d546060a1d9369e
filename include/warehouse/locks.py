"""Waiting for others: for the DuckDB file, and for the load that is under way.

Two loads at once would stage their rows in the same place, and each would decide by what it knew before the
other. So one load runs at a time. A lock ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import logging
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from include.warehouse.errors import DestinationError, DestinationLockedError

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

# The workspace keeps to the same limit beside it. The order of rows in a table means nothing.
_CONFIG: dict[str, Any] = {"memory_limit": "1GB", "preserve_insertion_order": False}
_T = TypeVar("_T")


class _BusyError(Exception):
    """Someone else holds it; the message says who and what to do."""


def _patiently(attempt: Callable[[], _T], timeout: float) -> _T:
    """Repeat `attempt` with growing pauses while it raises _BusyError, for `timeout` seconds.

    Raises DestinationLockedError after that.
    """
    deadline = time.monotonic() + timeout
    pause, told = 0.05, False
    while True:
        try:
            return attempt()
        except _BusyError as busy:
            reason = str(busy)
        if time.monotonic() + pause > deadline:
            raise DestinationLockedError(f"After {timeout:g} s still: {reason}")
        if not told:
            log.info("waiting: %s", reason)
            told = True
        time.sleep(pause)
        pause = min(pause * 2, 2.0)


def open_duckdb(file: Path, *, read_only: bool, timeout: float) -> duckdb.DuckDBPyConnection:
    """Open the file. DuckDB lets one process write or several read; wait `timeout` seconds for the others."""
    import duckdb

    def attempt() -> duckdb.DuckDBPyConnection:
        try:
            return duckdb.connect(str(file), read_only=read_only, config=_CONFIG)
        except duckdb.Error as error:
            text, kind = str(error), type(error).__name__
        if "lock" not in text.lower() and "different configuration" not in text:
            raise DestinationError(
                f"DuckDB cannot open {file} ({kind}). Check that it is a DuckDB file of this or an older"
                " version, that its folder may be written to, and that the disk is not full."
            )
        found = re.search(r"PID (\d+)", text)
        holder = f"process {found.group(1)}" if found else "another connection"
        raise _BusyError(
            f"{file} is held by {holder}. Close what has the file open (a notebook, the DuckDB command line,"
            " another load), then repeat."
        )

    return _patiently(attempt, timeout)


@contextmanager
def one_load_into_file(file: Path, timeout: float) -> Iterator[None]:
    """One load at a time into a DuckDB file: a lock on its folder, which leaves no file behind."""
    import fcntl

    file.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)

    def attempt() -> None:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _BusyError(f"another load into {file} is under way; repeat when it has ended.") from None

    try:
        _patiently(attempt, timeout)
        yield
    finally:
        os.close(folder)


def one_load_into_postgres(client: Any, dataset: str, timeout: float) -> None:
    """One load at a time into a PostgreSQL schema, until the client's connection closes."""
    key = zlib.crc32(f"gong {dataset}".encode())

    def attempt() -> None:
        if not client.execute_sql("SELECT pg_try_advisory_lock(%s)", key)[0][0]:
            raise _BusyError(
                f"another load into the schema {dataset} is under way; repeat when it has ended."
            )

    _patiently(attempt, timeout)
