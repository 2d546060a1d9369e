"""Removing files, or counting what would be removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from include.storage import Entry, Storage


@dataclass
class Removal:
    """Files below one place: removed and counted, or counted alone.

    :param files: how many so far
    :param bytes: their sizes
    """

    storage: Storage
    count_only: bool
    files: int = 0
    bytes: int = 0

    def remove(self, entries: Sequence[Entry]) -> None:
        """All of these, many at once where a server is asked; when it returns they are gone."""
        self.files += len(entries)
        self.bytes += sum(entry.size for entry in entries)
        if not self.count_only:
            self.storage.each(lambda entry: self.storage.remove(entry.path), entries)

    def remove_empty(self, folders: Iterable[str]) -> None:
        """Those of the folders that are empty, in this order. Object stores have none."""
        if self.count_only or not self.storage.local:
            return
        for folder in folders:
            try:
                Path(self.storage.full(folder)).rmdir()
            except OSError:
                continue  # not empty, or gone

    def counts(self) -> dict[str, int]:
        """For the report."""
        return {"files": self.files, "bytes": self.bytes}
