"""The drop folder of recordings, and what lies beside it, without a person.

A recording is the person's when they are a party in its metadata, when its call is the person's, or when one
of its names mentions them. Then all of it goes: media, metadata, reason, receipt, claim. In what belongs to
others a mention is blanked.

What tells whose a recording is goes last: whoever goes on after a kill finds by it what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from include import settings
from include.erasure.copies.recorded import Group, Reader
from include.erasure.copies.rewriting import rewrite
from include.recordings.notes import CLAIMS, DONE, RECEIPTS, REJECTED
from include.storage import Storage

if TYPE_CHECKING:
    from include.erasure.person import Person


def find_calls(person: Person) -> set[str]:
    """The ids of calls that the person's recordings became; noted in `person`."""
    before = set(person.call_ids)
    _plan(person)
    return person.call_ids - before


def survey(person: Person) -> dict[str, int]:
    """What `purge` would do: `recordings` that go, `files` removed or rewritten, `mentions` blanked.

    Notes further calls in `person`, as `find_calls` does.
    """
    return _plan(person).counts()


def purge(person: Person) -> dict[str, int]:
    """Do it; the counts of `survey`. May be repeated after a kill at any point."""
    plan = _plan(person)
    plan.carry_out()
    return plan.counts()


def hold_back(person: Person) -> dict[str, int]:
    """Remove those of the person's recordings that wait in the drop folder: they must not reach Gong."""
    plan = _plan(person)
    plan.only_below(plan.storage.incoming)
    plan.carry_out()
    return plan.counts()


@dataclass
class _Plan:
    """What goes, and what is rewritten.

    :param groups: the person's
    :param others: of which files are rewritten
    """

    storage: Storage
    reader: Reader
    groups: list[Group] = field(default_factory=list)
    others: list[Group] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        recordings = [group for group in self.groups if not group.is_note]
        mentions = [count for group in self.others for count in group.mentions.values()]
        files = sum(len(group.paths) for group in self.groups) + len(mentions)
        return {"recordings": len(recordings), "files": files, "mentions": sum(mentions)}

    def only_below(self, folder: str) -> None:
        self.others = []
        self.groups = [group for group in self.groups if all(p.startswith(f"{folder}/") for p in group.paths)]

    def carry_out(self) -> None:
        telling = {path for group in self.groups for path in group.telling}
        files = [path for group in self.groups if not group.is_note for path in group.paths]
        notes = [path for group in self.groups if group.is_note for path in group.paths]
        # Notes name the files that belong together.
        self._remove(path for path in files if path not in telling)
        self._remove(path for path in notes if path not in telling)
        self._remove(sorted(telling))
        self._remove_empty([*files, *notes])
        for group in self.others:
            for path in group.mentions:
                rewrite(self.storage, path, lambda content: self.reader.blanked(content)[0])

    def _remove(self, paths: Iterable[str]) -> None:
        self.storage.each(self.storage.remove, paths)

    def _remove_empty(self, paths: Collection[str]) -> None:
        """Folders in which nothing is left: their names may be those of persons, too."""
        if not self.storage.local:
            return
        folders = {
            folder for path in paths for folder in PurePosixPath(path).parents if len(folder.parts) > 1
        }
        for folder in sorted(folders, key=lambda folder: (-len(folder.parts), folder)):
            try:
                Path(self.storage.full(str(folder))).rmdir()
            except OSError:
                continue  # not empty, or gone


def _plan(person: Person) -> _Plan:
    """Look at everything; notes further calls in `person`."""
    storage = Storage(settings.recordings_url())
    reader = Reader(storage, person)
    groups = [group for area in (storage.incoming, REJECTED, DONE) for group in reader.groups(area)]
    groups += [group for notes in (RECEIPTS, CLAIMS) for group in reader.notes(notes)]
    mine = _closure(groups, person)
    others = [group for number, group in enumerate(groups) if number not in mine and group.mentions]
    return _Plan(storage, reader, [groups[number] for number in sorted(mine)], others)


def _closure(groups: list[Group], person: Person) -> set[int]:
    """The numbers of the groups that are the person's, or have a file, an id or a call in common with one."""
    mine: set[int] = set()
    names: set[str] = set()
    while True:
        found = {
            number
            for number, group in enumerate(groups)
            if number not in mine
            and (group.mine or group.call_id in person.call_ids or not names.isdisjoint(group.names))
        }
        if not found:
            return mine
        mine |= found
        for number in found:
            names |= groups[number].names
            if groups[number].call_id:
                person.call_ids.add(str(groups[number].call_id))
