"""What a drop folder knows about its recordings: claims, receipts and what the last look saw.

All of it is JSON beside the drop folder, written in one step each:

    .claims/<recording id>.json     while a run is at work on the recording; gone when it is filed or rejected
    receipts/<recording id>.json    what became of it
    .looks-<drop folder>.json       since when each recording that is not yet complete has stayed the same

Names of files are in here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, TypeVar

from include.storage import Entry, Storage

CLAIMS, RECEIPTS = ".claims", "receipts"
DONE, REJECTED = "done", "rejected"
OWN_FIELDS = frozenset(
    {"recording_id", "status", "reasons", "reason_file", "name", "files", "media_bytes", "run_id"}
    | {"claimed_at", "settled_at"}
)
"""Fields of a receipt that no fact may be named after. `call_id` is a fact before it is the receipt's own."""

_ID = re.compile(r"[0-9a-f]{16}")
Note = TypeVar("Note")
log = logging.getLogger(__name__)


def utc_now() -> str:
    """The time as it is written: `2026-11-20T14:30:00.123Z`."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Move:
    """Where a recording's files are on their way to; noted before the first of them moves.

    :param place: `rejected/<name>` or `done/<call id>`, with `~2` where another recording has it
    :param targets: path to path
    :param reason_file: the reason file of a rejected recording: to be written, or to be removed when done
    """

    status: str
    at: str
    place: str
    targets: dict[str, str]
    call_id: str | None = None
    reasons: list[str] = field(default_factory=list)
    reason_file: str | None = None


@dataclass
class Claim:
    """A run is at work on a recording.

    :param name: below the drop folder and without a suffix
    :param claimed_at: when the first run claimed it
    """

    id: str
    run_id: str
    claimed_at: str
    folder: str
    name: str
    time: float
    media: list[Entry]
    metadata: Entry | None
    markers: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    move: Move | None = None

    @property
    def entries(self) -> list[Entry]:
        """The JSON, then the media."""
        return [*([self.metadata] if self.metadata else []), *self.media]

    @property
    def size(self) -> int:
        """Bytes of the media."""
        return sum(entry.size for entry in self.media)

    def dump(self) -> bytes:
        """As JSON."""
        return _json(asdict(self))

    @classmethod
    def load(cls, content: bytes) -> Claim:
        """From JSON; ValueError, KeyError or TypeError when it is none."""
        record = json.loads(content)
        metadata, move = record["metadata"], record["move"]
        record["media"] = [Entry(**entry) for entry in record["media"]]
        record["metadata"] = Entry(**metadata) if metadata else None
        record["move"] = Move(**move) if move else None
        return cls(**record)


def _json(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, indent=1, sort_keys=True).encode() + b"\n"


class Notes:
    """Reads and writes claims, receipts and looks."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._looks_path = f".looks-{storage.incoming}.json"

    def claim(self, recording_id: str) -> Claim | None:
        """The claim, or None; None also for one that a kill or another version has left unreadable."""
        return self._read(_claim_path(recording_id), Claim.load)

    def claims(self) -> list[Claim]:
        """All claims on recordings of this drop folder."""
        ids = _ids(self._storage.names(CLAIMS))
        found = self._storage.each(self.claim, ids)
        return [claim for claim in found if claim and claim.folder == self._storage.incoming]

    def add_claim(self, claim: Claim) -> bool:
        """Write a new claim; False when another run was quicker."""
        if self._storage.create(_claim_path(claim.id), claim.dump()):
            return True
        if self.claim(claim.id) is not None:
            return False
        self.put_claim(claim)
        return True

    def put_claim(self, claim: Claim) -> None:
        """Write a claim in place of what it was."""
        self._storage.put(_claim_path(claim.id), claim.dump())

    def remove_claim(self, recording_id: str) -> None:
        """The last thing that happens to a claim."""
        self._storage.remove(_claim_path(recording_id))

    def receipt(self, recording_id: str) -> dict[str, Any] | None:
        """The receipt, or None."""
        return self._read(_receipt_path(recording_id), lambda content: dict(json.loads(content)))

    def receipts(
        self, recording_ids: Iterable[str] = (), after: float | None = None
    ) -> Iterator[dict[str, Any]]:
        """The receipts of these recordings in their order, and those of all whose file has changed since.

        :param after: seconds since 1970; None for no others
        """
        ids = list(recording_ids)
        if after is not None:
            files = self._storage.entries(RECEIPTS)
            # Where a file system tells no times, all may be new.
            ids += _ids(_last(file.path) for file in files if file.time >= after or not file.time)
        ordered = list(dict.fromkeys(ids))
        for start in range(0, len(ordered), 500):
            found = self._storage.each(self.receipt, ordered[start : start + 500])
            yield from (receipt for receipt in found if receipt)

    def put_receipt(self, receipt: Mapping[str, Any]) -> None:
        """Write a receipt in place of what it was."""
        self._storage.put(_receipt_path(receipt["recording_id"]), _json(receipt))

    def reserve(self, place: str, recording_id: str) -> bool:
        """Keep others from choosing `place` too, until `give_up`; whether it is ours."""
        path, owner = _place_path(place), recording_id.encode()
        return self._storage.create(path, owner) or self._storage.read(path) == owner

    def give_up(self, place: str) -> None:
        """The place is filled, or not wanted."""
        self._storage.remove(_place_path(place))

    def looks(self) -> dict[str, float]:
        """Since when, in seconds since 1970, each state of a recording has been seen."""
        try:
            record = json.loads(self._storage.read(self._looks_path) or b"{}")
            return {str(state): float(since) for state, since in record.items()}
        except (ValueError, TypeError, AttributeError):
            return {}  # every recording is then seen for the first time

    def put_looks(self, looks: Mapping[str, float]) -> None:
        """Remember a look."""
        self._storage.put(self._looks_path, _json(looks))

    def _read(self, path: str, parse: Callable[[bytes], Note]) -> Note | None:
        content = self._storage.read(path)
        if content is None:
            return None
        try:
            return parse(content)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("%s beside the drop folder cannot be read and counts as missing: remove it.", path)
            return None


def _ids(names: Iterable[str]) -> list[str]:
    ids = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return sorted(name for name in ids if _ID.fullmatch(name))


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _claim_path(recording_id: str) -> str:
    return f"{CLAIMS}/{_checked(recording_id)}.json"


def _receipt_path(recording_id: str) -> str:
    return f"{RECEIPTS}/{_checked(recording_id)}.json"


def _place_path(place: str) -> str:
    return f"{CLAIMS}/{hashlib.sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.place"


def _checked(recording_id: str) -> str:
    if not _ID.fullmatch(recording_id):
        raise ValueError(
            "A recording's id has 16 hexadecimal digits: pass on the reference that find() gave."
        )
    return recording_id
