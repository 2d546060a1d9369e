"""What a file looks like that is none of Gong's formats: a hint for whoever dropped it."""

from __future__ import annotations

from codecs import getincrementaldecoder

from gong_airflow.recordings.media_formats import end_of_id3
from gong_airflow.recordings.media_reader import Reader

# Where the sign stands, the sign, what it tells; the first that fits.
_SIGNS = (
    (28, b"OpusHead", "it looks like Opus in Ogg"),
    (0, b"OggS", "it looks like Ogg"),
    (0, b"#!AMR", "it looks like AMR"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "it looks like Windows Media (WMA, WMV)"),
    (8, b"AVI ", "it looks like AVI"),
    (8, b"AIFF", "it looks like AIFF"),
    (8, b"AIFC", "it looks like AIFF"),
    (0, b"caff", "it looks like Apple's CAF"),
    (0, b".snd", "it looks like Sun audio (AU)"),
    (0, b"FLV", "it looks like Flash video"),
    (0, b"\x00\x00\x01\xba", "it looks like MPEG video"),
    (0, b"ADIF", "it looks like AAC"),
    (4, b"ftypqt", "it looks like QuickTime (MOV)"),
    (4, b"moov", "it looks like QuickTime (MOV)"),
    (4, b"wide", "it looks like QuickTime (MOV)"),
    (4, b"mdat", "it looks like QuickTime (MOV)"),
    (4, b"ftyp3g", "it looks like 3GP"),
    (0, b"PK\x03\x04", "it looks like a ZIP archive; unpack it"),
    (0, b"\x1f\x8b", "it looks like a gzip archive; unpack it"),
    (0, b"7z\xbc\xaf", "it looks like a 7-Zip archive; unpack it"),
    (0, b"%PDF", "it looks like PDF"),
    (0, b"\x89PNG", "it looks like a picture"),
    (0, b"\xff\xd8\xff", "it looks like a picture"),
    (0, b"GIF8", "it looks like a picture"),
)


def known_sign(reader: Reader) -> str:
    """What a file looks like that begins with a known sign; empty if it does not."""
    for offset, sign, words in _SIGNS:
        if reader.head[offset : offset + len(sign)] == sign:
            return words
    # Packets of 188 bytes, each beginning with a G.
    return "it looks like an MPEG transport stream" if reader.head[:377:188] == b"GGG" else ""


def likeness(reader: Reader) -> str:
    """What the file looks like, in words that hold nothing of its content."""
    if words := known_sign(reader):
        return words
    start = end_of_id3(reader)
    sync = reader.at(start, 2)
    if len(sync) == 2 and sync[0] == 0xFF and sync[1] & 0xF6 == 0xF0:
        return "it looks like AAC (ADTS)"
    if len(sync) == 2 and sync[0] == 0xFF and sync[1] & 0xE6 in (0xE4, 0xE6):
        return "it looks like MPEG audio of layer I or II (MP2)"
    if not any(reader.head):
        return "it begins with zeros only, as transfers leave it that never came to an end"
    return (
        _text_likeness(reader.head) or "it looks like nothing known, e.g. sound without a header or encrypted"
    )


def _text_likeness(head: bytes) -> str:
    """What kind of text it is, a page saved in place of a recording for instance; empty if it is none."""
    try:
        # Incremental, as a character may be cut in two where the piece ends.
        text = getincrementaldecoder("utf-8-sig")().decode(head[:1000]).lstrip().lower()
    except UnicodeDecodeError:
        return ""
    if not all(character.isprintable() or character.isspace() for character in text):
        return ""
    if text.startswith(("<!doctype html", "<html")):
        return "it is a web page (HTML), probably an error or a log-in page saved in place of the recording"
    if text.startswith("<"):
        return "it is XML, probably an error message saved in place of the recording"
    if text.startswith(("{", "[")):
        return "it is JSON, probably an error message saved in place of the recording"
    return "it is text"
