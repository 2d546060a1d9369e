"""Hand-made windows of streams, and tables in memory to load them into."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from warehouse_records import Record, Rows, _plain

from include.landing import LandingZone
from include.warehouse import stream_load, timeline
from include.warehouse.declaration import Table
from include.warehouse.landed import complete_windows
from include.warehouse.tables import BY_NAME
from include.warehouse.workspace import Workspace

Window = dict[str, Any]


def page(
    *records: Any, of: Mapping[str, str] | None = None, answer: Mapping[str, Any] | None = None
) -> Record:
    """One request's answer."""
    return {"records": list(records), "of": of, "answer": answer}


class StreamLander:
    """Writes windows as the extraction does: pages land five minutes after the planning, it takes ten."""

    def __init__(self, url: str) -> None:
        self.zone = LandingZone(url)

    def land(
        self,
        stream: str,
        planned: str,
        *records: Any,
        pages: Sequence[Record] | None = None,
        items: Sequence[Mapping[str, str]] | None = None,
        refused: Sequence[Mapping[str, Any]] = (),
        **span: Any,
    ) -> Window:
        """Of several pages each lands a second after the one before; items are those of the pages."""
        window = {"stream": stream, "from": None, "to": None, "planned_at": planned, "name": stream, **span}
        given = [page(*records)] if pages is None else pages
        moment = datetime.fromisoformat(planned)
        listed = []
        for number, answer in enumerate(given):
            name = self.zone.put_page(window, page=number, stream=stream, records=answer["records"])
            landed = (moment + timedelta(minutes=5, seconds=number)).isoformat()
            facts = {key: answer[key] for key in ("of", "answer") if answer[key] is not None}
            listed.append({"page": number, "landed_at": landed, "files": {stream: name}, **facts})
        manifest = {
            "version": 1,
            "stream": stream,
            "window": window,
            "pages": listed,
            "completed_at": (moment + timedelta(minutes=10)).isoformat(),
        }
        several = [answer["of"] for answer in given if answer["of"]]
        if several or items is not None or refused:
            manifest |= {"items": several if items is None else list(items), "refused": list(refused)}
        self.zone.put_manifest(window, manifest)
        return window


class Memory:
    """Tables in memory, read and written like a destination; `written` tells what the last load changed."""

    def __init__(self, zone: LandingZone, workspace: Workspace) -> None:
        self._zone, self._workspace = zone, workspace
        self._tables: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {}
        self.percent = 50.0
        self.written: dict[str, int] = {}
        self.vanished: dict[str, tuple[int, int]] = {}
        self.set_aside = 0

    def load(self, *windows: Window) -> None:
        complete, _ = complete_windows(self._zone, windows)
        workspace = self._workspace
        workspace.run("DROP SCHEMA IF EXISTS feed CASCADE")
        staged = stream_load.stage(workspace, complete)
        self.set_aside = sum(landed.set_aside for _, landed in staged)
        self.vanished = stream_load.compare(workspace, self, staged, self.percent)  # type: ignore[arg-type]
        self.written = {}
        for table in timeline.changed(workspace, stream_load.tables_of(staged)):
            for _, batch in timeline.batches(workspace, [table]):
                self.written[table.name] = self.written.get(table.name, 0) + batch.num_rows
                for row in zip(*batch.to_pydict().values(), strict=True):
                    self._tables.setdefault(table.name, {})[_key(table, row)] = row

    def forget(self) -> None:
        """Empty all tables."""
        self._tables.clear()

    def keyed(
        self,
        table: Table,
        ids: Sequence[Any] | None = None,
        *,
        by: str = "",
        between: tuple[Any, Any] | None = None,
        only: Collection[str] = (),
    ) -> Iterator[tuple[Any, ...]]:
        """As `Store.keyed`."""
        names = list(table.columns)
        for row in list(self._tables.get(table.name, {}).values()):
            value = row[names.index(by or table.lookup[0])]
            if between is not None and not (value is None or between[0] <= value <= between[1]):
                continue
            if ids is not None and value not in ids:
                continue
            yield tuple(v if not only or n in only else None for n, v in zip(names, row, strict=True))

    def rows(self, table: str) -> Rows:
        return _plain(table, list(self._tables.get(table, {}).values()))

    def alive(self, table: str) -> list[tuple[Any, ...]]:
        """The keys of the rows that are not marked deleted."""
        names = BY_NAME[table].key
        return [tuple(row[n] for n in names) for row in self.rows(table) if row["_deleted_at"] is None]

    def dump(self) -> dict[str, Rows]:
        return {name: self.rows(name) for name in sorted(self._tables)}


def _key(table: Table, row: Sequence[Any]) -> tuple[Any, ...]:
    names = list(table.columns)
    return tuple(row[names.index(name)] for name in table.key)


def life(row: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """When a row was first seen, when its version landed, when it was found gone."""
    return row["_first_seen_at"], row["_synced_at"], row["_deleted_at"]
