"""The storage behind media addresses: signatures, ranges, faults, and what is told of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
import pytest

BODY = {"filter": {}, "contentSelector": {"exposedFields": {"media": True}}}


def addresses(emulator: Any) -> list[dict[str, str]]:
    """The addresses of the first page, with the call's id."""
    calls = emulator.post("/v2/calls/extensive", BODY).json()["calls"]
    return [call["media"] | {"id": call["metaData"]["id"]} for call in calls if "media" in call]


def get(url: str, method: str = "GET", **headers: str) -> httpx.Response:
    return without_key().request(
        method, url, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


@cache
def without_key() -> httpx.Client:
    """One for all tests, as each would read the machine's certificates."""
    return httpx.Client()


def told(emulator: Any) -> dict[str, Any]:
    found: dict[str, Any] = emulator.control("GET", "/media")
    return found


def fault(emulator: Any, kind: str, **fields: Any) -> None:
    emulator.control("POST", "/media/faults", {"kind": kind, **fields})


def test_media_are_as_large_as_was_said_and_the_same_every_time(emulator: Any) -> None:
    emulator.control("PUT", "/media", {"bytes": 700_001})
    one, other = addresses(emulator)[:2]
    emulator.control("PUT", "/media", {"calls": {other["id"]: 10}})
    first = get(one["audioUrl"])
    assert (first.status_code, len(first.content)) == (200, 700_001)
    assert first.headers["content-type"] == "audio/mpeg"
    assert first.headers["accept-ranges"] == "bytes"
    assert first.headers["etag"].startswith('"')
    again = get(addresses(emulator)[0]["audioUrl"])
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert len(get(other["audioUrl"]).content) == 10


def test_audio_and_video_begin_like_what_they_are(emulator: Any) -> None:
    both = next(found for found in addresses(emulator) if "videoUrl" in found)
    audio, video = get(both["audioUrl"]), get(both["videoUrl"])
    assert audio.content[:3] == b"ID3"
    assert video.content[4:8] == b"ftyp"
    assert video.headers["content-type"] == "video/mp4"
    assert audio.headers["etag"] != video.headers["etag"]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=262140-262150", 262_140, 262_151),
        ("bytes=600000-", 600_000, 700_000),
        ("bytes=-5", 699_995, 700_000),
        ("bytes=699999-800000", 699_999, 700_000),
    ],
)
def test_a_range_is_a_part_of_the_whole(emulator: Any, asked: str, start: int, end: int) -> None:
    emulator.control("PUT", "/media", {"bytes": 700_000})
    url = addresses(emulator)[0]["audioUrl"]
    whole = get(url)
    part = get(url, Range=asked, If_Range=whole.headers["etag"])
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes {start}-{end - 1}/700000"
    assert part.content == whole.content[start:end]


def test_a_range_that_cannot_be_is_416_and_of_another_object_the_whole(emulator: Any) -> None:
    url = addresses(emulator)[0]["audioUrl"]
    beyond = get(url, Range="bytes=100000-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */100000")
    for headers in ({"Range": "bytes=5-", "If_Range": '"other"'}, {"Range": "bytes=1-2,5-6"}):
        whole = get(url, **headers)
        assert (whole.status_code, len(whole.content)) == (200, 100_000)


def test_head_tells_all_and_sends_nothing(emulator: Any) -> None:
    url = addresses(emulator)[0]["audioUrl"]
    head = get(url, "HEAD")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "100000", b"")
    assert head.headers["etag"] == get(url).headers["etag"]
    assert get(url, "PUT").status_code == 405


