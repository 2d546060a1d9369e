"""Loads of streams into a DuckDB file and PostgreSQL: types, repeats, order, rebuild, earlier versions."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from warehouse_receipts import Place, receipt
from warehouse_records import Lander, at, call
from warehouse_streams import Memory, StreamLander, Window, page

from include.warehouse import Warehouse, store, stream_load
from include.warehouse.__main__ import main
from include.warehouse.errors import DestinationLockedError, UnknownStreamError, VanishedRowsError
from include.warehouse.streams import STREAM_TABLES
from include.warehouse.tables import CALLS, KEYED


def snapshot(streams: StreamLander, planned: int, ids: tuple[int, ...]) -> list[Window]:
    """Users, and a log, which only grows."""
    facts = {"created": at(2), "active": False, "title": ""}
    users = [{"id": str(n), "emailAliases": [f"u{n}@x.test"], **facts} for n in ids]
    log = {"eventTime": at(1, 5), "userId": "1", "logRecord": {"planned": 1}}
    return [
        streams.land("users", at(planned), *users),
        streams.land("logs_access", at(planned), log, **{"from": at(1), "to": at(2)}),
    ]


def everything(streams: StreamLander, planned: int, ids: tuple[int, ...]) -> list[Window]:
    """A stream of each scope."""
    of = {"from_date": "2026-11-01", "to_date": "2026-11-02"}
    stats = [{"userId": str(n), "userAggregateActivityStats": {"callsAsHost": n}} for n in ids]
    answers = [{"questionId": "q", "score": 2}]
    card = {"answeredScorecardId": "1", "reviewTime": "2026-11-01T12:00:00Z", "answers": answers}
    fields = {"name": "nul \0 and \u00e9", "empty": "", "none": None}
    asked = {"integration_id": "7", "object_type": "DEAL", "batch": "0"}
    pages = {
        "activity_aggregate": page(*stats, of=of, answer={"timeZone": "UTC"}),
        "answered_scorecards": page(card, of=of),
        "crm_objects": page({"key": "d1", "value": fields}, of=asked),
    }
    others = [streams.land(stream, at(planned), pages=[answer]) for stream, answer in pages.items()]
    return [*snapshot(streams, planned, ids), *others]


def keys(place: Place, table: str, column: str = "id") -> list[Any]:
    return [row[column] for row in place.rows(table) if row["_deleted_at"] is None]


def trace(place: Place) -> Any:
    if not place.url:
        return place.trace()
    return [place.run(f"SELECT xmin::text, ctid FROM gong.{t.name} ORDER BY 2") for t in STREAM_TABLES]


def test_loads_in_and_out_of_order(place: Place, streams: StreamLander) -> None:
    windows = [
        everything(streams, 3, (1, 2)),
        snapshot(streams, 5, (1, 3)),
        snapshot(streams, 4, (1, 2, 4)),
    ]
    counts = place.warehouse.load_streams(streams.zone, windows[0])
    assert counts == {
        "windows": 5,
        "incomplete": 0,
        "set_aside": 0,
        "rows": {
            "users": 2, "user_email_alias": 2, "user_activity_aggregate": 2, "answered_scorecard": 1,
            "answered_scorecard_answer": 1, "audit_log": 1, "entity_value": 3,
        },
    }  # fmt: skip
    check_values(place)
    for some in windows[1:]:
        place.warehouse.load_streams(streams.zone, some)
    assert keys(place, "users") == ["1", "3"]
    assert [row["id"] for row in place.rows("users")] == ["1", "2", "3", "4"]
    before = trace(place), place.rows("users")
    for again in (windows[2], [window for some in windows[::-1] for window in some]):
        assert place.warehouse.load_streams(streams.zone, again)["rows"] == {}
    assert (trace(place), place.rows("users")) == before
    counts = place.warehouse.counts()
    assert (counts["users"], counts["user_activity_aggregate"], counts["audit_log"]) == (2, 2, 1)
    assert "_stream_scope" not in counts


def check_values(place: Place) -> None:
    """Types and texts are at the destination what they were when they landed."""
    user = place.rows("users")[0]
    assert (user["created"], user["active"], user["title"], user["phone_number"]) == (
        datetime.datetime(2026, 11, 2, tzinfo=datetime.timezone.utc), False, "", None,
    )  # fmt: skip
    day = place.rows("user_activity_aggregate")[0]
    assert (day["from_date"], day["to_date"]) == (datetime.date(2026, 11, 1), datetime.date(2026, 11, 2))
    assert (day["calls_as_host"], day["calls_attended"]) == (1, None)
    [answer] = place.rows("answered_scorecard_answer")
    assert answer["score"] == 2.0
    values = {row["name"]: row["value"] for row in place.rows("entity_value")}
    assert values == {"name": "nul \ufffd and \u00e9", "empty": "", "none": None}
    [entry] = place.rows("audit_log")
    assert entry["_synced_at"] == datetime.datetime(2026, 11, 3, 0, 5, tzinfo=datetime.timezone.utc)


def test_a_rebuild_gives_what_the_loads_gave(place: Place, streams: StreamLander) -> None:
    # A snapshot, and what only grows.
    windows = [snapshot(streams, day, ids) for day, ids in ((3, (1, 2)), (4, (1, 3)))]
    for some in windows:
        place.warehouse.load_streams(streams.zone, some)
    names = [table.name for table in STREAM_TABLES] + ["_stream_scope"]
    before = {name: sorted(place.rows(name), key=repr) for name in names}
    place.run("UPDATE gong.users SET title = 'wrong', _deleted_at = NULL")
    place.run("DELETE FROM gong.audit_log")
    place.run("INSERT INTO gong.workspace (id, name) VALUES ('kept', 'no window has landed')")
    place.run("INSERT INTO gong._stream_scope (stream, scope) VALUES ('workspaces', '')")
    counts = place.warehouse.rebuild(streams.zone)
    assert (counts["windows"], counts["loads"], counts["set_aside"], counts["guarded"]) == (4, 4, 0, 0)
    assert (counts["rows"]["users"], counts["rows"]["audit_log"]) == (3, 1)
    assert [row["id"] for row in place.rows("workspace")] == ["kept"]
    place.run("DELETE FROM gong.workspace WHERE id = 'kept'")
    place.run("DELETE FROM gong._stream_scope WHERE stream = 'workspaces'")
    assert {name: sorted(place.rows(name), key=repr) for name in names} == before
    assert place.warehouse.load_streams(streams.zone, windows[0])["rows"] == {}


def test_beside_calls_and_receipts(data_dir: Path, streams: StreamLander, lander: Lander) -> None:
    place = Place(None, data_dir)
    place.warehouse.load_calls(lander.zone, [lander.land(at(10), [call("1")])])
    place.warehouse.load_streams(streams.zone, [streams.land("users", at(3), {"id": "1"})])
    before = place.rows("call"), place.rows("users")
    counts = place.warehouse.rebuild(lander.zone, [receipt(1)])
    assert (counts["windows"], counts["receipts"]) == (2, 1)
    assert (place.rows("call"), place.rows("users"), len(place.rows())) == (*before, 1)


def test_a_warehouse_of_an_earlier_version(place: Place, streams: StreamLander, lander: Lander) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "ALL", (*CALLS, *KEYED))
        place.warehouse.load_calls(lander.zone, [lander.land(at(10), [call("1")])])
    assert place.warehouse.counts()["users"] == 0
    place.warehouse.load_streams(streams.zone, [streams.land("users", at(3), {"id": "1"})])
    counts = place.warehouse.counts()
    assert (counts["call"], counts["users"]) == (1, 1)


def test_nothing_to_load_opens_nothing(data_dir: Path, streams: StreamLander) -> None:
    unreachable = Warehouse("postgres", "postgresql://ann:secret@127.0.0.1:1/gong")
    missing = {"stream": "users", "from": None, "to": None, "planned_at": at(1)}
    for warehouse in (Warehouse(), unreachable):
        assert warehouse.load_streams(streams.zone, []) == {
            "windows": 0, "incomplete": 0, "set_aside": 0, "rows": {},
        }  # fmt: skip
        assert warehouse.load_streams(streams.zone, [missing])["incomplete"] == 1
    assert not data_dir.exists()


def test_a_stream_without_tables_is_refused(data_dir: Path, streams: StreamLander) -> None:
    windows = [streams.land("users", at(1), {"id": "1"}), streams.land("meetings", at(1), {"id": "1"})]
    with pytest.raises(UnknownStreamError, match="'meetings'"):
        Warehouse().load_streams(streams.zone, windows)
    assert not data_dir.exists()


def test_too_many_gone_are_told_after_the_load(
    data_dir: Path, streams: StreamLander, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(None, data_dir)
    users = [{"id": str(n)} for n in range(30)]
    place.warehouse.load_streams(streams.zone, [streams.land("users", at(1), *users)])
    windows = [streams.land("users", at(2), {"id": "new"}), streams.land("workspaces", at(2), {"id": "w"})]
    with pytest.raises(VanishedRowsError, match="30 of the 30 known rows of users: more than 50 %") as caught:
        place.warehouse.load_streams(streams.zone, windows)
    assert (caught.value.vanished, caught.value.known, caught.value.tables) == (30, 30, {"users": (30, 30)})
    assert (len(keys(place, "users")), keys(place, "workspace")) == (31, ["w"])
    monkeypatch.setenv("GONG_MAX_VANISHED_PERCENT", "100")
    place.warehouse.load_streams(streams.zone, windows)
    assert keys(place, "users") == ["new"]


def test_one_load_at_a_time(data_dir: Path, streams: StreamLander) -> None:
    from include.warehouse.destination import Target
    from include.warehouse.store import Store

    window = streams.land("users", at(1), {"id": "1"})
    with Store.one_load(Target.resolve(None, None)), pytest.raises(DestinationLockedError):
        Warehouse(lock_timeout=0.0).load_streams(streams.zone, [window])
    Warehouse(lock_timeout=0.0).load_streams(streams.zone, [window])


def test_the_command_line(
    data_dir: Path, streams: StreamLander, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    streams.land("users", at(1), {"id": "1"})
    box = (tmp_path / "box").as_uri()
    assert main(["rebuild", "--landing", str(streams.zone.url), "--recordings", box]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == {"users": 1}
    assert main(["counts"]) == 0
    assert json.loads(capsys.readouterr().out)["users"] == 1


def test_stored_rows_are_found_some_at_a_time(
    data_dir: Path, streams: StreamLander, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_CHUNK", 2)
    place = Place(None, data_dir)
    of = {"integration_id": "7", "object_type": "DEAL", "batch": "0"}
    records = [{"key": f"d{n}", "value": {"a": n}} for n in range(7)]
    window = streams.land("crm_objects", at(1), pages=[page(*records, of=of)])
    assert place.warehouse.load_streams(streams.zone, [window])["rows"] == {"entity_value": 7}
    assert place.warehouse.load_streams(streams.zone, [window])["rows"] == {}


def test_a_rebuild_of_many_windows_takes_some_at_a_time(
    data_dir: Path, streams: StreamLander, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_load, "WINDOWS_AT_ONCE", 2)
    for day in range(1, 6):
        memory.load(streams.land("workspaces", at(day), *({"id": str(n)} for n in range(day, day + 3))))
        memory.load(
            streams.land("logs_access", at(day), {"eventTime": at(day)}, **{"from": at(1), "to": at(2)})
        )
    place = Place(None, data_dir)
    place.warehouse.rebuild(streams.zone)
    assert keys(place, "workspace") == [key for (key,) in memory.alive("workspace")]
    assert len(place.rows("workspace")) == len(memory.rows("workspace")) == 7
    assert len(place.rows("audit_log")) == 5
