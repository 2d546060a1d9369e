"""`rejected` and `done`: each file is in one place, whatever was killed on the way."""

from __future__ import annotations

import errno
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from recordings_support import NEXT, RUN, Box, KilledError, LocalBox, ObjectBox

from gong_airflow.errors import GongInputError, GongTakenOverError
from include.recordings import DropFolder
from include.recordings.errors import RecordingGoneError

REJECTED = {"rejected/sub/a.wav": b"media" * 100, "rejected/sub/a.json": b'{"a": 1}'}
DONE = {"done/123/recording.wav": b"media" * 100, "done/123/metadata.json": b'{"a": 1}'}
Step = Callable[[DropFolder, dict[str, Any], str], None]


def drop(box: Box) -> dict[str, Any]:
    box.drop("sub/a", b"media" * 100, '{"a": 1}')
    return box.one()


def reject(folder: DropFolder, recording: dict[str, Any], run_id: str = RUN) -> None:
    folder.reject(recording, run_id, ["too short", "no\nspeech"])


def file(folder: DropFolder, recording: dict[str, Any], run_id: str = RUN) -> None:
    folder.file(recording, run_id, "123")


def reject_then_file(folder: DropFolder, recording: dict[str, Any], run_id: str = RUN) -> None:
    if folder._notes.receipt(recording["id"]) is None:
        reject(folder, recording, run_id)
    file(folder, recording, run_id)


def media_and_json(box: Box) -> dict[str, bytes]:
    return {path: content for path, content in box.own().items() if not path.endswith(".reason.txt")}


def killed_when(box: Box, step: Step, reached: Callable[[Box], bool]) -> tuple[Box, dict[str, Any]]:
    """A recording in a folder of its own whose `step` was killed as soon as `reached`."""
    for countdown in count():
        new = type(box)(f"{box.url.rpartition('/')[0]}/killed-{countdown}/incoming")
        recording = drop(new)
        with pytest.raises(KilledError), new.killed(countdown):
            step(new.folder(), recording, RUN)
        if reached(new):
            return new, recording
    raise AssertionError


def is_planned(box: Box) -> bool:
    return any('"place"' in box.tree()[path].decode() for path in box.claims() if path.endswith(".json"))


def test_reject(box: Box) -> None:
    recording = drop(box)
    reject(box.folder(), recording)
    text = box.own()["rejected/sub/a.reason.txt"].decode()
    assert "- too short\n- no speech\n" in text
    assert "move the files back into `incoming/sub`" in text
    assert media_and_json(box) == REJECTED
    receipt = box.receipt(recording)
    assert receipt["files"] == {"media": "rejected/sub/a.wav", "metadata": "rejected/sub/a.json"}
    assert receipt["reasons"] == ["too short", "no\nspeech"]
    expected = {"status": "rejected", "name": "sub/a", "media_bytes": 500, "call_id": None, "run_id": RUN}
    assert expected.items() <= receipt.items()
    assert not box.claims()


def test_file(box: Box) -> None:
    recording = drop(box)
    folder = box.folder()
    folder.note(recording, RUN, call_id="123", accepted_at="2026-11-20T14:30:00Z")
    file(folder, recording)
    assert box.own() == DONE
    receipt = box.receipt(recording)
    assert receipt["files"] == {"media": "done/123/recording.wav", "metadata": "done/123/metadata.json"}
    expected = {"status": "done", "reasons": [], "call_id": "123", "accepted_at": "2026-11-20T14:30:00Z"}
    assert expected.items() <= receipt.items()
    assert receipt["claimed_at"] <= receipt["settled_at"]
    assert receipt["settled_at"].endswith("Z")
    assert folder.facts(recording, RUN) == {"call_id": "123", "accepted_at": "2026-11-20T14:30:00Z"}
    assert folder.files(recording, RUN).read_metadata() == b'{"a": 1}'


@pytest.mark.parametrize("step", [reject, file])
def test_a_repeat_changes_nothing(box: Box, step: Step) -> None:
    recording = drop(box)
    step(box.folder(), recording, RUN)
    before = box.tree()
    step(box.folder(), recording, RUN)
    assert box.tree() == before


