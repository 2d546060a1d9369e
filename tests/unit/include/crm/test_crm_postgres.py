"""The shipped mapping on PostgreSQL: what is sent is byte for byte what the same rows in SQLite give."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gong_airflow.crm.objects import OBJECT_TYPES
from include.crm.mapping import load_mapping
from include.crm.outbox import Outbox
from include.crm.selecting import select_rows
from include.crm.source import Source
from include.emulator.options import Options
from include.local.sample_crm import make_sample_crm
from tests.support.postgres import postgres_server

UNTIL = datetime(2026, 11, 1, tzinfo=timezone.utc)
# What a database has types for; the rest is text and integers in both.
TYPES = {
    "modified_at": "timestamptz",
    "created_at": "timestamptz",
    "last_contact": "timestamptz",
    "closes_on": "date",
    "customer_since": "date",
    "deleted": "boolean",
    "do_not_call": "boolean",
    "in_use": "boolean",
    "strategic": "boolean",
    "won": "integer",
    "closed": "integer",
    "position": "integer",
    "employees": "integer",
    "revenue": "numeric",
    "amount": "numeric",
    "probability": "numeric",
    "expected_value": "numeric",
}
TABLES = ("crm_user", "opportunity_stage", "account", "contact", "opportunity", "lead")


def selected(outbox: Outbox) -> dict[str, list[str]]:
    """Hashes of the files of everything, by object type."""
    chosen = select_rows(
        load_mapping(),
        Source("crm_source"),
        outbox,
        integration_id="",
        run_id="run",
        watermarks={},
        now=UNTIL,
        look_back=timedelta(0),
        most_bad=0,
    )
    hashes: dict[str, list[str]] = {}
    for object_type, files in chosen.items():
        for file in files:
            with outbox.open(file) as content:
                hashes.setdefault(object_type, []).append(hashlib.sha256(content.read()).hexdigest())
    return hashes


@pytest.mark.postgres
def test_postgresql_gives_the_same_files_as_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg2
    from psycopg2.extras import execute_values

    path = tmp_path / "crm.sqlite"
    make_sample_crm(path, Options(until=UNTIL, calls=500))
    connection = json.dumps({"conn_type": "sqlite", "host": str(path)})
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SOURCE", connection)
    wanted = selected(Outbox(url=f"file://{tmp_path}/sqlite"))
    assert set(wanted) == set(OBJECT_TYPES)

    with postgres_server() as url, contextlib.closing(sqlite3.connect(path)) as sample:
        with contextlib.closing(psycopg2.connect(url)) as database, database, database.cursor() as cursor:
            for table in TABLES:
                rows = sample.execute(f"SELECT * FROM {table}")
                names = [column[0] for column in rows.description]
                columns = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in names)
                cursor.execute(f"CREATE TABLE {table} ({columns})")
                kinds = [TYPES.get(name, "text") for name in names]
                values = [
                    [
                        bool(v) if k == "boolean" and v is not None else v
                        for k, v in zip(kinds, row, strict=True)
                    ]
                    for row in rows
                ]
                execute_values(cursor, f"INSERT INTO {table} VALUES %s", values)
        monkeypatch.setenv("AIRFLOW_CONN_CRM_SOURCE", url)
        assert selected(Outbox(url=f"file://{tmp_path}/postgres")) == wanted
