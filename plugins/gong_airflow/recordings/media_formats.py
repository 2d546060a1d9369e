"""The five formats: each check says whether a file begins like it, and whether its parts fit into the file.

Not a proof that it plays: only what shows a file that is cut off, unfinished or something else.
"""

from __future__ import annotations

import struct

from gong_airflow.recordings.media_reader import BadMediaError, Reader

MOST_PARTS = 64
"""Chunks, blocks or boxes looked at; media that is streamed may have thousands, each a read in a store."""

# Writers that cannot go back to their header leave 0 or one of these as the size.
_OPEN_SIZE, _OPEN_LONG_SIZE = 0x7FFF_F000, 1 << 62
_RIFF_KINDS = (b"RIFF", b"RF64", b"BW64")


def is_wav(reader: Reader) -> bool:
    """RIFF, RF64 or BW64 with WAVE: a chunk `data` that is all there.

    :raises BadMediaError: it is cut off, or holds no sound
    """
    kind, riff_size, form = reader.head[:4], reader.head[4:8], reader.head[8:12]
    if kind not in _RIFF_KINDS or form != b"WAVE":
        return False
    start, declared = _wav_sound(reader)
    there = reader.size - start
    if there <= 0:
        raise reader.cut_off("WAV", "it ends before the sound begins")
    if there < declared < _OPEN_LONG_SIZE:
        raise reader.cut_off("WAV", f"by its header it has {declared:,} bytes of sound, there are {there:,}")
    (whole,) = struct.unpack("<I", riff_size)
    # Some recorders count the 8 bytes of the header too.
    if kind == b"RIFF" and 0 < whole < _OPEN_SIZE and whole > reader.size:
        raise reader.cut_off("WAV", f"by its header it has {whole + 8:,} bytes")
    return True


def _wav_sound(reader: Reader) -> tuple[int, int]:
    """Where the sound begins and its length in bytes; a length of 0 or beyond 4 EB is left open."""
    long_size, offset, formatted = 0, 12, False
    for _ in range(MOST_PARTS):
        header = reader.at(offset, 8)
        if len(header) < 8:
            break
        name, size = struct.unpack("<4sI", header)
        if name == b"ds64":
            (long_size,) = struct.unpack("<Q", reader.at(offset + 16, 8).ljust(8, b"\0"))
        formatted = formatted or name == b"fmt "
        if name == b"data":
            if formatted:
                return offset + 8, size if size < _OPEN_SIZE else long_size
            raise BadMediaError("The media file (WAV) does not say how its sound is coded. Export it again")
        offset += 8 + size + size % 2
    raise reader.cut_off("WAV", "it ends before the sound begins")


def is_flac(reader: Reader) -> bool:
    """`fLaC`, after an ID3 tag too: metadata blocks, then a frame.

    :raises BadMediaError: it is cut off
    """
    offset = end_of_id3(reader)
    if reader.at(offset, 4) != b"fLaC":
        return False
    offset += 4
    for _ in range(MOST_PARTS):
        header = reader.at(offset, 4)
        if len(header) < 4:
            raise reader.cut_off("FLAC", "it ends within its header")
        offset += 4 + int.from_bytes(header[1:], "big")
        if header[0] & 0x80:
            break
    frame = reader.at(offset, 2)
    if len(frame) < 2:
        raise reader.cut_off("FLAC", "it ends before the sound begins")
    if frame[0] != 0xFF or frame[1] & 0xFE != 0xF8:
        raise BadMediaError("The media file (FLAC) is damaged: no sound after its header. Export it again")
    return True


def is_mkv(reader: Reader) -> bool:
    """An EBML header with document type `matroska`, then a segment that is all there.

    WebM is refused: it is Matroska with another name, but not among the formats that Gong names, and Gong
    drops what it cannot read without a word.

    :raises BadMediaError: it is WebM, or cut off
    """
    if reader.head[:4] != b"\x1a\x45\xdf\xa3":
        return False
    length, used = _ebml_number(reader.at(4, 8))
    offset = 4 + used + (length or 0)
    kind = reader.at(4 + used, min(length or 0, 200))
    if b"\x42\x82" in kind and b"webm" in kind:
        raise BadMediaError(
            "The media file is WebM, which is not among Gong's formats. MKV holds the same sound and picture "
            "without loss: ffmpeg -i in.webm -c copy out.mkv"
        )
    if b"matroska" not in kind:
        return False
    for _ in range(MOST_PARTS):
        element = reader.at(offset, 12)
        if len(element) < 5:
            break
        # Void and CRC-32 have ids of one byte.
        wide = 1 if element[0] in (0xEC, 0xBF) else 4
        length, used = _ebml_number(element[wide:])
        offset += wide + used
        if element[:4] == b"\x18\x53\x80\x67":
            if length is not None and offset + length > reader.size:
                raise reader.cut_off(
                    "MKV", f"by its header {length:,} bytes follow, there are {reader.size - offset:,}"
                )
            if offset < reader.size:
                return True
            break
        offset += length or 0
    raise reader.cut_off("MKV", "it ends before the sound begins")


