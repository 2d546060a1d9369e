"""What a look into the drop folder finds, claims and leaves."""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recordings_support import NEXT, RUN, Box, KilledError, LocalBox, ObjectBox, ObjectStore

from gong_airflow.errors import GongConfigurationError
from include.recordings import DropFolder, drop_folder
from include.recordings.listing import candidates
from include.storage import Entry, Storage

OLD = "manual__2026-11-19"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the wall clock."""
    time = [1_800_000_000.0]
    monkeypatch.setattr(drop_folder, "wall_clock", lambda: time[0])

    def advance(seconds: float) -> None:
        time[0] += seconds

    return advance


def labels(found: Any) -> list[str]:
    return [recording["label"] for recording in found.recordings]


def look(box: Box, run_id: str = RUN, match: str = "*", limit: int = 100, **options: Any) -> Any:
    folder = box.folder(**{"settle_seconds": 30, **options})
    return folder.find(run_id=run_id, match=match, limit=limit, is_over=lambda run_id: False)


def test_nothing_there(box: Box) -> None:
    found = box.find()
    assert (found.recordings, found.unsettled, found.held, found.left, found.repeated) == ([], 0, 0, 0, 0)
    if isinstance(box, LocalBox):
        assert box.path("incoming").is_dir()


def test_pairs(box: Box) -> None:
    box.drop("a", b"12345")
    box.drop("sub/sub/a", b"1")
    box.put("incoming/B.WAV", b"123")
    box.put("incoming/B.Json", b"{}")
    box.put("incoming/c.mp3", b"1")
    box.put("incoming/c.mp3.json", b"{}")
    box.put("incoming/only-media.flac", b"1")
    box.put("incoming/only-json.json", b"{}")
    found = {recording["label"]: recording for recording in box.find().recordings}
    assert set(found) == {"a", "sub/sub/a", "B", "c", "only-media", "only-json"}
    assert found["a"]["size"] == 5
    assert found["only-json"]["size"] == 0
    names = {
        name: (files.media_names, files.metadata_name)
        for name, recording in found.items()
        for files in [box.folder().files(recording, RUN)]
    }
    assert names["B"] == (["B.WAV"], "B.Json")
    assert names["c"] == (["c.mp3"], "c.mp3.json")
    assert names["only-media"] == (["only-media.flac"], None)
    assert names["only-json"] == ([], "only-json.json")


def test_one_json_too_many_is_a_recording_of_its_own(box: Box) -> None:
    box.drop("a")
    box.put("incoming/a.wav.json", b"[]")
    a, other = sorted(box.find().recordings, key=lambda recording: recording["size"], reverse=True)
    assert box.folder().files(a, RUN).metadata_name == "a.json"
    assert box.folder().files(other, RUN).metadata_name == "a.wav.json"
    assert box.folder().files(other, RUN).media_names == []


def test_dots_in_names(box: Box) -> None:
    box.put("incoming/call.1.wav", b"1")
    box.put("incoming/call.1.json", b"{}")
    box.put("incoming/b.wav.mp3", b"1")
    box.put("incoming/b.wav.json", b"{}")
    assert sorted(labels(box.find())) == ["b.wav", "call.1"]


@pytest.mark.parametrize(
    "name",
    [
        ".a.wav", ".hidden/a.wav", "a.wav.part", "a.wav.tmp", "a.wav.CRDOWNLOAD", "a.wav.filepart",
        "Thumbs.db", "desktop.ini", ".DS_Store", "a.done", "a.wav.done", "a.txt", "a", "README.md",
    ],
)  # fmt: skip
def test_what_is_no_recording(box: Box, name: str) -> None:
    box.put(f"incoming/{name}", b"")
    assert box.find().recordings == []
    assert list(box.own()) == [f"incoming/{name}"]


def test_links_are_left(local_box: LocalBox) -> None:
    local_box.put("elsewhere.wav", b"1")
    local_box.put("incoming/b.wav", b"1")
    local_box.path("incoming/a.wav").symlink_to(local_box.path("elsewhere.wav"))
    assert labels(local_box.find()) == ["b"]


def test_a_folder_that_may_not_be_read_is_not_empty(
    local_box: LocalBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_box.drop("sub/a")
    real = drop_folder.Storage.entries.__globals__["os"].scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("/sub"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    with pytest.raises(PermissionError):
        local_box.find()


def test_two_spellings_of_an_accent_are_one_name(box: Box) -> None:
    box.put(f"incoming/{unicodedata.normalize('NFC', 'é')}.wav", b"1")
    box.put(f"incoming/{unicodedata.normalize('NFD', 'é')}.json", b"{}")
    (recording,) = box.find(match=unicodedata.normalize("NFD", "é")).recordings
    files = box.folder().files(recording, RUN)
    assert files.metadata_name
    assert files.read_metadata() == b"{}"
    assert recording["label"] == "é"


def test_a_reference_tells_no_name(box: Box) -> None:
    box.drop("ann@example.com +14155550123")
    (recording,) = box.find().recordings
    assert set(recording) == {"id", "label", "size"}
    assert recording["label"] == "<e-mail> <phone>"
    assert len(recording["id"]) == 16


def test_the_id_goes_by_names_sizes_and_times(box: Box) -> None:
    def current() -> str:
        (recording,) = box.find(OLD).recordings
        return str(recording["id"])

    box.drop("a", b"1", time=1_700_000_000)
    ids = [current()]
    assert current() == ids[0]
    box.put("incoming/a.wav", b"2", time=1_700_000_001)
    ids.append(current())
    box.put("incoming/a.wav", b"22", time=1_700_000_001)
    ids.append(current())
    box.move("incoming/a.wav", "incoming/a.mp3")
    ids.append(current())
    assert len(set(ids)) == 4


def test_settled_by_two_looks(box: Box, clock: Callable[[float], None]) -> None:
    box.drop("a", time=1_700_000_000)
    box.drop("b", time=1_700_000_001)
    assert (look(box).unsettled, look(box).recordings) == (2, [])
    clock(29.9)
    assert (look(box).unsettled, look(box).recordings) == (2, [])
    box.put("incoming/b.wav", b"grown")
    clock(0.1)
    found = look(box)
    assert (labels(found), found.unsettled) == (["a"], 1)
    clock(29)
    assert look(box, NEXT).unsettled == 1
    clock(1)
    assert labels(look(box, NEXT)) == ["b"]


def test_a_file_that_comes_later_starts_the_time_again(box: Box, clock: Callable[[float], None]) -> None:
    box.put("incoming/a.wav", b"1")
    look(box)
    clock(20)
    box.put("incoming/a.json", b"{}")
    look(box)
    clock(20)
    assert look(box).unsettled == 1
    clock(10)
    (recording,) = look(box).recordings
    assert box.folder().files(recording, RUN).metadata_name == "a.json"


@pytest.mark.parametrize("transfer", ["a.wav.part", "a.tmp", ".a.wav.x7Kq2p", "a.WAV.filepart"])
def test_a_transfer_that_goes_on_is_waited_for(
    box: Box, clock: Callable[[float], None], transfer: str
) -> None:
    box.put("incoming/a.json", b"{}")
    for size in (1, 2, 3):
        box.put(f"incoming/{transfer}", b"x" * size)
        assert look(box).unsettled == 1
        clock(40)
    look(box)
    assert labels(look(box)) == ["a"], "a transfer that was given up holds nothing up for ever"


def test_a_narrow_look_keeps_what_the_wide_one_saw(box: Box, clock: Callable[[float], None]) -> None:
    box.drop("a")
    box.drop("b")
    assert look(box).unsettled == 2
    clock(20)
    assert look(box, match="b").unsettled == 1
    clock(10)
    assert labels(look(box, match="a")) == ["a"]


def test_a_clock_that_is_set_back(box: Box, clock: Callable[[float], None]) -> None:
    box.drop("a")
    look(box)
    clock(-100_000)
    assert look(box).unsettled == 1
    clock(30)
    assert labels(look(box)) == ["a"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a": "b"}', b"\xff"])
def test_an_unreadable_look(box: Box, clock: Callable[[float], None], content: bytes) -> None:
    box.drop("a")
    box.put(".looks-incoming.json", content)
    assert look(box).unsettled == 1
    clock(30)
    assert labels(look(box)) == ["a"]


def test_a_look_that_sees_nothing_new_writes_nothing(
    box: Box, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    box.drop("a")
    look(box)
    monkeypatch.setattr(Storage, "put", None)
    assert look(box).unsettled == 1


def test_markers(box: Box, clock: Callable[[float], None]) -> None:
    for name in ("a", "b", "c", "d"):
        box.drop(name)
    box.put("incoming/a.done")
    box.put("incoming/b.wav.done")
    box.put("incoming/c.json.done", b"not empty")
    box.put("incoming/e.done")
    found = look(box, marker=".done")
    assert (sorted(labels(found)), found.unsettled) == (["a", "b", "c"], 1)
    assert box.folder(marker=".done").settle_seconds == 0
    clock(1000)
    assert look(box, NEXT, marker=".done").unsettled == 1


def test_a_json_as_the_marker_is_not_thrown_away(box: Box) -> None:
    box.drop("a", b"1", '{"a": 1}')
    box.put("incoming/b.wav", b"1")
    folder = box.folder(marker=".json")
    (recording,) = folder.find(run_id=RUN, match="", limit=9, is_over=lambda run_id: False).recordings
    folder.file(recording, RUN, "1")
    assert box.own() == {
        "done/1/recording.wav": b"1", "done/1/metadata.json": b'{"a": 1}', "incoming/b.wav": b"1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("", ["B", "a", "sub/a"]),
        ("*", ["B", "a", "sub/a"]),
        ("a", ["a"]),
        ("sub/*", ["sub/a"]),
        ("*.mp3", ["B"]),
        ("a.wav", ["a", "sub/a"]),
        ("b", []),
        ("[aB]", ["B", "a"]),
    ],
)
def test_match(box: Box, match: str, expected: list[str]) -> None:
    box.drop("a")
    box.drop("sub/a")
    box.put("incoming/B.mp3", b"1")
    assert sorted(labels(box.find(match=match))) == expected


def test_the_oldest_first_and_a_limit(box: Box) -> None:
    for name, time in (("new", 3), ("old", 1), ("same-b", 2), ("same-a", 2)):
        box.drop(name, time=1_700_000_000 + time)
    found = box.find(limit=3)
    assert labels(found) == ["old", "same-a", "same-b"]
    assert found.left == 1
    assert box.find(limit=3) == found, "the same again"
    found = box.folder().find(run_id=NEXT, match="*", limit=3, is_over=lambda run_id: False)
    assert (labels(found), found.held, found.left) == (["new"], 3, 0)


def test_the_next_run_leaves_alone_what_another_is_at_work_on(box: Box) -> None:
    box.drop("a")
    box.drop("b")
    box.find()
    asked: list[str] = []

    def is_over(run_id: str) -> bool:
        asked.append(run_id)
        return False

    box.drop("c")
    found = box.find(NEXT, is_over=is_over)
    assert (labels(found), found.held) == (["c"], 2)
    assert asked == [RUN]
    assert box.find(NEXT, is_over=is_over, match="a").held == 1


def test_a_claim_passes_on_when_its_run_is_over(box: Box) -> None:
    box.drop("a")
    recording = box.one()
    box.folder().note(recording, RUN, call_id="123", posted=True)
    claimed_at = json.loads(box.tree()[f".claims/{recording['id']}.json"])["claimed_at"]
    assert box.one(NEXT) == recording
    assert box.folder().facts(recording, NEXT) == {"call_id": "123", "posted": True}
    box.folder().note(recording, NEXT, posted=False)
    box.folder().file(recording, NEXT, "123")
    receipt = box.receipt(recording)
    assert (receipt["run_id"], receipt["claimed_at"], receipt["posted"]) == (NEXT, claimed_at, False)


def test_a_claim_that_was_given_back(box: Box) -> None:
    box.drop("a")
    recording = box.one()
    box.folder().release(recording, RUN)
    box.folder().release(recording, RUN)
    assert not box.claims()
    found = box.find(NEXT, is_over=lambda run_id: False)
    assert found.recordings == [recording]


def test_the_same_run_looks_again(box: Box) -> None:
    box.drop("a", time=1_700_000_000)
    box.drop("b", time=1_700_000_001)
    first = box.find(limit=1)
    box.drop("oldest", time=1_600_000_000)
    assert box.find(limit=1).recordings == first.recordings
    assert sorted(labels(box.find(limit=2))) == ["a", "oldest"]


def test_killed_while_it_claims(box: Box) -> None:
    for name in ("a", "b", "c"):
        box.drop(name)
    for countdown in itertools.count():
        try:
            with box.killed(countdown):
                box.find()
            break
        except KilledError:
            continue
    assert countdown > 0
    assert len(box.find().recordings) == 3
    assert len(box.claims()) == 3


def test_files_of_a_recording_at_work_are_not_claimed_with_a_new_one(box: Box) -> None:
    box.put("incoming/a.wav", b"1")
    recording = box.one()
    box.put("incoming/a.json", b"{}")
    found = box.find(NEXT, is_over=lambda run_id: False)
    assert (found.recordings, found.held) == ([], 1)
    box.folder().reject(recording, RUN, ["no JSON"])
    found = box.find(NEXT, is_over=lambda run_id: False)
    assert [recording["size"] for recording in found.recordings] == [0]


def test_a_claim_on_files_that_have_changed_is_dropped(box: Box) -> None:
    box.drop("a", b"1")
    recording = box.one()
    box.put("incoming/a.wav", b"22")
    again = box.one(NEXT)
    assert (again["id"] != recording["id"], again["size"]) == (True, 2)
    assert box.claims() == [f".claims/{again['id']}.json"]
    box.remove("incoming/a.wav")
    box.remove("incoming/a.json")
    assert box.find(RUN).recordings == []
    assert not box.claims()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'{"metadata": null}', b"\xff"])
def test_an_unreadable_claim_counts_as_none(
    box: Box, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    box.drop("a")
    recording = box.one()
    box.put(f".claims/{recording['id']}.json", content)
    assert box.one(NEXT) == recording
    assert recording["id"] in caplog.text
    box.folder().reject(recording, NEXT, ["no"])
    assert not box.claims()


def test_what_else_lies_among_the_claims(box: Box) -> None:
    box.put(".claims/README.txt", b"x")
    box.put(".claims/.0123456789abcdef.json.part", b"x")
    box.put(".claims/0123.json", b"x")
    box.drop("a")
    assert labels(box.find()) == ["a"]


def test_what_was_filed_before_is_left_where_it_is(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    """Say, by an `rsync` that copies all recordings every time, with their times."""
    caplog.set_level("INFO")
    box.drop("a", time=1_700_000_000)
    box.folder().file(box.one(), RUN, "1")
    box.drop("a", time=1_700_000_000)
    box.drop("b", time=1_700_000_001)
    found = box.find(NEXT, limit=1)
    assert (labels(found), found.repeated, found.left) == (["b"], 1, 0)
    assert "1 recordings were filed before" in caplog.text
    box.put("incoming/a.wav", b"media", time=1_700_000_009)
    assert sorted(labels(box.find(NEXT))) == ["a", "b"]


def test_two_looks_at_once(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second claims all between the first one's listing and its claims."""
    for name in ("a", "b"):
        box.drop(name)
    real, inner = Storage.entries, []

    def entries(self: Storage, folder: str) -> list[Entry]:
        listed = real(self, folder)
        if not inner:
            inner.append(True)
            inner.append(box.find(NEXT))
        return listed

    monkeypatch.setattr(Storage, "entries", entries)
    found = box.find(RUN, is_over=lambda run_id: False)
    assert len(inner[1].recordings) == 2
    assert (found.recordings, found.held) == ([], 2)


