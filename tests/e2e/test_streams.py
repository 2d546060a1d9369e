"""Everything else that Gong has, under a real scheduler and an OAuth app whose access token ends."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from include.local.report import TABLES, differing
from tests.e2e.conftest import KILLS, World
from tests.support.emulator import KEY, SECRET
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

UNTIL = datetime.now(timezone.utc).date() - timedelta(days=3)
DAYS = 2
# Forty tasks at once with E2E_KILLS=20, thirty-three in CI.
LONG = KILLS >= 20
FORM = {"from": (UNTIL - timedelta(days=DAYS + 1)).isoformat(), "to": None}
CONNECTION = "/connections/gong_default"


@pytest.fixture(scope="module")
def app(world: World) -> Iterator[dict[str, str]]:
    """A fresh company, and an OAuth app of it in the connection, as a person puts it there."""
    options = {"calls": 60, "days": DAYS, "until": UNTIL.isoformat(), "seed": 55}
    world.emulator.reset(**options, per_second=3, per_day=10_000)
    made = world.emulator.oauth_app()
    url = world.emulator.url
    del made["code"]
    extra = {**made, "token_url": f"{url}/oauth2/generate-customer-token"}
    given = {"connection_id": "gong_default", "conn_type": "gong"}
    world.airflow.api("PATCH", CONNECTION, {**given, "host": None, "port": None, "extra": json.dumps(extra)})
    world.run("gong_token", {})
    yield made
    key = {"access_key": KEY, "access_key_secret": SECRET}
    world.airflow.api("PATCH", CONNECTION, {**given, "host": url, "extra": json.dumps(key)})


def rows(world: World) -> dict[str, int]:
    """Rows that are not marked deleted, by table."""
    tables = [
        name for (name,) in world.sql("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'gong'")
    ]
    marked = {
        name
        for (name,) in world.sql("SELECT table_name FROM duckdb_columns() WHERE column_name = '_deleted_at'")
    }
    query = " UNION ALL ".join(
        f"SELECT '{name}', count(*) FROM gong.{name}"
        + (" WHERE _deleted_at IS NULL" if name in marked and name not in ("call", "transcript") else "")
        for name in tables
    )
    return dict(world.sql(query))  # type: ignore[arg-type]


def held(world: World) -> dict[str, int]:
    """What Gong holds beside calls: the tables of those hold the companies of other tests, too."""
    return {table: count for table, count in world.emulator.counts().items() if table not in TABLES}


def content(world: World) -> dict[str, str]:
    """A hash of all rows, `_synced_at` and all, by table."""
    whole = "SELECT md5(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) FROM gong.{} t"
    # The bookkeeping of the loader tells when it was looked at last.
    return {name: str(world.sql(whole.format(name))) for name in rows(world) if not name.startswith("_")}


def states(world: World, dag_id: str, run_id: str) -> dict[str, str]:
    return {str(task["task_id"]): str(task["state"]) for task in world.tasks(dag_id, run_id)}


def test_dozens_of_tasks_outlive_their_access_token_and_fill_every_table(
    world: World, app: dict[str, str]
) -> None:
    world.emulator.end_access_tokens()
    day = timedelta(days=1)
    calls = {"from": f"{UNTIL - (DAYS + 1) * day}T00:00:00Z", "to": f"{UNTIL + day}T00:00:00Z"}
    wanted = [("gong_directory", {}), ("gong_activity", FORM), ("gong_audit", calls)]
    wanted += [("gong_calls", calls), ("gong_calls_sweep", {"days": 8})] * (3 if LONG else 1)
    runs = [(dag_id, world.airflow.trigger(dag_id, conf)) for dag_id, conf in wanted]

    def refused() -> bool:
        return sum(request["status"] == 401 for request in world.emulator.requests()) >= 6

    wait_until("some that meet the end of the token", refused, timeout=120)
    world.run("gong_token", {"now": True})
    for dag_id, run_id in runs:
        world.finish(dag_id, run_id, timeout=300)
    asked = [t for dag_id, run_id in runs for t in world.tasks(dag_id, run_id) if t["pool"] == "gong_api"]
    assert len(asked) >= (40 if LONG else 33)
    assert {task["state"] for task in asked} <= {"success", "skipped"}
    sent = [token["sent"] for token in world.emulator.oauth()["refresh_tokens"]]
    assert sorted(sent) == [0, 1, 1], "the first token, the renewal, and the one that is kept for the next"
    world.assert_within_limits()
    assert differing(rows(world), held(world)) == []
    assert rows(world)["audit_log"] == world.emulator.counts()["audit_log"]


@pytest.mark.skipif(not LONG, reason="a longer look: E2E_KILLS=20")
def test_a_second_run_changes_what_changed_and_says_what_it_may_not_read(
    world: World, app: dict[str, str]
) -> None:
    before = content(world)
    gone = world.emulator.records("trackers")[0]["recordId"]
    world.emulator.delete_record("trackers", gone)
    world.emulator.products(engage=False)
    run_id = world.run("gong_directory", {})
    world.emulator.products(engage=True)
    after = content(world)
    changed = {"tracker", "tracker_language", "tracker_keyword"}
    assert {table for table in after if after[table] != before.get(table)} == changed
    assert world.sql("SELECT tracker_id FROM gong.tracker WHERE _deleted_at IS NOT NULL") == [(gone,)]
    assert differing(rows(world), held(world)) == []
    found = states(world, "gong_directory", run_id)
    skipped = {task_id for task_id, state in found.items() if state == "skipped"}
    assert skipped == {"extract.flows", "extract.flow_folders"}
    [log] = sorted((world.airflow.home / "logs").rglob(f"*{run_id}*/**/*report_not_read*/*.log"))
    assert "flows was not read: Gong answers 403" in log.read_text()
    assert "It wants Gong Engage and scope api:flows:read" in log.read_text()


def test_who_may_see_a_call_is_looked_up(world: World, app: dict[str, str]) -> None:
    granted = world.emulator.records("call_user_access")
    ids = sorted({row["_callId"] for row in granted})[:3]
    run_id = world.run("gong_lookup", {"what": "call_user_access", "ids": ids})
    assert states(world, "gong_lookup", run_id)["extract.crm_objects"] == "skipped"
    expected = {(row["_callId"], row["userId"]) for row in granted if row["_callId"] in ids}
    assert len(expected) >= 3
    assert set(world.sql("SELECT call_id, user_id FROM gong.call_user_access")) == expected


def test_media_of_calls_land_once(world: World, app: dict[str, str]) -> None:
    world.emulator.control("PUT", "media", {"bytes": 40_000})
    form = {"from": f"{UNTIL - timedelta(days=1)}T00:00:00Z", "to": f"{UNTIL}T00:00:00Z", "kinds": ["audio"]}
    world.run("gong_media", form)
    found = world.sql("SELECT path, bytes FROM gong.call_media")
    assert len(found) >= 5
    for path, size in found:
        assert (world.data / "landing" / path).stat().st_size == size == 40_000
    sent = world.emulator.control("GET", "media")["bytesSent"]
    world.run("gong_media", form)
    assert world.emulator.control("GET", "media")["bytesSent"] == sent == 40_000 * len(found)


def test_nothing_personal_or_secret_of_it_lies_where_it_should_not(world: World, app: dict[str, str]) -> None:
    """Audit rows are redacted before they land; tokens are in no log, XCom or table."""
    people = [person["emailAddress"] for person in world.emulator.control("GET", "people")["people"]]
    addresses = {word.lower() for word in people if word}
    landed = [
        line
        for path in sorted((world.data / "landing").glob("logs_*/*/*/*.ndjson.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]
    assert len(landed) > 30
    for line in landed:
        assert "@" not in line.replace("<e-mail>", "")
        assert "%40" not in line
        assert not re.search(r"\beyJ[\w-]{8,}", line)
    needles = {app["client_secret"], app["refresh_token"], *addresses}
    for path in world.airflow.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes().decode("utf-8", "replace").lower()
            assert [n for n in needles if n.lower() in content] == [], path
