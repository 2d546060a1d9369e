"""A call that turns private loses its content here too."""

from __future__ import annotations

from warehouse_records import Lander, Local, at, call, transcript

SECRET = {"parties": [{"id": "p1", "name": "Ann"}], "content": {"brief": "secret"}}


def test_content_goes_and_what_identifies_the_call_stays(lander: Lander, local: Local) -> None:
    other = call("2", **SECRET), transcript("2", "hi")
    first = lander.land(
        at(10), [call("1", scheduled=at(1, 8), **SECRET), other[0]], [transcript("1", "hi"), other[1]]
    )
    local.load(first)
    before = local.dump()
    second = lander.land(at(11), [other[0]], [other[1]], private=["1"])
    counts = local.load(second)
    assert (counts["calls"]["private"], counts["transcripts"]["private"], counts["calls"]["deleted"]) == (
        1,
        1,
        0,
    )
    after = local.dump()
    row, kept = after["call"]
    assert {name: value for name, value in row.items() if value is not None} == {
        "id": "1", "workspace_id": "55", "started": at(1, 9), "scheduled": at(1, 8), "is_private": True,
        "_first_seen_at": at(10, 0, 5), "_synced_at": at(11, 0, 10), "_deleted_at": at(11, 0, 10),
    }  # fmt: skip
    assert kept == before["call"][1]
    for table in ("call_participant", "transcript", "transcript_sentence"):
        assert after[table] == [r for r in before[table] if r["call_id"] == "2"] != []
    # Neither the same reads again nor an older one bring the content back.
    for windows in ([second], [first], [first, second], [second, first]):
        counts = local.load(*windows)
        assert local.dump() == after
        assert counts["calls"]["private"] == counts["transcripts"]["private"] == 0


def test_public_again(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1", **SECRET)], [transcript("1", "hi")]))
    before = local.dump()
    local.load(lander.land(at(11), private=["1"]))
    counts = local.load(lander.land(at(12), [call("1", **SECRET)], [transcript("1", "hi")]))
    assert counts["calls"]["restored"] == counts["transcripts"]["restored"] == 1
    times = {"_synced_at": at(12, 0, 5)}
    after = local.dump()
    assert after == {name: [row | times for row in rows] for name, rows in before.items()}


def test_a_private_call_never_seen_gives_no_row(lander: Lander, local: Local) -> None:
    counts = local.load(lander.land(at(10), private=["1"]))
    assert not any(local.dump().values())
    assert counts["calls"]["private"] == 0


def test_a_transcript_that_came_before_its_private_call_goes(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [], [transcript("1", "hi")]))
    assert local.rows("transcript_sentence") != []
    local.load(lander.land(at(11), private=["1"]))
    assert local.rows("transcript") == local.rows("transcript_sentence") == local.rows("call") == []


def test_shown_and_private_in_one_load_the_later_counts(lander: Lander, local: Local) -> None:
    shown = lander.land(at(10), [call("1", **SECRET)], [transcript("1", "hi")])
    local.load(shown, lander.land(at(11), private=["1"]))
    assert [(row["title"], row["_first_seen_at"]) for row in local.rows("call")] == [(None, at(10, 0, 5))]
    assert [(row["workspace_id"], row["started"]) for row in local.rows("call")] == [("55", at(1, 9))]
    assert local.rows("call_participant") == local.rows("transcript_sentence") == []
    local.wipe()
    local.load(lander.land(at(12), private=["1"]), lander.land(at(13), [call("1", **SECRET)]))
    assert [row["_deleted_at"] for row in local.rows("call")] == [None]
    assert local.rows("call_participant") != []


def test_a_deleted_call_that_turns_out_private_loses_its_content(lander: Lander, local: Local) -> None:
    local.load(lander.land(at(10), [call("1", **SECRET)], [transcript("1", "hi")]))
    local.load(lander.land(at(11)))
    assert local.rows("transcript_sentence") != []
    local.load(lander.land(at(12), private=["1"]))
    assert [(row["title"], row["is_private"]) for row in local.rows("call")] == [(None, True)]
    assert local.rows("transcript") == local.rows("transcript_sentence") == []
