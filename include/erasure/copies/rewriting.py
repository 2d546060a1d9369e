"""Changing a file that others may be writing at the same moment."""

from __future__ import annotations

from collections.abc import Callable

from include.storage import Storage


def rewrite(storage: Storage, path: str, change: Callable[[bytes], bytes | None]) -> None:
    """Put what `change` makes of a file into its place, in one step.

    :param change: gives None for a file that stays; may be asked more than once. A file that is gone
        meanwhile stays gone.
    """
    while True:
        before, content = storage.entry(path), storage.read(path)
        if before is None or content is None:
            return
        new = change(content)
        if new is None:
            return
        # A task that extracts the window once more has written the page anew: its records are newer.
        if storage.entry(path) == before:
            storage.put(path, new)
            return
