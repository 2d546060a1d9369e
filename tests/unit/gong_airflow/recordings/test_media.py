from __future__ import annotations

import hashlib
import io
import struct
from typing import Any

import pytest

from gong_airflow.errors import GongRecordingError
from gong_airflow.recordings.media import MEDIA_SUFFIXES, MOST_BYTES, Media, inspect_media, sha256_of
from tests.support.recordings import FORMATS, make_media

KINDS = {
    "WAV": ("audio/wav", ".wav"),
    "MP3": ("audio/mpeg", ".mp3"),
    "MP4": ("video/mp4", ".mp4"),
    "MKV": ("video/x-matroska", ".mkv"),
    "FLAC": ("audio/flac", ".flac"),
}


class Counted(io.BytesIO):
    """Counts reads and the bytes they gave; gives at most `most` at once."""

    def __init__(self, content: bytes, most: int = 1 << 30) -> None:
        super().__init__(content)
        self.most, self.reads, self.given = most, 0, 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(self.most if size is None or size < 0 else min(size, self.most))
        self.reads += 1
        self.given += len(piece)
        return piece


class Sparse(io.RawIOBase):
    """A file of `size` bytes: `head`, zeros, and what `parts` holds by its offset."""

    def __init__(self, head: bytes, size: int, parts: dict[int, bytes] | None = None) -> None:
        self.parts, self.size, self.place = {0: head, **(parts or {})}, size, 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.place = offset
        return offset

    def read(self, size: int = -1, /) -> bytes:
        start, self.place = self.place, min(self.place + size, self.size)
        piece = bytearray(self.place - start)
        for offset, content in self.parts.items():
            for index in range(max(start, offset), min(self.place, offset + len(content))):
                piece[index - start] = content[index - offset]
        return bytes(piece)


def inspect(content: bytes, name: str = "a") -> Media:
    return inspect_media(io.BytesIO(content), size=len(content), name=name)


def reason_of(content: bytes, name: str = "a") -> str:
    with pytest.raises(GongRecordingError) as caught:
        inspect(content, name)
    (reason,) = caught.value.reasons
    return reason


def wav(
    sound: bytes = b"\x80\x81" * 500,
    *,
    declared: int | None = None,
    whole: int | None = None,
    kind: bytes = b"RIFF",
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    size = len(sound) if declared is None else declared
    body = b"WAVE" + before + form + b"data" + struct.pack("<I", size) + sound + after
    return kind + struct.pack("<I", len(body) if whole is None else whole) + body


def ds64(sound: int) -> bytes:
    return b"ds64" + struct.pack("<IQQQI", 28, 0, sound, 0, 0)


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(brand: bytes = b"isom", *boxes: bytes) -> bytes:
    return box(b"ftyp", brand + b"\0\0\2\0isom") + b"".join(
        boxes or (box(b"moov", b"x"), box(b"mdat", b"y" * 99))
    )


def ebml(doctype: bytes, segment: bytes = b"\x18\x53\x80\x67\x84abcd") -> bytes:
    kind = b"\x42\x82" + bytes([0x80 | len(doctype)]) + doctype
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(kind)]) + kind + segment


def id3(length: int, flags: int = 0) -> bytes:
    parts = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\4\0" + bytes([flags]) + parts + b"\xff" * length + bytes(10 if flags else 0)


MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
FLAC_HEAD = b"fLaC\x80\0\0\x22" + bytes(34)


@pytest.mark.parametrize("name", FORMATS)
def test_the_five_formats_are_recognised_by_content(name: str) -> None:
    content_type, extension = KINDS[name]
    content = make_media(name, seed=1)
    assert inspect(content, f"call.{name.upper()}") == Media(name, content_type, extension, "")
    assert inspect(content, "call.ogg").note == f"named .ogg, but its content is {name}: sent as {name}"
    assert inspect(content, "call.jane") == Media(
        name,
        content_type,
        extension,
        f"named without a known ending, but its content is {name}: sent as {name}",
    )


@pytest.mark.parametrize("name", FORMATS)
def test_sample_media_differs_by_seed_and_by_nothing_else(name: str) -> None:
    assert make_media(name, seed=1) == make_media(name, seed=1)
    assert make_media(name, seed=1) != make_media(name, seed=2)
    assert len(make_media(name, seconds=130, seed=1)) > 1.9 * len(make_media(name, seed=1))


@pytest.mark.parametrize("name", FORMATS)
def test_little_is_read_and_in_few_pieces(name: str) -> None:
    content = make_media(name, seed=1)
    file = Counted(content)
    inspect_media(file, size=len(content), name="a")
    assert file.given <= 40_000
    assert file.reads <= 5