def test_a_signature_is_of_one_host_and_path_and_lasts_eight_hours(emulator: Any) -> None:
    url = addresses(emulator)[0]["audioUrl"]
    other = addresses(emulator)[1]["id"]
    bare, _, query = url.partition("?")
    for forged in (bare, f"{bare}?{query[:-1]}{'1' if query[-1] == '0' else '0'}"):
        assert get(forged).status_code == 403
    assert get(url.replace("X-Amz-Expires=28799", "X-Amz-Expires=99999")).status_code == 403
    assert get(f"{bare.rpartition('/calls/')[0]}/calls/{other}/audio.mp3?{query}").status_code == 403
    assert get(url.replace("127.0.0.1", "localhost")).status_code == 403
    emulator.control("POST", "/time", {"advance_seconds": 28_790})
    assert get(url).status_code == 200
    emulator.control("POST", "/time", {"advance_seconds": 12})
    expired = get(url)
    assert (expired.status_code, expired.headers["content-type"]) == (403, "application/xml")
    assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in expired.text
    assert get(addresses(emulator)[0]["audioUrl"]).status_code == 200


def test_a_key_beside_the_signature_is_refused(emulator: Any) -> None:
    url = addresses(emulator)[0]["audioUrl"]
    answer = without_key().get(url, auth=emulator.key)
    assert (answer.status_code, "Only one auth mechanism allowed" in answer.text) == (400, True)


def test_media_of_a_deleted_call_are_gone(emulator: Any) -> None:
    one = addresses(emulator)[0]
    emulator.control("DELETE", f"/calls/{one['id']}")
    assert get(one["audioUrl"]).status_code == 404


def test_downloads_use_no_quota_and_no_log_of_the_api_and_show_no_query(emulator: Any) -> None:
    one = addresses(emulator)[0]
    used = emulator.control("GET", "/limits")["used_today"]
    get(one["audioUrl"], Range="bytes=0-9")
    assert emulator.control("GET", "/limits")["used_today"] == used
    assert len(emulator.requests()) == 1
    [entry] = told(emulator)["requests"]
    assert entry["path"] == f"/media-storage/calls/{one['id']}/audio.mp3"
    assert (entry["status"], entry["bytes"], entry["range"]) == (206, 10, "bytes=0-9")
    assert "authorization" not in entry["headers"]
    assert "X-Amz" not in str(told(emulator))


def test_a_cut_comes_after_the_bytes_and_the_rest_can_be_had(emulator: Any) -> None:
    emulator.control("PUT", "/media", {"bytes": 600_000})
    url = addresses(emulator)[0]["audioUrl"]
    fault(emulator, "cut", after_bytes=400_000)
    got = b""
    with pytest.raises(httpx.RemoteProtocolError), without_key().stream("GET", url) as answer:
        assert answer.headers["content-length"] == "600000"
        for piece in answer.iter_bytes():
            got += piece
    assert len(got) == 400_000
    rest = get(url, Range="bytes=400000-")
    assert got + rest.content == get(url).content
    assert told(emulator)["bytesSent"] == 400_000 + 200_000 + 600_000


def test_faults_fire_for_their_call_and_as_often_as_they_should(emulator: Any) -> None:
    one, other = addresses(emulator)[:2]
    fault(emulator, "status", call_id=one["id"], status=503, times=2)
    assert get(other["audioUrl"]).status_code == 200
    assert [get(one["audioUrl"]).status_code for _ in range(3)] == [503, 503, 200]
    fault(emulator, "expired")
    assert [get(one["audioUrl"]).status_code for _ in range(2)] == [403, 200]
    fault(emulator, "type", content_type="text/html")
    assert get(one["audioUrl"]).headers["content-type"] == "text/html"
    fault(emulator, "short", after_bytes=7)
    assert len(get(one["audioUrl"]).content) == 7


def test_another_object_under_the_address_has_another_tag(emulator: Any) -> None:
    url = addresses(emulator)[0]["audioUrl"]
    before = get(url)
    fault(emulator, "changed")
    after = get(url, Range="bytes=5-", If_Range=before.headers["etag"])
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert after.content != before.content


def test_a_reset_forgets_sizes_faults_and_log(emulator: Any) -> None:
    emulator.control("PUT", "/media", {"bytes": 5})
    fault(emulator, "expired", times=None)
    get(addresses(emulator)[0]["audioUrl"])
    emulator.control("POST", "/reset")
    assert told(emulator) == {"bytes": 100_000, "calls": {}, "bytesSent": 0, "requests": []}
    assert get(addresses(emulator)[0]["audioUrl"]).status_code == 200