@pytest.mark.parametrize("then", [RUN, NEXT])
@pytest.mark.parametrize(("step", "expected"), [(reject, REJECTED), (file, DONE), (reject_then_file, DONE)])
def test_killed_at_every_operation(
    box: Box, step: Step, expected: dict[str, bytes], then: str, tmp_path: Path
) -> None:
    kills = 0
    for countdown in count():
        url = f"{box.url.rpartition('/')[0]}/{countdown}/incoming"
        new = type(box)(url)
        recording = drop(new)
        try:
            with new.killed(countdown):
                step(new.folder(), recording, RUN)
            assert media_and_json(new) == expected
            break
        except KilledError:
            kills += 1
        _nothing_is_lost(new)
        if then == RUN:
            step(new.folder(), recording, RUN)
        elif new.folder()._notes.claim(recording["id"]):
            assert new.one(NEXT) == recording
            _nothing_is_lost(new)
            assert new.folder().files(recording, NEXT).read_metadata() == b'{"a": 1}'
            step(new.folder(), recording, NEXT)
        else:
            step(new.folder(), recording, RUN)
        assert media_and_json(new) == expected, countdown
        assert new.receipt(recording)["status"] == ("rejected" if expected is REJECTED else "done")
        assert not new.claims()
        reasons = [path for path in new.own() if path.endswith(".reason.txt")]
        assert len(reasons) == (expected is REJECTED)
    assert kills >= 10


def _nothing_is_lost(box: Box) -> None:
    contents = list(box.own().values())
    assert b"media" * 100 in contents
    assert b'{"a": 1}' in contents


def test_killed_while_the_repeat_runs_too(box: Box) -> None:
    recording = drop(box)
    for countdown in (1, 1, 2, 3, 4, 5, 3, 2, 1):
        with pytest.raises(KilledError), box.killed(countdown):
            file(box.folder(), recording)
            pytest.skip("done before the kill")  # pragma: no cover
        _nothing_is_lost(box)
        if "done/123/recording.wav" in box.own():
            break
    file(box.folder(), recording)
    assert box.own() == DONE


def test_a_taken_name_gets_a_number_for_all_files(box: Box) -> None:
    for number in (1, 2, 3):
        box.drop("a", b"media %d" % number, f'{{"number": {number}}}')
        reject(box.folder(), box.one())
    names = ["a", "a~2", "a~3"]
    own = box.own()
    assert {own[f"rejected/{name}.wav"] for name in names} == {b"media 1", b"media 2", b"media 3"}
    assert sorted(own) == sorted(
        f"rejected/{name}{ending}" for name in names for ending in (".json", ".reason.txt", ".wav")
    )
    assert own["rejected/a~3.json"] == b'{"number": 3}'


def test_a_name_is_taken_by_a_file_of_another_kind(box: Box) -> None:
    box.put("rejected/A.mp3", b"somebody's")
    box.drop("a")
    reject(box.folder(), box.one())
    assert {"rejected/A.mp3", "rejected/a~2.wav", "rejected/a~2.json"} <= set(box.own())


def test_names_that_look_like_patterns(box: Box) -> None:
    for name in ("[x]", "x", "a?", "ab", "*"):
        box.drop(name, name.encode(), f'"{name}"')
    for recording in box.find().recordings:
        reject(box.folder(), recording)
    own = box.own()
    for name in ("[x]", "x", "a?", "ab", "*"):
        assert own[f"rejected/{name}.wav"] == name.encode()


def test_double_suffix_keeps_it(box: Box) -> None:
    box.put("incoming/a.wav", b"media")
    box.put("incoming/a.wav.json", b"{}")
    box.put("rejected/a.wav", b"earlier")
    reject(box.folder(), box.one())
    assert {"rejected/a~2.wav", "rejected/a~2.wav.json", "rejected/a~2.reason.txt"} <= set(box.own())


def test_the_longest_names(box: Box) -> None:
    name = "é" * 125  # with a suffix 254 bytes
    for content in (b"1", b"2"):
        box.put(f"incoming/{name}.wav", content)
        reject(box.folder(), box.one())
    assert sorted(media_and_json(box).values()) == [b"1", b"2"]


def test_the_same_call_twice(box: Box) -> None:
    box.drop("a", b"a")
    box.drop("b", b"b")
    for recording in box.find().recordings:
        file(box.folder(), recording)
    own = box.own()
    assert {own["done/123/recording.wav"], own["done/123~2/recording.wav"]} == {b"a", b"b"}


