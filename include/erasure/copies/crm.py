"""The CRM files without a person: batches on their way into Gong, and the ledgers of what Gong has.

A batch that holds the person goes as a whole. Its other rows are selected again: Gong was not sent them, or
the ledger does not know that it was, and watermarks move only when a batch is settled. From the ledgers the
person's rows go, and all others stay as they are.

The CRM itself, also the sample one in `crm.sqlite`, is the company's own system: it is not touched.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.erasure.matching import blank_record
from include.crm.database import open_database
from include.crm.ledger import NONE, Ledger, State
from include.crm.ledger_rows import rows_without
from include.crm.outbox import crm_storage, remove_batch
from include.crm.temporary import temporary_folder
from include.erasure.copies.batches import LocalBatch, Marks

if TYPE_CHECKING:
    from include.erasure.person import Person
    from include.storage import Storage

_OUTBOX, _LEDGER = "outbox", "ledger"
_IDS_AT_ONCE = 5000


def survey(person: Person) -> dict[str, int]:
    """What `purge` would do: `rows` out of ledgers, `files` removed or rewritten, `mentions` blanked."""
    return _purge(person, dry=True)


def purge(person: Person) -> dict[str, int]:
    """Do it; the counts of `survey`. May be repeated after a kill at any point.

    :raises GongTakenOverError: a ledger was committed at the same moment; the task may start again
    """
    return _purge(person, dry=False)


def hold_back(person: Person) -> dict[str, int]:
    """Remove the batches that hold the person: they must not reach Gong."""
    return {"files": _outbox(Marks(person), dry=False)}


def _purge(person: Person, *, dry: bool) -> dict[str, int]:
    marks = Marks(person)
    counts = Counter(rows=0, files=_outbox(marks, dry=dry), mentions=0)
    storage = crm_storage("", _LEDGER)
    for integration in sorted(storage.names(_LEDGER)):
        for object_type in sorted(set(storage.names(f"{_LEDGER}/{integration}")) & set(OBJECT_TYPES)):
            ledger = Ledger("" if integration == NONE else integration, object_type)
            counts.update(_LedgerPurge(ledger, marks).run(dry=dry))
    return dict(counts)


def _outbox(marks: Marks, *, dry: bool) -> int:
    """Remove the batches and drafts that hold the person; how many files they are."""
    storage, files = crm_storage("", _OUTBOX), 0
    for batch, paths in _batches(storage):
        if any(marks.in_file(storage.open(path), object_type=batch.split("/")[2]) for path in paths):
            files += len(paths)
            if not dry:
                remove_batch(storage, batch)
    for draft in LocalBatch.all(Path(tempfile.gettempdir())):
        if draft.holds(marks):
            files += len(draft.files)
            if not dry:
                draft.remove()
    if not dry:
        # Removes what killed processes have left of their temporary folders.
        with temporary_folder():
            pass
    return files


def _batches(storage: Storage) -> Iterator[tuple[str, list[str]]]:
    """`outbox/<box>/<object type>/<batch>` with its files; also half ones and drafts."""
    found: dict[str, list[str]] = {}
    for entry in storage.entries(_OUTBOX):
        parts = entry.path.split("/")
        if len(parts) > 4:
            found.setdefault("/".join(parts[:4]), []).append(entry.path)
    yield from ((batch, sorted(paths)) for batch, paths in sorted(found.items()))


@dataclass
class _LedgerPurge:
    """One ledger; used once."""

    ledger: Ledger
    marks: Marks
    counts: Counter[str] = field(default_factory=lambda: Counter(rows=0, files=0, mentions=0))

    def run(self, *, dry: bool) -> Counter[str]:
        gone = self._ids_in(self.ledger.parquet())
        state = self._state()
        self.counts["rows"] += len(gone)
        self.counts["files"] += bool(gone) + (state != self.ledger.state)
        # An earlier purge may have been killed before it removed the file that did not count any more.
        stale = [name for name in self.ledger.others() if self._is_told_in(name)]
        self.counts["files"] += len(stale)
        if not dry:
            self._carry_out(state, gone, stale)
        return self.counts

    def _carry_out(self, state: State, gone: list[str], stale: list[str]) -> None:
        old = self.ledger.parquet()
        before = self.ledger.state["ledger"]
        if gone and old and before:
            with open_database() as database:
                self.ledger.commit(state, rows_without(database, old, gone))
            stale = [before, *stale]
        elif state != self.ledger.state:
            self.ledger.commit(state)
        for name in stale:
            self.ledger.remove(name)

    def _ids_in(self, parquet: Path | None) -> list[str]:
        """The person's among the ids of a ledger."""
        if parquet is None:
            return []
        found: list[str] = []
        with open_database() as database:
            rows = database.execute("SELECT object_id FROM read_parquet(?)", [str(parquet)])
            while chunk := rows.fetchmany(_IDS_AT_ONCE):
                found += self.marks.among([str(row[0]) for row in chunk], self.ledger.object_type)
        return found

    def _is_told_in(self, name: str) -> bool:
        return name.endswith(".parquet") and bool(self._ids_in(self.ledger.parquet(name)))

    def _state(self) -> State:
        """state.json without errors of the person's records, and without mentions in others."""
        state: State = {**self.ledger.state}
        state["open_errors"] = self._errors(state["open_errors"])
        state["settled"] = {
            key: {**note, "errors": self._errors(note["errors"])} for key, note in state["settled"].items()
        }
        return state

    def _errors(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = []
        for row in rows:
            object_id = str(row.get("object_id") or "")
            if self.marks.among([object_id], self.ledger.object_type):
                self.counts["rows"] += 1
                continue
            blanked, mentions = blank_record(row, self.marks.known)
            self.counts["mentions"] += mentions
            kept.append(blanked)
        return kept
