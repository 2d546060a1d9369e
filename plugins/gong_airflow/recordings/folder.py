"""What the operators need of a drop folder; the project's own is `include.recordings.DropFolder`.

A recording is a media file and a JSON file of the same name. Between tasks it travels as a reference,
`{"id", "label", "size"}`: the names of its files stay in the drop folder's own notes, as telephone systems
write numbers and people's names into them.

    id      hash of the files' names, sizes and times of change: other content is another recording
    label   what the UI may show: the name without what looks like an e-mail address or a telephone number
    size    bytes of the media file, 0 without one
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

Reference = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """What a look into the drop folder gave.

    :param recordings: references claimed for this run, the oldest first
    :param unsettled: recordings that may still be being written: look again after `settle_seconds`
    :param held: recordings that another run is at work on
    :param left: recordings beyond the limit; the next run takes them
    :param repeated: recordings that were filed before and have been dropped once more, unchanged: left there
    """

    recordings: list[dict[str, Any]] = field(default_factory=list)
    unsettled: int = 0
    held: int = 0
    left: int = 0
    repeated: int = 0


class Files(Protocol):
    """The files of one recording that a run has claimed."""

    media_names: Sequence[str]  # one, unless something is wrong; only suffixes may be shown to anybody
    metadata_name: str | None
    size: int  # of the media file, bytes

    def read_metadata(self) -> bytes:
        """The JSON file."""

    def open_media(self) -> BinaryIO:
        """The media file, seekable, buffered by a few MB at most."""


class RecordingFolder(Protocol):
    """A drop folder and what lies beside it: `done`, `rejected`, receipts and claims.

    All methods that take a reference raise GongTakenOverError when another run has taken the recording
    over, and may be repeated after a kill at any point of their work.
    """

    @property
    def settle_seconds(self) -> float:
        """How long a file must stay the same before it is taken for complete; 0 with markers."""

    def find(self, *, run_id: str, match: str, limit: int, is_over: Callable[[str], bool]) -> Found:
        """Look, and claim for `run_id` what is complete and matches; claims of runs that are over pass on."""

    def release(self, recording: Reference, run_id: str) -> None:
        """Give the claim back and leave the files where they are."""

    def files(self, recording: Reference, run_id: str) -> Files:
        """The files, wherever they are by now."""

    def suppressed(self, document: Mapping[str, Any], names: Iterable[str]) -> bool:
        """Whether a recording is about someone who was erased.

        :param document: its JSON
        :param names: of its files: telephone systems write numbers into them
        """

    def note(self, recording: Reference, run_id: str, **facts: Any) -> None:
        """Keep JSON-able facts about the recording beside those noted before; they end up in its receipt."""

    def facts(self, recording: Reference, run_id: str) -> dict[str, Any]:
        """What was noted."""

    def reject(self, recording: Reference, run_id: str, reasons: Sequence[str]) -> None:
        """Move the files to `rejected`, with a reason file beside them; write the receipt."""

    def file(self, recording: Reference, run_id: str, call_id: str) -> None:
        """Move the files to `done/<call id>`; write the receipt."""

    def receipts(self, recordings: Sequence[Reference]) -> Iterator[dict[str, Any]]:
        """The receipts of those that have one."""
