"""The same tables on PostgreSQL, on a server that keeps another time zone."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import psycopg2
import pytest
from warehouse_records import Lander, Local, at, call, dump_postgres, story

from include.warehouse import Warehouse
from include.warehouse.errors import DestinationError, DestinationLockedError
from include.warehouse.tables import CALLS

pytestmark = pytest.mark.postgres


def run(url: str, sql: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
        connection.commit()
        return rows


def test_the_story_gives_the_same_rows(lander: Lander, local: Local, postgres: str) -> None:
    warehouse = Warehouse("postgres", postgres)
    assert set(warehouse.counts().values()) == {0}
    loads = list(story(lander))
    for windows in loads:
        expected = local.load(*windows)
        counts = warehouse.load_calls(lander.zone, windows)
        assert {unit: counts[unit] for unit in ("calls", "transcripts")} == expected
    assert dump_postgres(postgres) == local.dump()
    versions = run(postgres, "SELECT xmin, id FROM gong.call ORDER BY id")
    for windows in (*loads, list(itertools.chain(*loads))):
        assert warehouse.load_calls(lander.zone, windows)["rows"] == {}
    assert run(postgres, "SELECT xmin, id FROM gong.call ORDER BY id") == versions
    counts = warehouse.counts()
    assert {name: counts[name] for name in ("call", "deleted")} == {"call": 9, "deleted": 1}
    warehouse.rebuild(lander.zone)
    assert dump_postgres(postgres) == local.dump()


def test_empty_and_absent_stay_apart_and_types_are_kept(lander: Lander, postgres: str) -> None:
    texts = ["", None, '"', "a,b\n\\N", "\\", "'", "NULL", " x ", "\u00e9\U0001f600", "nul \0"]
    calls = [call(str(i), meta={"purpose": text, "duration": i}) for i, text in enumerate(texts)]
    Warehouse("postgres", postgres).load_calls(lander.zone, [lander.land(at(10), calls)])
    rows = run(postgres, "SELECT purpose, duration FROM gong.call ORDER BY duration")
    expected = [*texts[:-1], "nul \ufffd"]
    assert rows == [(text, number) for number, text in enumerate(expected)]
    described = (
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'gong' AND table_name = '{}' ORDER BY ordinal_position"
    )
    types = dict(run(postgres, described.format("call")))
    assert (types["id"], types["duration"], types["is_private"]) == ("character varying", "bigint", "boolean")
    assert types["started"] == types["_synced_at"] == "timestamp with time zone"
    for table in CALLS:
        assert [name for name, _ in run(postgres, described.format(table.name))] == list(table.columns)
    [(staged,)] = run(postgres, "SELECT count(*) FROM gong_staging.call")
    assert staged == 0
    assert len(
        run(postgres, "SELECT 1 FROM pg_indexes WHERE schemaname = 'gong' AND indexname LIKE '%id'")
    ) >= len(CALLS)


def test_one_load_at_a_time(lander: Lander, postgres: str) -> None:
    from include.warehouse.destination import Target
    from include.warehouse.store import Store

    window = lander.land(at(10), [call("1")])
    with (
        Store.one_load(Target.resolve("postgres", postgres)),
        pytest.raises(DestinationLockedError, match="another load into the schema gong is under way"),
    ):
        Warehouse("postgres", postgres, lock_timeout=0.0).load_calls(lander.zone, [window])
    Warehouse("postgres", postgres, lock_timeout=0.0).load_calls(lander.zone, [window])


def test_errors_hold_no_values(lander: Lander, postgres: str) -> None:
    run(postgres, "CREATE SCHEMA gong; CREATE TABLE gong.call_key_point (call_id VARCHAR, text INTEGER)")
    window = lander.land(at(10), [call("1", content={"keyPoints": [{"text": "secret"}]})])
    with pytest.raises(DestinationError) as caught:
        Warehouse("postgres", postgres).load_calls(lander.zone, [window])
    assert "secret" not in str(caught.value)
    assert run(postgres, "SELECT count(*) FROM gong.call") == [(0,)]
    with pytest.raises(DestinationError) as caught:
        Warehouse("postgres", "postgresql://ann:secret@127.0.0.1:1/gong").counts()
    assert "secret" not in str(caught.value)
    assert "ann" not in str(caught.value)
