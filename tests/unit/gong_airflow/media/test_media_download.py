"""One file against the emulator's storage: what goes on, what begins anew, what is refused."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from gong_airflow.errors import GongInputError
from gong_airflow.media import kinds
from gong_airflow.media.download import BLOCK, MOST_BREAKS, Downloader
from gong_airflow.media.errors import MediaBreakError, MediaError
from gong_airflow.media.session import media_session

SIZE = 2_000_000


class One:
    """The first call's audio."""

    def __init__(self, media: Any) -> None:
        self.media = media
        self.call_id = next(call_id for call_id, private in media.offered().items() if not private)
        media.emulator.control("PUT", "media", {"bytes": SIZE})

    def address(self) -> str:
        body = {"filter": {"callIds": [self.call_id]}, "contentSelector": {"exposedFields": {"media": True}}}
        answer = self.media.reading.hook.call("POST /v2/calls/extensive", json=body)
        return str(answer.body["calls"][0]["media"]["audioUrl"])

    def fetch(self) -> dict[str, Any]:
        with self.media.folder.open(self.call_id, "audio") as part:
            Downloader(media_session(), sleep=self.media.slept.append).fetch(self.address, part, "it")
            return dict(part.keep(part.facts["extension"], {"call_id": self.call_id, "kind": "audio"}))

    def ranges(self) -> list[tuple[str | None, int, int]]:
        """What was asked for, the status and the bytes sent, for each request to the storage."""
        return [(e["range"], e["status"], e["bytes"]) for e in self.media.told()["requests"]]

    def sha256(self) -> str:
        import requests

        return hashlib.sha256(requests.get(self.address(), timeout=60).content).hexdigest()


@pytest.fixture
def one(media: Any) -> One:
    return One(media)


def test_one_request_for_a_whole_file(one: One) -> None:
    receipt = one.fetch()
    assert one.ranges() == [(None, 200, SIZE)]
    assert (receipt["bytes"], receipt["sha256"]) == (SIZE, one.sha256())


def test_a_break_is_gone_on_from_after_a_pause(one: One) -> None:
    one.media.fault("cut", after_bytes=1_500_000)
    receipt = one.fetch()
    (_, _, first), (asked, status, rest) = one.ranges()
    assert (first, status) == (1_500_000, 206)
    assert asked == f"bytes={SIZE - rest}-"
    assert SIZE <= first + rest < SIZE + BLOCK
    assert one.media.slept == [2.0]
    assert receipt["sha256"] == one.sha256()


def test_breaks_without_progress_end_and_the_next_try_goes_on(one: One) -> None:
    one.media.fault("cut", after_bytes=1_000_000)
    one.media.fault("cut", times=MOST_BREAKS, after_bytes=0)
    with pytest.raises(MediaBreakError):
        one.fetch()
    assert len(one.ranges()) == 1 + MOST_BREAKS
    assert one.media.slept == [2.0, 4.0, 8.0, 16.0, 32.0]
    one.fetch()
    assert sum(sent for _, _, sent in one.ranges()) < SIZE + BLOCK


def test_breaks_with_progress_do_not_end_it(one: One) -> None:
    one.media.emulator.control("PUT", "media", {"bytes": 14_000_000})
    one.media.fault("cut", after_bytes=1_400_000, times=9)
    assert one.fetch()["bytes"] == 14_000_000
    assert set(one.media.slept) == {2.0}


def test_another_file_under_the_address_begins_anew(one: One) -> None:
    one.media.fault("cut", after_bytes=1_500_000)
    one.media.fault("changed")
    receipt = one.fetch()
    assert [(status, sent) for _, status, sent in one.ranges()] == [(200, 1_500_000), (200, SIZE)]
    assert receipt["sha256"] == one.sha256()


def test_a_part_of_the_rest_is_not_the_rest(one: One) -> None:
    one.media.fault("cut", after_bytes=800_000)
    one.media.fault("short", after_bytes=500_000)
    receipt = one.fetch()
    assert [status for _, status, _ in one.ranges()] == [200, 206, 206]
    assert receipt["sha256"] == one.sha256()


def test_a_range_beyond_the_file_begins_anew(one: One) -> None:
    one.media.fault("cut", after_bytes=1_500_000)
    one.media.fault("status", status=416)
    receipt = one.fetch()
    assert [status for _, status, _ in one.ranges()] == [200, 416, 200]
    assert receipt["sha256"] == one.sha256()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_storage_that_fails_is_asked_again(one: One, status: int) -> None:
    one.media.fault("status", status=status, times=2)
    assert one.fetch()["bytes"] == SIZE
    assert one.media.slept == [2.0, 4.0]


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_asked_for_once(one: One, status: int) -> None:
    one.media.fault("status", status=status)
    with pytest.raises(MediaError, match=f"The storage does not have the file \\(HTTP {status}\\)"):
        one.fetch()
    assert one.media.slept == []


@pytest.mark.parametrize("content_type", ["text/html", "application/xml", "application/json"])
def test_what_is_no_media_is_refused_before_it_is_kept(one: One, content_type: str) -> None:
    one.media.fault("type", content_type=content_type)
    with pytest.raises(MediaError, match=f"The storage sent {content_type}, not audio or video"):
        one.fetch()
    folder = one.media.root / "media" / one.call_id
    assert list(folder.iterdir()) == []


def test_an_empty_file_is_refused(one: One) -> None:
    one.media.emulator.control("PUT", "media", {"bytes": 0})
    with pytest.raises(MediaError, match="empty"):
        one.fetch()


def test_a_stream_of_octets_is_taken_by_its_first_bytes(one: One) -> None:
    one.media.fault("type", content_type="binary/octet-stream; charset=x")
    receipt = one.fetch()
    assert receipt["path"] == f"media/{one.call_id}/audio.mp3"


@pytest.mark.parametrize(
    ("content_type", "head", "extension"),
    [
        ("audio/mpeg", b"", "mp3"),
        ("audio/mp4", b"", "m4a"),
        ("video/mp4", b"", "mp4"),
        ("audio/unheard-of", b"OggS", "ogg"),
        ("video/unheard-of", b"????", "bin"),
        ("application/octet-stream", b"\0\0\0\x18ftypmp42", "mp4"),
        ("application/octet-stream", b"\xff\xfb\x90", "mp3"),
        ("application/octet-stream", b"\x1aE\xdf\xa3", "mkv"),
    ],
)
def test_the_extension_says_what_it_is(content_type: str, head: bytes, extension: str) -> None:
    assert kinds.extension_of(content_type, head) == extension


@pytest.mark.parametrize("head", [b"", b"<html>", b"%PDF-1.7"])
def test_a_stream_of_octets_that_is_no_media_is_refused(head: bytes) -> None:
    with pytest.raises(MediaError):
        kinds.extension_of("application/octet-stream", head)


def test_kinds_come_as_a_list_or_a_text() -> None:
    assert kinds.chosen("video, audio") == kinds.chosen(["audio", "video"]) == ("audio", "video")
    assert kinds.chosen("") == kinds.chosen(None) == kinds.chosen([]) == ()
    with pytest.raises(GongInputError, match="pictures"):
        kinds.chosen(["pictures"])
