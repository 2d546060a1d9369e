"""Removes old media of calls from the landing zone: as old as their calls, by the receipts beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from include import settings
from include.media.landed import MEDIA, NEW
from include.retention.limits import Limits
from include.retention.removal import Removal
from include.retention.times import moment_of, receipt_of
from include.storage import Entry, Storage


@dataclass
class Files:
    """What there is of one medium of one call.

    :param receipt: tells when the call was
    :param others: the media file, the receipt's copy that is not loaded yet, the beginning of a download
    """

    receipt: Entry | None = None
    others: list[Entry] = field(default_factory=list)

    def is_before(self, limit: datetime, content: bytes | None) -> bool:
        """Whether the call was; without a readable receipt, whether nothing was written since."""
        when = moment_of(receipt_of(content), ("started", "downloaded_at"))
        if when is not None:
            return when < limit
        entries = [*self.others, *([self.receipt] if self.receipt else [])]
        return 0 < max(entry.time for entry in entries) < limit.timestamp()


def remove_media(limits: Limits, *, count_only: bool, url: str | None = None) -> dict[str, int]:
    """Remove media of calls before `limits.media`, and downloads that nobody went on with since.

    Returns `files`, receipts among them, and their `bytes`.

    :param url: of the landing zone; default: the setting `GONG_LANDING_URL`
    """
    storage = Storage(f"{(url or settings.landing_url()).rstrip('/')}/{MEDIA}")
    removal = Removal(storage, count_only)
    if limits.media is None:
        return removal.counts()
    media = _media(storage)
    contents = storage.each(
        lambda files: storage.read(files.receipt.path) if files.receipt else None, media.values()
    )
    old = {
        key: files
        for (key, files), content in zip(media.items(), contents, strict=True)
        if files.is_before(limits.media, content)
    }
    # The receipts last: they tell how old the media are, should this be killed.
    removal.remove([entry for files in old.values() for entry in files.others])
    removal.remove([files.receipt for files in old.values() if files.receipt])
    removal.remove_empty(sorted({f"{MEDIA}/{call_id}" for call_id, _ in old if call_id}))
    if not storage.local:
        _remove_parts(removal, limits.media)
    return removal.counts()


def _media(storage: Storage) -> dict[tuple[str, str], Files]:
    """The files by call id and kind."""
    found: dict[tuple[str, str], Files] = {}
    for entry in storage.entries(MEDIA):
        folder, _, name = entry.path.rpartition("/")
        if folder == NEW:
            call_id, kind, *_ = f"{name}.".split(".")
            found.setdefault((call_id, kind), Files()).others.append(entry)
        elif folder.count("/") == 1:
            # The beginning of a download and its note are hidden, and have no receipt.
            kind = name if name.startswith(".") else name.partition(".")[0]
            files = found.setdefault((folder.rpartition("/")[2], kind), Files())
            if name == f"{kind}.json":
                files.receipt = entry
            else:
                files.others.append(entry)
    return found


def _remove_parts(removal: Removal, limit: datetime) -> None:
    """The beginnings of downloads on this machine's disk."""
    folder = settings.media_temp_dir()
    for path in sorted(folder.glob("*.part*")) if folder.exists() else ():
        info = path.stat()
        if info.st_mtime < limit.timestamp():
            removal.files += 1
            removal.bytes += info.st_size
            if not removal.count_only:
                path.unlink(missing_ok=True)
