"""The CRM flows under a real scheduler: what Gong holds is what the CRM holds, and nothing is sent twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gong_airflow.crm.objects import OBJECT_TYPES
from include.crm.mapping import EPOCH, load_mapping
from include.emulator.options import Options
from include.local.sample_crm import make_sample_crm
from tests.e2e.conftest import KILLS, World, alive
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

DAG, VANISHED = "gong_crm", "gong_crm_vanished"
UNTIL = datetime(2026, 11, 1, tzinfo=timezone.utc)


class Crm:
    """The sample CRM of the emulated company, and what Gong holds of it."""

    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self.path = path

    def execute(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path)) as database, database:
            for statement in statements:
                database.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as database:
            return database.execute(query).fetchall()

    def records(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What Gong should hold, worked out without the flow's own code; nulls left out."""
        mapping = load_mapping()
        expected: dict[str, dict[str, dict[str, Any]]] = {}
        for object_type, objects in mapping.objects.items():
            kinds = {field.name: field.type for field in (*objects.object_type.fields, *objects.declared)}
            with closing(sqlite3.connect(self.path)) as database:
                cursor = database.execute(objects.sql(EPOCH))
                names = [column[0] for column in cursor.description]
                rows = [dict(zip(names, row, strict=True)) for row in cursor]
            expected[object_type] = {
                row["objectId"]: {name: _as_sent(kinds[name], value) for name, value in row.items()}
                for row in rows
                if not row.get("isDeleted")
            }
        return _plain(expected)

    def held(self) -> dict[str, dict[str, dict[str, Any]]]:
        held = self.world.emulator.crm()["objects"]
        return _plain({object_type: held.get(object_type, {}) for object_type in OBJECT_TYPES})

    def sent(self) -> Counter[tuple[str, str]]:
        """How often each record was sent."""
        return Counter(
            {
                (object_type, object_id): count
                for object_type, ids in self.world.emulator.crm()["sent"].items()
                for object_id, count in ids.items()
            }
        )

    def assert_equal(self) -> None:
        held, expected = self.held(), self.records()
        for object_type in OBJECT_TYPES:
            assert held[object_type].keys() == expected[object_type].keys(), object_type
            assert held[object_type] == expected[object_type]

    def uploads(self) -> int:
        return sum(r["operation"] == "/v2/crm/entities" for r in self.world.emulator.requests())


