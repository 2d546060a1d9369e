"""The landing zone without a person.

Records of the person and of the person's calls go, in all others a mention is blanked. A line that says
nothing of the person stays byte for byte, a file without any other line is not touched.

Which calls are the person's is told by Gong, and by the landed calls themselves. So those that tell go last:
whoever goes on after a kill finds by them what is left.
"""

from __future__ import annotations

import gzip
import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.erasure.copies import manifests
from include.erasure.copies.records import CALLS, Judge
from include.erasure.copies.rewriting import rewrite
from include.erasure.copies.zone import (
    Landed,
    files_of,
    landing_storage,
    page_content,
    streams,
    unpacked,
    whatever_is_there,
)
from include.landing import GZIP_LEVEL

if TYPE_CHECKING:
    from include.erasure.person import Person


def find_calls(person: Person) -> set[str]:
    """The ids of landed calls in which the person takes part; noted in `person`.

    Gong may not name all of them: a call may have been deleted there, or have lost the participant.
    """
    storage, judge, found = landing_storage(), Judge(person), set[str]()
    pages = (file for file in files_of(storage, CALLS) if file.stream == CALLS)
    for _, content in unpacked(storage, pages):
        found |= {call_id for line in (content or b"").split(b"\n") if (call_id := judge.call_of(line))}
    person.call_ids |= found
    return found


def survey(person: Person) -> dict[str, int]:
    """What `purge` would do: `files` rewritten or removed, `records` that go, `mentions` blanked.

    Notes further calls in `person`, as `find_calls` does.
    """
    return _Purge(person, dry=True).run()


def purge(person: Person) -> dict[str, int]:
    """Do it; the counts of `survey`. May be repeated after a kill at any point."""
    return _Purge(person, dry=False).run()


@dataclass
class _Page:
    """A page as it would be.

    :param lines: None when nothing changes
    :param removed: records that go
    :param telling: of these, those that tell whose they are
    :param kept: records in the end
    """

    lines: list[bytes] | None = None
    removed: int = 0
    telling: int = 0
    mentions: int = 0
    kept: int = 0


@dataclass
class _Purge:
    """One pass over the landing zone; used once."""

    person: Person
    dry: bool
    counts: Counter[str] = field(default_factory=lambda: Counter(files=0, records=0, mentions=0))

    def run(self) -> dict[str, int]:
        find_calls(self.person)
        self._storage, self._judge = landing_storage(), Judge(self.person)
        self._telling: list[Landed] = []
        for stream in streams(self._storage):
            files = unpacked(self._storage, files_of(self._storage, stream))
            for _, window in itertools.groupby(files, key=lambda read: read[0].folder):
                self._window(window)
        for file in self._telling:
            self._rewrite_page(file, last=True)
        return dict(self.counts)

    def _window(self, files: Iterable[tuple[Landed, bytes | None]]) -> None:
        told: list[tuple[Landed, bytes]] = []
        kept: dict[str, int] = {}
        for file, content in files:
            if file.is_manifest and content is not None:
                told.append((file, content))
            elif file.stream and content is not None:
                kept[file.name] = self._look_at(file, content)
            elif file.stream or file.is_left_over:
                self._left_over(file)
        for file, content in told:
            self._manifest(file, content, kept)

    def _look_at(self, file: Landed, content: bytes) -> int:
        page = self._page(content, file.stream, last=False)
        self.counts.update(records=page.removed, mentions=page.mentions)
        self.counts["files"] += bool(page.telling or page.lines is not None)
        if page.telling:
            self._telling.append(file)
        if page.lines is not None:
            self._rewrite_page(file, last=False)
        return page.kept

    def _page(self, content: bytes, stream: str, *, last: bool) -> _Page:
        """What becomes of a page.

        :param last: whether those records go now that tell whose they are; else all others
        """
        page, kept, lines = _Page(), list[bytes](), content.split(b"\n")
        named = self._judge.may_name(content)
        for line in lines:
            verdict = self._judge.judge(line, stream, named=named) if line else None
            if verdict is None or (last and not verdict.tells):
                kept.append(line)
                continue
            page.removed += verdict.goes
            page.telling += verdict.tells
            page.mentions += verdict.mentions
            if not verdict.goes:
                kept.append(verdict.line)
            elif verdict.tells and not last:
                kept.append(line)
        page.lines = kept if kept != lines else None
        page.kept = sum(map(bool, kept)) - (0 if last else page.telling)
        return page

    def _rewrite_page(self, file: Landed, *, last: bool) -> None:
        def change(packed: bytes) -> bytes | None:
            content = page_content(packed)
            if content is None:
                return None
            lines = self._page(content, file.stream, last=last).lines
            return None if lines is None else gzip.compress(b"\n".join(lines), GZIP_LEVEL, mtime=0)

        if not self.dry:
            rewrite(self._storage, file.path, change)

    def _manifest(self, file: Landed, content: bytes, kept: dict[str, int]) -> None:
        def change(content: bytes) -> tuple[bytes | None, int, bool]:
            person = self.person
            return manifests.changed(content, kept, person.call_ids, person.known, self._judge.clues)

        new, mentions, told = change(content)
        self.counts.update(files=int(told), mentions=mentions)
        if new is not None and not self.dry:
            rewrite(self._storage, file.path, lambda content: change(content)[0])

    def _left_over(self, file: Landed) -> None:
        """What a killed task has left half written is of no use; with the person in it, it goes."""
        content = self._storage.read(file.path)
        lines = whatever_is_there(content or b"").split(b"\n")
        if any(self._judge.judge(line, "") for line in lines):
            self.counts["files"] += 1
            if not self.dry:
                self._storage.remove(file.path)
