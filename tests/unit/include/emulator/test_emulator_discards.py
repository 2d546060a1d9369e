"""Recordings that Gong accepts and then drops without a word, and what is heard in a WAV."""

from __future__ import annotations

import array
import math

import pytest
from upload_media import flac, mkv, samples, wav, wav_header

from include.emulator.measuring import Measure


def dropped(emulator, uploader, number, why):
    for advance in (0, 239.5, 1, 10 * 86_400):
        emulator.control("POST", "/time", {"advance_seconds": advance})
        assert not uploader.visible(number)
        assert emulator.post("/v2/calls/extensive", {"filter": {"callIds": [number]}}).status_code == 404
    assert uploader.state(number) == ("discarded", why)


@pytest.mark.parametrize(
    ("media", "declared", "why"),
    [
        (wav(29.9), 60, "too short"),
        (flac(29), 60, "too short"),
        (mkv(), 29.5, "too short"),
        (wav(40, "silence"), None, "silence"),
        (wav(40, "tone"), None, "no human speech"),
        (b"RIFF\x24\0\0\0WAVE" + bytes(500), 60, "too short"),
    ],
)
def test_what_is_not_worth_keeping_is_dropped(emulator, uploader, media, declared, why):
    number = uploader.upload(media, duration=declared)
    assert uploader.state(number) == ("processing", None)
    dropped(emulator, uploader, number, why)


def test_the_shortest_that_counts_is_a_setting(emulator, uploader):
    uploader.settings(minimum_seconds=3, processing_seconds=0)
    assert uploader.visible(uploader.upload(wav(3)))
    assert not uploader.visible(uploader.upload(wav(2.9)))


def test_the_host_must_be_recorded_when_the_recording_is_processed(emulator, uploader):
    path = f"/users/{uploader.user['id']}"
    early, late = uploader.upload(wav(seed=1)), uploader.upload(wav(seed=2))
    emulator.control("PATCH", path, {"telephonyCallsImported": False})
    assert not emulator.get(f"/v2/users/{uploader.user['id']}").json()["user"]["settings"][
        "telephonyCallsImported"
    ]
    dropped(emulator, uploader, early, "the primary user is not set for import")
    emulator.control("PATCH", path, {"telephonyCallsImported": True})
    assert uploader.state(late)[0] == "discarded"
    again = uploader.upload(wav(seed=3))
    emulator.control("POST", "/time", {"advance_seconds": 240})
    assert uploader.visible(again)


def test_dropped_bytes_were_uploaded_all_the_same(emulator, uploader, sentences):
    uploader.settings(processing_seconds=0)
    first = uploader.upload(wav(5))
    answer = uploader.put(uploader.add(), wav(5))
    assert answer.status_code == 400
    assert sentences(answer)[0].endswith(first)


def measure(media, size=50_000):
    taken = Measure()
    for at in range(0, len(media), size):
        taken.feed(media[at : at + size])
    return taken.finish()


def encoded(values, bits):
    signed = b"".join(value.to_bytes(4, "little", signed=True)[4 - bits // 8 :] for value in values)
    return signed if bits > 8 else bytes((value >> 24) + 128 for value in values)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize(("level", "heard"), [(2**23, "silence"), (2**27, "speech")])
def test_silence_in_any_width(bits, level, heard):
    """Full scale is 2**31. The wave jumps about, so that it is no tone."""
    values = [(-1) ** n * level * (n * 7919 % 97) // 97 for n in range(40_000)]
    data = encoded(values, bits)
    header = wav_header(len(data), bits=bits)
    assert {measure(header + data, size).heard for size in (101, 4_099, 1 << 20)} == {heard}


@pytest.mark.parametrize(
    ("tag", "quiet", "loud"), [(6, b"\xd5\x55\xd4", b"\x2a"), (7, b"\xff\x7f\xfe", b"\x00")]
)
def test_silence_on_the_telephone(tag, quiet, loud):
    header = wav_header(30_000, bits=8, tag=tag)
    assert measure(header + quiet * 10_000).heard == "silence"
    assert measure(header + quiet * 9_999 + loud).heard == "speech"


def test_what_follows_the_samples_is_not_heard():
    data = samples("silence", 40_000)
    assert measure(wav_header(len(data)) + data + b"LIST" + bytes(range(200))).heard == "silence"


def tone(frequency, rate, seconds=4, channels=1, loudness=lambda at: 8_000):
    values = array.array("h")
    for n in range(int(seconds * rate)):
        value = int(loudness(n / rate) * math.sin(2 * math.pi * frequency * n / rate))
        values.extend([value, *[0] * (channels - 1)])
    return wav_header(2 * len(values), rate=rate, channels=channels) + values.tobytes()


@pytest.mark.parametrize(
    ("frequency", "rate"), [(440, 8_000), (1_000, 44_100), (100, 16_000), (2_000, 8_000)]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_one_steady_tone_is_no_speech(frequency, rate, channels):
    media = tone(frequency, rate, channels=channels)
    assert {measure(media, size).heard for size in (9_973, 1 << 20)} == {"tone"}


def test_a_dial_tone_is_no_speech():
    values = array.array("h")
    for n in range(32_000):
        values.append(int(4_000 * sum(math.sin(2 * math.pi * f * n / 8_000) for f in (350, 440))))
    assert measure(wav_header(64_000) + values.tobytes()).heard == "tone"


@pytest.mark.parametrize(
    "media",
    [
        tone(440, 8_000, loudness=lambda at: 8_000 + 4_000 * math.sin(18 * at)),
        tone(440, 8_000)[:30_000] + tone(660, 8_000)[30_000:],
        wav(40),
        wav_header(80_000, tag=3, bits=32) + bytes(80_000),
    ],
    ids=["swelling", "two tones", "noise", "unknown encoding"],
)
def test_everything_else_counts_as_speech(media):
    assert measure(media).heard == "speech"


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 10**6])
def test_a_header_that_promises_more_than_there_is(length):
    data = samples("noise", 40 * 8_000)
    assert measure(wav_header(length) + data).measured == 40.0
