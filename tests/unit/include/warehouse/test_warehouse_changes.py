"""What a second read of a call changes, and what it leaves."""

from __future__ import annotations

from typing import Any

from warehouse_records import Lander, Local, Rows, at, call, transcript

PARTIES = {
    "parties": [{"id": "p1", "name": "Ann"}],
    "content": {"topics": [{"name": "Price", "duration": 1}]},
}
CHILDREN = ("call_participant", "call_topic")


def times(rows: Rows) -> list[tuple[Any, Any, Any]]:
    return [(row["_first_seen_at"], row["_synced_at"], row["_deleted_at"]) for row in rows]


def test_unchanged_content_writes_nothing(lander: Lander, local: Local) -> None:
    read = [call("1", **PARTIES, media={"audioUrl": "https://one"})], [transcript("1", "hi")]
    local.load(lander.land(at(10), *read))
    before = local.dump()
    read[0][0]["media"] = {"audioUrl": "https://two", "videoUrl": "https://three"}
    counts = local.load(lander.land(at(11), *read))
    assert local.dump() == before
    assert counts["calls"]["unchanged"] == counts["transcripts"]["unchanged"] == 1


def test_a_changed_call_replaces_its_rows_and_keeps_when_it_was_first_seen(
    lander: Lander, local: Local
) -> None:
    local.load(lander.land(at(10), [call("1", **PARTIES)], [transcript("1", "hi")]))
    before = local.dump()
    counts = local.load(
        lander.land(at(11), [call("1", title="New", content={"topics": [{"name": "Legal"}]})])
    )
    after = local.dump()
    [row] = after["call"]
    assert (row["title"], times([row])) == ("New", [(at(10, 0, 5), at(11, 0, 5), None)])
    assert after["call_participant"] == []
    assert [(r["name"], r["_synced_at"]) for r in after["call_topic"]] == [("Legal", at(11, 0, 5))]
    for table in ("transcript", "transcript_sentence"):
        assert after[table] == before[table] != []
    assert counts["calls"]["changed"] == 1
    assert sum(counts["transcripts"].values()) == 0


def test_a_changed_transcript_leaves_its_call_alone(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1", **PARTIES)], [transcript("1", "a", "b")]))
    before = local.dump()
    local.load(lander.land(at(11), [call("1", **PARTIES)], [transcript("1", "c")]))
    after = local.dump()
    assert times(after["transcript"]) == [(at(10, 0, 5), at(11, 0, 5), None)]
    assert [(row["text"], row["_synced_at"]) for row in after["transcript_sentence"]] == [("c", at(11, 0, 5))]
    assert {name: after[name] for name in ("call", *CHILDREN)} == {
        name: before[name] for name in ("call", *CHILDREN)
    }


def test_an_absent_transcript_changes_nothing_and_an_empty_one_empties(lander: Lander, local: Local) -> None:
    windows = [lander.land(at(10), [call("1")], [transcript("1", "hi")])]
    local.load(windows[0])
    before = local.dump()
    absent = {"callId": "1", "transcript": None}
    for day, transcripts in ((11, []), (12, [absent])):
        local.load(lander.land(at(day), [call("1")], transcripts))
        assert local.dump() == before
    windows.append(lander.land(at(13), [call("1")], [transcript("1")]))
    local.load(windows[1])
    emptied = local.dump()
    assert emptied["transcript"] == emptied["transcript_sentence"] == []
    counts = local.load(*windows)
    assert local.load(windows[0])["transcripts"]["unchanged"] == counts["transcripts"]["unchanged"] == 1
    assert local.dump() == emptied


def test_a_late_transcript_has_its_own_first_sight(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1")]))
    counts = local.load(lander.land(at(12), [call("1")], [transcript("1", "hi")]))
    assert times(local.rows("call")) == [(at(10, 0, 5), at(10, 0, 5), None)]
    assert times(local.rows("transcript")) == [(at(12, 0, 5), at(12, 0, 5), None)]
    assert counts["transcripts"]["new"] == 1


def test_an_older_read_does_not_overwrite_a_newer(lander: Lander, local: Local) -> None:
    old = lander.land(at(10), [call("1", title="old", **PARTIES)], [transcript("1", "old")])
    new = lander.land(at(11), [call("1", title="new")], [transcript("1", "new")])
    local.load(new)
    local.load(old)
    assert [row["title"] for row in local.rows("call")] == ["new"]
    assert [row["text"] for row in local.rows("transcript_sentence")] == ["new"]
    assert local.rows("call_participant") == []
    # All that the older read tells is that the call was there by then.
    assert (
        times(local.rows("call")) == times(local.rows("transcript")) == [(at(10, 0, 5), at(11, 0, 5), None)]
    )


def test_two_orders_and_one_load_give_the_same_rows(lander: Lander, local: Local) -> None:
    windows = [
        lander.land(at(10), [call("1", title="a", **PARTIES)], [transcript("1", "a")]),
        lander.land(at(11), [call("1", title="b")], [transcript("1", "b")]),
        lander.land(at(12), [call("1", title="c")]),
    ]
    local.load(*windows)
    together = local.dump()
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        local.wipe()
        for number in order:
            local.load(windows[number])
        assert local.dump() == together
    assert times(together["call"]) == [(at(10, 0, 5), at(12, 0, 5), None)]


def test_a_call_that_changed_back_within_one_load(lander: Lander, local: Local) -> None:
    windows = [
        lander.land(at(day), [call("1", title=title)])
        for day, title in ((10, "a"), (11, "b"), (12, "a"), (13, "a"))
    ]
    local.load(*windows)
    assert times(local.rows("call")) == [(at(10, 0, 5), at(12, 0, 5), None)]


def test_windows_without_a_manifest_are_skipped(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1")], complete=False))
    assert local.rows("call") == []


def test_a_private_call_of_the_setting_is_a_call(lander: Lander, local: Local) -> None:
    record = call("1", meta={"isPrivate": True})
    counts = local.load(lander.land(at(10), [record], private=["1"], include_private=True))
    assert [(row["is_private"], row["title"]) for row in local.rows("call")] == [(True, "Intro")]
    assert counts["calls"] | {"new": 0} == dict.fromkeys(counts["calls"], 0)


def test_a_read_without_some_parts_takes_nothing_from_a_known_call(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1", **PARTIES)], [transcript("1", "hi")]))
    before = local.dump()
    window = lander.land(at(11), [call("1", title="New"), call("2")])
    lander.zone.put_manifest(window, {**(lander.zone.read_manifest(window) or {}), "partial": True})
    counts = local.load(window)
    after = local.dump()
    for table in CHILDREN:
        assert after[table] == before[table] != []
    assert [row for row in after["call"] if row["id"] == "1"] == before["call"]
    assert [row["id"] for row in after["call"]] == ["1", "2"]
    assert (counts["calls"]["new"], counts["calls"]["deleted"]) == (1, 0)
