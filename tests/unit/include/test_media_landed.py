"""Media in the landing zone: partial files, the move, receipts; a folder and an object store."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from gong_airflow.media.errors import MediaError, MediaInUseError
from include import settings
from include.media import LandedMedia
from include.media.loading import load_new
from include.warehouse import Warehouse

FACTS = {"size": 6, "content_type": "audio/mpeg", "extension": "mp3", "etag": '"e"'}
GIVEN = {
    "call_id": "7",
    "kind": "audio",
    "content_type": "audio/mpeg",
    "started": "2026-11-20T02:00:00-07:00",
    "run_id": "run 1",
}


class Place:
    """A landing zone, its partial files, and what it holds."""

    def __init__(self, url: str, parts: Path) -> None:
        self.url, self.parts = url, parts

    @property
    def folder(self) -> LandedMedia:
        """As each task has it: new."""
        return LandedMedia(self.url)

    def read(self, path: str) -> bytes | None:
        return self.folder._storage.read(path)

    def keep(self, content: bytes = b"sound!", call_id: str = "7") -> dict[str, Any]:
        with self.folder.open(call_id, "audio") as part:
            part.restart({**FACTS, "size": len(content)})
            part.append(content)
            return part.keep("mp3", GIVEN | {"call_id": call_id})

    def left(self) -> list[str]:
        """Names of partial files and their notes."""
        return sorted(path.name for path in self.parts.rglob("*") if ".part" in path.name)


@pytest.fixture(params=["local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("GONG_MEDIA_TEMP_DIR", str(tmp_path / "parts"))
    if request.param == "local":
        return Place((tmp_path / "a landing zone").as_uri().replace("%20", " "), tmp_path / "a landing zone")
    return Place(f"memory://{uuid.uuid4().hex}/landing", tmp_path / "parts")


class Killed(BaseException):
    """Stands for kill -9."""


def test_a_whole_file_is_in_its_place_with_its_receipt(place: Place) -> None:
    receipt = place.keep()
    assert place.read("media/7/audio.mp3") == b"sound!"
    assert json.loads(place.read("media/7/audio.json") or b"") == receipt
    assert receipt | {"downloaded_at": ""} == {
        **GIVEN,
        "path": "media/7/audio.mp3",
        "bytes": 6,
        "sha256": hashlib.sha256(b"sound!").hexdigest(),
        "downloaded_at": "",
    }
    assert place.left() == []


def test_done_is_what_has_a_receipt(place: Place) -> None:
    place.keep()
    keys = [("7", "audio"), ("7", "video"), ("8", "audio")]
    assert place.folder.done(keys) == {("7", "audio")}
    assert place.folder.done([]) == set()


def test_what_has_arrived_outlives_the_process_with_its_facts(place: Place) -> None:
    with pytest.raises(Killed), place.folder.open("7", "audio") as part:
        assert (part.size, part.facts) == (0, {})
        part.restart(FACTS)
        part.append(b"sou")
        # Before anything is closed.
        assert next(path for path in place.parts.rglob("*.part")).read_bytes() == b"sou"
        raise Killed
    with place.folder.open("7", "audio") as part:
        assert (part.size, part.facts) == (3, FACTS)
        part.append(b"nd!")
        assert part.keep("mp3", GIVEN)["sha256"] == hashlib.sha256(b"sound!").hexdigest()


def test_bytes_never_meet_the_facts_of_another_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.media import partial

    def killed(*_: Any) -> None:
        raise Killed

    with place.folder.open("7", "audio") as part:
        part.restart(FACTS)
        part.append(b"sou")
    monkeypatch.setattr(partial.files, "put_file", killed)
    with pytest.raises(Killed), place.folder.open("7", "audio") as part:
        part.restart({**FACTS, "etag": '"other"'})
    with place.folder.open("7", "audio") as part:
        assert (part.size, part.facts["etag"]) == (0, '"e"')


@pytest.mark.parametrize("step", ["_move", "_publish"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_it_is_kept_it_is_not_fetched_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    original = getattr(LandedMedia, step)

    def killing(*args: Any) -> None:
        if when == "after":
            original(*args)
        raise Killed

    monkeypatch.setattr(LandedMedia, step, killing)
    with pytest.raises(Killed):
        place.keep()
    monkeypatch.undo()
    monkeypatch.setenv("GONG_MEDIA_TEMP_DIR", str(place.parts))
    with place.folder.open("7", "audio") as part:
        if not part.recover():
            assert (step, when, part.size) == ("_move", "before", 6)
            part.keep("mp3", GIVEN)
    assert place.folder.done([("7", "audio")])
    assert place.read("media/7/audio.mp3") == b"sound!"
    assert len(place.folder.new_receipts()) == 1
    assert place.left() == []


def test_one_process_at_a_time_has_a_file(place: Place) -> None:
    with place.folder.open("7", "audio") as part:
        part.restart(FACTS)
        with pytest.raises(MediaInUseError), place.folder.open("7", "audio"):
            pass
        with place.folder.open("7", "video"):
            pass
    with place.folder.open("7", "audio"):
        pass


def test_nothing_is_left_of_a_file_that_never_began(place: Place) -> None:
    with place.folder.open("7", "audio"):
        pass
    assert place.left() == []


@pytest.mark.parametrize("call_id", ["../7", "a/b", "", ".", "..", "x" * 65, "7\n"])
def test_an_id_that_is_no_name_makes_no_path(place: Place, call_id: str) -> None:
    with pytest.raises(MediaError) as error, place.folder.open(call_id, "audio"):
        pass
    assert not call_id or call_id not in str(error.value) or call_id == "."


def test_receipts_are_loaded_once_and_again_when_the_load_has_died(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path / "data"))
    place.keep()
    place.keep(b"another", call_id="8")
    monkeypatch.setattr(LandedMedia, "forget_new", lambda *_: None)
    assert load_new(place.folder) == {"receipts": 2, "set_aside": 0, "rows": {"call_media": 2}}
    monkeypatch.undo()
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path / "data"))
    assert load_new(place.folder) == {"receipts": 2, "set_aside": 0, "rows": {}}
    assert load_new(place.folder) == {"receipts": 0, "set_aside": 0, "rows": {}}
    assert Warehouse().counts()["call_media"] == 2
    assert place.folder.done([("7", "audio"), ("8", "audio")]) == {("7", "audio"), ("8", "audio")}


def test_a_row_is_what_the_receipt_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
    receipt = {
        **GIVEN,
        "call_id": "18446744073709551615",
        "path": "media/18446744073709551615/audio.mp3",
        "bytes": 500_000_000_000,
        "sha256": "ab" * 32,
        "downloaded_at": "2026-11-21T02:00:00Z",
    }
    later = {**receipt, "downloaded_at": "2026-11-22T02:00:00Z", "bytes": 1}
    assert Warehouse().load_call_media([later, receipt, {"kind": "audio"}])["set_aside"] == 1
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        cursor = connection.execute("SELECT * EXCLUDE (_synced_at) FROM gong.call_media")
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone() or (), strict=True))
    assert f"{row.pop('started'):%Y-%m-%d %H:%M}" == "2026-11-20 09:00"
    assert f"{row.pop('downloaded_at'):%Y-%m-%d}" == "2026-11-22"
    assert row == {
        name: later[name] for name in ("call_id", "kind", "path", "bytes", "content_type", "sha256", "run_id")
    }


def test_settings_of_media(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert settings.media_kinds() == []
    monkeypatch.setenv("GONG_MEDIA", "audio, video")
    assert settings.media_kinds() == ["audio", "video"]
    monkeypatch.setenv("GONG_MEDIA", "sound")
    with pytest.raises(settings.SettingError, match="GONG_MEDIA='sound'"):
        settings.media_kinds()
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
    assert settings.media_temp_dir() == tmp_path.resolve() / "media-parts"
