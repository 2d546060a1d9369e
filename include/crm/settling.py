"""Settling: what became of the batches of a box goes into the ledgers, and is told to the caller.

Every step may be killed and repeated:

1. `settle` commits, in one step per batch, to the ledger what Gong took and refused, and beside it what the
   caller is to be told. A batch that was settled before is not settled again: what was told is told again.
2. The caller writes the rows of `crm_upload_error` and the watermarks, which may be done twice.
3. `Settled.clean` removes the batches. Their notes in the ledger go with the next commit.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.crm.rounds import line_of_file
from gong_airflow.errors import redact
from include.crm.database import open_database
from include.crm.ledger import Ledger, State
from include.crm.ledger_rows import REFUSED, TAKEN, UNDECIDED, LedgerRows
from include.crm.outbox import Batch, Outbox
from include.crm.shaping import version_of

log = logging.getLogger(__name__)

DELETIONS = "deletions"
# Of a source with nothing but bad rows a person needs no more to see why.
MOST_ERRORS = 10_000
_NOTHING: dict[str, Any] = {
    "done": False, "parts": [], "errors": [], "oldest": None, "watermark": None,
    "taken": 0, "refused": 0, "set_aside": 0, "undecided": 0,
}  # fmt: skip


@dataclass
class Settled:
    """What `settle` gave. Parts of a batch that is not settled whole are counted again when it is.

    :param errors: rows of `crm_upload_error`, new ones and resolved ones, in the order in which they apply
    :param watermarks: by object type; only where a batch of changes was settled whole. A watermark may lie
        before the last one: it never lies behind a row that Gong did not take.
    :param taken: records by object type; so are `refused` (by Gong), `set_aside` (by our checks) and
        `undecided` (nobody knows)
    """

    errors: list[dict[str, Any]] = field(default_factory=list)
    watermarks: dict[str, str] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)
    undecided: dict[str, int] = field(default_factory=dict)
    _done: list[tuple[Outbox, Batch]] = field(default_factory=list, compare=False, repr=False)

    def clean(self) -> None:
        """Remove what is settled, after the caller has written errors and watermarks."""
        for outbox, batch in self._done:
            outbox.remove(batch)

    def _add(self, object_type: str, note: Mapping[str, Any]) -> None:
        self.errors += note["errors"]
        if note["watermark"]:
            self.watermarks[object_type] = note["watermark"]
        for name in ("taken", "refused", "set_aside", "undecided"):
            counts: dict[str, int] = getattr(self, name)
            counts[object_type] = counts.get(object_type, 0) + note[name]


def settle(
    outbox: Outbox, integration_id: str, *, run_id: str, now: datetime, ledger_url: str = ""
) -> Settled:
    """Settle what has a result, of all object types.

    A batch is done when all its files have a result. One that was never attempted is done too: its rows are
    selected again, only what our checks set aside is told. Otherwise it stays, and the next run goes on with
    the files that have no result.

    :param integration_id: batches of which files went to another are dropped, that one is gone. Empty: it
        could not be found out, a batch is settled for the integration that it was made for.
    :param run_id: of the run that settles; stands in the rows of `crm_upload_error`
    :param ledger_url: default: that of the outbox
    """
    settled = Settled()
    for object_type in OBJECT_TYPES:
        batches = outbox.leftovers(object_type)
        for batch in batches:
            belongs_to = batch.sent_to or integration_id or batch.manifest.get("integration_id") or ""
            if integration_id and belongs_to != integration_id:
                settled._done.append((outbox, batch))
                continue
            ledger = Ledger(belongs_to, object_type, ledger_url or outbox.url)
            work = _Settling(outbox.box, batch, ledger, run_id, now)
            note = work.note if work.note["done"] else work.settle([_key(outbox.box, b) for b in batches])
            settled._add(object_type, note)
            if note["done"]:
                settled._done.append((outbox, batch))
    return settled


class _Settling:
    """One batch."""

    def __init__(self, box: str, batch: Batch, ledger: Ledger, run_id: str, now: datetime) -> None:
        self._box = box
        self._batch = batch
        self._ledger = ledger
        self._run_id = run_id
        self._now = now
        self._time = f"{now.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        self._parts = {part["part"]: part for part in batch.manifest["parts"]}
        self._facts = {part: batch.facts(part) for part in self._parts}
        # Found before there was an integration, or left by one that was deleted.
        self._stray = Ledger("", ledger.object_type, ledger.url)
        self._notes = {**self._stray.state["settled"], **ledger.state["settled"]}
        rows = [*self._stray.open_errors, *ledger.open_errors]
        self._open = {(row["object_id"], row["version"]): row for row in rows}
        self._shown: set[tuple[str, str]] = set()
        self.note: dict[str, Any] = deepcopy(self._notes.get(_key(box, batch), _NOTHING))

    def settle(self, batches: Iterable[str]) -> dict[str, Any]:
        """Settle what has a result, commit, return the note.

        :param batches: keys of all batches of the box, whose notes are kept
        """
        finished = [part for part, facts in self._facts.items() if facts.get("result")]
        attempted = any(facts.get("attempted_at") for facts in self._facts.values())
        new = [part for part in finished if part not in self.note["parts"]]
        whole = len(finished) == len(self._parts)
        self.note["done"] = whole or not attempted
        if not (new or self.note["done"]):
            return self.note
        state: State = {**self._ledger.state}
        with open_database() as database:
            parquet = None
            if new:
                deletions = self._box == DELETIONS
                rows = LedgerRows(database, self._ledger.object_type, deletions=deletions)
                for part in new:
                    self._settle_part(rows, part)
                    state["parent"] = self._parts[part]["digest"]
                parquet = rows.write(self._ledger.parquet(), self._now.astimezone(timezone.utc))
            if self.note["done"]:
                self._settle_rest(resolves=whole)
            if whole:
                state["mapping"] = self._batch.manifest.get("mapping") or state["mapping"]
                state["types"] = self._batch.manifest.get("types", state["types"])
                self._set_watermark()
            self._commit(state, parquet, batches)
        return self.note

    def _commit(self, state: State, parquet: Any, batches: Iterable[str]) -> None:
        there = set(batches)
        notes = {
            key: note
            for key, note in self._notes.items()
            if key in there or not key.startswith(f"{self._box}/")
        }
        state["settled"] = {**notes, _key(self._box, self._batch): self.note}
        state["open_errors"] = list(self._open.values())
        self._ledger.commit(state, parquet)
        if self._ledger.integration_id and (self._stray.open_errors or self._stray.state["settled"]):
            self._stray.forget()

    def _settle_part(self, rows: LedgerRows, part: str) -> None:
        facts = self._facts[part]
        result = facts["result"]
        refused = {int(line): str(description) for line, description in result["refused"]}
        found: dict[int, bytes] = {}

        def others(file: Iterable[bytes]) -> Iterator[bytes]:
            for number, line in enumerate(file, 1):
                if number in refused:
                    found[number] = line
                    continue
                if result["undecided"]:
                    self._keep_oldest(json.loads(line).get("modifiedDate"))
                yield line

        outcome = UNDECIDED if result["undecided"] else TAKEN
        with self._batch.open(f"{part}.ldjson") as file:
            self.note[outcome] += rows.add(others(file), outcome)
        rows.add(found.values(), REFUSED)
        for number, line in found.items():
            record = json.loads(line)
            self._keep_oldest(record.get("modifiedDate"))
            self._report(
                record["objectId"],
                str(version_of(line.removesuffix(b"\n"))),
                reason=redact(refused[number]),
                checked_by="gong",
                line=number,
                client_request_id=_asked_with(facts, number),
                modified_date=record.get("modifiedDate"),
            )
        self.note["refused"] += len(found)
        self.note["parts"].append(part)

    def _settle_rest(self, *, resolves: bool) -> None:
        """Rows that were not sent; and the open errors that this selection does not show any more."""
        self._shown |= {(row["object_id"], row["version"]) for row in self.note["errors"]}
        told = 0
        seen: Counter[tuple[str, str]] = Counter()
        for row in self._batch.set_aside():
            self.note["set_aside"] += 1
            self._keep_oldest(row["modified_date"])
            key = (row["object_id"], row["version"])
            if len(seen) < MOST_ERRORS:
                # Rows without an id may be the same in everything else, too.
                seen[key] += 1
                key = key if seen[key] == 1 else (key[0], f"{key[1]}-{seen[key]}")
            if key in self._open:
                self._shown.add(key)
            elif told < MOST_ERRORS:
                told += 1
                self._report(
                    *key,
                    reason="; ".join(row["reasons"]),
                    checked_by="check",
                    modified_date=row["modified_date"],
                )
        if told == MOST_ERRORS:
            log.warning("more than %d rows of %s are bad", MOST_ERRORS, self._ledger.object_type)
        for row in self._batch.held():
            self._keep_oldest(row["modified_date"])
            self._shown.add((row["object_id"], row["version"]))
        if resolves:
            self._resolve()

    def _resolve(self) -> None:
        since = str(self._batch.manifest.get("since") or "")
        for key, row in list(self._open.items()):
            # What lies before the selection may be as bad as it was.
            covered = row["modified_date"] is None or row["modified_date"] >= since
            if key not in self._shown and row["box"] == self._box and covered:
                resolved = {**self._open.pop(key), "resolved_at": self._time}
                self.note["errors"].append(resolved)

    def _report(self, object_id: str, version: str, **about: Any) -> None:
        """A row of crm_upload_error; one that is open keeps the time when it was found first."""
        key = (object_id, version)
        row = {
            "object_type": self._ledger.object_type,
            "object_id": object_id,
            "version": version,
            "line": None,
            "client_request_id": None,
            **about,
            "detected_at": self._open[key]["detected_at"] if key in self._open else self._time,
            "resolved_at": None,
            "run_id": self._run_id,
            "box": self._box,
        }
        self._open[key] = row
        self._shown.add(key)
        self.note["errors"].append(row)

    def _keep_oldest(self, modified_date: str | None) -> None:
        if modified_date:
            self.note["oldest"] = min(self.note["oldest"] or modified_date, modified_date)

    def _set_watermark(self) -> None:
        high = self._batch.manifest.get("high")
        if high and self._ledger.integration_id:
            self.note["watermark"] = min(high, self.note["oldest"] or high)


def _key(box: str, batch: Batch) -> str:
    """Tells a batch from all others, also from a later one of the same run."""
    return f"{box}/{batch.name}/{batch.manifest['began']}"


def _asked_with(facts: Mapping[str, Any], line: int) -> str | None:
    """The id of the request whose answer named a line."""
    for round_ in facts.get("rounds") or ():
        # Errors count the lines of what was sent.
        named = (int(error["line"]) for error in round_.get("errors") or ())
        without = sorted(round_.get("without") or ())
        if line in {line_of_file(one, without) for one in named if one > 0}:
            return str(round_["client_request_id"])
    return None