def _as_sent(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "BOOLEAN":
        return bool(value)
    if kind == "STRINGARRAY":
        return value.split(",")
    if kind == "DATETIME" and len(value) == len("2026-11-22"):
        return f"{value}T00:00:00Z"
    return value


def _plain(records: Any) -> Any:
    """Without what says nothing: nulls, and `isDeleted` of what is not deleted."""
    return {
        object_type: {
            object_id: {
                name: value
                for name, value in record.items()
                if value is not None and (name, value) != ("isDeleted", False)
            }
            for object_id, record in by_id.items()
        }
        for object_type, by_id in records.items()
    }


@pytest.fixture(scope="module")
def crm(world: World) -> Crm:
    """A fresh company, whose CRM Gong does not know yet."""
    options = Options(until=UNTIL, calls=600, days=10, seed=77)
    world.emulator.reset(calls=600, days=10, seed=77, until=UNTIL.date().isoformat(), per_second=3)
    world.emulator.crm_settings(processing_seconds=1)
    path = world.data / "crm.sqlite"
    make_sample_crm(path, options)
    return Crm(world, path)


def kill_9(world: World, run_id: str, times: int) -> Counter[str]:
    """Kill running tasks of a run at random moments, of nearly every step; how many of each."""
    kills: Counter[str] = Counter()
    rng = random.Random()

    def step_of(task_id: str) -> str:
        step = task_id.rpartition(".")[2]
        return "select" if step.startswith("select_") else step

    def victim() -> tuple[str, int] | None:
        if world.airflow.run_state(DAG, run_id) in ("success", "failed"):
            raise AssertionError(f"over after {kills}: {world.why(DAG, run_id)}")
        running = [
            (step_of(task["task_id"]), task["pid"])
            for task in world.tasks(DAG, run_id)
            if task["state"] == "running" and task["pid"] and alive(task["pid"])
        ]
        steps = [found for found in running if kills[found[0]] < -(-times // (len(KILLED) - 1))]
        return rng.choice(steps) if steps and steps[0][0] in KILLED else None

    while sum(kills.values()) < times:
        step, pid = wait_until("a running task", victim, timeout=90, every=0.05 + 0.3 * rng.random())
        os.kill(pid, signal.SIGKILL)
        kills[step] += 1
        wait_until("its end", lambda pid=pid: not alive(pid), timeout=10)
    return kills


KILLED = ("select", "upload", "wait_until_done", "sync_schema", "load_report")


def test_all_is_in_gong_once_although_tasks_are_killed(world: World, crm: Crm) -> None:
    run_id = world.airflow.trigger(DAG)
    kills = kill_9(world, run_id, KILLS)
    world.finish(DAG, run_id, timeout=120 + 30 * KILLS)
    crm.assert_equal()
    assert set(crm.sent().values()) == {1}, kills
    assert not any(world.emulator.crm()["unlinked"].values())
    world.assert_within_limits()

    before, asked = crm.uploads(), len(world.emulator.requests())
    world.run(DAG, {})
    assert crm.uploads() == before, "nothing has changed"
    # The integration; once a day (UTC) the four schemas, too.
    assert len(world.emulator.requests()) - asked in (1, 5)


def now() -> str:
    return f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def put_bad(crm: Crm) -> int:
    """New rows with 15 kinds of mistakes, two of each; how many."""
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("contact", {"id": "not_an_id{}"}),
        ("contact", {"id": "x" * 64 + "{}"}),
        ("contact", {"id": None}),
        ("contact", {"modified_at": None}),
        ("contact", {"modified_at": "yesterday"}),
        ("contact", {"email": "at example.com"}),
        ("contact", {"do_not_call": "perhaps"}),
        ("contact", {"account_id": "not_an_id"}),
        ("account", {"website": "www.example.com"}),
        ("account", {"tier": "Z"}),
        ("account", {"customer_since": "31.12.2025"}),
        ("opportunity", {"probability": 140}),
        ("opportunity", {"amount": "plenty"}),
        ("opportunity", {"stage": "no-such-stage"}),
        ("crm_user", {"email": None}),
    ]
    with closing(sqlite3.connect(crm.path)) as database, database:
        for number, (table, wrong) in enumerate(kinds * 2):
            row = {"id": f"bad-{number}", "modified_at": now(), "deleted": 0, **wrong}
            if isinstance(row["id"], str):
                row["id"] = row["id"].format(number)
            marks = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    return 2 * len(kinds)


def test_what_changed_is_sent_and_what_is_bad_is_told(world: World, crm: Crm) -> None:
    before = crm.sent()
    expected = crm.records()
    for table, column, rows in (
        ("contact", "job_title", 25),
        ("account", "name", 10),
        ("lead", "company", 15),
    ):
        crm.execute(
            f"UPDATE {table} SET {column} = 'Changed', modified_at = '{now()}' WHERE id IN"
            f" (SELECT id FROM {table} WHERE NOT deleted ORDER BY id LIMIT {rows})"
        )
    changed = crm.records()
    wanted = {
        (object_type, object_id)
        for object_type, by_id in changed.items()
        for object_id, record in by_id.items()
        if record != expected[object_type][object_id]
    }
    assert len(wanted) == 50
    bad = put_bad(crm)
    world.run(DAG, {})

    held = crm.held()
    assert held == changed, "what is bad is in Gong, or what is good is not"
    sent = crm.sent() - before
    refused = {record for record in sent if record not in wanted}
    assert {object_type for object_type, _ in refused} == {"DEAL"}
    assert len(refused) == 2
    assert set(sent.values()) == {1}
    errors = world.sql(
        "SELECT object_type, reason, checked_by FROM gong.crm_upload_error WHERE resolved_at IS NULL"
    )
    assert len(errors) == bad == 30
    assert Counter(checked_by for *_, checked_by in errors) == {"check": 28, "gong": 2}
    assert len({(object_type, reason) for object_type, reason, _ in errors}) >= 15


def test_an_emptied_table_deletes_nothing_until_a_person_approves(world: World, crm: Crm) -> None:
    before = crm.held()
    assert before["LEAD"]
    crm.execute("DELETE FROM lead")
    run_id = world.airflow.trigger(VANISHED)
    path = f"/dags/{VANISHED}/dagRuns/{quote(run_id, safe='')}/taskInstances/approve"

    def asked() -> Any:
        [task] = world.tasks(VANISHED, run_id, "approve")
        return task["state"] == "awaiting_input" and world.airflow.api("GET", f"{path}/-1/hitlDetails")

    details = wait_until("the question", asked, timeout=120)
    assert f"| LEAD | 0 | {len(before['LEAD'])} | **{len(before['LEAD'])}** |" in details["body"]
    assert crm.held() == before
    answer = {"chosen_options": ["Approve"], "params_input": {}}

    def answered() -> bool:
        # Airflow retries a task that was answered before its first process was gone, and asks again.
        found = asked()
        if found and not found["response_received"]:
            world.airflow.api("PATCH", f"{path}/-1/hitlDetails", answer)
        return world.airflow.run_state(VANISHED, run_id) in ("success", "failed")

    wait_until("the end", answered, timeout=180, every=1)
    world.finish(VANISHED, run_id)
    assert crm.held() == {**before, "LEAD": {}}


def test_what_gong_holds_is_read_back(world: World, crm: Crm) -> None:
    """A missing id is no row; the schema of each object type is a table."""
    ids = sorted(crm.held()["CONTACT"])[:2]
    conf = {"what": "crm_objects", "object_type": "CONTACT", "ids": [*ids, "nobody"]}
    lookup = world.airflow.trigger("gong_lookup", conf)
    world.run("gong_directory", {"streams": ["crm_schema_fields"]})
    world.finish("gong_lookup", lookup)
    held = crm.held()["CONTACT"]
    found = world.sql("SELECT object_id, name, value FROM gong.entity_value WHERE _deleted_at IS NULL")
    assert {row[0] for row in found} == set(ids)
    for object_id, name, value in found:
        assert name != "emailAddress" or value == held[object_id]["emailAddress"]
    counts = world.emulator.counts()
    for table in ("crm", "account_entity_schema", "contact_entity_schema"):
        assert world.sql(f"SELECT count(*) FROM gong.{table}") == [(counts[table],)]
    assert counts["contact_entity_schema"] > 0


def test_nothing_personal_is_in_airflows_home(world: World, crm: Crm) -> None:
    """Addresses, numbers and names of the CRM are in no log, XCom or error."""
    rows = crm.rows("SELECT email, phone, last_name FROM contact WHERE email IS NOT NULL")
    words = {word.encode() for row in rows for word in row if word and (" " in word or "@" in word)}
    assert len(words) > 50
    for path in world.airflow.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert [word for word in words if word in content] == [], path
