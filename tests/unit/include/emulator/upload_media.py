"""Recordings for the tests of uploads: small files of each format, and somebody who uploads them."""

from __future__ import annotations

import array
import math
import random
import struct
from typing import Any

import httpx

FLAC_STREAM_INFO = b"fLaC\x80\0\0\x22" + struct.pack(">HH", 4096, 4096) + bytes(6)


def samples(kind: str, count: int, rate: int = 8_000, seed: int = 1) -> bytes:
    """16-bit samples: `noise` stands for speech, `tone` is a sine of 440 Hz, `silence` a faint hum."""
    if kind == "noise":
        return random.Random(seed).randbytes(2 * count)
    loud = {"tone": 9_000, "silence": 60}[kind]
    wave = array.array("h", (int(loud * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count)))
    return wave.tobytes()


def wav_header(length: int, *, rate: int = 8_000, channels: int = 1, bits: int = 16, tag: int = 1) -> bytes:
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)
    return (
        b"RIFF"
        + struct.pack("<I", min(36 + length, 0xFFFFFFFF))
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + struct.pack("<I", length)
    )


def wav(seconds: float = 40, kind: str = "noise", seed: int = 1) -> bytes:
    """A mono WAV of 8 kHz."""
    data = samples(kind, int(seconds * 8_000), seed=seed)
    return wav_header(len(data)) + data


def flac(seconds: int = 40, seed: int = 1) -> bytes:
    info = (8_000 << 44 | 15 << 36 | seconds * 8_000).to_bytes(8, "big") + bytes(16)
    return FLAC_STREAM_INFO + info + random.Random(seed).randbytes(500)


def mp3(size: int = 400_000, seed: int = 1) -> bytes:
    """An ID3 tag and frames of MPEG 1, 64 kbit/s."""
    tag = b"ID3\x04\0\0\0\0\x01\0" + bytes(128)
    return tag + b"\xff\xfb\x50\xc0" + random.Random(seed).randbytes(size)


def mp4(seconds: int = 40, brand: bytes = b"isom", seed: int = 1) -> bytes:
    kind = struct.pack(">I4s4sI", 16, b"ftyp", brand, 512)
    movie = struct.pack(">I4sIIIII", 108, b"mvhd", 0, 0, 0, 1_000, seconds * 1_000) + bytes(80)
    return kind + struct.pack(">I4s", 116, b"moov") + movie + random.Random(seed).randbytes(500)


def mkv(doc_type: bytes = b"matroska", seed: int = 1, info: bytes = b"") -> bytes:
    """EBML and 400,000 bytes of noise, 50 s at 64 kbit/s; `info` are elements of Info."""
    inner = b"\x42\x82" + bytes([0x80 | len(doc_type)]) + doc_type
    begin = b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(inner)]) + inner
    info = b"\x15\x49\xa9\x66" + bytes([0x80 | len(info)]) + info if info else b""
    return begin + info + random.Random(seed).randbytes(400_000)


def multipart(media: bytes, name: str = "mediaFile", boundary: str = "frontier") -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.wav"\r\n\r\n'
    return head.encode() + media + f"\r\n--{boundary}--\r\n".encode()


class Uploader:
    """Posts calls for a user whose calls are imported, and puts their media."""

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator
        users = emulator.rows("/v2/users", "users")
        self.user = next(user for user in users if user["settings"]["telephonyCallsImported"])
        self.other = next(user for user in users if not user["settings"]["telephonyCallsImported"])
        self.colleague = next(user for user in users if user["id"] not in (self.user["id"], self.other["id"]))
        self._number = 0

    def body(self, **changes: Any) -> dict[str, Any]:
        """A right body; a change to `...` leaves a field out."""
        self._number += 1
        right = {
            "clientUniqueId": f"pbx-{self._number}",
            "title": "A recorded call",
            "actualStart": "2026-03-01T10:00:00+01:00",
            "direction": "Outbound",
            "primaryUser": self.user["id"],
            "parties": [
                {"userId": self.user["id"], "partyId": "1"},
                {"name": "Ann Other", "emailAddress": "ann@customer.example", "partyId": "2"},
            ],
        }
        return {name: value for name, value in {**right, **changes}.items() if value is not ...}

    def post(self, **changes: Any) -> httpx.Response:
        return self.emulator.post("/v2/calls", self.body(**changes))

    def add(self, **changes: Any) -> str:
        """Post a call that must be accepted; its id."""
        answer = self.post(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["callId"])

    def put(self, number: str, media: bytes, name: str = "a.wav", kind: str = "audio/wav") -> httpx.Response:
        files = {"mediaFile": (name, media, kind)}
        return self.emulator.http.put(f"/v2/calls/{number}/media", files=files)

    def upload(self, media: bytes, **changes: Any) -> str:
        """Add a call with its media, both of which must be accepted; its id."""
        number = self.add(**changes)
        answer = self.put(number, media)
        assert answer.status_code == 201, answer.text
        return number

    def settings(self, **changes: Any) -> None:
        self.emulator.control("PUT", "/uploads/settings", changes)

    def seen(self, number: str) -> dict[str, Any]:
        """The upload as the control plane shows it."""
        uploads = self.emulator.control("GET", "/uploads")["uploads"]
        return next(upload for upload in uploads if upload["callId"] == number)

    def state(self, number: str) -> tuple[str, str | None]:
        found = self.seen(number)
        return found["state"], found["why"]

    def visible(self, number: str) -> bool:
        return bool(self.emulator.get(f"/v2/calls/{number}").status_code == 200)
