"""What the download needs of the place that media land in; the project's own is `include.media.LandedMedia`.

A file is told apart by its call and its kind, `("7782342274025937895", "audio")`. Its receipt says that it is
done:

    call_id, kind, content_type
    path           relative to the landing zone
    bytes, sha256  of the file as it lies on the disk
    started        of the call, ISO 8601
    downloaded_at  UTC
    run_id         of the run that fetched it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Key = tuple[str, str]


class PartialFile(Protocol):
    """As much of one media file as has arrived, on a local disk; one process at a time has it.

    What is noted beside it (`facts`) lives as long as the bytes, so that a later try goes on with both.
    """

    @property
    def size(self) -> int:
        """Bytes that have arrived."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What `restart` noted; empty for a file that has not begun."""

    def restart(self, facts: Mapping[str, Any]) -> None:
        """Throw away the bytes, and note JSON-able facts about those that will come."""

    def append(self, block: bytes) -> None:
        """Add bytes; they outlive the process at once."""

    def recover(self) -> bool:
        """Finish what an earlier try has begun to `keep`; whether there was such a thing."""

    def keep(self, extension: str, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Move the whole file into its place in one step and write its receipt, which is returned.

        :param receipt: the members that the file itself does not tell
        """


class MediaFolder(Protocol):
    """Media that have landed, and those on their way."""

    def admits(self, call_id: str) -> bool:
        """Whether media of the call may land: nobody on it has asked to be erased."""

    def done(self, keys: Sequence[Key]) -> set[Key]:
        """Those of `keys` that have a receipt."""

    def open(self, call_id: str, kind: str) -> AbstractContextManager[PartialFile]:
        """The partial file.

        :raises MediaInUseError: another process has it
        :raises MediaError: the call's id cannot be the name of a folder
        """
