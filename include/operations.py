"""Which read operation of Gong's API ends up where: the table of the README, `python -m include.operations`.

What a stream reads is declared in `gong_airflow.streams`, what it fills in `include.warehouse.streams`. Here
stands the rest: which DAG reads which streams, what is read besides, and what is not read and why.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gong_airflow.declaration import Stream
from gong_airflow.planning import with_parents
from gong_airflow.streams import ACTIVITY, AUDIT, CALLS, DIRECTORY, LOOKUP, STREAMS, TRANSCRIPTS
from include.warehouse import tables
from include.warehouse.streams import BY_STREAM


@dataclass(frozen=True)
class Read:
    """An operation that is read.

    :param operation: method and path template
    :param streams: the streams that land
    :param tables: the tables that are filled from its answers, those first that it fills most of
    :param dags: who reads it
    """

    operation: str
    streams: tuple[str, ...]
    tables: tuple[str, ...]
    dags: tuple[str, ...]


# Streams by the DAG that reads them; a DAG reads their parents too.
FLOWS: Mapping[str, tuple[Stream, ...]] = {
    "gong_calls": (CALLS, TRANSCRIPTS),
    "gong_calls_sweep": (CALLS, TRANSCRIPTS),
    "gong_media": (CALLS,),
    "gong_directory": DIRECTORY,
    "gong_activity": ACTIVITY,
    "gong_audit": AUDIT,
    "gong_lookup": LOOKUP,
}

# Reads that land no records of their own, but tell how something goes on.
BESIDES = (
    Read("GET /v2/calls/{id}", (), ("recording_upload",), ("gong_recordings",)),
    Read("GET /v2/data-privacy/data-for-email-address", (), ("erasure",), ("gong_erasure",)),
    Read("GET /v2/data-privacy/data-for-phone-number", (), ("erasure",), ("gong_erasure",)),
    Read(
        "GET /v2/crm/request-status",
        (),
        ("crm_upload_error",),
        ("gong_crm", "gong_crm_vanished", "gong_crm_delete_integration"),
    ),
    Read(
        "GET /v2/crm/integrations", (), (), ("gong_crm", "gong_crm_vanished", "gong_crm_delete_integration")
    ),
    Read("GET /v2/crm/entity-schema", (), (), ("gong_crm",)),
)

NOT_READ: Mapping[str, str] = {
    "GET /v2/calls": "`POST /v2/calls/extensive` gives the same calls with more about each",
    "GET /v2/users/{id}": "`GET /v2/users` gives the same of all users",
    "POST /v2/users/extensive": "`GET /v2/users` gives the same; this one only adds a filter",
    "GET /v2/permission-profile": "`GET /v2/all-permission-profiles` gives the same of all profiles",
    "POST /v2/meetings/integration/status": "tells who can be invited to a meeting that is made through the "
    "API (beta), and no meetings are made",
}


def reads() -> tuple[Read, ...]:
    """Every operation that is read, once: those of the streams as in the catalogue, then the rest."""
    dags = {
        name: [dag for dag, streams in FLOWS.items() if name in with_parents(one.name for one in streams)]
        for name in STREAMS
    }
    found: dict[str, Read] = {}
    of_streams = (
        Read(stream.operation, (name,), _tables(name), tuple(dags[name])) for name, stream in STREAMS.items()
    )
    for read in (*of_streams, *BESIDES):
        known = found.get(read.operation, Read(read.operation, (), (), ()))
        found[read.operation] = Read(
            read.operation,
            _joined(known.streams, read.streams),
            _joined(known.tables, read.tables),
            _joined(known.dags, read.dags),
        )
    return tuple(found.values())


def markdown() -> str:
    """The two tables of the README."""
    rows = [
        f"| `{read.operation}` | {_code(read.streams)} | {_code(read.tables)} | {_code(read.dags)} |"
        for read in reads()
    ]
    left_out = [f"| `{operation}` | {reason} |" for operation, reason in NOT_READ.items()]
    head = ["| operation | stream | table | DAG |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, "", "| not read | because |", "|---|---|", *left_out])


def _tables(stream: str) -> tuple[str, ...]:
    """The tables that are filled from a stream, without the bookkeeping."""
    if stream in BY_STREAM:
        return tuple(table.name for table in BY_STREAM[stream].tables)
    unit = {CALLS.name: tables.CALL, TRANSCRIPTS.name: tables.TRANSCRIPT}[stream]
    names = [table.name for table in reversed(tables.CALLS) if table.unit == unit]
    names += [tables.CALL_MEDIA.name] if stream == CALLS.name else []
    return tuple(name for name in names if not name.startswith("_"))


def _joined(some: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*some, *others]))


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


if __name__ == "__main__":
    sys.stdout.write(f"{markdown()}\n")