def _ebml_number(data: bytes) -> tuple[int | None, int]:
    """A size as EBML writes it and the bytes it takes; None for a size left open."""
    if not data or not data[0]:
        return None, 8
    used = 9 - data[0].bit_length()
    value = int.from_bytes(data[:used], "big") & ((1 << 7 * used) - 1)
    return (None if value == (1 << 7 * used) - 1 else value), used


def mp4_brand(reader: Reader) -> bytes:
    """The first brand of an MP4 file."""
    return reader.head[8:12]


def is_mp4(reader: Reader) -> bool:
    """`ftyp` with a brand of MP4, then whole boxes, among them `moov` or `moof`, and `mdat`.

    :raises BadMediaError: it is cut off or was not finished
    """
    if reader.head[4:8] != b"ftyp" or _is_other_brand(mp4_brand(reader)):
        return False
    offset, seen = 0, set()
    for _ in range(MOST_PARTS):
        header = reader.at(offset, 16)
        if len(header) < 8:
            break
        size, name = struct.unpack(">I4s", header[:8])
        seen.add(name)
        # The last box goes on to the end; zeros after it are padding.
        if size == 0:
            break
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        if size < 8:
            raise BadMediaError("The media file (MP4) is damaged: a part has no size. Export it again")
        offset += size
        if offset > reader.size:
            raise reader.cut_off("MP4", f"by its header it has at least {offset:,} bytes")
    else:
        return True
    if not seen & {b"moov", b"moof"}:
        raise reader.cut_off("MP4", "its index (moov) is missing")
    if b"mdat" not in seen:
        raise reader.cut_off("MP4", "it has an index but no sound (mdat)")
    return True


def _is_other_brand(brand: bytes) -> bool:
    """QuickTime, 3GPP and pictures begin like MP4."""
    return brand[:2] in (b"qt", b"3g") or brand in (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"crx ")


def end_of_id3(reader: Reader) -> int:
    """Where the file goes on after its ID3 tags; 0 without one."""
    offset = 0
    for _ in range(MOST_PARTS):
        header = reader.at(offset, 10)
        if header[:3] != b"ID3" or len(header) < 10 or max(header[6:]) > 0x7F:
            break
        length = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
        offset += 10 + length + (10 if header[5] & 0x10 else 0)
    return offset


def is_mp3(reader: Reader) -> bool:
    """Three frames of MPEG layer III one after the other, after an ID3 tag or near the beginning.

    :raises BadMediaError: there is an ID3 tag, and nothing after it
    """
    start = end_of_id3(reader)
    if start >= reader.size:
        raise reader.cut_off("MP3", "it ends before the sound begins")
    window = reader.at(start, 16_384)
    position = window.find(0xFF)
    while position >= 0:
        if _frames(window, position, 3):
            return True
        position = window.find(0xFF, position + 1)
    return False


def _frames(window: bytes, position: int, wanted: int) -> bool:
    """Whether `wanted` frames of one kind follow each other from `position`."""
    kind = None
    for _ in range(wanted):
        header = window[position : position + 4]
        length = mp3_frame_length(header)
        alike = (header[1] & 0xFE, header[2] & 0x0C) if length else None
        if not length or alike != (kind or alike):
            return False
        kind, position = alike, position + length
    return position <= len(window)


def mp3_frame_length(header: bytes) -> int:
    """Length in bytes of the frame that begins with these four; 0 if it is none of layer III."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, bit_rate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or rate == 3 or bit_rate in (0, 15):
        return 0
    first = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    second = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    bits = (first if version == 3 else second)[bit_rate] * 1000
    hertz = (44_100, 48_000, 32_000)[rate] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if version == 3 else 72) * bits // hertz + (header[2] >> 1 & 1)
