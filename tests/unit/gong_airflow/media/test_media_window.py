"""A window of calls becomes files and receipts: each once, whatever happens in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gong_airflow.errors import GongCursorError, GongInputError
from gong_airflow.media.download import Downloader
from gong_airflow.media.errors import MediaInUseError, MediaMissingError, MediaUnreachableError
from gong_airflow.media.session import media_session
from gong_airflow.media.window import BODY

EXTENSIVE = "/v2/calls/extensive"


class Killed(BaseException):
    """Stands for kill -9: nothing that handles errors sees it."""


def test_files_and_receipts_are_what_gong_offers(media: Any) -> None:
    public = {call_id for call_id, private in media.offered().items() if not private}
    counts = media.read()
    files = media.files()
    assert {name.split("/")[0] for name in files} == public
    assert len(public) > 5
    assert counts["files"] == len(public)
    assert counts["bytes"] == media.told()["bytesSent"] == 300_000 * len(public)
    receipt, path = media.receipts()[0], next(iter(files.values()))
    assert receipt | {"started": "", "downloaded_at": ""} == {
        "call_id": path.parent.name,
        "kind": "audio",
        "path": f"media/{path.parent.name}/audio.mp3",
        "bytes": 300_000,
        "content_type": "audio/mpeg",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "started": "",
        "downloaded_at": "",
        "run_id": "run 1",
    }
    call = next(call for call in media.emulator.calls() if call["id"] == receipt["call_id"])
    assert receipt["started"][:4] == call["started"][:4]
    assert media.store.cleared


def test_nothing_but_media_is_asked_for(media: Any) -> None:
    media.read()
    [body] = media.asked()
    assert body == {
        "filter": {"fromDateTime": media.window["from"], "toDateTime": media.window["to"]},
        "contentSelector": {"exposedFields": {"media": True}},
    }


def test_a_second_run_asks_gong_once_and_the_storage_never(media: Any, again: Callable[[], None]) -> None:
    first = media.read("audio", "video")
    times = {name: path.stat().st_mtime_ns for name, path in media.files().items()}
    before = len(media.downloads())
    media.emulator.control("DELETE", "requests")
    again()
    counts = media.read("audio", "video")
    assert (counts["files"], counts["present"]) == (0, first["files"])
    assert len(media.downloads()) == before
    assert len(media.emulator.requests()) == 1
    assert {name: path.stat().st_mtime_ns for name, path in media.files().items()} == times


def test_calls_without_a_kind_are_counted_and_left(media: Any) -> None:
    offered = media.offered("videoUrl")
    with_video = {call_id for call_id, private in offered.items() if not private}
    counts = media.read("video")
    assert {name for name in media.files()} == {f"{call_id}/video.mp4" for call_id in with_video}
    assert counts["without"] == counts["calls"] - counts["private"] - len(with_video) > 0


def test_private_calls_are_left_out_unless_asked_for(media: Any, again: Callable[[], None]) -> None:
    secret = next(iter(media.offered()))
    media.emulator.control("PATCH", f"calls/{secret}", {"isPrivate": True})
    assert media.read()["private"] >= 1
    assert f"{secret}/audio.mp3" not in media.files()
    again()
    assert media.read(include_private=True)["private"] == 0
    assert f"{secret}/audio.mp3" in media.files()


def test_page_after_page_with_its_cursor(media: Any) -> None:
    media.two_pages()
    started = [call["started"] for call in media.emulator.calls() if not call["isPrivate"]]
    public = sum(time[:19] >= media.window["from"][:19] for time in started)
    counts = media.read()
    assert counts["files"] + counts["without"] == public > 20
    first, second = [body.get("cursor") for body in media.asked()]
    assert (first, bool(second)) == (None, True)
    assert "http" not in str(media.store.states)


@pytest.mark.parametrize(
    ("where", "after"),
    [("request", 0), ("request", 1), ("file", 22), ("state", 0)],
)
def test_a_crash_anywhere_repeats_one_request_and_no_file(
    media: Any, monkeypatch: pytest.MonkeyPatch, after: int, where: str
) -> None:
    """Killed after the n-th request, file or kept state; the next try goes on."""
    media.two_pages()
    target, name = {
        "request": (media.reading.hook, "call"),
        "file": (media.folder, "_publish"),
        "state": (media.store, "save"),
    }[where]
    original, seen = getattr(target, name), []

    def killing(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        seen.append(name)
        if len(seen) == after + 1:
            raise Killed
        return result

    monkeypatch.setattr(target, name, killing)
    for _ in range(2):
        try:
            media.read()
            break
        except Killed:
            pass
    paths = [path for path, _ in media.downloads()]
    assert len(paths) == len(set(paths)) == len(media.receipts())
    assert len(media.asked()) <= 3


def test_a_dead_cursor_begins_the_window_again_and_no_file(media: Any) -> None:
    media.two_pages()
    media.emulator.fault("expire_cursor", path=EXTENSIVE, times=1)
    counts = media.read()
    assert counts["present"] > 10
    paths = [path for path, _ in media.downloads()]
    assert len(paths) == len(set(paths)) == len(media.receipts())
    assert [bool(body.get("cursor")) for body in media.asked()] == [False, True, False, True]


def test_a_window_of_cursors_that_die_at_once_gives_up(media: Any) -> None:
    media.two_pages()
    media.emulator.fault("expire_cursor", path=EXTENSIVE, times=None)
    with pytest.raises(GongCursorError):
        media.read(kinds=())
    assert len(media.asked()) == 2 * 4


def test_a_window_that_the_plan_found_empty_costs_nothing(media: Any) -> None:
    media.window["expected"] = 0
    assert media.read()["files"] == 0
    assert media.asked() == []


def test_a_refused_address_is_asked_for_again_with_those_of_the_rest(media: Any) -> None:
    offered = [call_id for call_id, private in media.offered().items() if not private]
    media.fault("expired", call_id=offered[2])
    media.read()
    assert len(media.files()) == len(offered)
    _page, renewed = media.asked()
    assert renewed == {"filter": {"callIds": offered[2:]}, **BODY}
    assert [status for _, status in media.downloads()].count(403) == 1


def test_an_address_that_has_grown_old_is_asked_for_again_unused(media: Any) -> None:
    """Half an hour before the storage would refuse it."""
    now = [0.0]

    class Slow(Downloader):
        def fetch(self, *args: Any) -> None:
            super().fetch(*args)
            now[0] += 4 * 3600

    media.read(downloader=Slow(media_session()), clock=lambda: now[0])
    assert len(media.asked()) > 5
    assert {status for _, status in media.downloads()} == {200}


def test_a_file_that_fails_holds_up_no_other_and_is_tried_alone_later(
    media: Any, caplog: pytest.LogCaptureFixture
) -> None:
    offered = [call_id for call_id, private in media.offered().items() if not private]
    bad = offered[1]
    media.fault("type", call_id=bad, content_type="text/html", times=2)
    with pytest.raises(MediaMissingError, match=r"^1 media files"):
        media.read()
    assert len(media.files()) == len(offered) - 1
    assert f"Call {bad}, audio: The storage sent text/html, not audio or video" in caplog.text
    for _ in range(2):
        media.emulator.control("DELETE", "requests")
        before = len(media.downloads())
        try:
            media.read()
        except MediaMissingError:
            assert f"{bad}/audio.mp3" not in media.files()
        assert [body["filter"] for body in media.asked()] == [{"callIds": [bad]}]
        assert len(media.downloads()) == before + 1
    assert f"{bad}/audio.mp3" in media.files()
    assert media.store.cleared


def test_what_gong_has_deleted_meanwhile_is_missed_no_longer(media: Any) -> None:
    bad = [call_id for call_id, private in media.offered().items() if not private][1]
    media.fault("type", call_id=bad, times=None)
    with pytest.raises(MediaMissingError):
        media.read()
    media.emulator.control("DELETE", f"calls/{bad}")
    media.read()
    assert media.store.cleared


@pytest.mark.parametrize(("fault", "tries"), [("status", 6), ("expired", 2)])
def test_a_storage_that_cannot_be_reached_stops_the_task_early(media: Any, fault: str, tries: int) -> None:
    media.fault(fault, times=None)
    with pytest.raises(MediaUnreachableError):
        media.read()
    assert len(media.downloads()) == 3 * tries
    assert len(media.asked()) <= 4


def test_a_file_that_another_process_has_is_left_to_it(media: Any) -> None:
    busy = next(call_id for call_id, private in media.offered().items() if not private)
    with media.folder.open(busy, "audio"), pytest.raises(MediaMissingError):
        media.read()
    assert f"{busy}/audio.mp3" not in media.files()
    with pytest.raises(MediaInUseError), media.folder.open(busy, "audio"), media.folder.open(busy, "audio"):
        pass
    media.read()
    assert f"{busy}/audio.mp3" in media.files()


def test_gongs_refusal_of_a_renewed_address_is_gongs(media: Any) -> None:
    media.fault("expired")
    media.emulator.fault("status", path=EXTENSIVE, skip=1, status=400, errors=["callIds: no"])
    with pytest.raises(GongInputError):
        media.read()


@contextmanager
def no_folder(call_id: str, kind: str) -> Iterator[None]:
    raise AssertionError
    yield


def test_no_kind_wanted_downloads_nothing(media: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media.folder, "open", no_folder)
    assert media.read(kinds=())["files"] == 0


def test_media_of_erased_calls_are_not_fetched(media: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    erased, *others = (call_id for call_id, private in media.offered().items() if not private)
    monkeypatch.setattr(media.folder, "admits", lambda call_id: call_id != erased)
    assert media.read()["files"] == len(others)
    assert all(erased not in path for path, _ in media.downloads())
    assert not (media.root / "media" / erased).exists()
