"""Finds a person in the files of a batch of CRM records, some MB in memory at most."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gong_airflow.erasure.spelling import holds
from include.crm.outbox import DRAFT_PREFIX
from include.erasure.copies.clues import Clues
from include.erasure.copies.records import ObjectIds
from include.erasure.copies.texts import blanked_json

if TYPE_CHECKING:
    from include.erasure.person import Person

# Object types whose records are people: elsewhere the same id is another record.
_PEOPLE = ("CONTACT", "LEAD")
_ID = re.compile(rb'"object_?[iI]d"\s*:\s*("(?:[^"\\]|\\.)*"|[0-9]+)')
_BLOCK = 1 << 20


class Marks:
    """By what a person is known in the CRM files."""

    def __init__(self, person: Person) -> None:
        self.known = person.known
        self._clues = Clues(person.forms)
        self._object_ids = frozenset(person.object_ids)
        self._objects = ObjectIds(person.object_ids)

    def among(self, object_ids: Sequence[str], object_type: str) -> list[str]:
        """Those of the ids of records that are the person's, or that hold an address or a number."""
        found = [id_ for id_ in object_ids if object_type in _PEOPLE and id_ in self._object_ids]
        if self._clues.in_text("\n".join(object_ids)):
            found += [id_ for id_ in object_ids if self._clues.in_text(id_) and holds(id_, self.known)]
        return list(dict.fromkeys(found))

    def in_file(self, file: BinaryIO, *, object_type: str) -> bool:
        """Whether a file of JSON lines holds the person; it is closed then."""
        with file:
            return any(self._in_lines(block, object_type) for block in _blocks(file))

    def _in_lines(self, block: bytes, object_type: str) -> bool:
        if object_type in _PEOPLE and self._objects.within(block) and self._is_named(block):
            return True
        if not self._clues.in_json(block):
            return False
        lines = (line for line in block.split(b"\n") if self._clues.in_json(line))
        return any(
            blanked_json(line.decode("utf-8", "surrogateescape"), self.known, self._clues)[1]
            for line in lines
        )

    def _is_named(self, block: bytes) -> bool:
        ids = (json.loads(found, strict=False) for found in _ID.findall(block))
        return any(str(id_) in self._object_ids for id_ in ids)


@dataclass(frozen=True)
class LocalBatch:
    """What is written on this machine before it is put into an object store."""

    folder: Path

    @classmethod
    def all(cls, parent: Path) -> Iterator[LocalBatch]:
        """Those of all outboxes."""
        return map(cls, sorted(parent.glob(f"{DRAFT_PREFIX}*")))

    @property
    def files(self) -> list[Path]:
        """Its files; none when it is gone, or another user's."""
        try:
            return sorted(path for path in self.folder.iterdir() if path.is_file())
        except (FileNotFoundError, PermissionError):
            return []

    def holds(self, marks: Marks) -> bool:
        """Whether the person is in it. Of what object type it is cannot be seen: any may be people."""
        return any(marks.in_file(path.open("rb"), object_type=_PEOPLE[0]) for path in self.files)

    def remove(self) -> None:
        """All of it. The task that writes it, if there still is one, fails and is repeated."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Whole lines, some at a time."""
    while block := file.read(_BLOCK):
        yield block + file.readline()
