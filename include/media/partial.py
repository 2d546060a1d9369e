"""The beginning of a media file on a local disk, with a note beside it: what a download leaves behind."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pendulum

from gong_airflow.media.errors import MediaInUseError
from gong_airflow.media.folder import PartialFile
from include import files

_BLOCK = 1 << 20
_RECEIPT = "receipt"


class Partial(PartialFile):
    """See `PartialFile`. The note is `<file>.json` and holds the facts and, before the move, the receipt.

    :param file: opened for appending, locked
    :param place: the path of the whole file relative to the landing zone, by its extension
    :param move: moves the file to its place
    :param is_there: whether a file of so many bytes is in that place
    :param publish: writes the receipt
    """

    def __init__(
        self,
        path: Path,
        file: BinaryIO,
        *,
        place: Callable[[str], str],
        move: Callable[[Path, str], None],
        is_there: Callable[[str, int], bool],
        publish: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._path, self._file = path, file
        self._place, self._move, self._is_there, self._publish = place, move, is_there, publish
        self._note = _note_of(path)
        self._facts = _read(self._note)
        self._size = os.fstat(file.fileno()).st_size

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self._size

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was noted; empty when nothing was, or when it cannot be read."""
        return self._facts

    def restart(self, facts: Mapping[str, Any]) -> None:
        """Throw away the bytes, then note the facts: never may bytes of one file meet the note of another."""
        self._file.truncate(0)
        self._size = 0
        self._write(facts)

    def append(self, block: bytes) -> None:
        """Add bytes, past the buffer of this process: a kill loses none of them."""
        self._file.write(block)
        self._file.flush()
        self._size += len(block)

    def recover(self) -> bool:
        """Write the receipt of a file that is in its place already."""
        receipt = self._facts.get(_RECEIPT)
        if not receipt or not self._is_there(receipt["path"], receipt["bytes"]):
            return False
        self._finish(receipt)
        return True

    def keep(self, extension: str, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Hash, move, write the receipt; after a kill in between `recover` does what is left."""
        whole = {
            **receipt,
            "path": self._place(extension),
            "bytes": self._size,
            "sha256": _sha256(self._path),
            "downloaded_at": f"{pendulum.now('UTC'):%Y-%m-%dT%H:%M:%SZ}",
        }
        os.fsync(self._file.fileno())
        self._write({**self._facts, _RECEIPT: whole})
        self._move(self._path, whole["path"])
        self._finish(whole)
        return whole

    def _finish(self, receipt: Mapping[str, Any]) -> None:
        self._publish(receipt)
        self._note.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    def _write(self, facts: Mapping[str, Any]) -> None:
        files.put_file(self._note, json.dumps(facts).encode())
        self._facts = dict(facts)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file for appending, locked until the end of the block or of the process; left empty it is removed.

    :raises MediaInUseError: another process has it
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("ab") as file:
            _lock(file)
            if not _is_at(path, file):
                continue  # whoever had it before has moved it into place since it was opened here
            try:
                yield file
            finally:
                if not os.fstat(file.fileno()).st_size and _is_at(path, file):
                    path.unlink()
            return


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(file.fileno()), there)


def _lock(file: BinaryIO) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise MediaInUseError("Another process downloads this file") from None
    except OSError:
        return  # a file system without locks; there the tries of a task are kept apart by their cursor


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _read(note: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(note.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