def test_two_drop_folders_side_by_side(box: Box) -> None:
    other = type(box)(box.url.replace("/incoming", "/second"))
    box.drop("a", b"1")
    other.put("second/a.wav", b"22")
    assert [recording["size"] for recording in box.find().recordings] == [1]
    (second,) = other.find(NEXT).recordings
    assert second["size"] == 2
    assert [recording["size"] for recording in box.find(NEXT).recordings] == [1]


def test_no_folder_around_the_drop_folder() -> None:
    for url in ("objects:///", "file:///"):
        with pytest.raises(GongConfigurationError, match="GONG_RECORDINGS_URL"):
            DropFolder(url).find(run_id=RUN, match="", limit=1, is_over=lambda run_id: True)


def test_times_as_file_systems_tell_them() -> None:
    from datetime import datetime, timezone

    from include.storage import _entry

    time = datetime(2026, 11, 20, 14, 30, tzinfo=timezone.utc)
    infos = [
        {"mtime": time.timestamp()},
        {"LastModified": time, "ETag": '"x"'},
        {"last_modified": time.replace(tzinfo=None)},
        {"updated": "2026-11-20T14:30:00.000Z"},
        {"modified": "2026-11-20T15:30:00+01:00"},
        {"mtime": None, "created": time.timestamp()},
    ]
    assert {_entry("a", {"size": 1, **info}).time for info in infos} == {time.timestamp()}
    assert _entry("a", {"size": None}) == Entry("a", 0, 0, "")
    assert _entry("a", {"modify": "20261120", "ETag": "x"}) == Entry("a", 0, 0, "x")
    assert _entry("a", {"modified": "Fri, 20 Nov"}) == Entry("a", 0, 0, "Fri, 20 Nov")


