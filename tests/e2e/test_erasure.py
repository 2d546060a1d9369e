"""Erasure under a real scheduler: a person who is everywhere, and afterwards nowhere."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import re
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from include.emulator.options import Options
from include.local.sample_crm import make_sample_crm
from tests.e2e.conftest import KILLS, World, alive
from tests.support.recordings import put_good
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

DAG = "gong_erasure"
ADDRESSES = [
    "Trillian.Astra@Sirius.example",
    "trillian.astra@sirius.example",
    "TRILLIAN.ASTRA@SIRIUS.EXAMPLE",
]
NUMBERS = ["+1 425 555 2671", "+44 20 7946 0018"]
# However it is written: letters of any case, numbers with anything between their digits.
SPELLINGS = re.compile(
    rb"trillian(?:\.|\s*dot\s*)astra\s*(?:@|%40|&#64;|\\u0040|\(at\)|\[at\]|at)\s*sirius"
    + rb"|" + rb"\D{0,3}".join(b"4255552671"[i : i + 1] for i in range(10))
    + rb"|" + rb"\D{0,3}".join(b"2079460018"[i : i + 1] for i in range(10)),
    re.IGNORECASE,
)  # fmt: skip
# Many times in a row a digit and something else: a spelling would be found in any list of short numbers.
BINARY = {".wav", ".mp3", ".mp4", ".mkv", ".flac", ".parquet"}
STEPS = ("look_up", "survey", "suppress", "erase", "purge", "verify", "search", "certify")


@pytest.fixture(scope="module")
def calls(world: World) -> dict[str, Any]:
    """A company with the person in 40 calls, in others by mention, in a recording and the CRM; all landed."""
    # The sweeps read up to now.
    today = datetime.now(timezone.utc).date() - timedelta(days=1)
    world.clear()
    form = world.company(today, calls=240, days=8)
    world.emulator.control("PUT", "uploads/settings", {"processing_seconds": 1})
    world.emulator.crm_settings(processing_seconds=1)
    person = {"emails": ADDRESSES, "phones": NUMBERS, "calls": 40, "mentions": 6, "emails_sent": 5}
    planted = world.emulator.control("POST", "privacy/people", {**person, "meetings": 2, "engagement": 2})
    others = [
        world.emulator.control("POST", "privacy/people", {"emails": [f"{name}@sirius.example"], "calls": 1})
        for name in ("arthur", "ford", "zaphod")
    ]
    until = datetime.combine(today, datetime.min.time(), timezone.utc)
    crm = world.data / "crm.sqlite"
    make_sample_crm(crm, Options(until=until, calls=240, days=8, seed=today.toordinal()))
    add_contact(crm)
    guest = {"name": "A Guest", "emailAddress": ADDRESSES[2], "phoneNumber": NUMBERS[1]}
    started = (datetime.now(timezone.utc) - timedelta(hours=3)).isoformat()
    host = world.emulator.importing_user()
    put_good(world.drop, "talk", host, 4242, actualStart=started, parties=[{"userId": host}, guest])
    forms: dict[str, dict[str, Any]] = {"gong_calls": form, "gong_recordings": {}, "gong_crm": {}}
    runs = {dag_id: world.airflow.trigger(dag_id, conf) for dag_id, conf in forms.items()}
    for dag_id, run_id in runs.items():
        world.finish(dag_id, run_id)
    return {"form": form, "ids": set(planted["call_ids"]), "mentions": set(planted["mention_call_ids"]),
            "others": [call for other in others for call in other["call_ids"]]}  # fmt: skip


def add_contact(crm: Path) -> None:
    now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    with closing(sqlite3.connect(crm)) as database, database:
        database.execute(
            "INSERT INTO contact (id, account_id, first_name, last_name, email, phone, modified_at,"
            " created_at, deleted) SELECT 'heart-of-gold', id, 'T', 'A', ?, ?, ?, ?, 0 FROM account LIMIT 1",
            (ADDRESSES[1], NUMBERS[0], now, now),
        )


def remove_contact(crm: Path) -> None:
    """What the company does first, in its own system."""
    with closing(sqlite3.connect(crm)) as database:
        database.execute("DELETE FROM contact WHERE id = 'heart-of-gold'")
        database.commit()
        database.execute("VACUUM")


def start(world: World, **conf: Any) -> str:
    return world.airflow.trigger(DAG, {"ticket": "GDPR-2026-17", "dry_run": False, **conf})


def state_of(world: World, run_id: str, task_id: str) -> str | None:
    return next((t["state"] for t in world.tasks(DAG, run_id, task_id)), None)


def answer(world: World, run_id: str, choice: str) -> None:
    """Answer the question; once more if Airflow puts it again, as it does when it is answered at once."""
    wait_until("the question", lambda: state_of(world, run_id, "approve") == "awaiting_input", timeout=120)
    path = f"/dags/{DAG}/dagRuns/{quote(run_id, safe='')}/taskInstances/approve/-1/hitlDetails"
    body = world.airflow.api("GET", path)["body"]
    assert not SPELLINGS.search(body.encode()), "a person approves counts"

    def answered() -> bool:
        state = state_of(world, run_id, "approve")
        if state == "awaiting_input":
            try:
                world.airflow.api("PATCH", path, {"chosen_options": [choice], "params_input": {}})
            except requests.HTTPError as error:
                if error.response.status_code != requests.codes.conflict:  # it has been answered meanwhile
                    raise
        return state in ("success", "failed")

    wait_until("the answer", answered, timeout=60)


def rows(world: World, without: set[str] = frozenset()) -> dict[str, tuple[int, int]]:
    """How many rows each table has, and the sum of their hashes; but for rows that hold one of the ids."""
    names = world.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'gong'"
        " AND NOT starts_with(table_name, '_') AND table_name <> 'erasure'"
    )
    other = f"NOT regexp_matches(t::VARCHAR, '{'|'.join(sorted(without))}')" if without else "true"
    query = " UNION ALL ".join(
        f"SELECT '{name}', count(*), sum(hash(t::VARCHAR)::HUGEINT) FROM gong.\"{name}\" t WHERE {other}"
        for (name,) in names
    )
    return {str(name): (int(count), int(total or 0)) for name, count, total in world.sql(query)}


def lines(world: World, without: set[str] = frozenset()) -> Counter[str]:
    """A hash of every landed record, but of calls with one of the ids."""
    found: Counter[str] = Counter()
    for path in (world.data / "landing").rglob("page-*.ndjson.gz"):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            record = json.loads(line)
            call = str(record.get("callId") or (record.get("metaData") or {}).get("id") or record.get("id"))
            if call not in without:
                found[hashlib.sha256(f"{path.parent}{line!r}".encode()).hexdigest()] += 1
    return found


def traces(*folders: Path) -> Iterator[str]:
    """Files below `folders` that hold the person in any spelling, by every byte of them."""
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
            content = path.read_bytes()
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            text = b"".join(re.findall(rb"[\x20-\x7e\s]{6,}", content)) if path.suffix in BINARY else content
            hit = SPELLINGS.search(text) or SPELLINGS.search(str(path.relative_to(folder)).encode())
            if hit:
                yield f"{path}: …{text[max(0, hit.start() - 40) : hit.end() + 20]!r}"


def text_in_tables(world: World) -> list[str]:
    """Tables that hold the person in any column: in the file's bytes blocks may be compressed."""
    names = world.sql("SELECT table_schema, table_name FROM information_schema.tables")
    pattern = SPELLINGS.pattern.decode().replace("'", "''")
    query = " UNION ALL ".join(
        f'SELECT \'{schema}.{name}\', count(*) FROM "{schema}"."{name}" t'
        f" WHERE regexp_matches(t::VARCHAR, '{pattern}', 'i')"
        for schema, name in names
    )
    return [str(table) for table, count in world.sql(query) if count]


