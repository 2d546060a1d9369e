"""The recordings flow under a real scheduler, which is broken on purpose; each recording is in Gong once."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import KILLS, LONG, World, alive
from tests.support.emulator import KEY, SECRET
from tests.support.recordings import FORMATS, TWELVE_BAD, make_media, make_metadata, put_good
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

DAG = "gong_recordings"
STARTED = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=3)
STEPS = ("check", "add_call", "upload_media", "wait_until_shown", "file")
seeds = iter(range(1, 10_000))


@pytest.fixture
def drop(world: World) -> Iterator[Path]:
    """An empty drop folder of a fresh company that needs two seconds to process a recording."""
    # A seed of its own, or the calls would have the ids of those that lie in `done` already.
    world.emulator.reset(calls=5, per_second=3, per_day=10_000, seed=next(seeds))
    settings(world, processing_seconds=2)
    yield world.drop
    left = [path for path in world.drop.rglob("*") if path.is_file()]
    assert left == [], "nothing may stay behind"


def settings(world: World, **values: Any) -> None:
    world.emulator.control("PUT", "uploads/settings", values)


def user(world: World) -> str:
    return world.emulator.importing_user()


def put(world: World, name: str, **changes: Any) -> None:
    changes.setdefault("actualStart", STARTED.isoformat())
    put_good(world.drop, name, user(world), next(seeds), **changes)


def steps(world: World, run_id: str, step: str) -> list[dict[str, Any]]:
    return world.tasks(DAG, run_id, f"recording.{step}")


def kill_9(world: World, run_id: str, times: int) -> Counter[str]:
    """Kill running tasks at random moments, so many that every step is hit; how many of each."""
    kills: Counter[str] = Counter()
    most = {"find_recordings": 0, "load_uploads": 0, "report_rejected": 0, "all_settled": 0}
    rng = random.Random()

    def victim() -> tuple[str, int] | None:
        if world.airflow.run_state(DAG, run_id) in ("success", "failed"):
            raise AssertionError(f"over after {kills}: {world.why(DAG, run_id)}")
        running = [
            (task["task_id"], task["pid"])
            for task in world.tasks(DAG, run_id)
            if task["state"] == "running" and task["pid"] and alive(task["pid"])
        ]
        wanted = [found for found in running if kills[found[0]] < most.get(found[0], -(-times // len(STEPS)))]
        return rng.choice(wanted) if wanted else None

    while sum(kills.values()) < times:
        step, pid = wait_until("a running task", victim, timeout=90, every=0.05 + 0.2 * rng.random())
        os.kill(pid, signal.SIGKILL)
        kills[step] += 1
        wait_until("its end", lambda pid=pid: not alive(pid), timeout=10)
    return kills


def test_ten_of_twenty_two_arrive_once_and_twelve_are_rejected_with_kills(world: World, drop: Path) -> None:
    """A slow server, so that uploads are there to be killed."""
    settings(world, read_bytes_per_second=500_000)
    host, sent = user(world), {}
    for number in range(10):
        name, kind = f"zaphod@example.com +15550104242 {number:02}", list(FORMATS)[number % len(FORMATS)]
        start = (STARTED + timedelta(seconds=number)).isoformat()
        metadata = make_metadata(
            host, seed=next(seeds), actualStart=start, customData=f"private matter {number}"
        )
        if number % 2:
            metadata["clientUniqueId"] = f"pbx-{number}"
        metadata |= {"fieldOfTomorrow": {"kept": [1, None]}, "title": "Talk with Trillian Astra"}
        guest = {"name": "Zaphod Beeblebrox", "emailAddress": "zaphod@example.com"}
        metadata["parties"].append({**guest, "phoneNumber": "+1 555-010-4242"})
        media = make_media(kind, seed=next(seeds))
        (drop / f"{name}.{kind.lower()}").write_bytes(media)
        (drop / f"{name}.json").write_text(json.dumps({"$schema": "./recording.schema.json", **metadata}))
        sent[hashlib.sha256(media).hexdigest()] = metadata
    for number, write in enumerate(TWELVE_BAD.values()):
        write(drop, f"bad-{number:02}", host, next(seeds))
    run_id = world.airflow.trigger(DAG, {})
    kills = kill_9(world, run_id, times=max(KILLS, len(STEPS)))
    world.finish(DAG, run_id, timeout=300)

    assert {f"recording.{step}" for step in STEPS} <= set(kills), kills
    uploads = world.emulator.uploads()
    assert {upload["sha256"] for upload in uploads} == set(sent)
    assert [upload["state"] for upload in uploads] == ["visible"] * 10
    for upload in uploads:
        metadata = sent[upload["sha256"]]
        derived = {"clientUniqueId": metadata.get("clientUniqueId", upload["sha256"])}
        assert upload["body"] == {**metadata, **derived}
        assert list((drop.parent / "done" / upload["callId"]).glob("recording.*"))
    reasons = [path.read_text() for path in (drop.parent / "rejected").glob("*.reason.txt")]
    # Without what all of them say: the name, the time and the way back.
    said = {tuple(line for line in text.splitlines() if line.startswith("-")) for text in reasons}
    assert len(reasons) == len(said) == 12
    rejected = [task for task in steps(world, run_id, "check") if task["state"] == "skipped"]
    assert len(rejected) == 12
    for task in rejected:
        assert " - rejected: " in task["rendered_map_index"]
    of_run = f"FROM gong.recording_upload WHERE run_id = '{run_id}'"
    rows = world.sql(f"SELECT status, call_id, media_sha256 {of_run} ORDER BY 1, 2")
    assert Counter(row[0] for row in rows) == {"done": 10, "rejected": 12}
    assert {(u["callId"], u["sha256"]) for u in uploads} == {row[1:] for row in rows if row[0] == "done"}

    hour = timedelta(hours=1)
    world.run("gong_calls", {"from": (STARTED - hour).isoformat(), "to": (STARTED + hour).isoformat()})
    ids = ", ".join(f"'{upload['callId']}'" for upload in uploads)
    calls = world.sql(
        f"SELECT id, client_unique_id, title, custom_data, started FROM gong.call WHERE id IN ({ids})"
    )
    assert len(calls) == 10
    by_id = {upload["callId"]: upload["body"] for upload in uploads}
    for call_id, unique_id, title, custom_data, started in calls:
        body = by_id[call_id]
        assert (unique_id, title, custom_data) == (
            body["clientUniqueId"],
            body.get("title", title),
            body["customData"],
        )
        assert started == datetime.fromisoformat(body["actualStart"])


@LONG
def test_five_that_wait_hold_no_worker_and_no_slot(world: World, drop: Path) -> None:
    settings(world, processing_seconds=100_000)
    for number in range(5):
        put(world, f"waiting-{number}")
    run_id = world.airflow.trigger(DAG, {"wait_hours": 30})

    def waiting() -> bool:
        states = [task["state"] for task in steps(world, run_id, "wait_until_shown")]
        return states == ["deferred"] * 5 and _between_looks(world, run_id)

    wait_until("all five to wait", waiting, timeout=180)
    pool = world.airflow.api("GET", "/pools/gong_api")
    assert (pool["occupied_slots"], pool["running_slots"], pool["queued_slots"]) == (0, 0, 0)
    assert [task for task in world.tasks(DAG, run_id) if task["state"] in ("running", "queued")] == []
    for task in steps(world, run_id, "wait_until_shown"):
        assert "Gong does not show the call yet, next try 20" in task["rendered_map_index"]
    # Past the deadline one more look is taken, and what Gong drops is said.
    for upload in world.emulator.uploads()[:1]:
        world.emulator.control("POST", f"uploads/{upload['callId']}/discard", {"reason": "no speech"})
    settings(world, processing_seconds=0)
    lost = world.emulator.uploads()[0]["callId"]
    world.emulator.advance(100_000)
    done = wait_until("four of five", lambda: _filed(world, run_id) == 4, timeout=180, every=1)
    assert done
    wait_until(
        "the fifth to wait on",
        lambda: Counter(t["state"] for t in steps(world, run_id, "wait_until_shown"))["deferred"] == 1,
    )
    # One that waits for long does not hold up the rows of the others: any other run loads them.
    world.run(DAG, {})
    waiting_rows = "SELECT count(*) FROM gong.recording_upload WHERE file_name LIKE 'waiting-%'"
    assert world.sql(waiting_rows) == [(4,)]
    world.airflow.api("PATCH", f"/dags/{DAG}/dagRuns/{run_id}", {"state": "failed"})
    # The next run takes it over, and gives it up at once.
    second = world.airflow.trigger(DAG, {"wait_hours": 0.0001})
    assert world.airflow.wait_finished(DAG, second, 120) == "failed"
    (task,) = steps(world, second, "wait_until_shown")
    assert (task["state"], task["try_number"]) == ("failed", 1)
    (text,) = [p.read_text() for p in (drop.parent / "rejected").glob("waiting-*.reason.txt")]
    assert lost in text
    assert "too short" in text


def _between_looks(world: World, run_id: str) -> bool:
    names = [str(t["rendered_map_index"]) for t in steps(world, run_id, "wait_until_shown")]
    return all("does not show the call yet" in name for name in names)


def _filed(world: World, run_id: str) -> int:
    return sum(task["state"] == "success" for task in steps(world, run_id, "file"))


def test_nothing_secret_or_personal_is_in_airflows_home(world: World, drop: Path) -> None:
    """Runs last: after all of the above."""
    needles = {SECRET, KEY, "Beeblebrox", "zaphod@", "555-010-4242", "5550104242", "Trillian"}
    needles |= {"private matter"}
    searched = 0
    for path in world.airflow.home.rglob("*"):
        if path.is_file():
            searched += 1
            content = path.read_bytes().decode("utf-8", "replace")
            assert [needle for needle in needles if needle in content] == [], path
    assert searched > 10
