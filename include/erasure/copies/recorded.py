"""What there is of recordings, in groups of files that belong together, and which of them are a person's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gong_airflow.erasure.matching import is_about
from gong_airflow.recordings.media import MEDIA_SUFFIXES
from include import settings
from include.erasure.copies.clues import Clues
from include.erasure.copies.names import Names
from include.erasure.copies.records import CALLS, ObjectIds
from include.erasure.copies.texts import blanked_json, blanked_text
from include.recordings.listing import Candidate, candidates
from include.recordings.notes import DONE, REJECTED
from include.recordings.places import reason_file
from include.storage import Storage

if TYPE_CHECKING:
    from include.erasure.person import Person

# Beyond it a file is neither metadata nor a note.
_MOST_TEXT = 16_000_000
_AT_ONCE = 200
_CALL_ID = re.compile(rf"{DONE}/(\d+)(?:~\d+)?")


@dataclass
class Group:
    """Files that belong together: a recording, or a note about one.

    :param paths: files that go with it
    :param mine: whether it is the person's by itself
    :param telling: the files that tell so
    :param names: paths and ids, by which groups are told to be of one recording
    :param call_id: of the call that it became
    :param mentions: by path, how many mentions are blanked if it is not the person's
    """

    paths: tuple[str, ...]
    is_note: bool = False
    mine: bool = False
    telling: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    call_id: str | None = None
    mentions: dict[str, int] = field(default_factory=dict)


class Reader:
    """Reads the files below and beside a drop folder, looking for one person."""

    def __init__(self, storage: Storage, person: Person) -> None:
        self._storage = storage
        self._known = person.known
        self._clues = Clues(person.forms)
        self._objects = ObjectIds(person.object_ids)
        self._names = Names(person, self._clues)

    def groups(self, area: str) -> Iterator[Group]:
        """The recordings in the drop folder, in `rejected` or in `done`; other files each by itself."""
        paths = {entry.path: entry.size for entry in self._storage.entries(area)}
        listed = list(self._in_done(paths) if area == DONE else self._elsewhere(area))
        grouped = {path for group in listed for path in group}
        listed += [(path,) for path in sorted(paths.keys() - grouped)]
        for start in range(0, len(listed), _AT_ONCE):
            some = listed[start : start + _AT_ONCE]
            texts = [path for group in some for path in group if _is_text(path, paths.get(path, 0))]
            contents = dict(zip(texts, self._storage.each(self._storage.read, texts), strict=True))
            for group in some:
                yield self._group(group, contents)

    def notes(self, folder: str) -> Iterator[Group]:
        """The receipts, or the claims and what else is in their folder."""
        paths = sorted(entry.path for entry in self._storage.entries(folder))
        for start in range(0, len(paths), _AT_ONCE):
            some = paths[start : start + _AT_ONCE]
            for path, content in zip(some, self._storage.each(self._storage.read, some), strict=True):
                if content is not None:
                    yield self._note(path, content)

    def blanked(self, content: bytes) -> tuple[bytes | None, int]:
        """The content without mentions, None when it stays as it is; and how many there were."""
        if not self._clues.in_json(content) or b"\0" in content:
            return None, 0
        text = content.decode("utf-8", "surrogateescape")
        blank = blanked_json if _parsed(content) is not None else blanked_text
        new, count = blank(text, self._known, self._clues)
        return (new.encode("utf-8", "surrogateescape"), count) if new != text else (None, 0)

    def _in_done(self, paths: dict[str, int]) -> Iterator[tuple[str, ...]]:
        folders: dict[str, list[str]] = {}
        for path in sorted(paths):
            if path.count("/") > 1:
                folders.setdefault(path.split("/")[1], []).append(path)
        yield from map(tuple, folders.values())

    def _elsewhere(self, area: str) -> Iterator[tuple[str, ...]]:
        entries = self._storage.entries(area)
        there = {entry.path for entry in entries}
        marker = settings.text("GONG_RECORDINGS_MARKER")
        for candidate in candidates(entries, area, marker):
            paths = [*candidate.markers, *_paths(candidate)]
            if area == REJECTED:
                paths.append(reason_file(f"{REJECTED}/{candidate.name}"))
            yield tuple(path for path in paths if path in there)

    def _group(self, paths: Sequence[str], contents: dict[str, bytes | None]) -> Group:
        group = Group(tuple(paths), names=set(paths))
        found = _CALL_ID.match(paths[0])
        group.call_id = found[1] if found else None
        group.telling = {path for path in paths if self._names.mention(path)}
        for path in paths:
            content = contents.get(path)
            if content is None:
                continue
            if path.endswith(".json") and self._tells(content):
                group.telling.add(path)
            elif count := self.blanked(content)[1]:
                group.mentions[path] = count
        group.mine = bool(group.telling)
        return group

    def _tells(self, content: bytes) -> bool:
        """Whether metadata have the person as a party. Of broken ones nobody knows: a mention is enough."""
        if not (self._clues.in_json(content) or self._objects.within(content)):
            return False
        record = _parsed(content)
        if record is None:
            return bool(blanked_text(content.decode("utf-8", "replace"), self._known, self._clues)[1])
        # Parties and their CRM objects are written as those of a call are.
        return isinstance(record, dict) and is_about(CALLS, record, self._known, ())

    def _note(self, path: str, content: bytes) -> Group:
        group = Group((path,), is_note=True, names={_id_of(path), path})
        record = _parsed(content)
        if not isinstance(record, dict):
            # Half written; or the reservation of a place, which holds the id of its recording.
            group.names |= {content.decode("utf-8", "replace").strip()} if len(content) < 64 else set()
            count = self.blanked(content)[1]
            group.mine, group.telling = bool(count), {path} if count else set()
            return group
        call_id = record.get("call_id") or _object(record.get("facts")).get("call_id")
        group.call_id = str(call_id) if call_id else None
        files = _named_files(record)
        group.names |= files
        if any(self._names.mention(name) for name in (*files, str(record.get("name") or ""))):
            group.mine, group.telling = True, {path}
        elif count := self.blanked(content)[1]:
            group.mentions = {path: count}
        return group


def _paths(candidate: Candidate) -> list[str]:
    return [entry.path for entry in (*candidate.entries, *candidate.transfers)]


def _named_files(record: dict[str, Any]) -> set[str]:
    """The paths that a receipt or a claim names, where they are and where they go."""
    files, move = _object(record.get("files")), _object(record.get("move"))
    targets, media = _object(move.get("targets")), record.get("media")
    entries = [record.get("metadata"), *(media if isinstance(media, list) else [])]
    more = files.get("more_media")
    named = [
        *(files.get(name) for name in ("media", "metadata")),
        *(more if isinstance(more, list) else []),
        *(_object(entry).get("path") for entry in entries),
        *targets,
        *targets.values(),
        *(about.get("reason_file") for about in (record, move)),
    ]
    return {str(path) for path in named if path}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content, strict=False)
    except (ValueError, RecursionError):
        return None


def _id_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".json")


def _is_text(path: str, size: int) -> bool:
    return size <= _MOST_TEXT and not path.lower().endswith(tuple(MEDIA_SUFFIXES))