def erase_requests(world: World) -> list[dict[str, Any]]:
    return [r for r in world.emulator.requests() if "erase-data-for" in r["operation"]]


def test_without_a_persons_yes_nothing_changes(world: World, calls: dict[str, Any]) -> None:
    """A dry run, a no and no answer, each for somebody else; the address of none of them is kept."""
    before = rows(world), lines(world), set(world.emulator.control("GET", "calls")["calls"][0])
    held = {call["id"] for call in world.emulator.calls() if not call["deleted"]}
    with pytest.raises(requests.HTTPError, match="400"):
        start(world, email_address="no address")
    runs = {
        "dry": start(world, email_address="arthur@sirius.example", dry_run=True),
        "no": start(world, email_address="ford@sirius.example"),
        "silence": start(world, email_address="zaphod@sirius.example"),
    }
    answer(world, runs["no"], "Reject")
    world.finish(DAG, runs["dry"])
    world.finish(DAG, runs["no"])
    assert world.airflow.wait_finished(DAG, runs["silence"], 120) == "failed"
    assert {state_of(world, runs["silence"], task) for task in ("suppress", "erase")} == {"upstream_failed"}
    assert (rows(world), lines(world)) == before[:2]
    assert {call["id"] for call in world.emulator.calls() if not call["deleted"]} == held
    assert erase_requests(world) == []
    assert not (world.data / "erasure" / "suppressed").exists()
    # Their runs are over, and with them the keys.
    assert world.airflow.api("GET", "/variables?variable_key_pattern=gong_erasure")["variables"] == []
    kept = [path for path in world.airflow.home.rglob("*") if path.is_file()]
    for name in (b"arthur@sirius", b"ford@sirius", b"zaphod@sirius"):
        assert [path for path in kept if name in path.read_bytes()] == []


