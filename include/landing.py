"""The landing zone: records as Gong sent them, before anything is derived from them.

Layout below the root, for a window of the stream `calls`:

    calls/20261001T000000Z--20261008T000000Z/planned-20261122T150000.123456Z/
        page-00000.calls.ndjson.gz          one JSON object a line, as received
        page-00000.transcripts.ndjson.gz
        manifest.json                       written last: the window is complete

A window is a mapping `{"stream", "from", "to", "planned_at"}` with UTC times in ISO 8601; its path
depends on nothing else, so a retry writes the same files again. `planned_at` keeps two runs that
read the same range at once out of each other's files. A snapshot has no range: `users/snapshot/planned-…`.

Nobody who was erased comes in again: records about suppressed people do not land, and mentions are blanked.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from include import files, settings

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

    from include.erasure.suppression import Suppression

MANIFEST = "manifest.json"
SNAPSHOT = "snapshot"
# Level 3 takes a third of the time of level 6 for files a tenth larger.
GZIP_LEVEL = 3


def _compact(time: str) -> str:
    """`2026-10-01T00:00:00+00:00` as `20261001T000000Z`: sortable, and no colon in a file name."""
    return time.replace("+00:00", "Z").replace("-", "").replace(":", "")


def _ndjson_gz(records: Iterable[Mapping[str, Any]]) -> bytes:
    # The standard library's json, as it alone keeps integers of any size: an id of 20 digits that
    # arrives as a JSON number must leave as the same number. A lone surrogate cannot be UTF-8.
    lines = b"".join(
        json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        for record in records
    )
    return gzip.compress(lines, GZIP_LEVEL, mtime=0)


class Admitted(list[dict[str, Any]]):
    """Records that may land by the list of suppressed people that has this fingerprint."""

    def __init__(self, records: Iterable[dict[str, Any]], fingerprint: str) -> None:
        super().__init__(records)
        self.fingerprint = fingerprint


class LandingZone:
    """Files below one ObjectStoragePath.

    :param url: any ObjectStoragePath URL, e.g. `file:///data/landing` or `s3://conn@bucket/gong`;
        default: the setting `GONG_LANDING_URL`. Nothing is opened before the first use.
    :param suppression: who must not come in again; default: the list at the setting `GONG_ERASURE_URL`
    """

    def __init__(self, url: str | None = None, *, suppression: Suppression | None = None) -> None:
        self.url = url
        self._suppression_given = suppression

    def __repr__(self) -> str:
        # No address: equal objects must look equal in the serialized DAG.
        return f"LandingZone({self.url!r})"

    @cached_property
    def root(self) -> ObjectStoragePath:
        from airflow.sdk import ObjectStoragePath

        return ObjectStoragePath(self.url or settings.landing_url())

    @cached_property
    def _suppression(self) -> Suppression:
        from include.erasure.suppression import Suppression

        return self._suppression_given or Suppression()

    def folder(self, window: Mapping[str, Any]) -> ObjectStoragePath:
        """The folder that holds the window's files."""
        start, end = window["from"], window["to"]
        span = f"{_compact(start)}--{_compact(end)}" if start else SNAPSHOT
        return self.root / window["stream"] / span / f"planned-{_compact(window['planned_at'])}"

    def put_page(
        self, window: Mapping[str, Any], *, page: int, stream: str, records: Iterable[Mapping[str, Any]]
    ) -> str:
        """Write what may land of one page of `stream`; return the file's name in the window's folder.

        The write is one atomic step. It is done again when the list of suppressed people has changed
        meanwhile: whoever is added to it is looked for in the landing zone right then, and no later.
        """
        name = f"page-{page:05d}.{stream}.ndjson.gz"
        written = None
        while written is None or written.fingerprint != self._suppression.current().fingerprint:
            records = written = self.admitted(stream, records)
            files.put(self.folder(window) / name, _ndjson_gz(written))
        return name

    def admitted(self, stream: str, records: Iterable[Mapping[str, Any]]) -> Admitted:
        """Those records of `stream` that may land, with mentions of suppressed people blanked.

        :raises GongConfigurationError: people are suppressed, and it cannot be told who
        """
        suppressed = self._suppression.current()
        if isinstance(records, Admitted) and records.fingerprint == suppressed.fingerprint:
            return records
        return Admitted(suppressed.filtered(stream, records), suppressed.fingerprint)

    def read_page(self, window: Mapping[str, Any], *, page: int, stream: str) -> Iterator[dict[str, Any]]:
        """The records of a page that has landed, in their order."""
        path = self.folder(window) / f"page-{page:05d}.{stream}.ndjson.gz"
        for line in gzip.decompress(path.read_bytes()).splitlines():
            yield json.loads(line)

    def put_part(self, window: Mapping[str, Any], number: int, part: Mapping[str, Any]) -> None:
        """Keep a part of the manifest of a window that is read in very many requests."""
        content = json.dumps(part, separators=(",", ":"), sort_keys=True).encode() + b"\n"
        files.put(self.folder(window) / f"part-{number:05d}.json", content)

    def read_part(self, window: Mapping[str, Any], number: int) -> dict[str, Any]:
        """What `put_part` wrote."""
        return dict(json.loads((self.folder(window) / f"part-{number:05d}.json").read_bytes()))

    def put_manifest(self, window: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
        """Declare the window complete; return the manifest's URL."""
        path = self.folder(window) / MANIFEST
        files.put(path, json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n")
        return str(path)

    def read_manifest(self, window: Mapping[str, Any]) -> dict[str, Any] | None:
        """What `put_manifest` wrote, or None while the window is not complete."""
        path = self.folder(window) / MANIFEST
        try:
            return dict(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None

    def manifests(self, stream: str) -> list[str]:
        """URLs of all manifests of `stream`, in the order of their paths."""
        folder = self.root / stream
        return sorted(str(path) for path in folder.glob(f"*/*/{MANIFEST}")) if folder.exists() else []

    def discard(self, window: Mapping[str, Any]) -> None:
        """Remove what the window has landed so far: it starts again."""
        folder = self.folder(window)
        if folder.exists():
            # The manifest first: a window without its pages must not look complete.
            for path in sorted(folder.iterdir(), key=lambda path: path.name != MANIFEST):
                path.unlink()
