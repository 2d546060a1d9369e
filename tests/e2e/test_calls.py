"""The calls flow under a real scheduler, which is broken on purpose; the tables must be exact at the end."""

from __future__ import annotations

import os
import random
import signal
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.e2e.conftest import KILLS, LONG, World, alive
from tests.support.emulator import KEY, SECRET
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

LIST = "/v2/calls/extensive"
HEADERS = {"host", "user-agent", "accept", "accept-encoding", "connection", "authorization"} | {
    "content-length",
    "content-type",
}
RECENT = datetime.now(timezone.utc).date() - timedelta(days=3)


def requests_for(calls: int, windows: int) -> int:
    """The most that may be asked: two a page, a page of slack per window, one for the plan."""
    return 2 * -(-calls // 100) + 2 * windows + 1


def test_three_runs_at_once_stay_within_the_limit(world: World) -> None:
    form = world.company(RECENT, calls=900)
    runs = [("gong_calls", form), ("gong_calls", form), ("gong_calls_sweep", {"days": 30})]
    started = [(dag_id, world.airflow.trigger(dag_id, conf)) for dag_id, conf in runs]
    for dag_id, run_id in started:
        world.finish(dag_id, run_id)
    world.assert_within_limits()
    world.assert_exact(form)
    assert len(world.emulator.requests()) <= 3 * requests_for(900, windows=1)
    (task,) = world.tasks("gong_calls", started[0][1], "extract_windows")
    ends = [f"{form[name][:10]} 00:00:00" for name in ("from", "to")]
    assert task["rendered_map_index"] == f"{ends[0]} to {ends[1]} UTC"
    assert world.tasks("gong_calls", started[0][1], "plan_windows")[0]["pool"] == "gong_api"


def test_kill_9_at_random_moments(world: World) -> None:
    form = world.company(date(2026, 3, 1), calls=1500)
    run_id = world.airflow.trigger("gong_calls", form)
    rng, kills = random.Random(), 0

    def victim() -> int | None:
        if world.airflow.run_state("gong_calls", run_id) in ("success", "failed"):
            raise AssertionError(f"over after {kills} kills: {world.why('gong_calls', run_id)}")
        running = [
            t["pid"]
            for t in world.tasks("gong_calls", run_id, "extract_windows")
            if t["state"] == "running" and t["pid"] and alive(t["pid"])
        ]
        return rng.choice(running) if running else None

    while kills < KILLS:
        seen = len(world.emulator.requests()) + rng.randint(0, 3)
        wait_until("some requests more", lambda seen=seen: len(world.emulator.requests()) >= seen, timeout=60)
        pid = wait_until("a running window", victim, timeout=60, every=0.05 + rng.random() * 0.3)
        os.kill(pid, signal.SIGKILL)
        kills += 1
        wait_until("its end", lambda pid=pid: not alive(pid), timeout=10)
    world.finish("gong_calls", run_id, timeout=300)
    world.assert_exact(form)
    world.assert_within_limits()
    assert len(world.emulator.requests()) <= requests_for(1500, windows=1) + kills


@LONG
def test_the_scheduler_is_killed_and_started_again(world: World) -> None:
    """Meanwhile a backfill is made: on SQLite Airflow makes none beside a scheduler, as the README says."""
    form = world.company(date(2026, 4, 1), calls=1500)
    run_id = world.airflow.trigger("gong_calls", form)
    wait_until("a window at work", lambda: len(world.emulator.requests()) > 12, timeout=60)
    world.airflow.kill_all()
    before = len(world.emulator.requests())
    hours = ["--from-date", "2026-03-30T15:00:00Z", "--to-date", "2026-03-30T17:00:00Z"]
    world.airflow.command("backfill", "create", "--dag-id", "gong_calls", *hours, "--max-active-runs", "2")
    world.airflow.start()
    world.airflow.wait_healthy()
    world.finish("gong_calls", run_id, timeout=300)

    def done() -> bool:
        runs = world.airflow.api("GET", "/dags/gong_calls/dagRuns?run_type=backfill")["dag_runs"]
        return [run["state"] for run in runs] == ["success"] * 3

    wait_until("the backfill", done, timeout=180)
    world.assert_exact(form)
    world.assert_within_limits()
    asked = [r["body"]["filter"]["fromDateTime"] for r in world.emulator.requests() if r["operation"] == LIST]
    assert {f"2026-03-30T{hour}:00:00Z" for hour in (15, 16, 17)} <= set(asked)
    killed, backfill = 3, 3 * 3
    assert before > 12
    assert len(world.emulator.requests()) <= requests_for(1500, windows=1) + killed + backfill


@LONG
def test_the_daily_limit_frees_worker_and_slot(world: World) -> None:
    form = world.company(date(2026, 6, 1), calls=600)
    # Thirteen requests in all: eight today, five when the day is over.
    world.emulator.control("PUT", "limits", {"per_second": 3, "per_day": 8, "reset_after_seconds": 80})
    run_id = world.airflow.trigger("gong_calls", form)

    def waiting() -> list[dict[str, Any]] | None:
        windows = world.tasks("gong_calls", run_id, "extract_windows")
        return windows if windows and all(t["state"] == "deferred" for t in windows) else None

    windows = wait_until("all windows to wait", waiting, timeout=90)
    pool = world.airflow.api("GET", "/pools/gong_api")
    assert (pool["occupied_slots"], pool["running_slots"]) == (0, 0)
    for task in windows:
        assert "Gong's request limit is reached, next try 20" in task["rendered_map_index"]
    world.finish("gong_calls", run_id, timeout=240)
    world.assert_exact(form)
    # By the day, that is: before it was used up a busy machine may once have been too early by milliseconds.
    refused = [r for r in world.emulator.requests() if r["status"] == 429 and r["n"] > 8]
    assert 1 <= len(refused) <= 3


def test_late_changed_private_and_deleted_calls_are_right_after_the_sweep(world: World) -> None:
    form = world.company(RECENT - timedelta(days=1), calls=60, days=3)
    # Another company in the same tables: its calls replace those of the first test in this range.
    emulator = world.emulator
    started = f"{RECENT - timedelta(days=2)}T15:00:00Z"
    far = "2099-01-01T00:00:00Z"
    late = emulator.control("POST", "calls", {"started": started, "appears": far, "title": "Came late"})["id"]
    with_late_transcript = next(
        c["id"] for c in emulator.calls() if c["transcriptAppears"] and not c["isPrivate"]
    )
    emulator.control("PATCH", f"calls/{with_late_transcript}", {"transcriptAppears": far})
    world.run("gong_calls", form)

    def rows(call_id: str) -> list[tuple[Any, ...]]:
        return world.sql(
            "SELECT title, is_private, _deleted_at IS NOT NULL, _first_seen_at - started > INTERVAL 2 DAYS,"
            " (SELECT count(*) FROM gong.transcript_sentence WHERE call_id = c.id)"
            f" FROM gong.call c WHERE id = '{call_id}'"
        )

    assert rows(late) == []
    assert rows(with_late_transcript)[0][4] == 0
    others = [
        c["id"]
        for c in emulator.calls()
        if not c["isPrivate"] and c["transcriptAppears"] and c["id"] not in (late, with_late_transcript)
    ]
    renamed, hidden, deleted = others[:3]
    emulator.control("PATCH", f"calls/{late}", {"appears": started, "transcriptAppears": started})
    emulator.control("PATCH", f"calls/{with_late_transcript}", {"transcriptAppears": started})
    emulator.control("PATCH", f"calls/{renamed}", {"title": "Another title"})
    emulator.control("PATCH", f"calls/{hidden}", {"isPrivate": True})
    emulator.control("PATCH", f"calls/{deleted}", {"deleted": True})
    world.run("gong_calls_sweep", {"days": 20})

    title, private, gone, came_late, sentences = rows(late)[0]
    assert (title, private, gone, came_late) == ("Came late", False, False, True)
    assert sentences > 0
    assert rows(with_late_transcript)[0][4] > 0
    assert rows(renamed)[0][:3] == ("Another title", False, False)
    title, private, gone, _, sentences = rows(hidden)[0]
    assert (title, private, gone, sentences) == (None, True, True, 0)
    assert rows(deleted)[0][2] is True
    (lateness,) = world.sql(
        "SELECT min(t._first_seen_at) - c._first_seen_at > INTERVAL 1 SECOND"
        " FROM gong.transcript t JOIN gong.call c ON c.id = t.call_id"
        f" WHERE c.id = '{with_late_transcript}' GROUP BY c._first_seen_at"
    )
    assert lateness[0] is True


def test_a_wrong_range_fails_at_once_and_asks_gong_nothing(world: World) -> None:
    world.company(date(2026, 2, 1), calls=10)
    run_id = world.airflow.trigger(
        "gong_calls", {"from": "2026-02-02T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    )
    assert world.airflow.wait_finished("gong_calls", run_id) == "failed"
    (plan,) = world.tasks("gong_calls", run_id, "plan_windows")
    assert (plan["state"], plan["try_number"]) == ("failed", 1)
    assert world.emulator.requests() == []


def test_the_watermark_moves_only_with_runs_that_read_from_it(world: World) -> None:
    world.company(RECENT, calls=30, days=3)
    world.run("gong_calls", {})
    first = world.emulator.requests()[0]["body"]["filter"]
    world.emulator.control("DELETE", "requests")
    world.run("gong_calls", {})
    second = world.emulator.requests()[0]["body"]["filter"]
    assert _days_before(first) == pytest.approx(40, abs=0.1)
    # From the watermark of the run before, minus a day of look-back.
    assert _days_before(second) == pytest.approx(1, abs=0.1)


def _days_before(dates: dict[str, str]) -> float:
    start, end = (
        datetime.fromisoformat(dates[k].replace("Z", "+00:00")) for k in ("fromDateTime", "toDateTime")
    )
    return (end - start) / timedelta(days=1)


def test_nothing_secret_or_personal_is_in_airflows_home(world: World) -> None:
    """Runs last: after all of the above."""
    world.run("gong_calls", world.company(date(2026, 2, 1), calls=50))
    sent = world.emulator.requests()
    assert sent
    for request in sent:
        assert {name.lower() for name in request["headers"]} <= HEADERS
    needles = {SECRET, KEY, "X-Amz-Signature"}
    for until, calls in ((RECENT, 900), (date(2026, 3, 1), 1500), (date(2026, 2, 1), 50)):
        world.company(until, calls=calls)
        for person in world.emulator.control("GET", "people")["people"]:
            needles |= {str(person[k]) for k in ("name", "emailAddress") if person[k]}
    assert len(needles) > 50
    searched = 0
    for path in world.airflow.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes().decode("utf-8", "replace")
            searched += 1
            assert [n for n in needles if n in content] == [], path
    assert searched > 10