def test_a_file_of_thousands_of_parts_is_not_read_through() -> None:
    content = mp4(b"dash", box(b"moov"), *[box(b"moof") + box(b"mdat", b"y" * 10_000)] * 500)
    file = Counted(content)
    assert inspect_media(file, size=len(content), name="a").format == "MP4"
    assert file.reads <= 65


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_gives_few_bytes_at_once_is_read_on(name: str) -> None:
    content = make_media(name, seed=1)
    file = Counted(content, most=100)
    assert inspect_media(file, size=len(content), name="a").format == name


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (wav(declared=0), "WAV"),
        (wav(declared=0xFFFFFFFF, whole=0xFFFFFFFF), "WAV"),
        (wav(declared=0x7FFFF000, whole=0x7FFFF024), "WAV"),
        (wav(declared=0, whole=0), "WAV"),
        (wav(b"x" * 999, whole=999 + 44), "WAV"),
        (wav(before=b"bext\3\0\0\0abc\0" * 20, after=b"LIST\4\0\0\0abcd"), "WAV"),
        (wav(kind=b"RF64", declared=0xFFFFFFFF, whole=0xFFFFFFFF, before=ds64(1000)), "WAV"),
        (wav(kind=b"RF64", declared=0xFFFFFFFF, whole=0xFFFFFFFF, before=ds64(0)), "WAV"),
        (wav(kind=b"BW64", declared=0xFFFFFFFF, whole=0xFFFFFFFF, before=ds64(2**64 - 1)), "WAV"),
        (mp4(b"isom", box(b"mdat", b"y" * 99), box(b"moov", b"x")), "MP4"),
        (mp4(b"dash", box(b"moov"), *[box(b"moof") + box(b"mdat", b"y")] * 100), "MP4"),
        (mp4(b"isom", box(b"moov"), b"\0\0\0\1mdat" + struct.pack(">Q", 20) + b"abcd"), "MP4"),
        (mp4(b"isom", box(b"moov"), b"\0\0\0\0mdat" + b"x" * 50), "MP4"),
        (mp4(b"mp42") + bytes(50), "MP4"),
        (ebml(b"matroska", b"\xec\x84abcd\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xffabc"), "MKV"),
        (ebml(b"matroska", b"\x18\x53\x80\x67\xffabcd"), "MKV"),
        (id3(300) + MP3_FRAME * 3, "MP3"),
        (id3(100_000, 0x10) + id3(10) + bytes(1000) + MP3_FRAME * 3, "MP3"),
        (b"\xff" * 3000 + MP3_FRAME * 3, "MP3"),
        (b"\xff\xfb\x92\x00" + bytes(414) + MP3_FRAME * 2, "MP3"),
        (id3(20_000, 0x10) + FLAC_HEAD + b"\xff\xf9", "FLAC"),
        (b"fLaC\0\0\0\x22" + bytes(34) + b"\x86\1\0\0" + bytes(65_536) + b"\xff\xf8", "FLAC"),
    ],
)
def test_what_writers_make_of_the_formats_is_taken(content: bytes, found: str) -> None:
    assert inspect(content).format == found


