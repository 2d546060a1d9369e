"""What the tables hold of one call with everything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from warehouse_full_call import CALL_ID, EXPECTED, FULL
from warehouse_records import Lander, Local, at, call, transcript

from include.warehouse import shaping
from include.warehouse.tables import BY_NAME, CALLS, Table


def test_every_table_of_a_full_call(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [FULL], [transcript(CALL_ID, "Hi.", "")]))
    rows = local.dump()
    for name in ("call", "transcript"):
        for row in rows[name]:
            assert len(row.pop("_content_hash")) == 32
    for name, expected in EXPECTED.items():
        columns = [column for column in BY_NAME[name].columns if column != "_content_hash"]
        ordered = [{column: row[column] for column in columns} for row in expected]
        assert rows[name] == sorted(ordered, key=repr), name
    assert set(rows) == set(EXPECTED)


@pytest.mark.parametrize("table", CALLS, ids=lambda table: table.name)
def test_a_shape_gives_exactly_the_declared_columns_and_types(
    local: Local, lander: Lander, table: Table
) -> None:
    local.load(lander.land(at(10)))
    shape = (shaping.SHAPES / "calls" / f"{table.name}.sql").read_text()
    described = local._workspace.run(f"DESCRIBE {shape}")
    types = {
        "TIMESTAMP WITH TIME ZONE": "timestamp",
        "VARCHAR": "text",
        "BIGINT": "bigint",
        "DOUBLE": "double",
    }
    given = {name: types.get(kind, kind.lower()).replace("boolean", "bool") for name, kind, *_ in described}
    if table.name == "call_tracker":
        given["index"] = "bigint"
    assert list(given.items()) == list(table.columns.items())
    assert "_synced_at" in table.columns
    assert set(table.key) <= set(table.columns)


def test_of_two_children_with_one_key_the_later_stays_and_those_without_a_key_all(
    lander: Lander, local: Local
) -> None:
    parties = [{"id": "p", "name": "old"}, {"id": "p", "name": "new"}, {"name": "x"}, {"name": "x"}, None]
    stats = [{"name": "Patience", "value": 1}, {"name": "Patience", "value": 2}]
    speakers = [{"id": "a", "talkTime": 1}, {"id": "a", "talkTime": 2}]
    comments = [{"id": "c", "comment": "old"}, {"id": "c", "comment": "new"}]
    record = call(
        "1",
        parties=parties,
        interaction={"interactionStats": stats, "speakers": speakers},
        collaboration={"publicComments": comments},
    )
    local.load(lander.land(at(10), [record]))
    assert [(row["id"], row["name"]) for row in local.rows("call_participant")] == [
        ("p", "new"),
        (None, "x"),
        (None, "x"),
    ]
    assert [row["value"] for row in local.rows("call_interaction")] == [2.0]
    assert [row["talk_time"] for row in local.rows("call_speaker")] == [2.0]
    assert [row["comment"] for row in local.rows("call_public_comment")] == ["new"]


def test_a_tracker_has_a_row_per_occurrence_and_never_none(lander: Lander, local: Local) -> None:
    def occurrences(n: int) -> list[dict[str, Any]]:
        return [{"startTime": float(i), "speakerId": "s"} for i in range(n)]

    trackers = [
        {
            "id": "both",
            "occurrences": occurrences(2),
            "phrases": [{"phrase": "x", "occurrences": occurrences(3)}],
        },
        {"id": "nulls", "occurrences": None, "phrases": [None]},
        {"id": "bare"},
        {"id": "wrong", "occurrences": {"startTime": 1}, "phrases": "none"},
        None,
    ]
    local.load(lander.land(at(10), [call("1", content={"trackers": trackers})]))
    rows = local.rows("call_tracker")
    counts = {id_: sum(row["id"] == id_ for row in rows) for id_ in ("both", "nulls", "bare", "wrong")}
    assert counts == {"both": 5, "nulls": 1, "bare": 1, "wrong": 1}
    assert sorted(row["index"] for row in rows) == list(range(8))


def test_context_of_one_object_at_two_times_is_kept_for_both(lander: Lander, local: Local) -> None:
    objects = [
        {
            "objectType": "Account",
            "objectId": "1",
            "timing": timing,
            "fields": [{"name": "Stage", "value": value}],
        }
        for timing, value in [("Now", "Won"), ("TimeOfCall", "Open"), ("TimeOfCall", "Open")]
    ]
    local.load(lander.land(at(10), [call("1", context=[{"system": "X", "objects": objects}])]))
    rows = local.rows("call_context_integration")
    assert [(row["timing"], row["value"]) for row in rows] == [("Now", "Won"), ("TimeOfCall", "Open")]


def test_structures_are_json(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [FULL], [transcript(CALL_ID, "a", "b")]))
    assert [s["text"] for s in json.loads(local.rows("transcript")[0]["sentence"])] == ["a", "b"]
    assert json.loads(local.rows("call_highlight_item")[0]["start_times"]) == [1.5, 2]
