"""WAV: what its header says, and whether anything is to be heard in it.

The header is sought in the head of the file only; real ones have ``data`` within the first kilobyte.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

PCM, A_LAW, MU_LAW, EXTENSIBLE = 1, 6, 7, 0xFFFE
_ENDLESS = 0xFFFFFFFF  # a recorder that could not go back and fill in the length

# What counts as near zero: below 1/128 of full scale, which is -42 dB. By encoding and bits per sample: the
# bytes of a sample, the place of its most significant one, and the values that one has when all is quiet.
_SIGNED = bytes((0x00, 0xFF))
_QUIET = {
    (PCM, 8): (1, 0, bytes((0x7F, 0x80, 0x81))),
    (PCM, 16): (2, 1, _SIGNED),
    (PCM, 24): (3, 2, _SIGNED),
    (PCM, 32): (4, 3, _SIGNED),
    (A_LAW, 8): (1, 0, bytes(value for value in range(256) if (value ^ 0x55) & 0x7F < 0x10)),
    (MU_LAW, 8): (1, 0, bytes(value for value in range(256) if ~value & 0x7F < 0x10)),
}
_WINDOW = 512  # frames that are looked at together for a tone
_STEP, _FAR_STEP, _NEAR = 16 * 1024, 1024 * 1024, 4 * 1024 * 1024
_ENOUGH = 3  # windows without which nothing is called a tone


@dataclass(frozen=True)
class Wave:
    """The header: ``start`` is where the samples begin, ``length`` how many bytes of them it promises."""

    encoding: int
    channels: int
    byte_rate: int
    bits: int
    start: int
    length: int

    def seconds(self, size: int) -> float:
        """How long a file of ``size`` bytes with this header plays."""
        return max(0, min(self.length, size - self.start)) / self.byte_rate


def read_header(head: bytes) -> Wave | None:
    """The header of a RIFF/WAVE file, None if ``head`` holds no complete one."""
    place, form = 12, b""
    while place + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, place)
        place += 8
        if name == b"fmt ":
            form = head[place : place + length]
        elif name == b"data":
            return _header(form, place, length)
        place += length + length % 2
    return None


def _header(form: bytes, start: int, length: int) -> Wave | None:
    if len(form) < 16:
        return None
    encoding, channels, _, byte_rate, _, bits = struct.unpack_from("<HHIIHH", form)
    if encoding == EXTENSIBLE and len(form) >= 26:
        encoding = struct.unpack_from("<H", form, 24)[0]
    if not channels or not byte_rate:
        return None
    return Wave(encoding, channels, byte_rate, bits, start, length or _ENDLESS)


class Ear:
    """Listens to the samples as they pass. Encodings that it does not know are taken for speech."""

    def __init__(self, wave: Wave) -> None:
        self._channels = wave.channels
        self._left = wave.length
        self._known = _QUIET.get((wave.encoding, wave.bits))
        self._pitch = _Pitch(wave.channels) if (wave.encoding, wave.bits) == (PCM, 16) else None
        self._place = 0
        self._next_window = 0
        self._loud = self._known is None

    def feed(self, piece: bytes) -> None:
        """The next bytes of samples, cut anywhere."""
        piece = piece[: self._left]
        if not self._loud and self._known is not None:
            width, high, quiet = self._known
            self._loud = bool(piece[(high - self._place) % width :: width].translate(None, quiet))
        if self._pitch is not None and self._loud and self._pitch.steady:
            self._look(piece, self._pitch)
        self._place += len(piece)
        self._left -= len(piece)

    def _look(self, piece: bytes, pitch: _Pitch) -> None:
        frame = 2 * self._channels
        while pitch.steady:
            at = max(0, self._next_window - self._place)
            at += -(self._place + at) % frame
            if at + _WINDOW * frame > len(piece):
                return
            pitch.see(piece[at : at + _WINDOW * frame])
            here = self._place + at
            self._next_window = here + (_STEP if here < _NEAR else _FAR_STEP)

    @property
    def heard(self) -> str:
        """``silence``, ``tone`` or ``speech``."""
        if not self._loud:
            return "silence"
        return "tone" if self._pitch is not None and self._pitch.is_tone else "speech"


class _Pitch:
    """Tells a steady tone from everything else: its pitch and its loudness are the same in each window.

    A sine obeys x[n+1] + x[n-1] = 2 cos(w) x[n]: the factor that fits a window best stands for the pitch.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._first: list[tuple[float, int] | None] = [None] * channels
        self._seen = 0
        self.steady = True

    @property
    def is_tone(self) -> bool:
        return self.steady and self._seen >= _ENOUGH

    def see(self, window: bytes) -> None:
        """Look at a window of 16-bit frames; quiet channels say nothing."""
        samples = struct.unpack(f"<{len(window) // 2}h", window)
        heard = False
        for channel in range(self._channels):
            voice = samples[channel :: self._channels]
            peak = max(map(abs, voice))
            if peak >= 256:
                heard = True
                self.steady = self.steady and self._fits(channel, voice, peak)
        self._seen += heard

    def _fits(self, channel: int, voice: tuple[int, ...], peak: int) -> bool:
        middle = voice[1:-1]
        energy = sum(one * one for one in middle) or 1
        turn = (
            sum(one * (before + after) for before, one, after in zip(voice, middle, voice[2:], strict=False))
            / energy
        )
        first = self._first[channel] = self._first[channel] or (turn, peak)
        return abs(first[0] - turn) < 0.002 and abs(first[1] - peak) < 0.05 * first[1]
