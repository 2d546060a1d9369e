"""Where media land.

Below the landing zone, for call 7782342274025937895:

    media/7782342274025937895/audio.mp3    the file as it came, by the extension of its type
    media/7782342274025937895/audio.json   its receipt: it is complete, and never fetched again
    media/.new/7782342274025937895.audio.json   a copy of the receipt, until it is loaded into the tables
    media/7782342274025937895/.audio.part  what has arrived of it, with a note beside it (.json)

The last two are on a local disk: beside the file where the landing zone is one, else in GONG_MEDIA_TEMP_DIR.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gong_airflow.media.errors import MediaError
from gong_airflow.media.folder import Key, MediaFolder
from gong_airflow.media.kinds import MEMBERS
from include import settings
from include.media.partial import Partial, opened
from include.storage import Storage

if TYPE_CHECKING:
    from include.erasure.suppression import Suppression

MEDIA, NEW = "media", "media/.new"
# Of an upload to an object store: the most that is in memory. S3 takes no less than 5 MB, and 10,000 parts.
_BLOCK = 8 * 1024 * 1024
_SAFE = re.compile(r"[\w-]{1,64}", re.ASCII)


class LandedMedia(MediaFolder):
    """Media below a landing zone at any ObjectStoragePath. Nothing is opened before the first use.

    :param url: of the landing zone; default: the setting `GONG_LANDING_URL`
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url

    def __repr__(self) -> str:
        # No address: equal objects must look equal in the serialized DAG.
        return f"LandedMedia({self.url!r})"

    @cached_property
    def _storage(self) -> Storage:
        return Storage(f"{(self.url or settings.landing_url()).rstrip('/')}/{MEDIA}")

    @cached_property
    def _suppression(self) -> Suppression:
        from include.erasure.suppression import Suppression

        return Suppression()

    def admits(self, call_id: str) -> bool:
        """See `MediaFolder.admits`."""
        return call_id not in self._suppression.current().call_ids

    def done(self, keys: Sequence[Key]) -> set[Key]:
        """Those of `keys` that have a receipt."""
        receipts = self._storage.each(lambda key: self._storage.read(_receipt(key)), keys)
        return {key for key, receipt in zip(keys, receipts, strict=True) if receipt is not None}

    @contextmanager
    def open(self, call_id: str, kind: str) -> Iterator[Partial]:
        """See `MediaFolder.open`."""
        if not _SAFE.fullmatch(call_id) or kind not in MEMBERS:
            raise MediaError("The call's id is none that Gong gives: no folder can be named after it")
        path = self._part(call_id, kind)
        try:
            with opened(path) as file:
                yield Partial(
                    path,
                    file,
                    place=lambda extension: f"{MEDIA}/{call_id}/{kind}.{extension}",
                    move=self._move,
                    is_there=self._is_there,
                    publish=self._publish,
                )
        finally:
            # Whoever erases keeps the call out first and removes its media then: one of both sees the other.
            if not self.admits(call_id):
                self.forget([call_id])

    def new_receipts(self) -> dict[str, dict[str, Any]]:
        """Receipts that have not been loaded, by the path of their copy."""
        paths = [f"{NEW}/{name}" for name in self._storage.names(NEW) if name.endswith(".json")]
        contents = self._storage.each(self._storage.read, paths)
        return {path: json.loads(c) for path, c in zip(paths, contents, strict=True) if c is not None}

    def forget_new(self, paths: Sequence[str]) -> None:
        """Remove copies of receipts: they are loaded."""
        self._storage.each(self._storage.remove, paths)

    def files_of(self, call_ids: Collection[str]) -> list[str]:
        """Paths of all there is of these calls; see also `parts_of`."""
        wanted = sorted(filter(_SAFE.fullmatch, set(call_ids)))
        listed = self._storage.each(lambda call_id: self._storage.entries(f"{MEDIA}/{call_id}"), wanted)
        new = [name for name in self._storage.names(NEW) if name.partition(".")[0] in call_ids]
        return [*(f"{NEW}/{name}" for name in new), *(entry.path for some in listed for entry in some)]

    def parts_of(self, call_ids: Collection[str]) -> list[Path]:
        """What has arrived of them on this machine, where that is not in the landing zone itself."""
        folder = settings.media_temp_dir()
        if self._storage.local or not folder.exists():
            return []
        return sorted(path for path in folder.iterdir() if path.name.partition(".")[0] in call_ids)

    def forget(self, call_ids: Collection[str]) -> None:
        """Remove all there is of these calls. A download that is at work on one of them fails."""
        for path in self.parts_of(call_ids):
            path.unlink(missing_ok=True)
        self._storage.each(self._storage.remove, self.files_of(call_ids))
        for call_id in filter(_SAFE.fullmatch, call_ids if self._storage.local else ()):
            shutil.rmtree(self._storage.full(f"{MEDIA}/{call_id}"), ignore_errors=True)

    def _part(self, call_id: str, kind: str) -> Path:
        if self._storage.local:
            return Path(self._storage.full(f"{MEDIA}/{call_id}/.{kind}.part"))
        return settings.media_temp_dir() / f"{call_id}.{kind}.part"

    def _move(self, source: Path, place: str) -> None:
        """One rename, or an upload in parts, which an object store shows when it is complete."""
        target = self._storage.full(place)
        if self._storage.local:
            source.replace(target)
            return
        with source.open("rb") as file, self._storage.fs.open(target, "wb", block_size=_BLOCK) as out:
            shutil.copyfileobj(file, out, _BLOCK)
        if not self._is_there(place, source.stat().st_size):
            raise OSError("The landing zone did not take the whole file; nothing was removed")
        source.unlink()

    def _is_there(self, place: str, size: int) -> bool:
        entry = self._storage.entry(place)
        return entry is not None and entry.size == size

    def _publish(self, receipt: Mapping[str, Any]) -> None:
        key = receipt["call_id"], receipt["kind"]
        content = json.dumps(receipt, indent=1, sort_keys=True).encode() + b"\n"
        # The copy first: with a receipt the file would never be looked at again.
        self._storage.put(f"{NEW}/{key[0]}.{key[1]}.json", content)
        self._storage.put(_receipt(key), content)


def _receipt(key: Key) -> str:
    return f"{MEDIA}/{key[0]}/{key[1]}.json"