def test_a_person_is_erased_everywhere_while_calls_are_read_and_tasks_are_killed(
    world: World, calls: dict[str, Any]
) -> None:
    crm = world.data / "crm.sqlite"
    remove_contact(crm)
    uploaded = {str(upload["callId"]) for upload in world.emulator.uploads()}
    gone = calls["ids"] | uploaded
    apart = gone | calls["mentions"]
    before = rows(world, apart), lines(world, apart)
    assert list(traces(world.data)), "the person is there"
    assert {"gong.call_participant", "gong.transcript_sentence"} <= set(text_in_tables(world))
    run_id = start(world, email_address=ADDRESSES[0])
    kills, reads = accompany(world, run_id, calls["form"])
    assert world.airflow.run_state(DAG, run_id) == "success", world.why(DAG, run_id)

    assert reads, "calls were read meanwhile"
    held = {call["id"] for call in world.emulator.calls() if not call["deleted"]}
    assert not held & gone
    assert calls["mentions"] <= held
    # Everything else is as it was; sweeps have landed it once more.
    assert rows(world, apart) == before[0]
    assert not before[1] - lines(world, apart)
    assert list(traces(world.data, world.airflow.home)) == []
    assert text_in_tables(world) == []
    sent = Counter(json.dumps(r["query"]) for r in erase_requests(world))
    told = "\n".join(log_of(world, run_id, "erase"))
    assert max(sent.values()) == 1 or "sent again" in told, (sent, kills)
    assert world.airflow.api("GET", "/variables?variable_key_pattern=gong_erasure")["variables"] == []

    [certificate] = (world.data / "erasure" / "certificates").glob("*.json")
    document = json.loads(certificate.read_bytes())
    assert certificate.with_suffix(".html").exists()
    [row] = world.sql("SELECT ticket, status, gong_calls, subject_hash FROM gong.erasure")
    assert row[:2] == ("GDPR-2026-17", "erased")
    assert row[2] >= 40
    assert row[3] in json.dumps(document)


