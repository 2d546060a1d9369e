"""Removes old recordings from `done` and `rejected`, with their receipts.

A recording is as old as the moment at which it was filed or rejected, not as its conversation: one of years
ago that was rejected yesterday waits to be corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from include import settings
from include.recordings.notes import DONE, RECEIPTS, REJECTED, Notes
from include.retention.limits import Limits
from include.retention.removal import Removal
from include.retention.times import moment_of
from include.storage import Storage


def remove_recordings(limits: Limits, *, count_only: bool, url: str | None = None) -> dict[str, int]:
    """Remove recordings that were filed or rejected before `limits.media`; none that a run is at work on.

    Returns `recordings`, `files`, receipts among them, and their `bytes`.

    :param url: of the drop folder; default: the setting `GONG_RECORDINGS_URL`
    """
    storage = Storage(url or settings.recordings_url())
    removal = Removal(storage, count_only)
    if limits.media is None:
        return {"recordings": 0, **removal.counts()}
    # Listed before the receipts are read: whoever files a recording writes its receipt first.
    entries = {e.path: e for folder in (DONE, REJECTED, RECEIPTS) for e in storage.entries(folder)}
    old, needed = _sorted(storage, limits)
    files = {path for receipt in old for path in _files(receipt)} - needed
    removal.remove([entries[path] for path in sorted(files & entries.keys())])
    removal.remove_empty(_folders(files))
    # The receipts last: they tell what there is, should this be killed.
    receipts = [f"{RECEIPTS}/{receipt['recording_id']}.json" for receipt in old]
    removal.remove([entries[path] for path in receipts if path in entries])
    return {"recordings": len(old), **removal.counts()}


def _sorted(storage: Storage, limits: Limits) -> tuple[list[Mapping[str, Any]], set[str]]:
    """The receipts that are too old, and the paths of the files that the others name.

    Somebody who corrects a rejected recording takes its files away; another of that name may be rejected
    later, and lies then where the old receipt says.
    """
    notes = Notes(storage)
    old, needed = list[Mapping[str, Any]](), set[str]()
    for receipt in notes.receipts(after=0.0):
        settled = moment_of(receipt, ("settled_at",))
        if settled and limits.media and settled < limits.media and not notes.claim(receipt["recording_id"]):
            old.append(receipt)
        else:
            needed.update(_files(receipt))
    return old, needed


def _files(receipt: Mapping[str, Any]) -> list[str]:
    """The paths that a receipt names."""
    files = receipt.get("files") or {}
    named = (files.get("metadata"), files.get("media"), *(files.get("more_media") or ()))
    return [str(path) for path in (*named, receipt.get("reason_file")) if path]


def _folders(paths: Iterable[str]) -> list[str]:
    """The folders that hold these, but for `done` and `rejected` themselves; the inner ones first."""
    found = {str(folder) for path in paths for folder in PurePosixPath(path).parents if len(folder.parts) > 1}
    return sorted(found, key=lambda folder: (-folder.count("/"), folder))
