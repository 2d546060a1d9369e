"""What the operators need of a landing zone; the project's own is `include.landing.LandingZone`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol


class Landing(Protocol):
    """Holds the records of a window as received; every write is one atomic step."""

    def put_page(
        self, window: Mapping[str, Any], *, page: int, stream: str, records: Iterable[Mapping[str, Any]]
    ) -> str:
        """Write what is admitted of one page, and return its name."""

    def admitted(self, stream: str, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Those records that may land: nobody who was erased comes in again. Others are not named in them."""

    def read_page(self, window: Mapping[str, Any], *, page: int, stream: str) -> Iterator[dict[str, Any]]:
        """The records of a page that has landed."""

    def read_manifest(self, window: Mapping[str, Any]) -> dict[str, Any] | None:
        """What `put_manifest` wrote; None while the window is not complete."""

    def put_part(self, window: Mapping[str, Any], number: int, part: Mapping[str, Any]) -> None:
        """Keep a part of the manifest of a window that is read in very many requests."""

    def read_part(self, window: Mapping[str, Any], number: int) -> dict[str, Any]:
        """What `put_part` wrote."""

    def put_manifest(self, window: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
        """Declare the window complete and return where that is written."""

    def discard(self, window: Mapping[str, Any]) -> None:
        """Remove what the window has landed so far."""
