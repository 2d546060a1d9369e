"""Recordings that were filed or rejected long ago go with their receipts, and nothing that is needed does."""

from __future__ import annotations

from typing import Any

import pytest
from retention_support import Killed, Place, kill_after, limits

from include.recordings import DropFolder
from include.recordings.notes import Claim, Notes
from include.retention.recordings import remove_recordings
from include.storage import Entry, Storage

OLD, NEW = "2026-11-11T23:59:59.999Z", "2026-11-12T00:00:00.000Z"
NOTHING = {"recordings": 0, "files": 0, "bytes": 0}


class Box:
    """A drop folder, and what lies beside it."""

    def __init__(self, place: Place) -> None:
        # The place's files and the drop folder share a parent.
        self.place, self.url = place, f"{place.url}/incoming"
        self.notes = Notes(Storage(self.url))

    def done(self, number: int, settled: str | None, **facts: Any) -> list[str]:
        files = {"media": f"done/{number}/recording.wav", "metadata": f"done/{number}/metadata.json"}
        return self._settle(number, "done", settled, {"files": files, **facts})

    def rejected(self, number: int, settled: str, name: str = "north/a") -> list[str]:
        files = {"media": f"rejected/{name}.wav", "metadata": f"rejected/{name}.json"}
        facts = {"files": files, "reason_file": f"rejected/{name}.reason.txt"}
        return self._settle(number, "rejected", settled, facts)

    def _settle(self, number: int, status: str, settled: str | None, facts: dict[str, Any]) -> list[str]:
        receipt = {"recording_id": f"{number:016x}", "status": status, "settled_at": settled}
        receipt |= {"actual_start": "2020-01-01T00:00:00Z", "run_id": "r", **facts}
        files = receipt["files"]
        named = [files["media"], files["metadata"], *files.get("more_media", ()), receipt.get("reason_file")]
        for path in filter(None, named):
            self.place.put(path)
        self.notes.put_receipt(receipt)
        return sorted([*filter(None, named), f"receipts/{number:016x}.json"])


@pytest.fixture
def box(place: Place) -> Box:
    return Box(place)


def remove(box: Box, days: float | None = 10, *, count_only: bool = False) -> dict[str, int]:
    return remove_recordings(limits(1000, days), count_only=count_only, url=box.url)


def test_a_recording_counts_from_the_day_it_was_filed_or_rejected(box: Box) -> None:
    box.done(1, OLD)
    box.rejected(2, OLD)
    kept = [*box.done(3, NEW), *box.rejected(4, NEW, "b"), *box.done(5, None)]
    box.place.put("incoming/a.wav")
    everything = box.place.files()
    counted = remove(box, count_only=True)
    assert box.place.files() == everything
    assert remove(box) == counted
    assert (counted["recordings"], counted["files"]) == (2, 7)
    assert box.place.files() == sorted([*kept, "incoming/a.wav"])
    assert {"done/1", "rejected/north"}.isdisjoint(box.place.folders())
    assert remove(box) == NOTHING
    assert [receipt["recording_id"] for receipt in DropFolder(box.url).all_receipts()] == [
        f"{number:016x}" for number in (3, 4, 5)
    ]


def test_nothing_goes_without_a_limit(box: Box) -> None:
    files = box.done(1, OLD)
    assert remove(box, None) == NOTHING
    assert box.place.files() == files


def test_several_media_of_one_recording_go_together(box: Box) -> None:
    files = {"media": "done/1/recording.wav", "metadata": None, "more_media": ["done/1/recording~2.mp3"]}
    box.done(1, OLD, files=files)
    assert remove(box)["files"] == 3
    assert box.place.files() == []
    assert box.place.folders() == (["done", "receipts"] if box.place.local else [])


def test_what_was_corrected_and_rejected_once_more_is_not_taken_for_the_old(box: Box) -> None:
    """Somebody took the files of the first out; those of the second lie where its receipt says."""
    box.rejected(1, OLD)
    second = box.rejected(2, NEW)
    counts = remove(box)
    assert (counts["recordings"], counts["files"]) == (1, 1)
    assert box.place.files() == second


def test_a_recording_that_a_run_is_at_work_on_stays(box: Box) -> None:
    kept = box.rejected(1, OLD)
    entry = Entry("rejected/north/a.wav", 1, 0, "")
    box.notes.put_claim(Claim(f"{1:016x}", "r", OLD, "incoming", "north/a", 0, [entry], None))
    assert remove(box) == NOTHING
    assert set(kept) < set(box.place.files())


def test_folders_of_others_stay(box: Box) -> None:
    box.rejected(1, OLD, "north/2026/a")
    box.place.put("rejected/north/mine.txt")
    remove(box)
    assert box.place.files() == ["rejected/north/mine.txt"]
    assert "rejected/north/2026" not in box.place.folders()


def test_a_receipt_never_leads_out_of_done_and_rejected(box: Box) -> None:
    box.place.put("incoming/new.wav")
    box.done(1, OLD, files={"media": "incoming/new.wav", "metadata": None})
    remove(box)
    assert box.place.files() == ["incoming/new.wav"]


def test_killed_at_any_file_a_repeat_ends_it(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.rejected(1, OLD)
    box.done(2, OLD)
    kept = box.done(3, NEW)
    for kills in range(6):
        with monkeypatch.context() as patch:
            kill_after(patch, 1)
            with pytest.raises(Killed):
                remove(box)
        assert len(box.place.files()) == 3 + 6 - kills
    remove(box)
    assert box.place.files() == kept
