"""Old windows leave the landing zone, and nothing else does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from retention_support import DAY, NOW, Killed, Place, kill_after, limits

from include.landing import LandingZone
from include.retention.landed import remove_windows

LIMIT = datetime.fromisoformat("2026-11-12T00:00:00+00:00")
OLD, EDGE, SPANNING, NEW = "2026-11-01", "2026-11-12", "2026-11-13", "2026-11-20"


class Zone:
    """Lands windows as the flows do."""

    def __init__(self, place: Place) -> None:
        self.place, self.landing = place, LandingZone(place.url)

    def land(
        self,
        stream: str,
        to: str | None = None,
        *,
        planned: datetime | None = None,
        complete: bool = True,
        pages: int = 2,
    ) -> dict[str, Any]:
        """A window of ten days up to `to`, planned when it was over; a snapshot without."""
        end = datetime.fromisoformat(f"{to}T00:00:00+00:00") if to else None
        moment = planned or end or NOW
        window = {
            "stream": stream,
            "from": f"{end - 10 * DAY:%Y-%m-%dT%H:%M:%SZ}" if end else None,
            "to": f"{end:%Y-%m-%dT%H:%M:%SZ}" if end else None,
            "planned_at": moment.isoformat(timespec="microseconds"),
        }
        for page in range(pages):
            self.landing.put_page(window, page=page, stream=stream, records=[{"id": "1"}])
        if complete:
            self.landing.put_manifest(window, {"window": window, "pages": []})
        return window

    def names(self, window: dict[str, Any]) -> list[str]:
        """Of the files that are there."""
        folder = "/".join(str(self.landing.folder(window)).split("/")[-3:])
        found = (path.rpartition("/") for path in self.place.files())
        return [name for parent, _, name in found if parent == folder]

    def there(self, window: dict[str, Any]) -> bool:
        return bool(self.names(window))


@pytest.fixture
def zone(place: Place) -> Zone:
    return Zone(place)


def remove(zone: Zone, days: float | None = 10, *, count_only: bool = False) -> dict[str, Any]:
    return remove_windows(limits(days), count_only=count_only, url=zone.place.url)


def test_a_window_goes_when_all_that_it_was_read_for_is_too_old(zone: Zone) -> None:
    kept = {to: zone.land("calls", to) for to in (OLD, EDGE, SPANNING, NEW)}
    days = zone.land("activity_day_by_day", OLD)
    logs = zone.land("logs_access", OLD, pages=3)
    counted = remove(zone, count_only=True)
    assert all(map(zone.there, (*kept.values(), days, logs)))
    assert counted["windows"] == {"calls": 2, "activity_day_by_day": 1, "logs_access": 1}
    assert counted["files"] == 3 + 3 + 3 + 4
    assert remove(zone) == counted
    assert [to for to, window in kept.items() if zone.there(window)] == [SPANNING, NEW]
    assert not zone.there(days) and not zone.there(logs)
    assert remove(zone) == {"files": 0, "bytes": 0, "windows": {}}


def test_nothing_goes_without_a_limit(zone: Zone) -> None:
    old = zone.land("calls", OLD)
    assert remove(zone, None) == {"files": 0, "bytes": 0, "windows": {}}
    assert zone.there(old)


def test_bytes_are_those_of_the_files(zone: Zone) -> None:
    zone.land("calls", OLD)
    size = sum(entry.size for entry in zone.place.storage.entries("calls"))
    assert remove(zone)["bytes"] == size > 0


def test_a_late_window_about_the_past_is_as_old_as_the_past(zone: Zone) -> None:
    late = zone.land("calls", OLD, planned=NOW - 2 * DAY)
    assert remove(zone)["windows"] == {"calls": 1}
    assert not zone.there(late)


def test_of_each_stream_the_newest_complete_snapshot_stays(zone: Zone) -> None:
    first, second = (zone.land("users", planned=LIMIT - number * DAY) for number in (20, 10))
    broken = zone.land("users", planned=LIMIT - 5 * DAY, complete=False)
    alone = zone.land("flows", planned=LIMIT - 100 * DAY)
    assert remove(zone)["windows"] == {"users": 2}
    assert [zone.there(w) for w in (first, second, broken, alone)] == [False, True, False, True]
    newest = zone.land("users", planned=NOW)
    assert remove(zone)["windows"] == {"users": 1}
    assert [zone.there(w) for w in (second, newest)] == [False, True]


def test_look_ups_go_by_the_day_on_which_they_were_made(zone: Zone) -> None:
    old, new = (zone.land("crm_objects", planned=at) for at in (LIMIT - DAY, LIMIT + DAY))
    last = zone.land("call_user_access", planned=LIMIT - DAY)
    assert remove(zone)["windows"] == {"crm_objects": 1, "call_user_access": 1}
    assert [zone.there(window) for window in (old, new, last)] == [False, True, False]


@pytest.mark.parametrize(
    ("planned", "complete", "kept_days", "goes"),
    [
        (NOW - DAY / 2, True, 10, False),
        (NOW - 2 * DAY, True, 10, True),
        (NOW - 2 * DAY, False, 10, False),
        (NOW - 6.9 * DAY, False, 10, False),
        (NOW - 7.1 * DAY, False, 10, True),
        # Nobody waits longer for it than anything is kept.
        (NOW - 5 * DAY, False, 3, True),
        (NOW - 2 * DAY, False, 3, False),
    ],
)
def test_windows_that_a_run_may_be_at_work_on_are_left_alone(
    zone: Zone, planned: datetime, complete: bool, kept_days: float, goes: bool
) -> None:
    window = zone.land("calls", OLD, planned=planned, complete=complete)
    remove(zone, kept_days)
    assert zone.there(window) is not goes


def test_killed_at_any_file_no_window_looks_complete_and_a_repeat_ends_it(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = [zone.land("calls", to) for to in (OLD, EDGE)], zone.land("calls", NEW)
    for removals in range(5):
        with monkeypatch.context() as patch:
            kill_after(patch, 1)
            with pytest.raises(Killed):
                remove(zone)
        assert sum(len(zone.names(window)) for window in old) == 5 - removals
        for window in old:
            assert zone.landing.read_manifest(window) is None or len(zone.names(window)) == 3
    assert remove(zone)["files"] == 1
    assert not any(map(zone.there, old))
    assert zone.there(new) and zone.landing.read_manifest(new) is not None


def test_empty_folders_go_too_also_those_that_a_kill_has_left(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.land("calls", OLD)
    zone.land("calls", OLD, planned=NOW - 8 * DAY)
    new = zone.land("users", planned=NOW)
    remove(zone, count_only=True)
    with monkeypatch.context() as patch:
        kill_after(patch, 6)
        patch.setattr("include.retention.removal.Removal.remove_empty", lambda *_: None)
        remove(zone)
    remove(zone)
    left = {path.split("/", 1)[1] for path in zone.place.folders() if path.startswith("calls/")}
    assert left == set()
    assert zone.there(new)


def test_what_is_not_ours_and_what_is_being_written_stays(zone: Zone) -> None:
    zone.land("calls", OLD)
    folder = "calls/20200101T000000Z--20200102T000000Z"
    strange = [f"{folder}/note.txt", f"{folder}/planned-x/page.gz", "calls/old/planned-20200101T000000Z/a"]
    strange += ["media/7/audio.mp3", "lost+found/a", "20200101T000000Z/planned-20200101T000000Z/a"]
    for path in strange:
        zone.place.put(path)
    remove(zone)
    assert zone.place.files() == sorted(strange)


def test_the_rest_of_a_page_whose_writer_was_killed_goes_with_its_window(zone: Zone) -> None:
    zone.land("calls", OLD)
    zone.place.put("calls/20261022T000000Z--20261101T000000Z/planned-20261101T000000.000000Z/.ab.part")
    assert remove(zone)["files"] == 4
    assert zone.place.files() == []