class Killer:
    """Kills tasks of random steps, each within 2 s after it was seen running."""

    def __init__(self) -> None:
        self._rng = random.Random()
        self.planned = Counter(self._rng.sample(STEPS * -(-KILLS // len(STEPS)), KILLS))
        self.kills = Counter[str]()
        self._moments: dict[int, float] = {}

    def look(self, tasks: dict[str, dict[str, Any]]) -> None:
        for step, following in pairwise(STEPS):
            # What was over before it could be killed: the next one in its place.
            if tasks.get(step, {}).get("state") == "success":
                self.planned[following] += self.planned[step] - self.kills[step]
                self.planned[step] = self.kills[step]
        for step in self.planned - self.kills:
            task = tasks.get(step, {})
            pid = task.get("state") == "running" and task["pid"]
            now = time.monotonic()
            if pid and alive(pid) and now >= self._moments.setdefault(pid, now + self._rng.uniform(0, 2)):
                os.kill(pid, signal.SIGKILL)
                self.kills[step] += 1


def accompany(world: World, run_id: str, form: dict[str, str]) -> tuple[Counter[str], int]:
    """Bring a run to its end: kill tasks, approve, let the hours pass, read calls all the time."""
    killer, reads = Killer(), 0
    answered, reading = False, ("", "")

    def over() -> bool:
        nonlocal answered, reading, reads
        if world.airflow.run_state(DAG, run_id) in ("success", "failed"):
            return True
        tasks = {task["task_id"]: task for task in world.tasks(DAG, run_id)}
        if tasks.get("approve", {}).get("state") == "awaiting_input":
            answer(world, run_id, "Approve")
            answered = True
        if answered and (not reading[1] or world.airflow.run_state(*reading) in ("success", "failed")):
            dag_id, conf = [("gong_calls", form), ("gong_calls_sweep", {"days": 9})][reads % 2]
            reading = dag_id, world.airflow.trigger(dag_id, conf)
            reads += 1
        if tasks.get("verify", {}).get("state") in ("deferred", "running"):
            world.emulator.advance(300)
        killer.look(tasks)
        return False

    wait_until("the erasure", over, timeout=240 + 30 * KILLS, every=0.3)
    sys.stdout.write(f"killed: {dict(killer.kills)} of {dict(killer.planned)}\n")  # shown by pytest -rP
    if reading[1]:
        world.finish(*reading)
    return killer.kills, reads


def log_of(world: World, run_id: str, task_id: str) -> list[str]:
    folder = world.airflow.home / "logs" / f"dag_id={DAG}" / f"run_id={run_id}" / f"task_id={task_id}"
    return [path.read_text() for path in sorted(folder.rglob("*.log"))]


def test_nothing_brings_the_person_back(world: World, calls: dict[str, Any]) -> None:
    """The CRM has the contact again, and a recording comes: neither goes into Gong, nor stays with us."""
    sent = world.emulator.crm()["sent"]["CONTACT"]
    add_contact(world.data / "crm.sqlite")
    host = world.emulator.importing_user()
    guest = {"name": "A Guest", "emailAddress": ADDRESSES[0]}
    started = (datetime.now(timezone.utc) - timedelta(hours=2)).isoformat()
    put_good(world.drop, "again", host, 4243, actualStart=started, parties=[{"userId": host}, guest])
    uploads = len(world.emulator.uploads())
    runs = {dag_id: world.airflow.trigger(dag_id, {}) for dag_id in ("gong_recordings", "gong_crm")}
    for dag_id, run_id in runs.items():
        world.finish(dag_id, run_id)
    assert world.emulator.crm()["sent"]["CONTACT"] == sent
    assert len(world.emulator.uploads()) == uploads
    rejected = list((world.drop.parent / "rejected").glob("again*"))
    assert [path for path in rejected if path.name.endswith(".reason.txt")]
    for path in rejected:
        path.unlink()
    remove_contact(world.data / "crm.sqlite")
