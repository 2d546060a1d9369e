"""Kinds of media, and whether an answer of the storage is media at all."""

from __future__ import annotations

from typing import Any

from gong_airflow.errors import GongInputError
from gong_airflow.media.errors import MediaError

# Kind, and where Gong puts its address (`media` of `POST /v2/calls/extensive`).
MEMBERS = {"audio": "audioUrl", "video": "videoUrl"}

_EXTENSIONS = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
}
_STREAMS = ("application/octet-stream", "binary/octet-stream")
# Where the sign stands, the sign, the extension.
_SIGNS = (
    (0, b"ID3", "mp3"),
    (4, b"ftyp", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "mkv"),
    (0, b"RIFF", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
)


def chosen(kinds: Any) -> tuple[str, ...]:
    """The kinds of a list or of a text like `audio,video`.

    :raises GongInputError: one that there is not
    """
    names = kinds.split(",") if isinstance(kinds, str) else list(kinds or ())
    wanted = {str(name).strip() for name in names} - {""}
    if unknown := sorted(wanted - set(MEMBERS)):
        raise GongInputError(f"Unknown kinds of media {unknown}", remedy=f"Use some of {list(MEMBERS)}")
    return tuple(kind for kind in MEMBERS if kind in wanted)


def extension_of(content_type: str, head: bytes) -> str:
    """The extension of the file, without a dot.

    :param content_type: without parameters, in small letters
    :param head: the first bytes
    :raises MediaError: it is no media: an error page, say
    """
    by_content = _by_content(head)
    if content_type in _STREAMS:
        if by_content:
            return by_content
        raise MediaError("The storage sent something that is neither audio nor video by its first bytes")
    if not content_type.startswith(("audio/", "video/")):
        raise MediaError(f"The storage sent {content_type or 'content without a type'}, not audio or video")
    return _EXTENSIONS.get(content_type) or by_content or "bin"


def _by_content(head: bytes) -> str:
    for offset, sign, extension in _SIGNS:
        if head[offset : offset + len(sign)] == sign:
            return extension
    # A frame of MPEG audio: eleven bits set.
    return "mp3" if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 else ""