def test_candidates_without_files() -> None:
    assert candidates([], "incoming", "") == []


def test_a_store_is_read_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    ObjectStore.store.clear()
    box = ObjectBox("objects://bucket/incoming")
    for number in range(20):
        box.drop(str(number))
    threads = set()
    real = ObjectStore.cat_file

    def cat_file(self: Any, path: str, **kwargs: Any) -> bytes:
        threads.add(threading.get_ident())
        return bytes(real(self, path, **kwargs))

    monkeypatch.setattr(ObjectStore, "cat_file", cat_file)
    assert len(box.find().recordings) == 20
    assert len(box.find(NEXT).recordings) == 20
    assert threads
    assert threading.get_ident() not in threads
    ObjectStore.store.clear()


def test_local_paths_as_they_are(tmp_path: Path) -> None:
    for url in (str(tmp_path / "a b#c" / "in"), f"file://{tmp_path}/d%20e?/in/"):
        folder = DropFolder(url, settle_seconds=0)
        folder.find(run_id=RUN, match="", limit=1, is_over=lambda run_id: True)
    assert (tmp_path / "a b#c" / "in").is_dir()
    assert (tmp_path / "d%20e?" / "in").is_dir()


def test_the_schema_that_editors_read_is_no_recording(box: Box) -> None:
    box.put("incoming/recording.schema.json", b"{}")
    assert labels(box.find()) == []
