"""Landed windows: which are complete, and the lines of their files as text that can be parsed and stored.

Nothing on the wire may break a load, so a line is mended where JSON allows what tables cannot hold: bytes
that are no UTF-8, halves of surrogate pairs, the character NUL (PostgreSQL has no place for it).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.landing import MANIFEST
from include.warehouse.errors import LandedFileError

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

    from include.landing import LandingZone

# \u0000 that is not itself the tail of an escaped backslash.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class LandedWindow:
    """One complete window: its folder and its manifest."""

    folder: ObjectStoragePath
    manifest: dict[str, Any]

    @property
    def span(self) -> Mapping[str, str]:
        """`from`, `to` and `planned_at`, in ISO 8601; of a snapshot the first two are None."""
        return dict(self.manifest["window"])

    @property
    def completed_at(self) -> str:
        """When the window had been read in full; its planning time where the manifest does not tell."""
        return str(self.manifest.get("completed_at") or self.span["planned_at"])

    @property
    def certain(self) -> bool:
        """Whether no item was refused; one whose parent is gone (404) is as certain as one that was read."""
        return all(refused.get("status") == 404 for refused in self.manifest.get("refused") or [])

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """What the window was read for, to the end; itself where its stream is read at once."""
        items = self.manifest.get("items")
        return [self.span] if items is None else list(items)

    @property
    def partial(self) -> bool:
        """Whether some parts of the calls were not asked for."""
        return bool(self.manifest.get("partial"))

    @property
    def private_ids(self) -> list[str]:
        """Ids of the calls that were left out because they are private."""
        if self.manifest.get("include_private"):
            return []
        return [str(call_id) for call_id in self.manifest.get("private_ids") or []]


@dataclass(frozen=True)
class Page:
    """One landed file of a window; of a stream that is read item by item, `of` tells the item.

    `answer` holds what the stream keeps of the answer beside its records.
    """

    window: int
    page: int
    landed_at: str
    stream: str
    path: ObjectStoragePath
    of: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)


def complete_windows(
    landing: LandingZone, windows: Iterable[Mapping[str, Any]]
) -> tuple[list[LandedWindow], int]:
    """The complete windows in the order of their planning, each once, and how many are not complete."""
    found: dict[str, LandedWindow] = {}
    incomplete: set[str] = set()
    for window in windows:
        folder = landing.folder(window)
        try:
            manifest = landing.read_manifest(window)
        except ValueError:
            raise LandedFileError(
                f"{folder / MANIFEST} is no JSON. Nothing was loaded. Remove the window's folder and extract"
                " it again."
            ) from None
        if manifest is None:
            incomplete.add(str(folder))
        else:
            manifest["window"] = {**window, **(manifest.get("window") or {})}
            found[str(folder)] = LandedWindow(folder, manifest)
    return sorted(found.values(), key=_planned), len(incomplete)


def all_windows(landing: LandingZone, stream: str) -> list[LandedWindow]:
    """Every complete window of `stream`, in the order of their planning."""
    windows = []
    for url in landing.manifests(stream):
        span, planned = url.split("/")[-3:-1]
        folder = landing.root / stream / span / planned
        windows.append(LandedWindow(folder, json.loads((folder / MANIFEST).read_bytes())))
    return sorted(windows, key=_planned)


def _planned(window: LandedWindow) -> tuple[str, str, str]:
    return window.span["planned_at"], window.span.get("from") or "", window.span.get("to") or ""


def pages(windows: Iterable[LandedWindow]) -> Iterator[Page]:
    """All landed files of `windows`, in order."""
    for number, window in enumerate(windows):
        for page in window.manifest.get("pages") or []:
            for stream, name in (page.get("files") or {}).items():
                if name:
                    yield Page(
                        number,
                        int(page["page"]),
                        page["landed_at"],
                        stream,
                        window.folder / name,
                        page.get("of") or {},
                        page.get("answer") or {},
                    )


def lines(page: Page) -> list[tuple[int, str]]:
    """(line number from 1, text) of every line that is not blank.

    Raises LandedFileError when the manifest names a file that is missing or cut off.
    """
    try:
        content = gzip.decompress(page.path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise LandedFileError(
            f"{page.path}: {type(error).__name__}. The manifest of its window names this file, but it is"
            " missing or damaged. Nothing was loaded. Remove the window's folder and extract it again."
        ) from None
    text = content.decode("utf-8", "replace")
    if "\\u0000" in text:
        text = _NUL.sub("\\1\\\\ufffd", text)
    text = text.replace("\0", "\ufffd")
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def mended(line: str) -> str | None:
    """A line that DuckDB's JSON parser refused, written anew; None when it is no JSON object at all."""
    try:
        record = json.loads(line, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    return line_of(record)


def line_of(record: Mapping[str, Any]) -> str:
    """A record as a line that can be parsed and stored. Integers of any size keep their digits."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" in text:
        text = _NUL.sub("\\1\ufffd", text)
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
