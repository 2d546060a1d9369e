"""The batch of one object type: rows are read, shaped, compared, and written as sorted files."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson

from gong_airflow.crm.objects import REFERRED
from include.crm.comparing import (
    CONTRADICTING,
    HELD,
    OLDER,
    REMOVAL_HELD,
    REPLACED,
    SENT,
    UNCHANGED,
    Keys,
    decide,
)
from include.crm.database import open_database
from include.crm.ledger import Ledger
from include.crm.mapping import EPOCH
from include.crm.outbox import HELD as HELD_FILE
from include.crm.outbox import SET_ASIDE
from include.crm.shaping import SetAside, Shaped, Shaper, deletion, version_of
from include.crm.suppressing import Gate
from include.crm.temporary import temporary_folder
from include.crm.writing import Parts, Spool, id_of, line_of, lines_of, number_of_entry

if TYPE_CHECKING:
    from include.crm.mapping import ObjectMapping
    from include.crm.outbox import Outbox
    from include.crm.source import Source
    from include.erasure.suppression import Suppressed

log = logging.getLogger(__name__)

ROWS = 2500
"""Shaped at once."""
# DuckDB keeps in memory what it may; here the rows that are being shaped need some too.
_MEMORY_LIMIT = "12MB"
_CONTRADICTION = "objectId: another row of this record contradicts this one"


class Drafting:
    """The selection of one object type; used once.

    :param since: UTC text; rows modified from then on are read
    :param began: the watermark will not pass it: what is modified later may not have been read
    :param suppressed: whose rows are left out
    """

    def __init__(
        self, objects: ObjectMapping, ledger: Ledger, since: str, began: datetime, suppressed: Suppressed
    ) -> None:
        self._objects = objects
        self._name = objects.object_type.name
        self._ledger = ledger
        self._since = since
        self._suppressed = suppressed
        self._began = f"{began.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        self._timed = any(field.name == "modifiedDate" for field in objects.object_type.fields)
        self._newest = ""
        self.counts = dict.fromkeys(("selected", "suppressed", "unchanged", "older", "set_aside", "held"), 0)
        self.reasons: Counter[str] = Counter()

    def run(self, source: Source, outbox: Outbox, run_id: str) -> list[dict[str, Any]]:
        """Write and publish the batch; references of its files."""
        with outbox.draft(self._name, run_id) as draft:
            parts = self._write(source, draft.folder)
            references = draft.publish(
                {
                    "object_type": self._name,
                    "run_id": run_id,
                    "integration_id": self._ledger.integration_id,
                    "mapping": self._objects.digest,
                    "types": self._objects.types,
                    "since": self._since,
                    "whole": self._since == EPOCH,
                    "began": self._began,
                    "high": min(self._newest, self._began) if self._newest and self._timed else None,
                    **self.counts,
                    "parts": parts,
                }
            )
        log.info(
            "%s: %d rows since %s: %d to be sent in %d files, %d unchanged, %d older than another row of the"
            " same record, %d set aside, %d held because Gong refused them as they are, %d of erased people",
            self._name, self.counts["selected"], self._since, sum(part["rows"] for part in parts), len(parts),
            self.counts["unchanged"], self.counts["older"], self.counts["set_aside"], self.counts["held"],
            self.counts["suppressed"],
        )  # fmt: skip
        return references

    def _write(self, source: Source, folder: Path) -> list[dict[str, Any]]:
        """The files of the batch; what the manifest says of those that are sent."""
        with (
            temporary_folder() as temporary,
            Spool(temporary / "spool") as spool,
            (folder / SET_ASIDE).open("wb") as aside,
            (folder / HELD_FILE).open("wb") as held,
        ):
            # The database takes memory: it goes before the files are written.
            codes = self._read(source, spool, aside)
            self.counts["unchanged"] = codes.count(UNCHANGED)
            self.counts["older"] = codes.count(OLDER)
            self.counts["held"] = codes.count(HELD) + codes.count(REMOVAL_HELD)
            parts = Parts(folder, self._ledger.parent)
            if codes.count(UNCHANGED) + codes.count(OLDER) < len(codes):
                only_sent = codes.count(SENT) == len(codes)
                for entries in spool.sorted():
                    parts.write(
                        lines_of(entries) if only_sent else list(self._sent(entries, codes, aside, held))
                    )
            return parts.finish()

    def _read(self, source: Source, spool: Spool, aside: IO[bytes]) -> bytearray:
        """Put all good rows into the spool; what becomes of each, by its number."""
        ledger = self._ledger.parquet()
        with open_database() as database:
            database.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
            keys = Keys(database, self._name, ledger)
            # One transaction: written as blocks when it ends, instead of row by row into a log.
            database.begin()
            for shaped in self._shaped(source):
                for row in shaped.set_aside:
                    self._set_aside(row, aside)
                keys.add(shaped)
                spool.add(shaped.prefixes, shaped.lines)
            database.commit()
            return decide(
                database,
                spool,
                ledger,
                timed=self._timed,
                lost=self._has_lost(),
                referred=self._referred(),
            )

    def _has_lost(self) -> bool:
        """Whether a declared field has another type now: Gong deletes what it held, in all records."""
        before, now = self._ledger.state["types"], self._objects.types
        return any(now.get(name, kind) != kind for name, kind in before.items())

    def _shaped(self, source: Source) -> Iterator[Shaped]:
        with source.rows(self._objects.sql(self._since)) as rows:
            shaper = Shaper(self._objects, rows.columns)
            gate = Gate(self._suppressed, self._name, shaper.id_position)
            for some in slices(rows):
                passing, left_out = gate.parted(some)
                shaped = shaper.shape(passing)
                self.counts["selected"] += len(some)
                self.counts["suppressed"] += len(left_out)
                # Not held while the next ones are fetched.
                del some, passing, left_out
                self._newest = max(self._newest, max(shaped.prefixes, default=""))
                yield shaped

    def _sent(
        self, entries: Sequence[bytes], codes: bytearray, aside: IO[bytes], held: IO[bytes]
    ) -> Iterator[bytes]:
        """The lines of `entries` that are sent; what is kept back is told in the batch."""
        for entry in entries:
            code = codes[number_of_entry(entry)]
            if code in (UNCHANGED, OLDER):
                continue
            line = line_of(entry)
            if code == SENT:
                yield line
                continue
            record = orjson.loads(line)
            modified = record.get("modifiedDate")
            if code == CONTRADICTING:
                version = hashlib.md5(line, usedforsecurity=False).hexdigest()
                self._set_aside(SetAside(id_of(line), version, [_CONTRADICTION], modified), aside)
                continue
            # Only of users is there a removal, and they have a modifiedDate.
            removal = deletion(record["objectId"], str(modified))
            kept_back = removal if code == REMOVAL_HELD else line
            entry_of_held = {
                "object_id": record["objectId"],
                "version": str(version_of(kept_back)),
                "modified_date": modified,
            }
            held.write(json.dumps(entry_of_held).encode() + b"\n")
            if code == REPLACED:
                yield removal

    def _set_aside(self, row: SetAside, aside: IO[bytes]) -> None:
        self.counts["set_aside"] += 1
        self.reasons.update(row.reasons)
        aside.write(row.line())

    def _referred(self) -> dict[str, Ledger]:
        """The ledgers of what the object type's fields refer to, by field."""
        fields = (*self._objects.object_type.fields, *self._objects.declared)
        referred = {field.name: REFERRED[field.refers_to] for field in fields if field.refers_to}
        ledgers = {
            name: Ledger(self._ledger.integration_id, name, self._ledger.url)
            for name in set(referred.values())
        }
        return {field: ledgers[name] for field, name in referred.items()}


def slices(rows: Iterator[Sequence[Any]] | Any) -> Iterator[Sequence[Any]]:
    """The rows of all batches of a source, some at a time; none of these is empty."""
    for batch in rows:
        for start in range(0, len(batch), ROWS):
            yield batch[start : start + ROWS]
        # Not held while the next one is fetched.
        del batch
