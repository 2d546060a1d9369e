"""What a load changes: landed versions compared with what the tables know."""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from include.warehouse.errors import VanishedGuardError
from include.warehouse.workspace import Workspace

_VERSION = ("_content_hash", "_first_seen_at", "_synced_at", "_deleted_at")
_CALL = ("id", *_VERSION, "is_private", "workspace_id", "started", "scheduled")
_TRANSCRIPT = ("call_id", *_VERSION)
_CANDIDATE = ("id", "started", "scheduled", "_first_seen_at", "_synced_at")
# Fewer calls than this may always be gone.
GUARD_LEAST = 20


class Known(Protocol):
    """The tables as far as a comparison needs them."""

    def known(self, table: str, columns: Sequence[str], ids: Sequence[str]) -> Iterator[tuple[Any, ...]]: ...

    def started_within(
        self, columns: Sequence[str], spans: Iterable[tuple[datetime, datetime]]
    ) -> Iterator[tuple[Any, ...]]: ...


def plan(workspace: Workspace, tables: Known, max_vanished_percent: float) -> VanishedGuardError | None:
    """Compare what is staged with `tables`; leave the tables `_unit`, `_touch` and the documents to shape.

    Returns the error to raise after the load when too many calls seem to have vanished; none is marked then.
    """
    ids = [
        row[0]
        for row in workspace.run(
            "SELECT id FROM landed_calls UNION SELECT id FROM landed_transcripts"
            " UNION SELECT id FROM private_id ORDER BY id"
        )
    ]
    workspace.fill("known_call", tables.known("call", _CALL, ids))
    spans = workspace.run("SELECT DISTINCT from_time, to_time FROM loaded_window ORDER BY ALL")
    workspace.fill("candidate", tables.started_within(_CANDIDATE, _joined(spans)))
    workspace.step("1_calls")
    workspace.step("2_vanished")
    guard = _guard(workspace, max_vanished_percent)
    ids += [row[0] for row in workspace.run("SELECT id FROM vanished ORDER BY id")]
    for table in ("transcript", "_transcript_empty"):
        workspace.fill("known_transcript", tables.known(table, _TRANSCRIPT, ids))
    workspace.step("3_transcripts")
    workspace.step("4_writes")
    return guard


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Sorted spans, those that touch or overlap made one."""
    joined: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _guard(workspace: Workspace, percent: float) -> VanishedGuardError | None:
    """Too many at once is rather a key that sees less than calls that are gone."""
    vanished = workspace.value("SELECT count(*) FROM vanished")
    known = workspace.value("SELECT count(DISTINCT id) FROM expected")
    if vanished <= GUARD_LEAST or vanished * 100 <= known * percent:
        return None
    workspace.run("DELETE FROM vanished")
    return VanishedGuardError(vanished, known, percent)


def summary(workspace: Workspace) -> dict[str, dict[str, int]]:
    """Calls and transcripts by what became of them."""
    result = {}
    for unit in ("call", "transcript"):
        counts = dict.fromkeys(("new", "changed", "unchanged", "deleted", "private", "restored"), 0)
        condition = "seen OR action = 'private'" if unit == "transcript" else "true"
        counts |= dict(
            workspace.run(f"SELECT action, count(*) FROM {unit}_plan WHERE {condition} GROUP BY action")
        )
        # A new `_synced_at` tells a change from an earlier first sight.
        touched = f"SELECT count(*) FROM _touch WHERE unit = '{unit}' AND _synced_at IS NOT NULL"
        counts["deleted"] = workspace.value(f"{touched} AND _deleted_at IS NOT NULL")
        counts["restored"] += workspace.value(f"{touched} AND _deleted_at IS NULL")
        result[f"{unit}s"] = counts
    return result
