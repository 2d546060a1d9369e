"""What becomes of rows as windows of a stream are loaded: in order, late, twice, uncertain, empty."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from warehouse_records import at
from warehouse_streams import Memory, StreamLander, Window, life, page


def user(number: int, **facts: Any) -> dict[str, Any]:
    return {"id": str(number), "active": True, **facts}


def place(number: int, name: str | None = None) -> dict[str, Any]:
    """A workspace."""
    return {"id": str(number), "name": name}


def seen(day: int, second: int = 0) -> str:
    """When the pages of a window that was planned at midnight land."""
    return f"2026-11-{day:02d}T00:05:{second:02d}+00:00"


def read(day: int) -> str:
    """When such a window has been read."""
    return f"2026-11-{day:02d}T00:10:00+00:00"


def day(first: int, last: int | None = None) -> dict[str, str]:
    """The item for the days from `first` up to and without `last`, by default the one day."""
    return {"from_date": f"2026-11-{first:02d}", "to_date": f"2026-11-{last or first + 1:02d}"}


def test_a_row_is_new_changed_gone_and_back(streams: StreamLander, memory: Memory) -> None:
    memory.load(streams.land("workspaces", at(1), place(1), place(2)))
    assert [life(row) for row in memory.rows("workspace")] == [(seen(1), seen(1), None)] * 2
    memory.load(streams.land("workspaces", at(2), place(1, "Chief"), place(2)))
    assert memory.written["workspace"] == 1
    assert [life(row) for row in memory.rows("workspace")] == [
        (seen(1), seen(2), None),
        (seen(1), seen(1), None),
    ]
    memory.load(streams.land("workspaces", at(3), place(2)))
    [gone, _] = memory.rows("workspace")
    assert (life(gone), gone["name"]) == ((seen(1), read(3), read(3)), "Chief")
    # Gone is gone: found once, not at every load.
    memory.load(streams.land("workspaces", at(4), place(2)))
    assert memory.written == {"_stream_scope": 1}
    memory.load(streams.land("workspaces", at(5), place(1, "Chief"), place(2)))
    assert memory.written["workspace"] == 1
    [back, _] = memory.rows("workspace")
    assert life(back) == (seen(1), seen(5), None)


def test_a_repeat_of_any_load_changes_nothing(streams: StreamLander, memory: Memory) -> None:
    windows = [
        streams.land("workspaces", at(1), place(1), place(2)),
        streams.land("workspaces", at(2), place(1), place(3)),
        streams.land("workspaces", at(3), place(2), place(3, "x")),
    ]
    for window in windows:
        memory.load(window)
    before = memory.dump()
    for again in (*((window,) for window in windows), windows, windows[::-1]):
        memory.load(*again)
        assert memory.written == {}
    assert memory.dump() == before


def test_any_order_ends_the_same(streams: StreamLander, memory: Memory) -> None:
    windows = [
        streams.land("workspaces", at(1), place(1), place(2), place(4)),
        streams.land("workspaces", at(2), place(1, "A"), place(3)),
        streams.land("workspaces", at(3), place(1, "B"), place(2)),
    ]
    expected = None
    for order in itertools.permutations(windows):
        memory.forget()
        for window in order:
            memory.load(window)
        told = [
            (row["id"], row["name"], row["_first_seen_at"], row["_deleted_at"] is not None)
            for row in memory.rows("workspace")
        ]
        expected = expected or told
        assert told == expected
        assert memory.alive("workspace") == [("1",), ("2",)]
    memory.forget()
    for window in windows:
        memory.load(window)
    in_turn = memory.dump()
    memory.forget()
    memory.load(*windows[::-1])
    assert memory.dump() == in_turn


def test_an_older_window_undoes_nothing(streams: StreamLander, memory: Memory) -> None:
    # What did not change at the newest read has the time of an older one: that tells nothing of the order.
    first, late, newest = (
        streams.land("workspaces", at(1), place(1), place(2)),
        streams.land("workspaces", at(2), place(1, "passing"), place(5)),
        streams.land("workspaces", at(3), place(1), place(2)),
    )
    memory.load(first)
    memory.load(newest)
    memory.load(late)
    assert memory.alive("workspace") == [("1",), ("2",)]
    assert [row["name"] for row in memory.rows("workspace")][:2] == [None, None]
    # What only the late one shows is remembered, as gone.
    [_, _, five] = memory.rows("workspace")
    assert life(five) == (seen(2), read(3), read(3))


def test_an_empty_snapshot_marks_all(streams: StreamLander, memory: Memory) -> None:
    tracker = {"trackerId": 1, "languageKeywords": [{"language": "eng", "keywords": ["a"]}]}
    memory.load(streams.land("trackers", at(1), tracker))
    memory.load(streams.land("trackers", at(2)))
    for table in ("tracker", "tracker_language", "tracker_keyword"):
        [row] = memory.rows(table)
        assert row["_deleted_at"] == read(2)
    memory.load(streams.land("trackers", at(3), pages=[]))
    assert memory.written == {"_stream_scope": 1}


@pytest.mark.parametrize(("left", "guarded"), [(80, False), (79, False), (10, True), (0, True)])
def test_too_many_at_once_are_not_believed(
    streams: StreamLander, memory: Memory, left: int, guarded: bool
) -> None:
    memory.load(streams.land("users", at(1), *(user(n, emailAliases=[f"a{n}"]) for n in range(100))))
    window = streams.land("users", at(2), *(user(n, title="new") for n in range(left)))
    memory.percent = 20.0 if guarded else 21.0
    memory.load(window)
    # Every alias is gone, whatever became of the users.
    assert memory.vanished["user_email_alias"] == (100, 100)
    assert len(memory.alive("user_email_alias")) == 100
    assert ("users" in memory.vanished) == guarded
    assert len(memory.alive("users")) == (100 if guarded else left)
    assert sum(row["title"] == "new" for row in memory.rows("users")) == left
    memory.percent = 100.0
    memory.load(window)
    assert (len(memory.alive("users")), memory.alive("user_email_alias"), memory.vanished) == (left, [], {})


def test_a_window_that_was_not_believed_buries_nothing(streams: StreamLander, memory: Memory) -> None:
    memory.load(streams.land("workspaces", at(1), *(place(n) for n in range(30))))
    memory.load(streams.land("workspaces", at(3)))
    assert memory.vanished == {"workspace": (30, 30)}
    memory.load(streams.land("workspaces", at(2), place(99)))
    assert ("99",) in memory.alive("workspace")


def test_few_may_always_be_gone(streams: StreamLander, memory: Memory) -> None:
    memory.percent = 0.0
    memory.load(streams.land("workspaces", at(1), *(place(n) for n in range(21))))
    memory.load(streams.land("workspaces", at(2), place(0)))
    assert (memory.vanished, len(memory.alive("workspace"))) == ({}, 1)


def history(user_id: int, setting: str = "active") -> dict[str, Any]:
    change = {"setting": setting, "value": True, "time": "2026-01-01T00:00:00Z"}
    return page(change, of={"user_id": str(user_id)})


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refused_item_makes_a_window_uncertain_unless_it_is_gone(
    streams: StreamLander, memory: Memory, status: int
) -> None:
    memory.load(streams.land("user_settings_history", at(1), pages=[history(n) for n in (1, 2, 3)]))
    refused = [{"of": {"user_id": "2"}, "status": status}]
    pages = [history(1), history(4)]
    memory.load(streams.land("user_settings_history", at(2), pages=pages, refused=refused))
    alive = [user_id for _, _, user_id in memory.alive("user_setting_history")]
    assert alive == (["1", "4"] if status == 404 else ["1", "2", "3", "4"])


def test_an_uncertain_window_is_newer_all_the_same(streams: StreamLander, memory: Memory) -> None:
    refused = [{"of": {"user_id": "2"}, "status": 403}]
    memory.load(streams.land("flows", at(1), {"id": "1", "name": "A"}, {"id": "3"}))
    memory.load(
        streams.land(
            "flows", at(3), pages=[page({"id": "1", "name": "A"}, of={"user_id": "1"})], refused=refused
        )
    )
    late = streams.land("flows", at(2), {"id": "1", "name": "B"}, {"id": "2"})
    memory.load(late)
    memory.load(late)
    assert memory.written == {}
    assert [(row["id"], row["name"], row["_deleted_at"]) for row in memory.rows("engage_flow")] == [
        ("1", "A", None),
        ("2", None, None),
        ("3", None, None),
    ]


@pytest.mark.parametrize("junk", [None, "text", 5, {"title": "no id"}, {"id": "null"}, {"id": ""}, [1]])
def test_what_cannot_be_told_apart_makes_a_window_uncertain(
    streams: StreamLander, memory: Memory, junk: Any
) -> None:
    memory.load(streams.land("workspaces", at(1), place(1), place(2)))
    memory.load(streams.land("workspaces", at(2), place(1), junk))
    assert memory.set_aside == 1
    assert memory.alive("workspace") == [("1",), ("2",)]
    memory.load(streams.land("workspaces", at(3), place(1)))
    assert memory.alive("workspace") == [("1",)]


def test_an_element_without_a_key_is_dropped_and_counted(streams: StreamLander, memory: Memory) -> None:
    memory.load(streams.land("users", at(1), user(1, emailAliases=["a", "b"])))
    memory.load(streams.land("users", at(2), user(1, emailAliases=["a", None, "", {}])))
    assert memory.set_aside == 3
    assert memory.alive("user_email_alias") == [("a", "1")]


def test_what_became_known_after_the_planning_is_not_gone(streams: StreamLander, memory: Memory) -> None:
    # Two runs at once: the second was planned while the first was still reading.
    memory.load(streams.land("workspaces", at(1), place(1), place(2)))
    overlapping = streams.land("workspaces", "2026-11-01T00:01:00+00:00", place(1))
    memory.load(overlapping)
    assert memory.alive("workspace") == [("1",), ("2",)]


def test_a_flow_seen_by_many_is_one_row_and_the_last_wins(streams: StreamLander, memory: Memory) -> None:
    flows = [{"id": "7", "name": "old"}, {"id": "7", "name": "new"}]
    pages = [page(flow, of={"user_id": str(n)}) for n, flow in enumerate(flows)]
    memory.load(streams.land("flows", at(1), pages=[*pages, page(flows[1], of={"user_id": "3"})]))
    [row] = memory.rows("engage_flow")
    assert (row["name"], life(row)) == ("new", (seen(1), seen(1, second=2), None))


def aggregate(number: int, user_ids: list[int], calls: int = 1) -> dict[str, Any]:
    """The answer for one day."""
    records = [{"userId": str(i), "userAggregateActivityStats": {"callsAsHost": calls}} for i in user_ids]
    return page(*records, of=day(number), answer={"timeZone": "US/Pacific"})


def activity(streams: StreamLander, planned: int, days: dict[int, list[int]], calls: int = 1) -> Window:
    pages = [aggregate(number, users, calls) for number, users in days.items()]
    return streams.land("activity_aggregate", at(planned), pages=pages)


def test_only_days_that_were_read_are_judged(streams: StreamLander, memory: Memory) -> None:
    memory.load(activity(streams, 5, {1: [1, 2], 2: [1, 2], 3: [1, 2]}))
    memory.load(activity(streams, 6, {2: [1], 3: []}))
    alive = [(user_id, str(date)) for user_id, date in memory.alive("user_activity_aggregate")]
    assert alive == [("1", "2026-11-01"), ("1", "2026-11-02"), ("2", "2026-11-01")]


def test_an_older_window_still_tells_of_the_days_that_no_newer_one_has_read(
    streams: StreamLander, memory: Memory
) -> None:
    memory.load(activity(streams, 6, {2: [1]}, calls=6))
    memory.load(activity(streams, 5, {1: [1, 2], 2: [1, 2]}, calls=5))
    rows = [
        (row["user_id"], str(row["from_date"]), row["calls_as_host"], row["_deleted_at"])
        for row in memory.rows("user_activity_aggregate")
    ]
    assert rows == [
        ("1", "2026-11-01", 5, None),
        ("1", "2026-11-02", 6, None),
        ("2", "2026-11-01", 5, None),
        ("2", "2026-11-02", 5, read(6)),
    ]


def test_days_of_a_stream_that_is_read_at_once_are_those_of_its_window(
    streams: StreamLander, memory: Memory
) -> None:
    def land(planned: int, *calls: str, **span: Any) -> Window:
        stats = [{"fromDate": "2026-11-02T00:00:00-08:00", "callsAsHost": list(calls)}]
        record = {"userId": "1", "userDailyActivityStats": stats}
        return streams.land("activity_day_by_day", at(planned), *([record] if calls else []), **span)

    span = {**day(1, 4), "from": at(1), "to": at(4), "time_zone": "US/Pacific"}
    memory.load(land(5, "8", "9", **span))
    memory.load(land(6, "8", **span))
    assert [key[-1] for key in memory.alive("user_activity_day")] == ["8"]
    memory.load(land(7, **{**span, **day(3, 5)}))
    assert len(memory.alive("user_activity_day")) == 1
    memory.load(land(8, **span))
    assert memory.alive("user_activity_day") == []


def test_periods_are_judged_by_their_own_kind(streams: StreamLander, memory: Memory) -> None:
    def land(planned: int, period: str, *starts: int) -> Window:
        parts = [{"fromDate": f"2026-11-{n:02d}", "toDate": "2026-11-20", "callsAsHost": n} for n in starts]
        record = {"userId": "1", "userAggregateActivity": parts}
        of = {**day(1, 20), "period": period}
        return streams.land("activity_by_period", at(planned), pages=[page(record, of=of)])

    memory.load(land(20, "WEEK", 2, 9))
    memory.load(land(21, "MONTH", 1))
    assert len(memory.alive("user_activity_by_period")) == 3
    memory.load(land(22, "WEEK", 9))
    assert [key[1:2] for key in memory.alive("user_activity_by_period")] == [("MONTH",), ("WEEK",)]


def scorecard(number: int, reviewed: str, *questions: str) -> dict[str, Any]:
    answers = [{"questionId": question, "score": 3} for question in questions]
    return {"answeredScorecardId": str(number), "reviewTime": reviewed, "answers": answers}


def answered(streams: StreamLander, planned: int, first: int, last: int, *records: Any) -> Window:
    span = {"from": at(first, 8), "to": at(last, 8), "time_zone": "US/Pacific"}
    pages = [page(*records, of=day(first, last))]
    return streams.land("answered_scorecards", at(planned), pages=pages, **span, **day(first, last))


def test_answered_scorecards_are_judged_by_the_companys_day_of_the_review(
    streams: StreamLander, memory: Memory
) -> None:
    # In California the first was reviewed on the 2nd, the second on the 3rd, the third on the 5th.
    times = {1: "2026-11-03T07:59:00Z", 2: "2026-11-03T08:00:00Z", 3: "2026-11-06T07:00:00Z"}
    cards = [scorecard(n, time, "q1", "q2") for n, time in times.items()]
    memory.load(answered(streams, 8, 1, 7, *cards))
    memory.load(answered(streams, 9, 3, 5))
    assert memory.alive("answered_scorecard") == [("1",), ("3",)]
    assert [key[0] for key in memory.alive("answered_scorecard_answer")] == ["1", "1", "3", "3"]
    # An answer goes with its scorecard, or alone.
    memory.load(answered(streams, 10, 1, 5, scorecard(1, times[1], "q2"), cards[1]))
    assert memory.alive("answered_scorecard_answer") == [
        ("1", "q2"), ("2", "q1"), ("2", "q2"), ("3", "q1"), ("3", "q2"),
    ]  # fmt: skip
    # A late load of an old window changes neither the scorecards nor their answers.
    memory.load(answered(streams, 7, 1, 7, scorecard(1, times[1], "q1")))
    assert memory.alive("answered_scorecard") == [("1",), ("2",), ("3",)]
    assert [key for key in memory.alive("answered_scorecard_answer") if key[0] == "1"] == [("1", "q2")]


def test_a_late_window_takes_no_answers_away(streams: StreamLander, memory: Memory) -> None:
    card = scorecard(1, "2026-11-03T12:00:00Z", "q1")
    memory.load(answered(streams, 8, 1, 7, card))
    memory.load(answered(streams, 12, 1, 7, card))
    memory.load(answered(streams, 10, 1, 7, scorecard(1, "2026-11-03T12:00:00Z")))
    assert memory.alive("answered_scorecard_answer") == [("1", "q1")]


def test_a_review_that_moved_keeps_its_first_sight(streams: StreamLander, memory: Memory) -> None:
    memory.load(answered(streams, 8, 1, 7, scorecard(1, "2026-11-03T12:00:00Z", "q1")))
    memory.load(answered(streams, 12, 9, 12, scorecard(1, "2026-11-10T12:00:00Z", "q1")))
    [row] = memory.rows("answered_scorecard")
    assert life(row) == (seen(8), seen(12), None)
    assert memory.written["answered_scorecard"] == 1
    assert "answered_scorecard_answer" not in memory.written


def access(streams: StreamLander, planned: int, **users: list[str]) -> Window:
    records = [{"callId": call, "users": [{"userId": u} for u in some]} for call, some in users.items()]
    return streams.land("call_user_access", at(planned), pages=[page(*records, of={"batch": "0"})])


def test_a_lookup_tells_of_the_ids_that_it_shows(streams: StreamLander, memory: Memory) -> None:
    memory.load(access(streams, 1, c1=["a", "b"], c2=["a"]))
    memory.load(access(streams, 2, c1=["b"], c3=[]))
    assert memory.alive("call_user_access") == [("c1", "b"), ("c2", "a")]
    memory.load(access(streams, 4, c2=[]))
    assert memory.alive("call_user_access") == [("c1", "b")]
    memory.load(access(streams, 3, c1=["a"], c2=["a", "z"]))
    assert memory.alive("call_user_access") == [("c1", "a")]
    assert memory.set_aside == 0


def objects(streams: StreamLander, planned: int, found: dict[str, Any], kind: str = "DEAL") -> Window:
    records = [{"key": key, "value": value} for key, value in found.items()]
    of = {"integration_id": "7", "object_type": kind, "batch": "0"}
    return streams.land("crm_objects", at(planned), pages=[page(*records, of=of)])


def test_missing_crm_objects_and_fields_are_gone(streams: StreamLander, memory: Memory) -> None:
    fields = {"name": "A", "amount": 5}
    memory.load(objects(streams, 1, {"d1": fields, "d2": fields, "d3": fields}))
    memory.load(objects(streams, 1, {"d1": fields}, kind="LEAD"))
    memory.load(objects(streams, 2, {"d1": {"name": "A"}, "d2": None}))
    alive = [(key[0], key[1], key[3]) for key in memory.alive("entity_value")]
    assert alive == [
        ("d1", "DEAL", "name"),
        ("d1", "LEAD", "amount"),
        ("d1", "LEAD", "name"),
        ("d3", "DEAL", "amount"),
        ("d3", "DEAL", "name"),
    ]
    assert memory.set_aside == 0
    # What was asked for is kept as a hash: it may be an e-mail address.
    assert "d1" not in str(memory.rows("_stream_scope"))


def test_coaching_and_logs_only_grow(streams: StreamLander, memory: Memory) -> None:
    def land(planned: int, *values: str) -> Window:
        metrics = {"Feedback": list(values)}
        record = {"manager": {"id": 2}, "directReportsMetrics": [{"report": {"id": 3}, "metrics": metrics}]}
        of = {"workspace_id": "1", "manager_id": "2"}
        return streams.land("coaching", at(planned), pages=[page(record, of=of)])

    memory.load(land(2, "a", "b"))
    memory.load(land(3, "c"))
    memory.load(land(1, "c"))
    assert [(row["value"], *life(row)) for row in memory.rows("coaching")] == [
        ("a", seen(2), seen(2), None),
        ("b", seen(2), seen(2), None),
        ("c", seen(1), seen(3), None),
    ]
    log = {"eventTime": at(1, 3), "userId": 5, "logRecord": {"action": "x"}}
    windows = [
        streams.land(name, at(day), log, **{"from": at(1), "to": at(2)})
        for name, day in (("logs_access", 2), ("logs_call_play", 2), ("logs_access", 3))
    ]
    memory.load(*windows)
    memory.load(windows[0])
    assert memory.written == {}
    rows = {row["log_type"]: row["_synced_at"] for row in memory.rows("audit_log")}
    assert rows == {"AccessLog": seen(2), "UserCallPlay": seen(2)}


def test_several_streams_at_once_do_not_touch_each_other(streams: StreamLander, memory: Memory) -> None:
    memory.load(
        streams.land("users", at(1), user(1)),
        streams.land("workspaces", at(1), {"id": 1}, {"id": 2}),
        streams.land("call_outcomes", at(1), {"callOutcome": "Busy"}),
    )
    memory.load(streams.land("workspaces", at(2), {"id": 2}))
    assert memory.alive("users") == [("1",)]
    assert memory.alive("workspace") == [("2",)]
    assert memory.alive("call_outcome") == [("Busy",)]


def test_a_key_that_is_stored_twice_is_mended(streams: StreamLander, memory: Memory) -> None:
    memory.load(streams.land("workspaces", at(1), place(1)))
    keyed = memory.keyed
    memory.keyed = lambda *a, **k: itertools.chain.from_iterable((r, r) for r in keyed(*a, **k))  # type: ignore[method-assign]
    memory.load(streams.land("workspaces", at(2), place(1)))
    assert memory.written["workspace"] == 1
    assert [life(row) for row in memory.rows("workspace")] == [(seen(1), seen(1), None)]