def test_two_of_the_same_call_at_once(box: Box) -> None:
    """The second chooses its place when the first has chosen, but has not moved anything."""
    box, first = killed_when(box, file, is_planned)
    box.drop("b", b"b")
    (second,) = (found for found in box.find().recordings if found != first)
    file(box.folder(), second)
    file(box.folder(), first)
    own = box.own()
    assert {path: own.pop(path) for path in DONE} == DONE
    assert own == {"done/123~2/recording.wav": b"b", "done/123~2/metadata.json": b"{}"}


def test_filed_after_it_was_rejected(box: Box) -> None:
    recording = drop(box)
    reject(box.folder(), recording)
    file(box.folder(), recording)
    assert box.own() == DONE
    assert box.receipt(recording)["status"] == "done"


def test_another_recordings_reason_file_stays(box: Box) -> None:
    recording = drop(box)
    reject(box.folder(), recording)
    box.put("rejected/sub/a.reason.txt", b"of another recording")
    file(box.folder(), recording)
    assert box.own()["rejected/sub/a.reason.txt"] == b"of another recording"


def test_moved_back_without_a_change_it_is_found_again(local_box: LocalBox) -> None:
    """Say, when the fault lay in Gong's settings. An object store gives another time, hence another id."""
    box, recording = local_box, drop(local_box)
    box.folder().note(recording, RUN, call_id="123")
    for reason in ("too short", "still too short"):
        assert box.one() == recording
        box.folder().reject(recording, RUN, [reason])
        assert media_and_json(box) == REJECTED
        assert f"- {reason}\n".encode() in box.own()["rejected/sub/a.reason.txt"]
        for name in ("a.wav", "a.json"):
            box.move(f"rejected/sub/{name}", f"incoming/sub/{name}")
    box.one()
    file(box.folder(), recording)
    assert box.own() == DONE


def test_what_is_done_is_not_rejected(box: Box) -> None:
    recording = drop(box)
    file(box.folder(), recording)
    with pytest.raises(GongInputError, match="call 123"):
        reject(box.folder(), recording)
    assert box.own() == DONE


def test_a_filing_that_had_begun_is_not_turned_into_a_rejection(box: Box) -> None:
    box, recording = killed_when(box, file, is_planned)
    with pytest.raises(GongInputError, match="call 123"):
        reject(box.folder(), recording)
    assert box.own() == DONE


def test_a_rejection_that_had_begun_ends_before_the_recording_is_filed(box: Box) -> None:
    box, recording = killed_when(box, reject, is_planned)
    file(box.folder(), recording)
    assert box.own() == DONE


@pytest.mark.parametrize("call_id", ["", "12a", "../3", "1/2", "١٢"])
def test_a_call_id_is_digits(box: Box, call_id: str) -> None:
    recording = drop(box)
    with pytest.raises(GongInputError, match="call id"):
        box.folder().file(recording, RUN, call_id)


def test_another_run_has_taken_over(box: Box) -> None:
    recording = drop(box)
    assert box.one(NEXT) == recording
    folder = box.folder()
    before = box.tree()
    for act in (
        lambda: reject(folder, recording),
        lambda: file(folder, recording),
        lambda: folder.note(recording, RUN, call_id="1"),
        lambda: folder.facts(recording, RUN),
        lambda: folder.files(recording, RUN),
        lambda: folder.release(recording, RUN),
    ):
        with pytest.raises(GongTakenOverError, match=r"another run now.*Nothing to do here"):
            act()
    assert box.tree() == before
    reject(box.folder(), recording, NEXT)
    with pytest.raises(GongTakenOverError):
        file(box.folder(), recording, RUN)


def test_files_that_somebody_took_out(box: Box) -> None:
    recording = drop(box)
    box.remove("incoming/sub/a.wav")
    with pytest.raises(RecordingGoneError, match="Put the recording into the drop folder again"):
        box.folder().files(recording, RUN)
    box.remove("incoming/sub/a.json")
    for step in (reject, file):
        with pytest.raises(RecordingGoneError):
            step(box.folder(), recording)
    box.remove(f".claims/{recording['id']}.json")
    folder = box.folder()
    folder.release(recording, RUN)
    for act in (lambda: folder.files(recording, RUN), lambda: folder.facts(recording, RUN)):
        with pytest.raises(RecordingGoneError):
            act()


def test_one_file_that_is_gone_does_not_hold_up_the_other(box: Box) -> None:
    recording = drop(box)
    box.remove("incoming/sub/a.json")
    reject(box.folder(), recording)
    assert media_and_json(box) == {"rejected/sub/a.wav": b"media" * 100}
    assert box.receipt(recording)["files"] == {"media": "rejected/sub/a.wav", "metadata": None}


