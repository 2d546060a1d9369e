"""Old media leave the landing zone with their receipts; interrupted downloads too."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from retention_support import DAY, NOW, Killed, Place, kill_after, limits

from include.media import LandedMedia
from include.retention.media import remove_media

FACTS = {"size": 6, "content_type": "audio/mpeg", "extension": "mp3", "etag": '"e"'}
LIMIT = datetime.fromisoformat("2026-11-12T00:00:00+00:00")
NOTHING = {"files": 0, "bytes": 0}


class Media:
    """Downloads media as `gong_media` does."""

    def __init__(self, place: Place) -> None:
        self.place, self.folder = place, LandedMedia(place.url)

    def keep(self, call_id: str, started: str, *, kind: str = "audio", loaded: bool = True) -> None:
        given = {"call_id": call_id, "kind": kind, "content_type": "audio/mpeg", "run_id": "r"}
        with self.folder.open(call_id, kind) as part:
            part.restart(FACTS)
            part.append(b"sound!")
            part.keep("mp3" if kind == "audio" else "mp4", {**given, "started": started})
        if loaded:
            self.folder.forget_new(list(self.folder.new_receipts()))

    def begin(self, call_id: str, *, at: datetime) -> list[Path]:
        """A download that is interrupted: its beginning, and the note beside it."""
        before = set(self.parts())
        with self.folder.open(call_id, "video") as part:
            part.restart(FACTS)
            part.append(b"sou")
        left = sorted(set(self.parts()) - before)
        assert len(left) == 2
        for path in left:
            os.utime(path, (at.timestamp(), at.timestamp()))
        return left

    def parts(self) -> list[Path]:
        root = Path(self.place.storage.base if self.place.local else os.environ["GONG_MEDIA_TEMP_DIR"])
        return sorted(root.rglob("*.part*"))


@pytest.fixture
def media(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Media:
    monkeypatch.setenv("GONG_MEDIA_TEMP_DIR", str(tmp_path / "parts"))
    return Media(place)


def remove(media: Media, days: float | None = 10, *, count_only: bool = False) -> dict[str, Any]:
    return remove_media(limits(1000, days), count_only=count_only, url=media.place.url)


def test_media_are_as_old_as_their_calls(media: Media) -> None:
    media.keep("1", "2026-11-11T16:59:59-07:00")
    media.keep("2", "2026-11-12T00:59:59+01:00")
    media.keep("3", "2026-11-11T17:00:00-07:00", kind="video")
    counted = remove(media, count_only=True)
    assert len(media.place.files()) == 6
    assert remove(media) == counted
    assert counted["files"] == 4
    assert media.place.files() == ["media/3/video.json", "media/3/video.mp4"]
    assert "media/1" not in media.place.folders()
    assert media.folder.done([("1", "audio"), ("3", "video")]) == {("3", "video")}
    assert remove(media) == NOTHING


def test_of_one_call_all_that_there_is_goes_also_what_no_table_knows_yet(media: Media) -> None:
    media.keep("1", "2026-11-01T00:00:00Z", loaded=False)
    media.keep("1", "2026-11-01T00:00:00Z", kind="video", loaded=False)
    media.keep("2", "2026-11-20T00:00:00Z", loaded=False)
    assert remove(media)["files"] == 6
    assert media.place.files() == ["media/.new/2.audio.json", "media/2/audio.json", "media/2/audio.mp3"]
    assert list(media.folder.new_receipts()) == ["media/.new/2.audio.json"]


def test_nothing_goes_without_a_limit(media: Media) -> None:
    media.keep("1", "2020-01-01T00:00:00Z")
    assert remove(media, None) == NOTHING
    assert len(media.place.files()) == 2


def test_the_beginnings_of_downloads_go_when_nobody_went_on_with_them(media: Media) -> None:
    old = media.begin("1", at=LIMIT - timedelta(minutes=1))
    new = media.begin("2", at=LIMIT + timedelta(minutes=1))
    size = sum(path.stat().st_size for path in old)
    assert remove(media, count_only=True) == {"files": 2, "bytes": size}
    assert media.parts() == sorted([*old, *new])
    assert remove(media) == {"files": 2, "bytes": size}
    assert media.parts() == new


def test_without_a_readable_receipt_the_file_counts(media: Media) -> None:
    media.place.put("media/1/audio.mp3", at=LIMIT - DAY)
    media.place.put("media/2/audio.mp3", at=LIMIT + DAY)
    media.place.put("media/3/audio.json", b"{", at=LIMIT - DAY)
    media.place.put("media/4/audio.json", b'{"started": "soon"}', at=LIMIT + DAY)
    media.place.put("media/5/audio.json", json.dumps({"downloaded_at": "2026-11-01"}).encode(), at=NOW)
    remove(media)
    assert media.place.files() == ["media/2/audio.mp3", "media/4/audio.json"]


def test_killed_at_any_file_a_repeat_ends_it(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    media.keep("2", "2026-11-02T00:00:00Z")
    media.keep("3", "2026-11-20T00:00:00Z")
    media.keep("1", "2026-11-01T00:00:00Z", loaded=False)
    # Were a file left without its receipt, nobody could tell how old it is: here all are of today.
    for kills in range(4):
        with monkeypatch.context() as patch:
            kill_after(patch, 1)
            with pytest.raises(Killed):
                remove(media)
        assert len(media.place.files()) == 6 - kills
    assert remove(media)["files"] == 1
    assert media.place.files() == ["media/3/audio.json", "media/3/audio.mp3"]
