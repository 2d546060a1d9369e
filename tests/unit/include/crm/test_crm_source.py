"""Rows of any SQL connection: streamed, typed as the driver gives them, never written to."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import types
import weakref
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from gong_airflow.errors import GongConfigurationError, GongError
from include.crm.errors import SourceError
from include.crm.source import Source
from tests.support.postgres import postgres_server


def connect(monkeypatch: pytest.MonkeyPatch, **connection: Any) -> Source:
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SOURCE", json.dumps(connection))
    return Source(batch=3)


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    path = tmp_path / "größe 1.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE person (id TEXT, score REAL, born INTEGER)")
        database.executemany("INSERT INTO person VALUES (?, ?, ?)", [(f"p{n}", n / 2, n) for n in range(7)])
    return connect(monkeypatch, conn_type="sqlite", host=str(path))


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for these tests; it ends with them."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["psycopg", "psycopg2"])
def postgres(request: pytest.FixtureRequest, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Source:
    from airflow.providers.postgres.hooks import postgres as provider

    monkeypatch.setattr(provider, "USE_PSYCOPG3", request.param == "psycopg")
    server = urlsplit(postgres_url)
    # A connection whose rows are dicts, for other users of it.
    extra = {"cursor": "dictcursor"}
    return connect(
        monkeypatch,
        conn_type="postgres",
        host=server.hostname,
        port=server.port,
        login="gong",
        schema="postgres",
        extra=extra,
    )


def read(source: Source, sql: str) -> tuple[list[str], list[Any]]:
    with source.rows(sql) as rows:
        return rows.columns, [row for batch in rows for row in batch]


def failure(source: Source, sql: str) -> GongError:
    with pytest.raises(GongError) as caught:
        read(source, sql)
    chain: BaseException | None = caught.value
    while chain := chain.__cause__ or chain.__context__:  # what a log would show as well
        assert "secret" not in str(chain)
    assert "secret" not in str(caught.value)
    return caught.value


class TestSqlite:
    def test_rows_come_in_batches_with_their_types(self, crm: Source) -> None:
        with crm.rows(
            "SELECT id, score, born, NULL AS none, '5%' AS \"Per cent\" FROM person ORDER BY id"
        ) as rows:
            assert rows.columns == ["id", "score", "born", "none", "Per cent"]
            batches = list(rows)
        assert [len(batch) for batch in batches] == [3, 3, 1]
        assert batches[2] == [("p6", 3.0, 6, None, "5%")]

    def test_no_rows_have_columns(self, crm: Source) -> None:
        assert read(crm, "SELECT id, born FROM person WHERE 1 = 0") == (["id", "born"], [])

    def test_nothing_is_written(self, crm: Source) -> None:
        for sql in ("INSERT INTO person VALUES ('x', 1, 1) RETURNING id", "PRAGMA user_version = 7"):
            error = failure(crm, sql)
            assert isinstance(error, GongConfigurationError)
            assert "attempt to write a readonly database" in error.what
        assert "has no columns" in failure(crm, "BEGIN").what
        assert len(read(crm, "SELECT * FROM person")[1]) == 7

    def test_a_missing_file_stays_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source = connect(monkeypatch, conn_type="sqlite", host=f"{tmp_path}/none.sqlite?mode=ro")
        assert isinstance(failure(source, "SELECT 1"), SourceError)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("SELECT a FROM nowhere", "no such table: nowhere"),
            ("SELECT a FROM person", "no such column: a"),
            ("SELEKT id FROM person", "syntax error"),
        ],
    )
    def test_a_wrong_query_is_explained(self, crm: Source, sql: str, said: str) -> None:
        error = failure(crm, sql)
        assert isinstance(error, GongConfigurationError)
        assert said in str(error)
        assert "SQL file" in str(error)

    def test_an_error_in_the_midst_of_it_quotes_no_row(self, crm: Source) -> None:
        broken = "SELECT CASE WHEN born < 5 THEN id ELSE CAST(x'736563726574ff' AS TEXT) END FROM person"
        seen = []
        with pytest.raises(SourceError) as caught, crm.rows(broken) as rows:
            seen += [len(batch) for batch in rows]
        assert seen == []
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
        assert "secret" not in str(caught.value)


class TestConnection:
    def test_there_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        source = Source()
        assert not source.exists()
        assert "There is no connection crm_source" in failure(source, "SELECT 1").what
        monkeypatch.setenv("AIRFLOW_CONN_CRM_SOURCE", "sqlite:///x")
        assert source.exists()

    @pytest.mark.parametrize(
        ("conn_type", "said"), [("http", "does not lead to a SQL database"), ("oracle", "is not installed")]
    )
    def test_another_type(self, conn_type: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
        error = failure(connect(monkeypatch, conn_type=conn_type, host="db.example"), "SELECT 1")
        assert isinstance(error, GongConfigurationError)
        assert said in error.what

    def test_who_reads_may_fail_with_errors_of_its_own(self, crm: Source) -> None:
        with pytest.raises(ZeroDivisionError), crm.rows("SELECT 1") as rows:
            _ = [1 // 0 for _ in rows]


@pytest.mark.postgres
class TestPostgres:
    def test_types(self, postgres: Source) -> None:
        columns, rows = read(
            postgres,
            """SELECT 'é' AS a, 9007199254740993 AS b, 0.10::numeric AS c, 1.5::float8 AS d, true AS "E",
                      '2026-11-22 10:00:00'::timestamp AS f, '2026-11-22 10:00:00Z'::timestamptz AS g,
                      '2026-11-22'::date AS h, '7f3e5a52-3c1d-4f3a-9d2e-0f6c1b2a3d4e'::uuid AS i,
                      ARRAY['x.example', NULL] AS j, '{"k": [1]}'::jsonb AS k, NULL AS l, '5%' AS m""",
        )
        assert columns == ["a", "b", "c", "d", "E", *"fghijklm"]
        [row] = rows
        assert type(row) is tuple
        assert row[:6] == ("é", 9007199254740993, Decimal("0.10"), 1.5, True, datetime(2026, 11, 22, 10))  # noqa: DTZ001
        assert row[6] == datetime(2026, 11, 22, 10, tzinfo=timezone.utc)
        assert row[7] == date(2026, 11, 22)
        assert UUID(str(row[8])) == UUID("7f3e5a52-3c1d-4f3a-9d2e-0f6c1b2a3d4e")
        assert row[9:] == (["x.example", None], {"k": [1]}, None, "5%")

    def test_batches(self, postgres: Source) -> None:
        with postgres.rows("SELECT n FROM generate_series(1, 7) AS n") as rows:
            assert [len(batch) for batch in rows] == [3, 3, 1]
        assert read(postgres, "SELECT 1 AS a WHERE false") == (["a"], [])

    def test_nothing_is_written(self, postgres: Source, postgres_url: str) -> None:
        import psycopg2

        sql = "DROP TABLE IF EXISTS kept; CREATE TABLE kept (id int); DROP FUNCTION IF EXISTS put; "
        sql += "CREATE FUNCTION put() RETURNS int LANGUAGE sql AS 'INSERT INTO kept VALUES (1) RETURNING id'"
        with contextlib.closing(psycopg2.connect(postgres_url)) as database, database.cursor() as cursor:
            cursor.execute(sql)
            database.commit()
        error = failure(postgres, "SELECT put()")
        assert isinstance(error, GongConfigurationError)
        assert "read-only transaction" in error.what
        assert read(postgres, "SELECT count(*) FROM kept")[1] == [(0,)]

    def test_errors(self, postgres: Source) -> None:
        error = failure(postgres, "SELECT nothing FROM pg_class")
        assert isinstance(error, GongConfigurationError)
        assert 'column "nothing" does not exist' in error.what
        error = failure(postgres, "SELECT t::int FROM (VALUES ('1'), ('secret@x.example')) AS v(t)")
        assert isinstance(error, GongConfigurationError)
        assert "22P02" in error.what
        late = failure(postgres, "SELECT 10 / (6 - n) AS secret FROM generate_series(1, 9) AS n")
        assert "22012" in late.what

    def test_nothing_is_left_open(self, postgres: Source) -> None:
        with pytest.raises(ZeroDivisionError), postgres.rows("SELECT generate_series(1, 100)") as rows:
            _ = [1 // 0 for _ in rows]
        ours = (
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gong' AND state = 'idle in transaction'"
        )
        assert read(postgres, ours)[1] == [(0,)]

    def test_it_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        source = connect(monkeypatch, conn_type="postgres", host="127.0.0.1", port=1, login="secret")
        assert isinstance(failure(source, "SELECT 1"), SourceError)

    def test_memory_does_not_grow_with_the_rows(self, postgres: Source) -> None:
        small, large = peak(1_000), peak(100_000)
        # The large result is some 25 MB as it comes over the wire, and twice that as Python's.
        assert large - small < 8_000_000, (small, large)


PEAK = """
import pathlib, resource, sys
from include.crm.source import Source
if sys.argv[2] == "psycopg2":
    from airflow.providers.postgres.hooks import postgres
    postgres.USE_PSYCOPG3 = False
