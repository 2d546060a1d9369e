"""The drop folder of recordings, and what lies beside it.

For the drop folder `incoming`, in the folder around it:

    incoming/                     media and JSON, as a telephone system writes them; folders inside are fine
    done/<call id>/               recording.<suffix> and metadata.json of what Gong has
    rejected/                     what is wrong, under its own name, with `<name>.reason.txt` beside it
    receipts/<recording id>.json  what became of each recording
    .claims/, .looks-incoming.json   who is at work on what, and what the last look saw

Files are moved, never copied and never overwritten; each step can be repeated after a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import PurePosixPath
from time import time as wall_clock
from typing import TYPE_CHECKING, Any, BinaryIO

from gong_airflow.recordings import Files, Found, RecordingFolder, Reference
from include import settings
from include.recordings.errors import changed, filed_already, gone, missing, not_a_call_id, taken_over
from include.recordings.moves import carry_out, claim_of, facts_of, note_move
from include.recordings.notes import DONE, OWN_FIELDS, REJECTED, Claim, Notes
from include.recordings.search import Search
from include.storage import Entry, Storage

if TYPE_CHECKING:
    from include.erasure.suppression import Suppression

# Far beyond what is taken for metadata: media that is called `.json` must not fill the memory.
_MOST_METADATA = 16_000_000
CLOCKS = timedelta(hours=1)


class RecordingFiles(Files):
    """The files of one recording, where they are now."""

    def __init__(self, storage: Storage, media: Sequence[Entry], metadata: Entry | None, size: int) -> None:
        self._storage = storage
        self._media = media
        self._metadata = metadata
        self.media_names = [PurePosixPath(entry.path).name for entry in media]
        self.metadata_name = PurePosixPath(metadata.path).name if metadata else None
        self.size = size

    def read_metadata(self) -> bytes:
        """The JSON file, of one beyond 16 MB the beginning; RecordingGoneError without one."""
        content = self._storage.read(self._metadata.path, _MOST_METADATA) if self._metadata else None
        if content is None:
            raise missing("JSON")
        return content

    def open_media(self) -> BinaryIO:
        """The media file, RecordingGoneError without one; of several the first."""
        if not self._media:
            raise missing("media")
        try:
            return self._storage.open(self._media[0].path)
        except FileNotFoundError:
            raise missing("media") from None


class DropFolder(RecordingFolder):
    """A drop folder at any ObjectStoragePath.

    Nothing is opened before the first use. In a template field of an operator, `url` may be a template.

    :param url: e.g. `file:///data/recordings/incoming` or `s3://conn@bucket/recordings/incoming`; `done`,
        `rejected` and the notes lie beside it. Empty: the setting `GONG_RECORDINGS_URL`.
    :param settle_seconds: how long all files of a recording must stay the same before it is complete.
        Default: the setting `GONG_RECORDINGS_SETTLE_SECONDS`, 30.
    :param marker: suffix of a file that says that a recording is complete, e.g. `.done`: `a.done` or
        `a.wav.done`. Nothing else then counts. Default: the setting `GONG_RECORDINGS_MARKER`, none.
    """

    template_fields: Sequence[str] = ("url",)

    def __init__(
        self, url: str | None = None, *, settle_seconds: float | None = None, marker: str | None = None
    ) -> None:
        self.url = url
        self._settle_seconds = settle_seconds
        self._marker = marker

    def __repr__(self) -> str:
        # No address: equal objects must look equal in the serialized DAG.
        given = {"settle_seconds": self._settle_seconds, "marker": self._marker}
        options = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
        return f"DropFolder({self.url!r}{options})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other) if isinstance(other, DropFolder) else NotImplemented

    def __hash__(self) -> int:
        return hash(repr(self))

    @cached_property
    def _storage(self) -> Storage:
        # A template that finds nothing gives None, an empty text or the word.
        given = (self.url or "").strip()
        return Storage(settings.recordings_url() if given in ("", "None") else given)

    @cached_property
    def _notes(self) -> Notes:
        return Notes(self._storage)

    @cached_property
    def _suppression(self) -> Suppression:
        from include.erasure.suppression import Suppression

        return Suppression()

    @property
    def marker(self) -> str:
        """Suffix of the files that say that a recording is complete; empty for none."""
        return settings.text("GONG_RECORDINGS_MARKER") if self._marker is None else self._marker

    @property
    def settle_seconds(self) -> float:
        """How long all files of a recording must stay the same; 0 with markers."""
        if self.marker:
            return 0
        if self._settle_seconds is None:
            return settings.number("GONG_RECORDINGS_SETTLE_SECONDS", 30)
        return self._settle_seconds

    def find(self, *, run_id: str, match: str, limit: int, is_over: Callable[[str], bool]) -> Found:
        """Look, and claim for `run_id` what is complete and matches; the oldest first.

        Returned are also recordings that this run has claimed in an earlier try, and those of runs that are
        over, with what they had noted, wherever their files are by now.

        :param match: pattern of fnmatch, case-sensitive, for a recording's or a file's name; empty: all
        :param is_over: whether the run of this id will not go on; asked once per run
        """
        search = Search(
            self._storage,
            self._notes,
            run_id=run_id,
            match=match,
            is_over=is_over,
            settle_seconds=self.settle_seconds,
            marker=self.marker,
            now=wall_clock(),
        )
        return search.find(limit)

    def release(self, recording: Reference, run_id: str) -> None:
        """Give the claim back. One whose files are on their way is kept: a later run ends the move."""
        claim = self._claim(recording, run_id)
        if claim and not claim.move:
            self._notes.remove_claim(claim.id)

    def files(self, recording: Reference, run_id: str) -> RecordingFiles:
        """The files, wherever they are by now.

        :raises RecordingGoneError: when one of them is gone or has another size than when it was found
        """
        claim = self._claim(recording, run_id)
        if claim is None:
            receipt = self._receipt(recording, run_id)
            claim, expected = claim_of(receipt, self._storage), receipt["files"]
            if bool(claim.metadata) < bool(expected["metadata"]) or bool(claim.media) < bool(
                expected["media"]
            ):
                raise gone(recording)
            return RecordingFiles(self._storage, claim.media, claim.metadata, claim.size)
        targets = claim.move.targets if claim.move else {}
        found = {entry.path: self._locate(recording, entry, targets) for entry in claim.entries}
        metadata = found[claim.metadata.path] if claim.metadata else None
        media = [found[entry.path] for entry in claim.media]
        return RecordingFiles(self._storage, media, metadata, claim.size)

    def suppressed(self, document: Mapping[str, Any], names: Iterable[str]) -> bool:
        """Whether someone who was erased takes part in a recording, or is named in its JSON or file names.

        :raises GongConfigurationError: people are suppressed, and it cannot be told who
        """
        from gong_airflow.erasure.matching import blank_record, is_about

        suppressed = self._suppression.current()
        if not suppressed:
            return False
        if is_about("calls", document, suppressed.knows, suppressed.call_ids):
            return True
        return blank_record([document, *names], suppressed.knows)[1] > 0

    def note(self, recording: Reference, run_id: str, **facts: Any) -> None:
        """Keep JSON-able facts about the recording; they end up in its receipt.

        :raises ValueError: when a fact has the name of a field that the receipt has anyway
        """
        if taken := OWN_FIELDS & facts.keys():
            raise ValueError(
                f"The receipt has these fields anyway, name the facts otherwise: {sorted(taken)}"
            )
        claim = self._claim(recording, run_id)
        if claim:
            claim.facts |= facts
            self._notes.put_claim(claim)
        else:
            self._notes.put_receipt({**self._receipt(recording, run_id), **facts})

    def facts(self, recording: Reference, run_id: str) -> dict[str, Any]:
        """What was noted."""
        claim = self._claim(recording, run_id)
        return dict(claim.facts) if claim else facts_of(self._receipt(recording, run_id))

    def reject(self, recording: Reference, run_id: str, reasons: Sequence[str]) -> None:
        """Move the files to `rejected`, with a reason file beside them; write the receipt.

        :raises GongInputError: when the recording is done, or its files are gone or have changed
        """
        claim = self._claim(recording, run_id)
        if claim and claim.move and claim.move.status == DONE:
            carry_out(self._storage, self._notes, claim, claim.move)
            claim = None
        if claim is None:
            receipt = self._receipt(recording, run_id)
            if receipt["status"] == DONE:
                raise filed_already(recording, receipt["call_id"])
            return
        if claim.move:
            claim.move.reasons = list(reasons)
        move = claim.move or note_move(self._storage, self._notes, claim, REJECTED, reasons=reasons)
        carry_out(self._storage, self._notes, claim, move)

    def file(self, recording: Reference, run_id: str, call_id: str) -> None:
        """Move the files to `done/<call id>`, also from `rejected`; write the receipt.

        :param call_id: digits
        :raises GongInputError: when the files are gone or have changed
        """
        if not (call_id.isascii() and call_id.isdigit()):
            raise not_a_call_id(call_id)
        claim = self._claim(recording, run_id)
        if claim and claim.move and claim.move.status == REJECTED:
            carry_out(self._storage, self._notes, claim, claim.move)
            claim = None
        if claim is None:
            receipt = self._receipt(recording, run_id)
            if receipt["status"] == DONE:
                return
            claim = claim_of(receipt, self._storage)
        move = claim.move or note_move(self._storage, self._notes, claim, DONE, call_id=call_id)
        carry_out(self._storage, self._notes, claim, move)

    def receipts(self, recordings: Sequence[Reference]) -> Iterator[dict[str, Any]]:
        """The receipts of those that have one."""
        return self._notes.receipts([recording["id"] for recording in recordings])

    def new_receipts(
        self, recordings: Sequence[Reference], since: datetime | None
    ) -> Iterator[dict[str, Any]]:
        """The receipts of these recordings and all that were written since a moment; None for all.

        An hour is added for clocks that differ: what is read twice does no harm.
        """
        after = (since - CLOCKS).timestamp() if since else 0.0
        return self._notes.receipts([recording["id"] for recording in recordings], after)

    def all_receipts(self) -> Iterator[dict[str, Any]]:
        """All receipts, in the order of their ids."""
        return self._notes.receipts(after=0.0)

    def _claim(self, recording: Reference, run_id: str) -> Claim | None:
        claim = self._notes.claim(recording["id"])
        if claim and claim.run_id != run_id:
            raise taken_over(recording, claim.run_id)
        return claim

    def _receipt(self, recording: Reference, run_id: str) -> dict[str, Any]:
        receipt = self._notes.receipt(recording["id"])
        if receipt is None:
            raise gone(recording)
        if receipt["run_id"] != run_id:
            raise taken_over(recording, receipt["run_id"])
        return receipt

    def _locate(self, recording: Reference, entry: Entry, targets: Mapping[str, str]) -> Entry:
        """The file where it is now; on its way it is whole in one of two places."""
        paths = [targets[entry.path], entry.path] if targets else [entry.path]
        found = [there for path in paths if (there := self._storage.entry(path))]
        if not found:
            raise gone(recording)
        whole = next((there for there in found if there.size == entry.size), None)
        if whole is None:
            raise changed(recording)
        return whole
