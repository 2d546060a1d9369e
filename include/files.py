"""Writing a file in one step: a reader sees the whole file or none of it, also when the writer is killed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

LOCAL = ("", "file", "local")
"""Protocols of an ObjectStoragePath that is a path of this machine."""


def put(path: ObjectStoragePath, content: bytes) -> None:
    """Write `path`, in place of what it held; folders are made where they are missing."""
    if path.protocol in LOCAL:
        put_file(Path(path.path), content)
    else:
        path.write_bytes(content)  # object stores show an object when its upload is complete


def put_file(target: Path, content: bytes) -> None:
    """The same for a path of this machine."""
    _write_beside(target, content, lambda part: part.replace(target), sync=True)


def create_file(target: Path, content: bytes) -> bool:
    """Write `target` unless it exists; whether it was written. One of two writers at once succeeds.

    Quick, as it does not wait for the disk: when the machine loses its power, an empty file may be left.
    """

    def publish(part: Path) -> None:
        try:
            target.hardlink_to(part)
        except FileExistsError:
            raise
        except OSError:
            # Some network and USB file systems know no hard links; there a kill may leave an empty file.
            with target.open("xb") as file:
                file.write(content)

    try:
        _write_beside(target, content, publish, sync=False)
    except FileExistsError:
        return False
    return True


def _write_beside(target: Path, content: bytes, publish: Callable[[Path], object], *, sync: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        publish(part)
    finally:
        part.unlink(missing_ok=True)