count = 0
with Source(batch=1000).rows(
    f"SELECT n, md5(n::text) AS a, repeat(md5(n::text), 6) AS b FROM generate_series(1, {sys.argv[1]}) AS n"
) as rows:
    for batch in rows:
        count += len(batch)
assert count == int(sys.argv[1])
status = pathlib.Path("/proc/self/status")
if status.exists():  # Linux hands the peak of who started the process down to it, in ru_maxrss
    print(int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(rows: int) -> int:
    """Bytes that a process holds at most while it reads so many rows."""
    from airflow.providers.postgres.hooks import postgres as provider

    driver = "psycopg" if provider.USE_PSYCOPG3 else "psycopg2"
    command = [sys.executable, "-c", PEAK, str(rows), driver]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


class Batch(list[Any]):
    """A list whose end can be watched."""


class Cursor:
    """A driver's cursor over `batches`; `kind` is what the driver was asked for."""

    description = (("a", None),)

    def __init__(self, batches: list[Any], said: list[str], kind: Any = None) -> None:
        self.batches, self.said, self.kind = batches, said, kind

    def execute(self, sql: str) -> None:
        self.said.append(sql)

    def fetchmany(self, size: int) -> Any:
        return self.batches.pop(0)()

    def close(self) -> None:
        self.said.append("the cursor reads on to the end")


def stand_in(monkeypatch: pytest.MonkeyPatch, driver: str, *batches: Any) -> tuple[Source, list[Any]]:
    """A source whose driver gives what each of `batches` makes; and what it was told."""
    said: list[Any] = []

    def cursor(_self: Any, kind: Any = None) -> Cursor:
        said.append(kind)
        return Cursor([*batches, list], said, kind)

    connection = type("Connection", (), {"__module__": f"{driver}.connections", "cursor": cursor})()
    hook = types.SimpleNamespace(get_conn=lambda: connection)
    monkeypatch.setattr(Source, "_hook", lambda self: hook)
    return Source(), said


@pytest.mark.parametrize("driver", ["pymysql", "MySQLdb"])
def test_mysql_gets_an_unbuffered_cursor_that_cannot_write(
    driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbuffered = object()
    monkeypatch.setitem(sys.modules, driver, types.ModuleType(driver))
    monkeypatch.setitem(sys.modules, f"{driver}.cursors", types.SimpleNamespace(SSCursor=unbuffered))  # type: ignore[arg-type]
    source, said = stand_in(monkeypatch, driver, lambda: [(1,)])
    assert read(source, "SELECT a") == (["a"], [(1,)])
    assert said == [None, "SET SESSION TRANSACTION READ ONLY", unbuffered, "SELECT a"]


def test_rows_of_a_drivers_own_kind_become_tuples(monkeypatch: pytest.MonkeyPatch) -> None:
    class Row:
        def __iter__(self) -> Iterator[int]:
            return iter((1, 2))

    source, _ = stand_in(monkeypatch, "pyodbc", lambda: [Row(), Row()])
    assert read(source, "SELECT a")[1] == [(1, 2), (1, 2)]


def test_a_batch_is_let_go_before_the_next_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[Any] = []

    def make() -> Batch:
        assert not [one for one in alive if one() is not None]
        made = Batch([(1,), (2,)])
        alive.append(weakref.ref(made))
        return made

    source, _ = stand_in(monkeypatch, "driver", make, make, make)
    with source.rows("SELECT a") as rows:
        for batch in rows:
            assert len(batch) == 2
            del batch
    assert len(alive) == 3
