"""The files below one place, on any file system that fsspec knows: a drop folder and what is beside it, say.

Paths are relative to the folder that holds the one given, e.g. `incoming/2026/a.wav`. Nothing here takes
a path for a pattern: telephone systems write `*`, `?` and `[` into names.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from gong_airflow.errors import GongConfigurationError, GongInputError
from include import files

_TIMES = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
_TAGS = ("ETag", "etag")
_BLOCK = 4 * 1024 * 1024
_AT_ONCE = 16

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Entry:
    """A file as its file system lists it.

    :param size: bytes
    :param time: of its last change, seconds since 1970; 0 where the file system tells none
    :param tag: the ETag; empty where the file system gives none
    """

    path: str
    size: int
    time: float
    tag: str

    def is_still(self, other: Entry) -> bool:
        """Whether both describe the same content. Some stores round times in one kind of answer only."""
        tags = self.tag == other.tag or not (self.tag and other.tag)
        return tags and self.size == other.size and abs(self.time - other.time) <= 2


class Storage:
    """All files below the folder that holds the one given.

    :param url: ObjectStoragePath URL of the drop folder, or of what else lies beside others
    :raises GongConfigurationError: when that is a whole bucket or disk
    """

    def __init__(self, url: str) -> None:
        from airflow.sdk import ObjectStoragePath

        path = ObjectStoragePath(url)
        self.local = path.protocol in files.LOCAL
        self.fs = _file_system(path)
        folder = str(self.fs._strip_protocol(path.path)).rstrip("/")
        self.base, slash, self.incoming = folder.rpartition("/")
        if not slash or not self.incoming:
            raise _no_parent()

    def full(self, path: str) -> str:
        """The path as the file system wants it."""
        return f"{self.base}/{path}"

    def entries(self, folder: str) -> list[Entry]:
        """All plain files below `folder`, in one listing; none where it does not exist."""
        if self.local:
            return list(self._local_entries(folder))
        self.fs.invalidate_cache()
        start = len(self.full("").lstrip("/"))
        return [
            _entry(str(name).lstrip("/")[start:], info)
            for name, info in self.fs.find(self.full(folder), detail=True).items()
            if info.get("type", "file") == "file"
        ]

    def _local_entries(self, folder: str) -> Iterator[Entry]:
        # fsspec takes a folder that may not be read for an empty one.
        for root, _, names in os.walk(self.full(folder), onerror=_unless_gone):
            for name in names:
                path = Path(root, name)
                try:
                    info = path.lstat()
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(info.st_mode):
                    yield Entry(str(path)[len(self.full("")) :], info.st_size, info.st_mtime, "")

    def names(self, folder: str) -> list[str]:
        """The names of what `folder` holds directly; none where it does not exist."""
        self.fs.invalidate_cache()
        try:
            listed = self.fs.ls(self.full(folder), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        # Some stores list the folder itself too.
        paths = (str(name).strip("/") for name in listed)
        return [path.rpartition("/")[2] for path in paths if path != self.full(folder).strip("/")]

    def entry(self, path: str) -> Entry | None:
        """The file, or None."""
        self.fs.invalidate_cache()
        try:
            info = self.fs.info(self.full(path))
        except FileNotFoundError:
            return None
        return _entry(path, info) if info.get("type", "file") == "file" else None

    def read(self, path: str, most: int | None = None) -> bytes | None:
        """What a small file holds, or None; no more than `most` bytes of it."""
        try:
            if most is not None:
                with self.open(path) as file:
                    return file.read(most)
            return cast(bytes, self.fs.cat_file(self.full(path)))
        except FileNotFoundError:
            return None

    def open(self, path: str) -> BinaryIO:
        """The file to be read and searched, some MB in memory at most."""
        if self.local:
            return Path(self.full(path)).open("rb")
        opened = self.fs.open(self.full(path), "rb", block_size=_BLOCK, cache_type="readahead")
        return cast(BinaryIO, opened)

    def put(self, path: str, content: bytes) -> None:
        """Write a small file in one step, in place of what it held."""
        if self.local:
            files.put_file(Path(self.full(path)), content)
        else:
            self.fs.pipe_file(self.full(path), content)

    def create(self, path: str, content: bytes) -> bool:
        """Write a small file unless it exists; whether it was written.

        Of two writers at once one succeeds, locally and where the store knows conditional writes.
        """
        if self.local:
            return files.create_file(Path(self.full(path)), content)
        try:
            self.fs.pipe_file(self.full(path), content, mode="create")
        except FileExistsError:
            return False
        return True

    def remove(self, path: str) -> None:
        """Remove a file; nothing where it is gone."""
        try:
            self.fs.rm_file(self.full(path))
        except FileNotFoundError:
            return

    def make_folder(self, path: str) -> None:
        """Make a folder where there are folders."""
        if self.local:
            Path(self.full(path)).mkdir(parents=True, exist_ok=True)

    def move(self, source: Entry, target: str) -> bool:
        """Move a file to where nothing is, also when an earlier move was killed; whether there was one.

        A file that has come into the source's place since is left there.
        """
        here, there = self.entry(source.path), self.entry(target)
        if there is not None and (here is None or self._is_copy(there, source)):
            if here is not None and here.is_still(source):
                self.remove(source.path)
            return True
        if here is None or here.size != source.size:
            return False
        if self.local:
            if there is not None:
                raise _occupied()
            _rename(Path(self.full(source.path)), Path(self.full(target)))
        else:
            self._copy(source, target)
            self.remove(source.path)
        return True

    def _is_copy(self, there: Entry, source: Entry) -> bool:
        # A store's copy has a time and a tag of its own. A copy that is not whole is made again.
        return there.is_still(source) if self.local else there.size == source.size

    def _copy(self, source: Entry, target: str) -> None:
        # Not `fs.mv` and not `fs.copy`, which take names for patterns.
        self.fs.cp_file(self.full(source.path), self.full(target))
        copy = self.entry(target)
        if copy is None or copy.size != source.size:
            raise OSError(errno.EIO, "The storage did not copy the whole file; nothing was removed")

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """`function` of each item, in order; many at once where each waits for a server."""
        if self.local:
            return [function(item) for item in items]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(function, items))


def private_folder(storage: Storage, folder: str) -> Path:
    """`folder` on the local disk, made where it is missing, readable to its owner alone."""
    base = Path(storage.base)
    base.parent.mkdir(parents=True, exist_ok=True)
    path = Path(storage.full(folder))
    for part in (*reversed([p for p in path.parents if p.is_relative_to(base)]), path):
        part.mkdir(mode=0o700, exist_ok=True)
    return path


def _occupied() -> GongInputError:
    return GongInputError(
        "Another file has appeared in `done` or `rejected`, in the place where a recording was to go",
        remedy="Nothing was overwritten. Move that file elsewhere and start the task again",
    )


def _no_parent() -> GongConfigurationError:
    return GongConfigurationError(
        "The drop folder is a whole bucket or disk, and `done` and `rejected` have no place beside it",
        remedy="Set GONG_RECORDINGS_URL, or `folder` in the form, to a folder inside it that has a folder"
        " around it, e.g. s3://conn@bucket/incoming",
    )


def _file_system(path: Any) -> Any:
    try:
        return path.fs
    except ValueError:  # no provider of Airflow's knows the protocol; fsspec may
        import fsspec

        return fsspec.filesystem(path.protocol)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _entry(path: str, info: dict[str, Any]) -> Entry:
    time = next((info[key] for key in _TIMES if info.get(key)), None)
    tag = next((str(info[key]) for key in _TAGS if info.get(key)), "")
    seconds = _seconds(time)
    # A time that cannot be read still tells one state of the file from another.
    return Entry(path, int(info.get("size") or 0), seconds, tag if seconds or tag else str(time or ""))


def _seconds(time: Any) -> float:
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time.replace("Z", "+00:00"))
        except ValueError:
            return 0.0
    if isinstance(time, datetime):
        return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp()
    return float(time) if isinstance(time, (int, float)) else 0.0


def _rename(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The drop folder is a mount of its own: a whole copy first, with the file's time.
        part = target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.part")
        try:
            shutil.copyfile(source, part)
            shutil.copystat(source, part)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        source.unlink()
