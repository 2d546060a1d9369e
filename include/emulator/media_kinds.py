"""What a file is by its content: the five formats that Gong takes, and how long those play that say so."""

from __future__ import annotations

import re
import struct

HEAD = 64 * 1024  # bytes of a file that must suffice to know it

_EBML = b"\x1a\x45\xdf\xa3"
_AUDIO_BRANDS = (b"M4A ", b"M4B ")
_UNKNOWN_RATE = 64_000  # bit/s, where nothing is known
_MP3_RATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}
_MKV_INFO, _NEAR = b"\x15\x49\xa9\x66", 1024  # the element, and how far into it its numbers are sought
_MKV_SCALE = re.compile(rb"\x2a\xd7\xb1[\x81-\x84]", re.DOTALL)
_MKV_LENGTH = re.compile(rb"\x44\x89[\x84\x88]", re.DOTALL)
_DOC_TYPE = re.compile(rb"\x42\x82(.)", re.DOTALL)


def recognise(head: bytes) -> str | None:
    """``wav``, ``mp3``, ``mp4``, ``mkv`` or ``flac`` by the first bytes; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"fLaC":
        return "flac"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == _EBML:
        return "mkv" if _is_matroska(head) else None
    if head[:3] == b"ID3" or mp3_rate(head[:4]):
        return "mp3"
    return None


def is_video(kind: str, head: bytes) -> bool:
    """Whether a file of this format counts as video: MKV, and MP4 but for the brands of audio files."""
    return kind == "mkv" or (kind == "mp4" and head[8:12] not in _AUDIO_BRANDS)


def _is_matroska(head: bytes) -> bool:
    """EBML is Matroska unless its DocType says otherwise: ``webm`` does."""
    found = _DOC_TYPE.search(head, 4, 80)
    if found is None:
        return True
    length = found.group(1)[0] & 0x7F
    return head[found.end() : found.end() + length].rstrip(b"\0") == b"matroska"


def mp3_rate(frame: bytes) -> int:
    """Bits per second by the header of an MPEG audio frame of layer III; 0 if it is none."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        return 0
    version, rate, sampling = frame[1] >> 3 & 3, frame[2] >> 4, frame[2] >> 2 & 3
    if version == 1 or rate == 15 or sampling == 3:
        return 0
    return _MP3_RATES[version == 3][rate] * 1000


def measured_seconds(kind: str, head: bytes) -> float | None:
    """What the file itself says of its length, where that stands in its head; WAV has its own module."""
    readers = {"flac": _flac_seconds, "mp4": _mp4_seconds, "mkv": _mkv_seconds}
    return readers[kind](head) if kind in readers else None


def estimated_seconds(kind: str, head: bytes, size: int) -> float:
    """A guess by size: the rate of the first frame of an MP3, else a common one."""
    rate = 0
    if kind == "mp3":
        place = 0
        if head[:3] == b"ID3" and len(head) >= 10:
            place = 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        rate = mp3_rate(head[place : place + 4])
    return size * 8 / (rate or _UNKNOWN_RATE)


def _flac_seconds(head: bytes) -> float | None:
    """STREAMINFO, which comes first: 20 bits of sample rate, 36 bits of samples in all (0: unknown)."""
    if len(head) < 42 or head[4] & 0x7F != 0 or head[5:8] != b"\0\0\x22":
        return None
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate if rate and samples else None


def _mp4_seconds(head: bytes) -> float | None:
    """``moov/mvhd``, if it stands before the media."""
    place = 0
    while place + 16 <= len(head):
        length, name = struct.unpack_from(">I4s", head, place)
        if name == b"moov":
            return _movie_header(head[place + 8 : place + 8 + 120])
        if length < 8:
            return None
        place += length
    return None


def _movie_header(box: bytes) -> float | None:
    if box[4:8] != b"mvhd" or len(box) < 44:
        return None
    scale, length = struct.unpack_from(">IQ", box, 28) if box[8] == 1 else struct.unpack_from(">II", box, 20)
    return length / scale if scale and length else None


def _mkv_seconds(head: bytes) -> float | None:
    """``Info/Duration``, a float of 4 or 8 bytes, in units of ``TimestampScale`` nanoseconds."""
    start = head.find(_MKV_INFO)
    info = head[start : start + _NEAR] if start >= 0 else b""
    found, scaled = _MKV_LENGTH.search(info), _MKV_SCALE.search(info)
    if found is None:
        return None
    size = found.group()[-1] & 0x7F
    number = info[found.end() : found.end() + size]
    if len(number) < size:
        return None
    scale = 1_000_000
    if scaled is not None:
        scale = int.from_bytes(info[scaled.end() : scaled.end() + (scaled.group()[-1] & 0x7F)], "big")
    seconds = float(struct.unpack(">d" if size == 8 else ">f", number)[0]) * scale / 1e9
    return seconds if 0 < seconds < float("inf") else None
