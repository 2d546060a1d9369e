"""From the files of a drop folder to the recordings they make up.

A recording is what has one name in one folder: `a.wav` and `a.json`. `a.wav.json` is the JSON of `a.wav`
too, unless there is an `a.json`. A media file alone, a JSON alone and two media of one name are recordings
as well: whether that will do is for others to say. Hidden files and folders, files that are being
transferred, links and all that is neither media nor JSON are none.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from gong_airflow.recordings.media import MEDIA_SUFFIXES
from include.storage import Entry

METADATA_SUFFIX = ".json"
_TRANSFER_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass
class Candidate:
    """Files of one name in one folder.

    :param name: of the recording, below the drop folder, without a suffix: `2026/a`
    :param transfers: files that a transfer of one of them seems to be writing
    """

    name: str
    media: list[Entry] = field(default_factory=list)
    metadata: Entry | None = None
    markers: list[str] = field(default_factory=list)
    transfers: list[Entry] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """The JSON, then the media."""
        return [*([self.metadata] if self.metadata else []), *self.media]

    @property
    def id(self) -> str:
        """Hash of names, sizes and times: other content is another recording."""
        return _digest(self.name, self.entries)

    @property
    def state(self) -> str:
        """Hash of the recording and of what is still being transferred beside it."""
        return _digest(self.id, self.transfers)

    @property
    def time(self) -> float:
        """When the last of its files changed, seconds since 1970."""
        return max(entry.time for entry in self.entries)


def matches(pattern: str, name: str, paths: Sequence[str]) -> bool:
    """Whether `pattern` (of fnmatch, case-sensitive) names the recording or one of its files."""
    pattern = unicodedata.normalize("NFC", pattern or "*")
    texts = [name, *paths, *(path.rpartition("/")[2] for path in paths)]
    return any(fnmatchcase(unicodedata.normalize("NFC", text), pattern) for text in texts)


def candidates(entries: Iterable[Entry], folder: str, marker: str) -> list[Candidate]:
    """The recordings below `folder`, the oldest first.

    :param entries: all files below `folder`
    :param marker: suffix of the files that say that a recording is complete; empty for none
    """
    files: dict[str, Entry] = {}
    transfers: list[tuple[str, Entry]] = []
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.path[len(folder) + 1 :])
        parent, slash, last = name.rpartition("/")
        if parent.startswith(".") or "/." in parent:
            continue
        if final := _final_name(last):
            transfers.append((bare(f"{parent}{slash}{final}"), entry))
        else:
            files[name] = entry
    found = _group(files)
    for name, entry in transfers:
        if candidate := found.get(name):
            candidate.transfers.append(entry)
    for candidate in found.values() if marker else ():
        candidate.markers = _markers(candidate, files, folder, marker)
    return sorted(found.values(), key=lambda candidate: (candidate.time, candidate.name))


def _group(files: Mapping[str, Entry]) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    for name in sorted(files):
        if _split(name)[1] in MEDIA_SUFFIXES:
            found.setdefault(bare(name), Candidate(bare(name))).media.append(files[name])
    # The shortest name first: `a.json` goes before `a.wav.json`.
    for name in sorted(files, key=lambda name: (len(name), name)):
        stem, suffix = _split(name)
        # The JSON Schema that editors read lies beside what it describes.
        if suffix != METADATA_SUFFIX or stem.endswith(".schema"):
            continue
        key = stem if stem in found else bare(stem)
        pair = found.setdefault(key, Candidate(key))
        if pair.metadata is not None:
            # One too many is a recording of its own, and will be told so.
            pair = found[name] = Candidate(stem)
        pair.metadata = files[name]
    return found


def _markers(candidate: Candidate, files: Mapping[str, Entry], folder: str, marker: str) -> list[str]:
    """Paths of the marker files that there are for the recording."""
    names = [unicodedata.normalize("NFC", entry.path[len(folder) + 1 :]) for entry in candidate.entries]
    found = (files.get(name + marker) for name in (candidate.name, *names))
    return [entry.path for entry in found if entry]


def bare(name: str) -> str:
    """The recording's name that a file's name gives: without media or JSON suffix, as NFC.

    Some systems of Apple's write `é` as two characters; both spellings name one recording.
    """
    name = unicodedata.normalize("NFC", name)
    stem, suffix = _split(name)
    return stem if suffix in MEDIA_SUFFIXES or suffix == METADATA_SUFFIX else name


def _split(name: str) -> tuple[str, str]:
    """`a/b.WAV` as `a/b` and `.wav`."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or "/" in suffix or not stem or stem.endswith("/"):
        return name, ""
    return stem, f".{suffix.lower()}"


def _final_name(name: str) -> str | None:
    """The name that a hidden or temporary file will have when its transfer ends; None for any other."""
    lower = name.lower()
    if suffix := next((suffix for suffix in _TRANSFER_SUFFIXES if lower.endswith(suffix)), None):
        return name[: -len(suffix)].lstrip(".") or "-"
    if name.startswith("."):
        return name.lstrip(".").rpartition(".")[0] or "-"  # rsync writes `.a.wav.x7Kq2p`
    return None


def _digest(name: str, entries: Iterable[Entry]) -> str:
    parts = [name, *(f"{entry.path}\n{entry.size}\n{entry.time!r}\n{entry.tag}" for entry in entries)]
    return hashlib.sha256("\n\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