@pytest.mark.parametrize("step", [reject, file])
def test_files_that_have_changed_are_left_for_the_next_run(box: Box, step: Step) -> None:
    recording = drop(box)
    box.put("incoming/sub/a.json", b'{"corrected": true}')
    with pytest.raises(RecordingGoneError, match="the next run takes the files as they are"):
        step(box.folder(), recording, RUN)
    with pytest.raises(RecordingGoneError, match="has changed"):
        box.folder().files(recording, RUN)
    assert "incoming/sub/a.wav" in box.own()
    again = box.one(NEXT)
    assert again["id"] != recording["id"]
    step(box.folder(), again, NEXT)
    assert not box.claims()
    assert not [path for path in box.own() if path.startswith("incoming/")]


def test_a_file_that_came_into_the_place_of_a_moved_one_stays(box: Box) -> None:
    box, recording = killed_when(box, reject, lambda box: "incoming/sub/a.wav" not in box.own())
    box.put("incoming/sub/a.wav", b"other" * 100, time=1_000_000_000)
    reject(box.folder(), recording)
    assert media_and_json(box) == {**REJECTED, "incoming/sub/a.wav": b"other" * 100}


def test_nothing_is_overwritten_on_a_disk(local_box: LocalBox) -> None:
    box, recording = killed_when(local_box, reject, is_planned)
    box.put("rejected/sub/a.wav", b"somebody's")
    with pytest.raises(GongInputError, match="Nothing was overwritten"):
        reject(box.folder(), recording)
    box.move("rejected/sub/a.wav", "elsewhere.wav")
    reject(box.folder(), recording)
    assert media_and_json(box) == {**REJECTED, "elsewhere.wav": b"somebody's"}


def test_a_drop_folder_that_is_a_mount_of_its_own(
    local_box: LocalBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def other_device(self: Path, target: Path) -> Path:
        if "/incoming/" in str(self):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", other_device)
    kills = 0
    for countdown in count():
        box = LocalBox(f"file://{local_box.base}/{countdown}/incoming")
        recording = drop(box)
        time = box.path("incoming/sub/a.wav").stat().st_mtime
        try:
            with box.killed(countdown):
                file(box.folder(), recording)
        except KilledError:
            kills += 1
            _nothing_is_lost(box)
            file(box.folder(), recording)
            assert box.own() == DONE
            continue
        assert box.own() == DONE
        assert box.path("done/123/recording.wav").stat().st_mtime == time
        break
    assert kills > 10


def test_markers_go_with_the_recording(box: Box) -> None:
    box.drop("a")
    box.drop("b")
    box.put("incoming/a.wav.done")
    box.put("incoming/a.done")
    box.put("incoming/b.done")
    folder = box.folder(marker=".done")
    a, b = folder.find(run_id=RUN, match="*", limit=9, is_over=lambda run: False).recordings
    folder.file(a, RUN, "1")
    folder.reject(b, RUN, ["no"])
    assert not [path for path in box.own() if path.endswith(".done")]


def test_two_media_are_rejected_together(box: Box) -> None:
    for suffix in (".wav", ".mp3", ".json"):
        box.put(f"incoming/a{suffix}", suffix.encode())
    recording = box.one()
    folder = box.folder()
    assert folder.files(recording, RUN).media_names == ["a.mp3", "a.wav"]
    folder.reject(recording, RUN, ["two media files"])
    assert set(media_and_json(box)) == {"rejected/a.mp3", "rejected/a.wav", "rejected/a.json"}
    assert box.folder().files(recording, RUN).media_names == ["a.mp3", "a.wav"]
    folder.file(recording, RUN, "5")
    assert set(box.own()) == {"done/5/recording.mp3", "done/5/recording~2.wav", "done/5/metadata.json"}


def test_an_object_store_that_copies_half(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    if not isinstance(box, ObjectBox):
        pytest.skip("a disk renames")
    from recordings_support import MemoryFileSystem, ObjectStore

    recording = drop(box)

    def half(self: Any, source: str, target: str, **kwargs: Any) -> None:
        MemoryFileSystem.pipe_file(self, target, b"half")

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "cp_file", half)
        with pytest.raises(OSError, match="nothing was removed"):
            file(box.folder(), recording)
    file(box.folder(), recording)
    assert box.own() == DONE
