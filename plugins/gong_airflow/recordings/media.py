"""Looks at a media file before it is sent: is it one of the five formats Gong takes, and is it all there?

Only headers are read, in a few small pieces, as the file may lie in a remote store. Source of formats and
size: Gong's `PUT /v2/calls/{id}/media`, February 2026.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from gong_airflow.errors import GongRecordingError
from gong_airflow.recordings import media_formats as formats
from gong_airflow.recordings.media_other import known_sign, likeness
from gong_airflow.recordings.media_reader import BadMediaError, Reader

MOST_BYTES = 1_500_000_000
"""Gong says 1.5 GB; the smaller of the two readings of it."""
FORMATS = "WAV, MP3, MP4, MKV or FLAC"
_BLOCK = 1_000_000

_SUFFIX_FORMATS = {
    ".wav": "WAV",
    ".wave": "WAV",
    ".mp3": "MP3",
    ".mp4": "MP4",
    ".m4a": "MP4",
    ".m4b": "MP4",
    ".m4v": "MP4",
    ".mkv": "MKV",
    ".mka": "MKV",
    ".flac": "FLAC",
}
_OTHER_SUFFIXES = (
    ".3g2 .3gp .aac .ac3 .aif .aifc .aiff .alaw .amr .ape .asf .au .avi .awb .caf .f4v .flv .gsm .mov .mp2 "
    ".mpeg .mpg .oga .ogg .ogv .opus .qt .snd .spx .ulaw .vob .vox .weba .webm .wma .wmv .wv"
)
MEDIA_SUFFIXES = frozenset({*_SUFFIX_FORMATS, *_OTHER_SUFFIXES.split()})
"""By these the drop folder tells media from other files, also media that Gong does not take."""


@dataclass(frozen=True)
class Media:
    """A media file that Gong takes.

    :param format: WAV, MP3, MP4, MKV or FLAC, by content
    :param content_type: for the part of the upload, e.g. audio/wav
    :param extension: that goes with the content, e.g. `.wav`
    :param note: what is remarkable about it, for log and receipt; empty otherwise
    """

    format: str
    content_type: str
    extension: str
    note: str = ""


def inspect_media(file: BinaryIO, *, size: int, name: str) -> Media:
    """Recognise the file by its content; `size` in bytes, `name` for its ending only.

    :raises GongRecordingError: it is empty, too large, of another format, or cut off
    """
    if size == 0:
        raise GongRecordingError(["The media file is empty (0 bytes). Export the recording again"])
    if size > MOST_BYTES:
        raise GongRecordingError(
            [
                f"The media file has {size:,} bytes; Gong takes 1.5 GB ({MOST_BYTES:,} bytes) at most. Save "
                "it with a lower bit rate, e.g. as MP3, or in parts"
            ]
        )
    reader = Reader(file, size)
    try:
        media = _recognise(reader, PurePosixPath(name).suffix.lower())
    except BadMediaError as error:
        raise GongRecordingError([str(error)]) from None
    if media is None:
        raise GongRecordingError(
            [
                f"The media file is not {FORMATS}, whatever its name: {likeness(reader)}. Save the recording "
                "in one of these formats"
            ]
        )
    return media


def sha256_of(file: BinaryIO) -> str:
    """SHA-256 of the whole file in hexadecimal, read in blocks of 1 MB."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _recognise(reader: Reader, suffix: str) -> Media | None:
    """The format whose beginning the file has, once the rest of its headers is found in order."""
    checks: tuple[tuple[str, Callable[[Reader], bool]], ...] = (
        ("WAV", formats.is_wav),
        ("FLAC", formats.is_flac),
        ("MKV", formats.is_mkv),
        ("MP4", formats.is_mp4),
        # Last, as it has no beginning of its own, and others hold its frames.
        ("MP3", lambda reader: not known_sign(reader) and formats.is_mp3(reader)),
    )
    found = next((name for name, check in checks if check(reader)), None)
    if found is None:
        return None
    content_type, extension = {
        "WAV": ("audio/wav", ".wav"),
        "FLAC": ("audio/flac", ".flac"),
        "MKV": ("video/x-matroska", ".mkv"),
        "MP4": ("video/mp4", ".mp4"),
        "MP3": ("audio/mpeg", ".mp3"),
    }[found]
    if found == "MP4" and (suffix in {".m4a", ".m4b"} or formats.mp4_brand(reader) in {b"M4A ", b"M4B "}):
        content_type, extension = "audio/mp4", ".m4a"
    return Media(found, content_type, extension, _note(suffix, found))


def _note(suffix: str, found: str) -> str:
    if _SUFFIX_FORMATS.get(suffix) == found:
        return ""
    # Other endings may be part of a name.
    named = f"named {suffix}" if suffix in MEDIA_SUFFIXES else "named without a known ending"
    return f"{named}, but its content is {found}: sent as {found}"