@pytest.mark.parametrize(
    ("content", "name"), [(mp4(b"M4A "), "a.mp4"), (mp4(), "a.M4A"), (mp4(b"M4B "), "a")]
)
def test_sound_alone_in_mp4_is_sent_as_such(content: bytes, name: str) -> None:
    media = inspect(content, name)
    assert (media.format, media.content_type, media.extension) == ("MP4", "audio/mp4", ".m4a")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (make_media("WAV", seed=1)[:-1000], "520,000 bytes of sound, there are 519,000"),
        (make_media("WAV", seed=1)[:44], "it ends before the sound begins"),
        (make_media("WAV", seed=1)[:20], "it ends before the sound begins"),
        (wav(declared=0, sound=b""), "it ends before the sound begins"),
        (wav(whole=5000), "by its header it has 5,008 bytes"),
        (wav(kind=b"RF64", declared=0xFFFFFFFF, before=ds64(3 << 30)), "3,221,225,472 bytes of sound"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "does not say how its sound is coded"),
        (make_media("MP4", seed=1)[:-1], "by its header it has at least"),
        (make_media("MP4", seed=1)[:50], "by its header it has at least"),
        (mp4(b"isom", box(b"mdat", b"x" * 99)), "its index (moov) is missing"),
        (mp4(b"isom", box(b"moov", b"x" * 99)), "it has an index but no sound"),
        (mp4(b"isom", b"\0\0\0\4mdat"), "a part has no size"),
        (make_media("MKV", seed=1)[:-1], "bytes follow, there are"),
        (ebml(b"matroska", b""), "it ends before the sound begins"),
        (ebml(b"matroska", b"\x18\x53\x80\x67\xff"), "it ends before the sound begins"),
        (ebml(b"webm"), "is WebM"),
        (make_media("FLAC", seed=1)[:30], "it ends before the sound begins"),
        (FLAC_HEAD[:42], "it ends before the sound begins"),
        (b"fLaC\0\0\0\x22" + bytes(34), "it ends within its header"),
        (FLAC_HEAD + b"\0\xf8", "no sound after its header"),
        (FLAC_HEAD + b"\xff\xfb", "no sound after its header"),
        (id3(1000)[:500], "it ends before the sound begins"),
    ],
)
def test_what_is_cut_off_or_unfinished_is_told(content: bytes, part: str) -> None:
    reason = reason_of(content)
    assert part in reason
    assert reason.startswith("The media file")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"OggS\0\2" + bytes(22) + b"OpusHead", "Opus in Ogg"),
        (b"OggS\0\2" + bytes(22) + b"\1vorbis" + MP3_FRAME * 5, "looks like Ogg"),
        (b"\xff\xf1\x50\x80" + bytes(500), "AAC (ADTS)"),
        (id3(10) + b"\xff\xf9\x50\x80" + bytes(500), "AAC (ADTS)"),
        (b"\xff\xfd\x90\x00" + bytes(500), "MP2"),
        (b"#!AMR\n" + bytes(100), "AMR"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(100), "WMA"),
        (b"RIFF\0\1\0\0AVI LIST" + MP3_FRAME * 5, "AVI"),
        (mp4(b"qt  "), "MOV"),
        (box(b"wide") + box(b"mdat", b"x"), "MOV"),
        (mp4(b"3gp4"), "3GP"),
        (b"FORM\0\0\1\0AIFFCOMM", "AIFF"),
        ((b"G" + bytes(187)) * 3 + MP3_FRAME * 5, "MPEG transport stream"),
        (b"PK\x03\x04" + MP3_FRAME * 5, "ZIP"),
        (b"<!DOCTYPE html><html>Jane Doe", "web page (HTML)"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Error>AccessDenied Jane Doe', "XML"),
        (b'{"error": "Jane Doe"}', "JSON"),
        (("Jane Doe " + "ü" * 1000).encode(), "it is text"),
        (bytes(5000), "zeros only"),
        (MP3_FRAME * 2, "nothing known"),
        (bytes(range(256)) * 20, "nothing known"),
        (b"\x93", "nothing known"),
    ],
)
def test_other_formats_are_refused_with_what_they_look_like(content: bytes, part: str) -> None:
    reason = reason_of(content, "Jane Doe.mp3")
    assert reason.startswith("The media file is not WAV, MP3, MP4, MKV or FLAC")
    assert part in reason
    assert "Jane" not in reason


def test_an_empty_file_is_refused() -> None:
    assert "is empty (0 bytes)" in reason_of(b"")


def test_one_and_a_half_gigabytes_are_taken_and_no_byte_more() -> None:
    def of(size: int) -> Any:
        head = wav(b"", declared=size - 44, whole=size - 8)
        return inspect_media(Sparse(head, size), size=size, name="a.wav")  # type: ignore[arg-type]

    assert of(MOST_BYTES).format == "WAV"
    with pytest.raises(
        GongRecordingError, match=r"1,500,000,002 bytes; Gong takes 1\.5 GB \(1,500,000,000 bytes\)"
    ):
        of(MOST_BYTES + 2)


def test_an_index_at_the_end_of_a_large_file_is_found() -> None:
    def of(index: bytes) -> Any:
        head = mp4(b"isom", struct.pack(">I4s", 1_400_000_000, b"mdat"))
        size = len(head) - 8 + 1_400_000_000 + len(index)
        file = Sparse(head, size, {size - len(index): index})
        return inspect_media(file, size=size, name="a.mp4")  # type: ignore[arg-type]

    assert of(box(b"moov", b"x")).format == "MP4"
    with pytest.raises(GongRecordingError, match="its index"):
        of(b"")


def test_the_hash_is_that_of_all_bytes_from_the_first() -> None:
    content = make_media("WAV", seed=1) * 5
    file = io.BytesIO(content)
    file.seek(1000)
    assert sha256_of(file) == hashlib.sha256(content).hexdigest()


def test_suffixes_hold_what_gong_takes_and_what_people_drop() -> None:
    taken = {".wav", ".mp3", ".mp4", ".m4a", ".mkv", ".flac"}
    assert taken | {".ogg", ".opus", ".aac", ".amr", ".wma", ".webm", ".avi", ".mov"} <= MEDIA_SUFFIXES
    assert not {".json", ".txt", ".done", ".part", ""} & MEDIA_SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in MEDIA_SUFFIXES)
