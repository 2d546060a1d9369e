"""Hand-made landed windows, and two places to load them: the tables of a workspace, a real destination."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from include.landing import LandingZone
from include.warehouse import changes, rebuild
from include.warehouse.landed import complete_windows
from include.warehouse.tables import BY_NAME, CALLS
from include.warehouse.workspace import Workspace

Rows = list[dict[str, Any]]
Record = dict[str, Any]


def at(day: int, hour: int = 0, minute: int = 0) -> str:
    """A moment of November 2026."""
    return f"2026-11-{day:02d}T{hour:02d}:{minute:02d}:00+00:00"


def call(
    call_id: Any, *, title: str = "Intro", started: Any = None, scheduled: Any = None, **sections: Any
) -> Record:
    """One item of `calls`, with as few fields as possible."""
    meta = {"id": call_id, "title": title, "started": started or at(1, 9), "workspaceId": "55"}
    if scheduled is not None:
        meta["scheduled"] = scheduled
    meta |= sections.pop("meta", {})
    return {"metaData": meta, **sections}


def transcript(call_id: Any, *texts: str, speaker: str = "s1") -> Record:
    """One item of `callTranscripts`: one monologue with a sentence per text; none without texts."""
    sentences = [{"start": i * 1000, "end": i * 1000 + 900, "text": text} for i, text in enumerate(texts)]
    monologues = [{"speakerId": speaker, "topic": "Pricing", "sentences": sentences}] if texts else []
    return {"callId": call_id, "transcript": monologues}


class Lander:
    """Writes windows as the extraction does."""

    def __init__(self, url: str) -> None:
        self.zone = LandingZone(url)

    def window(self, planned: str, *, first: str = at(1), last: str = at(8)) -> dict[str, str]:
        return {"stream": "calls", "from": first, "to": last, "planned_at": planned}

    def land(
        self,
        planned: str,
        calls: Sequence[Any] = (),
        transcripts: Sequence[Any] = (),
        *,
        pages: Sequence[Mapping[str, Sequence[Any]]] | None = None,
        private: Sequence[str] = (),
        include_private: bool = False,
        landed: str | None = None,
        completed: str | None = None,
        complete: bool = True,
        **span: str,
    ) -> dict[str, str]:
        """One window; its page landed at its planning time plus 5 minutes, complete after 10."""
        window = self.window(planned, **span)
        moment = datetime.fromisoformat(planned)
        landed = landed or moment.replace(minute=moment.minute + 5).isoformat()
        completed = completed or moment.replace(minute=moment.minute + 10).isoformat()
        contents = pages if pages is not None else [{"calls": calls, "transcripts": transcripts}]
        listed = []
        for number, content in enumerate(contents):
            files = {
                stream: self.zone.put_page(window, page=number, stream=stream, records=records)
                for stream, records in content.items()
                if records
            }
            listed.append({"page": number, "landed_at": landed, "files": files, "records": {}})
        if complete:
            manifest = {
                "version": 1,
                "stream": "calls",
                "window": window,
                "include_private": include_private,
                "pages": listed,
                "records": {},
                "private_ids": list(private),
                "completed_at": completed,
            }
            self.zone.put_manifest(window, manifest)
        return window

    def overwrite(self, window: Mapping[str, Any], file: str, lines: Sequence[bytes]) -> None:
        """Put raw lines in place of a landed file."""
        (self.zone.folder(window) / file).write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines)))


class Local:
    """Loads into the tables of a workspace, as a rebuild does: the same SQL without a destination."""

    def __init__(self, lander: Lander, workspace: Workspace) -> None:
        self._lander, self._workspace = lander, workspace
        self._tables = rebuild.LocalTables(workspace)
        self.percent = 50.0
        self.guard: Any = None
        self.set_aside = 0

    def load(self, *windows: Mapping[str, Any]) -> dict[str, Any]:
        complete, _ = complete_windows(self._lander.zone, windows)
        self.set_aside, self.guard = rebuild.load(self._workspace, self._tables, complete, self.percent)
        return changes.summary(self._workspace)

    def wipe(self) -> None:
        for table in CALLS:
            self._workspace.run(f'DELETE FROM kept."{table.name}"')

    def dump(self) -> dict[str, Rows]:
        return {table.name: self.rows(table.name) for table in CALLS}

    def rows(self, table: str) -> Rows:
        columns = ", ".join(f'"{column}"' for column in BY_NAME[table].columns)
        return _plain(table, self._workspace.run(f'SELECT {columns} FROM kept."{table}"'))


def dump_duckdb(file: Path) -> dict[str, Rows]:
    """All rows of all tables, read by DuckDB itself."""
    import duckdb

    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {t.name: _plain(t.name, connection.execute(f'FROM gong."{t.name}"').fetchall()) for t in CALLS}


def dump_postgres(url: str) -> dict[str, Rows]:
    """All rows of all tables as of one moment: the server may still commit for a client that was killed."""
    import psycopg2

    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        result = {}
        for table in CALLS:
            cursor.execute(f'SELECT * FROM gong."{table.name}"')
            result[table.name] = _plain(table.name, cursor.fetchall())
        return result


def _plain(table: str, rows: Sequence[Sequence[Any]]) -> Rows:
    """Rows as mappings, times as ISO 8601 in UTC, in an order that depends on nothing but the values."""
    names = list(BY_NAME[table].columns)
    return sorted((dict(zip(names, map(_value, row), strict=True)) for row in rows), key=repr)


def _value(value: Any) -> Any:
    return value.astimezone(timezone.utc).isoformat() if isinstance(value, datetime) else value


def story(lander: Lander) -> Iterator[list[dict[str, str]]]:
    """Loads that go through everything that can happen to a call, one after the other."""
    busy = {
        "parties": [{"id": "p1", "name": "Ann"}, {"id": "p2", "name": ""}],
        "content": {"trackers": [{"id": "t", "name": "Price", "count": 0}], "brief": ""},
        "media": {"audioUrl": "https://one"},
    }
    plain = {key: value for key, value in busy.items() if key != "parties"}
    first = [call(str(i), title=f"Call {i}", **busy) for i in range(1, 9)]
    words = [transcript(str(i), "hello", "", "nul \0 and \ud83d") for i in range(1, 8)]
    yield [lander.land(at(10), first, words)]
    # 1 changed and lost its parties, 2 as before with new media addresses, 3 and 4 gone, 5 turned private;
    # the transcript of 6 came back empty, that of 7 not at all, that of 8 late.
    second = [
        call("1", title="Renamed", **plain),
        call("2", title="Call 2", **busy | {"media": {"audioUrl": "https://two"}}),
        *(call(str(i), title=f"Call {i}", **busy) for i in (6, 7, 8)),
        call("20", title="New", started=at(9, 9)),
    ]
    yield [
        lander.land(
            at(11),
            second[:5],
            [transcript("1", "hello again"), transcript("6"), transcript("8", "late")],
            private=["5"],
        ),
        lander.land(at(11), second[5:], first=at(8), last=at(15)),
    ]
    # 3 is back as it was, 5 is public again.
    again = [*second[:5], call("3", title="Call 3", **busy), call("5", title="Open", **busy)]
    yield [lander.land(at(12), again, [transcript("5", "public")])]
