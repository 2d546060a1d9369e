"""A call that a re-read window no longer shows is marked deleted, and nothing else is."""

from __future__ import annotations

import pytest
from warehouse_records import Lander, Local, at, call, transcript

TRANSCRIPTS = ("new", "changed", "unchanged", "deleted", "private", "restored")


def gone(local: Local) -> list[str]:
    return [row["id"] for row in local.rows("call") if row["_deleted_at"]]


def test_marked_with_its_transcript_and_its_children_stay(lander: Lander, local: Local) -> None:
    first = lander.land(at(10), [call("1", parties=[{"id": "p"}]), call("2")], [transcript("1", "hi")])
    local.load(first)
    before = local.dump()
    second = lander.land(at(11), [call("2")])
    counts = local.load(second)
    after = local.dump()
    times = {"_synced_at": at(11, 0, 10), "_deleted_at": at(11, 0, 10)}
    assert after["call"] == [before["call"][0] | times, before["call"][1]]
    assert after["transcript"] == [before["transcript"][0] | times]
    for table in ("call_participant", "transcript_sentence"):
        assert after[table] == before[table] != []
    assert counts["calls"] | {"unchanged": 0} == dict.fromkeys(counts["calls"], 0) | {"deleted": 1}
    assert counts["transcripts"]["deleted"] == 1
    for windows in ([second], [first], [first, second]):
        counts = local.load(*windows)
        assert local.dump() == after
        assert counts["calls"]["deleted"] == counts["transcripts"]["deleted"] == 0


def test_back_again_with_the_same_content(lander: Lander, local: Local) -> None:
    record = call("1", parties=[{"id": "p"}])
    local.load(lander.land(at(10), [record], [transcript("1", "hi")]))
    local.load(lander.land(at(11)))
    counts = local.load(lander.land(at(12), [record]))
    [row] = local.rows("call")
    assert (row["_first_seen_at"], row["_synced_at"], row["_deleted_at"]) == (
        at(10, 0, 5),
        at(12, 0, 5),
        None,
    )
    assert [(r["_synced_at"], r["_deleted_at"]) for r in local.rows("transcript")] == [(at(12, 0, 5), None)]
    assert counts["calls"]["restored"] == counts["transcripts"]["restored"] == 1


@pytest.mark.parametrize(
    ("started", "scheduled", "expected"),
    [
        (at(1, 0), None, True),
        (at(7, 23), at(1, 0), True),
        (at(8, 0), None, False),
        (at(1, 1), "2026-10-31T23:59:59+00:00", False),
        ("2026-10-31T23:59:59+00:00", at(1, 1), False),
        (at(7, 23), at(8, 0), False),
        ("no time", None, False),
    ],
)
def test_only_with_both_times_in_the_window(
    lander: Lander, local: Local, started: str, scheduled: str | None, expected: bool
) -> None:
    local.load(lander.land(at(10), [call("1", started=started, scheduled=scheduled)]))
    local.load(lander.land(at(11)))
    assert gone(local) == (["1"] if expected else [])


def test_not_when_another_window_of_the_load_shows_it(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1"), call("2"), call("3")]))
    local.load(lander.land(at(11)), lander.land(at(11), [call("1")], private=["2"], first=at(8), last=at(15)))
    assert [row["_deleted_at"] for row in local.rows("call")] == [None, at(11, 0, 10), at(11, 0, 10)]
    assert [row["is_private"] for row in local.rows("call")] == [None, True, None]


def test_not_what_became_known_after_the_window_was_planned(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(12), [call("1")]))
    local.load(lander.land(at(11)))
    local.load(lander.land(at(12, 0, 5)))
    assert gone(local) == []
    local.load(lander.land(at(12, 0, 6)))
    assert gone(local) == ["1"]


def test_not_from_a_window_with_a_line_that_could_not_be_read(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1"), call("2")]))
    window = lander.land(at(11), [call("1")])
    lander.overwrite(
        window, "page-00000.calls.ndjson.gz", [b'{"metaData": {}}', b'{"metaData": {"id": "1"}}']
    )
    local.load(window)
    assert gone(local) == []


def test_not_from_a_window_that_is_not_complete(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1")]))
    local.load(lander.land(at(11), complete=False))
    assert gone(local) == []


def test_not_when_each_window_of_a_load_holds_one_of_the_times(lander: Lander, local: Local) -> None:
    local.load(
        lander.land(
            at(10), [call("1", started=at(9), scheduled=at(7)), call("2", started=at(7), scheduled=at(9))]
        )
    )
    local.load(lander.land(at(11)), lander.land(at(11), first=at(8), last=at(15)))
    assert gone(local) == []


@pytest.mark.parametrize(("landed", "synced"), [(at(12), at(12, 0, 5)), (at(9), at(11, 0, 10))])
def test_a_late_transcript_of_a_deleted_call_is_as_deleted(
    lander: Lander, local: Local, landed: str, synced: str
) -> None:
    local.load(lander.land(at(10), [call("1")]))
    local.load(lander.land(at(11)))
    late = lander.land(landed, [], [transcript("1", "hi")])
    local.load(late)
    assert gone(local) == ["1"]
    assert [(row["_synced_at"], row["_deleted_at"]) for row in local.rows("transcript")] == [
        (synced, at(11, 0, 10))
    ]
    before = local.dump()
    assert local.load(late)["transcripts"] == dict.fromkeys(TRANSCRIPTS, 0) | {"unchanged": 1}
    assert local.dump() == before


def test_too_many_at_once_mark_none_and_everything_else_is_loaded(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call(str(i)) for i in range(40)]))
    window = lander.land(at(11), [call(str(i), title="new") for i in range(19)])
    local.load(window)
    assert gone(local) == []
    assert sum(row["title"] == "new" for row in local.rows("call")) == 19
    assert (local.guard.vanished, local.guard.known) == (21, 40)
    assert "access key" in str(local.guard)
    assert "GONG_MAX_VANISHED_PERCENT=100" in str(local.guard)
    local.percent = 100
    local.load(window)
    assert len(gone(local)) == 21
    assert local.guard is None


@pytest.mark.parametrize(("known", "left"), [(40, 20), (20, 0), (1000, 500)])
def test_the_guard_lets_few_and_up_to_half_go(lander: Lander, local: Local, known: int, left: int) -> None:
    local.load(lander.land(at(10), [call(str(i)) for i in range(known)]))
    local.load(lander.land(at(11), [call(str(i)) for i in range(left)]))
    assert local.guard is None
    assert len(gone(local)) == known - left
