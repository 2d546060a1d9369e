"""Made-up recordings: media of the five formats that Gong takes, and the metadata beside it.

The containers are in order down to their frames or clusters; what is in them is noise. The same arguments
give the same bytes, another seed gives others: Gong takes the same media only once.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

FIRST_START = datetime(2026, 11, 20, 13, 30, tzinfo=timezone.utc)


def make_media(format_name: str, *, seconds: float = 65, seed: int) -> bytes:
    """Media that says it is `seconds` long.

    :param format_name: one of FORMATS
    """
    return FORMATS[format_name](seconds, random.Random(f"{format_name} {seed}"))


def make_metadata(user_id: str, *, seed: int, **changes: Any) -> dict[str, Any]:
    """Metadata that Gong takes, of a call that `user_id` hosted within a week of a fixed time.

    `changes` replace top-level fields; None leaves one out.
    """
    number = seed % 10_000
    document = {
        "actualStart": (FIRST_START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "direction": ("Outbound", "Inbound")[number % 2],
        "primaryUser": user_id,
        "title": f"Sample call {number}",
        "purpose": "Sample",
        "parties": [
            {"userId": user_id, "mediaChannelId": 0},
            {
                "name": f"Sample Customer {number}",
                "emailAddress": f"customer{number}@example.com",
                "mediaChannelId": 1,
            },
        ],
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def _wav(seconds: float, noise: random.Random) -> bytes:
    """8 kHz, 8 bits, one channel: what telephones have."""
    samples = noise.randbytes(int(seconds * 8000))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    sound = struct.pack("<4sI", b"data", len(samples)) + samples + b"\0" * (len(samples) % 2)
    body = b"WAVE" + form + sound
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _mp3(seconds: float, noise: random.Random) -> bytes:
    """MPEG-2 layer III, 16 kHz, 32 kbit/s, one channel: 144 bytes for 36 ms; no sound in them."""
    frames = int(seconds / 0.036) + 1
    return b"".join(b"\xff\xf3\x48\xc4" + bytes(9) + noise.randbytes(131) for _ in range(frames))


def _mp4(seconds: float, noise: random.Random) -> bytes:
    def box(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), name) + content

    # Version and times; units a second, duration, speed, volume, matrix of 1, number of the next track.
    header = struct.pack(">12xIIIH10x", 1000, int(seconds * 1000), 0x10000, 0x100)
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
    return (
        box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
        + box(b"moov", box(b"mvhd", header + matrix + bytes(24) + struct.pack(">I", 1)))
        + box(b"mdat", noise.randbytes(int(seconds * 4000)))
    )


def _mkv(seconds: float, noise: random.Random) -> bytes:
    def element(name: str, content: bytes) -> bytes:
        length = len(content)
        size = bytes([0x80 | length]) if length < 127 else struct.pack(">Q", 1 << 56 | length)
        return bytes.fromhex(name) + size + content

    kind = element("4282", b"matroska") + element("4287", b"\4") + element("4285", b"\2")
    info = element("2ad7b1", struct.pack(">I", 1_000_000)) + element(
        "4489", struct.pack(">d", seconds * 1000)
    )
    clusters = (
        # Time code in ms; a block of track 1 at that time.
        element(
            "1f43b675",
            element("e7", struct.pack(">I", second * 1000))
            + element("a3", b"\x81\0\0\x80" + noise.randbytes(4000)),
        )
        for second in range(int(seconds))
    )
    return element("1a45dfa3", kind) + element("18538067", element("1549a966", info) + b"".join(clusters))


def _flac(seconds: float, noise: random.Random) -> bytes:
    """8 kHz, 16 bits, one channel, in frames of 4096 samples; their sums are not computed."""
    total = int(seconds * 8000)
    # 20 bits hertz, 3 bits channels less 1, 5 bits of a sample less 1, 36 bits samples; the MD5 is left open.
    numbers = 8000 << 44 | 0 << 41 | 15 << 36 | total
    info = struct.pack(">HH6xQ16x", 4096, 4096, numbers)
    frames = b"".join(
        b"\xff\xf8\xc4\x08" + bytes([index % 128]) + noise.randbytes(1000)
        for index in range(-(-total // 4096))
    )
    return b"fLaC" + struct.pack(">I", 0x80 << 24 | len(info)) + info + frames


FORMATS: dict[str, Callable[[float, random.Random], bytes]] = {
    "WAV": _wav,
    "MP3": _mp3,
    "MP4": _mp4,
    "MKV": _mkv,
    "FLAC": _flac,
}
