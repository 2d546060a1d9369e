"""Drop folders for tests: on the local disk and in an object store, with clocks and kills at will."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

from include.recordings import DropFolder

RUN = "scheduled__2026-11-20T14:30:00+00:00"
NEXT = "scheduled__2026-11-20T14:45:00+00:00"


class KilledError(BaseException):
    """Stands for `kill -9`: nothing in between may catch it."""


class ObjectStore(MemoryFileSystem):
    """Keeps bytes under keys, as S3 does: no folders, no rename, an object appears whole.

    `countdown` operations later the process is killed: before the operation, or half way through a copy;
    nothing that follows has an effect.
    """

    protocol = "objects"
    store: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]
    pseudo_dirs: ClassVar[list[str]] = [""]  # type: ignore[misc]
    countdown: ClassVar[float] = float("inf")

    @classmethod
    def _strip_protocol(cls, path: Any) -> str:
        return MemoryFileSystem._strip_protocol(str(path).removeprefix("objects://"))

    def _step(self) -> None:
        ObjectStore.countdown -= 1
        if ObjectStore.countdown < 0:
            raise KilledError

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        self._step()
        super().pipe_file(path, value, mode=mode)

    def cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        content = self.cat_file(path1)
        self._step()
        try:
            self._step()
        except KilledError:
            super().pipe_file(path2, content[: len(content) // 2])
            raise
        super().pipe_file(path2, content)

    def rm_file(self, path: str) -> None:
        self._step()
        path = self._strip_protocol(path)
        if path not in self.store:
            raise FileNotFoundError
        del self.store[path]


fsspec.register_implementation("objects", ObjectStore, clobber=True)


class Box:
    """A drop folder and the files around it."""

    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.options = options
        self.base = url.removeprefix("file://").rpartition("/")[0]

    def folder(self, **options: Any) -> DropFolder:
        """A new object, as every task has."""
        return DropFolder(self.url, **{"settle_seconds": 0, **self.options, **options})

    def put(self, path: str, content: bytes = b"", time: float | None = None) -> None:
        raise NotImplementedError

    def tree(self) -> dict[str, bytes]:
        """Path to content of all files around the drop folder."""
        raise NotImplementedError

    def remove(self, path: str) -> None:
        raise NotImplementedError

    def move(self, source: str, target: str) -> None:
        """As a person does it: the time of the file stays."""
        raise NotImplementedError

    def killed(self, countdown: float) -> Any:
        """A block that is killed after `countdown` operations on the file system."""
        raise NotImplementedError

    def drop(self, name: str = "a", media: bytes = b"media", metadata: Any = "{}", **options: Any) -> None:
        """A media file and its JSON."""
        self.put(f"incoming/{name}.wav", media, **options)
        text = metadata if isinstance(metadata, str) else json.dumps(metadata)
        self.put(f"incoming/{name}.json", text.encode(), **options)

    def find(self, run_id: str = RUN, **options: Any) -> Any:
        """One look that finds no other run at work."""
        arguments = {"match": "*", "limit": 100, "is_over": lambda run_id: True, **options}
        return self.folder().find(run_id=run_id, **arguments)

    def one(self, run_id: str = RUN) -> dict[str, Any]:
        """The one recording that there is."""
        (recording,) = self.find(run_id).recordings
        return dict(recording)

    def own(self) -> dict[str, bytes]:
        """All files but the notes, and but what a kill has left half written."""
        notes = (".claims/", "receipts/", ".looks")
        return {
            path: content
            for path, content in self.tree().items()
            if not path.startswith(notes) and not _is_half(path)
        }

    def claims(self) -> list[str]:
        """The files of claims."""
        return [path for path in self.tree() if path.startswith(".claims/") and not _is_half(path)]

    def receipt(self, recording: dict[str, Any]) -> dict[str, Any]:
        return dict(json.loads(self.tree()[f"receipts/{recording['id']}.json"]))


def _is_half(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith(".") and name.endswith(".part")


class LocalBox(Box):
    def path(self, path: str) -> Path:
        return Path(self.base, path)

    def put(self, path: str, content: bytes = b"", time: float | None = None) -> None:
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if time is not None:
            os.utime(target, (time, time))

    def tree(self) -> dict[str, bytes]:
        files = (path for path in Path(self.base).rglob("*") if path.is_file())
        return {str(path.relative_to(self.base)): path.read_bytes() for path in files}

    def remove(self, path: str) -> None:
        self.path(path).unlink()

    def move(self, source: str, target: str) -> None:
        self.path(target).parent.mkdir(parents=True, exist_ok=True)
        self.path(source).rename(self.path(target))

    @contextmanager
    def killed(self, countdown: float) -> Iterator[Callable[[], float]]:
        with _audited(self.base, countdown) as left:
            yield left


class ObjectBox(Box):
    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self.base = url.removeprefix("objects:/").rpartition("/")[0]

    def put(self, path: str, content: bytes = b"", time: float | None = None) -> None:
        fs = ObjectStore()
        MemoryFileSystem.pipe_file(fs, f"{self.base}/{path}", content)
        if time is not None:
            from datetime import datetime, timezone

            fs.store[f"{self.base}/{path}"].modified = datetime.fromtimestamp(time, timezone.utc)
            fs.store[f"{self.base}/{path}"].created = datetime.fromtimestamp(time, timezone.utc)

    def tree(self) -> dict[str, bytes]:
        start = f"{self.base}/"
        files = ObjectStore.store.items()
        return {path[len(start) :]: file.getvalue() for path, file in files if path.startswith(start)}

    def remove(self, path: str) -> None:
        del ObjectStore.store[f"{self.base}/{path}"]

    def move(self, source: str, target: str) -> None:
        ObjectStore.store[f"{self.base}/{target}"] = ObjectStore.store.pop(f"{self.base}/{source}")

    @contextmanager
    def killed(self, countdown: float) -> Iterator[Callable[[], float]]:
        ObjectStore.countdown = countdown
        try:
            yield lambda: ObjectStore.countdown
        finally:
            ObjectStore.countdown = float("inf")


_watched: list[Any] = []  # the folder, and the operations that are left to it


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched or not _changes(event, arguments, _watched[0]):
        return
    _watched[1] -= 1
    if _watched[1] < 0:
        raise KilledError


def _changes(event: str, arguments: tuple[Any, ...], folder: str) -> bool:
    """Whether Python is about to change something below `folder`; audit events tell of it beforehand."""
    if event == "open":
        if not (isinstance(arguments[1], str) and set(arguments[1]) & set("wxa+")):
            return False
    elif event not in ("os.rename", "os.remove", "os.link", "os.mkdir"):
        return False
    return str(arguments[0]).startswith(folder)


@contextmanager
def _audited(folder: str, countdown: float) -> Iterator[Callable[[], float]]:
    if not getattr(sys, "_recordings_hook", False):
        sys.addaudithook(_hook)  # it cannot be taken away again
        sys._recordings_hook = True  # type: ignore[attr-defined]
    _watched[:] = [folder, countdown]
    try:
        yield lambda: float(_watched[1])
    finally:
        _watched.clear()
