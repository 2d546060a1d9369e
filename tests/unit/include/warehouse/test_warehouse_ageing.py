"""Old rows leave the tables, in one step, and a rebuild does not bring them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from warehouse_aged import NOW, expected, fill, keys, limits
from warehouse_killed import Killer
from warehouse_receipts import Place, receipt
from warehouse_records import Lander, at, call, transcript
from warehouse_streams import StreamLander

from include.retention.limits import Limits
from include.warehouse import Warehouse, ageing
from include.warehouse.ageing import AGES
from include.warehouse.destination import Target
from include.warehouse.errors import DestinationError, DestinationLockedError
from include.warehouse.store import Store
from include.warehouse.tables import ALL

OLD_CALL, NEW_CALL = at(11, 23, 59), at(12)


def load_and_fill(place: Place) -> None:
    # A first load makes the tables.
    place.warehouse.load_recording_uploads([receipt(1)])
    place.run("DELETE FROM gong.recording_upload")
    fill(place)


def test_every_table_has_an_age_but_those_that_are_kept_for_ever() -> None:
    assert {table.name for table in ALL} - set(AGES) == {"erasure", "_stream_scope"}
    # What tells how old others are goes after them.
    order = list(AGES)
    for name, age in AGES.items():
        assert age.of is None or order.index(name) < order.index(age.of[0])


def test_rows_go_by_what_they_are_about_all_or_none_and_as_many_as_were_counted(
    place: Place, loads: Killer
) -> None:
    load_and_fill(place)
    before = keys(place)
    counted = place.warehouse.remove_old(limits(), count_only=True)
    assert counted == {name: len(old) for name, old in expected("old").items() if old and name[0] != "_"}
    order = {
        "data_dir": str(place.data_dir),
        "warehouse": place.arguments,
        "now": NOW.isoformat(),
        "days": 10,
    }
    assert loads.attempt(**order, deletions=4)[0] == -9
    assert keys(place) == before
    assert place.warehouse.remove_old(limits()) == counted
    assert keys(place) == expected("new")
    trace = place.trace()
    assert place.warehouse.remove_old(limits()) == {}
    assert place.trace() == trace


def test_what_fails_or_has_to_wait_removes_nothing_and_media_have_a_limit_of_their_own(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(None, data_dir)
    assert place.warehouse.remove_old(limits(), count_only=True) == {}
    assert place.warehouse.remove_old(limits()) == {}
    assert not (data_dir / "warehouse.duckdb").exists()
    load_and_fill(place)
    before = keys(place)
    with monkeypatch.context() as patch:
        patch.setitem(ageing.AGES, "users", ageing.Age(("email_address",)))
        with pytest.raises(DestinationError, match="Removing old rows failed"):
            place.warehouse.remove_old(limits())
    with Store.one_load(Target.resolve(None, None)), pytest.raises(DestinationLockedError):
        Warehouse(lock_timeout=0.0).remove_old(limits())
    assert place.warehouse.remove_old(limits(None, None)) == {}
    assert keys(place) == before
    # They go with their files too.
    assert place.warehouse.remove_old(limits(None, 10)) == {"call_media": 2, "recording_upload": 1}
    assert keys(place)["call"] == before["call"]
    assert place.warehouse.remove_old(limits(10, 1000))["call"] == 3


def test_a_rebuild_does_not_bring_old_rows_back(
    data_dir: Path, lander: Lander, streams: StreamLander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The windows span the limit: they stay, with all that they hold."""
    place = Place(None, data_dir)
    window = lander.land(
        at(15),
        [call("1", started=OLD_CALL, parties=[{"id": "p"}]), call("2", started=NEW_CALL)],
        [transcript("1", "old"), transcript("2", "new")],
        first=at(5),
        last=at(15),
    )
    days = [
        streams.land(
            "answered_scorecards",
            at(15),
            {"answeredScorecardId": "1", "reviewTime": OLD_CALL, "answers": [{"questionId": "5"}]},
            {"answeredScorecardId": "2", "reviewTime": NEW_CALL, "answers": [{"questionId": "5"}]},
            **{"from": at(5), "to": at(15), "from_date": "2026-11-05", "to_date": "2026-11-15"},
        ),
        streams.land("users", at(15), {"id": "7"}),
    ]
    receipts = [receipt(1, settled_at=OLD_CALL), receipt(2, settled_at=NEW_CALL)]
    place.warehouse.load_calls(lander.zone, [window])
    place.warehouse.load_streams(streams.zone, days)
    place.warehouse.load_recording_uploads(receipts)
    removed = place.warehouse.remove_old(limits())
    assert removed == {
        **dict.fromkeys(("call", "call_participant", "transcript", "transcript_sentence"), 1),
        **dict.fromkeys(("answered_scorecard", "answered_scorecard_answer", "recording_upload"), 1),
    }
    tables = ("call", "call_participant", "transcript", "transcript_sentence", "users", "recording_upload")
    tables += ("answered_scorecard", "answered_scorecard_answer")
    after = {name: without_times(place.rows(name)) for name in tables}

    def of_settings(cls: type[Limits], now: Any) -> Limits:
        return limits()

    monkeypatch.setattr(Limits, "of_settings", classmethod(of_settings))
    place.warehouse.rebuild(lander.zone, receipts)
    assert {name: without_times(place.rows(name)) for name in tables} == after
    assert [row["id"] for row in place.rows("call")] == ["2"]
    assert place.warehouse.remove_old(limits()) == {}


def without_times(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "_synced_at"} for row in rows]
