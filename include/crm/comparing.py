"""What becomes of each row of a selection: of several of one record one counts, and Gong may have it.

Rows go by their number in the spool. They are compared when all are there, range of ids after range of ids,
so that memory is bounded however many rows and however many records in the ledger there are.
"""

# ruff: noqa: S608 - what is formatted into the SQL are constants of this file and ranges of ids

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from include.crm.database import id_ranges
from include.crm.shaping import Shaped, deletion, number_of, version_of
from include.crm.writing import Spool, id_of, line_of, number_of_entry, prefix_of

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from include.crm.ledger import Ledger

# What becomes of a row.
SENT = 0
UNCHANGED = 1  # Gong has it; or it was deleted, and Gong never had it
OLDER = 2  # another row of the same record counts
CONTRADICTING = 3  # nobody knows which of two rows counts
HELD = 4  # Gong refused exactly this
REPLACED = 5  # a user whose address changed: deleted now, sent with the next run
REMOVAL_HELD = 6  # Gong refused that deletion
_UNDECIDED = 7  # one of several rows of a record
_CHUNK = 10_000
_TWINS = """
SELECT number FROM (FROM key WHERE {within}) SEMI JOIN (
    SELECT id_hash FROM key WHERE {within} GROUP BY id_hash HAVING count(*) > 1
) USING (id_hash)
"""
# Of the newest rows of a record, the first counts if all say the same.
_WHICH_COUNTS = f"""
WITH
    twins AS (FROM (SELECT *, md5_number_lower(object_id) AS id_hash FROM twin) WHERE {{within}}),
    newest AS (SELECT object_id, max(modified) AS modified FROM twins GROUP BY object_id),
    counting AS (
        SELECT object_id, modified, min(number) AS number, min(version) <> max(version) AS contradicting
        FROM twins JOIN newest USING (object_id, modified) GROUP BY object_id, modified
    )
SELECT t.number, CASE
    WHEN t.modified < c.modified THEN {OLDER}
    WHEN c.contradicting THEN {CONTRADICTING}
    WHEN t.number > c.number THEN {OLDER}
    ELSE {SENT} END
FROM twins t JOIN counting c USING (object_id)
"""
# Version 0: it is not known what Gong holds, so it may hold something.
_HOLDS = "coalesce(l.version = 0 OR l.version IS NOT NULL AND NOT l.is_deleted, false)"
_COMPARED = f"""
SELECT k.number, CASE
    WHEN k.version = l.version AND NOT $lost OR k.deleted AND NOT {_HOLDS} THEN {UNCHANGED}
    WHEN {_HOLDS} AND k.kept <> l.kept AND k.deleted IS NOT TRUE
        THEN CASE WHEN k.removal = l.refused THEN {REMOVAL_HELD} ELSE {REPLACED} END
    WHEN k.version = l.refused THEN {HELD}
    ELSE {SENT} END AS code
FROM (FROM key WHERE {{within}}) k LEFT JOIN (FROM read_parquet($ledger) WHERE {{within}}) l USING (id_hash)
WHERE code <> {SENT}
"""
_REFUSED_AT = """
INSERT INTO held SELECT k.number, l.refused_at
FROM (FROM key WHERE {within}) k JOIN (FROM read_parquet($ledger) WHERE {within} AND refused IS NOT NULL) l
USING (id_hash) WHERE l.refused IN (k.version, k.removal)
"""
_RELEASED = """
SELECT DISTINCT r.number
FROM (FROM reference WHERE {within} AND object_type = $object_type) r
JOIN (FROM read_parquet($referred) WHERE {within}) t USING (id_hash)
JOIN held USING (number)
WHERE t.taken_at > held.refused_at
"""


class Keys:
    """The table `key`: what is needed of each row to compare it.

    :param ledger: Parquet file of what Gong holds, see `include.crm.ledger`; None: it holds nothing
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, object_type: str, ledger: Path | None) -> None:
        self._database = database
        self._is_user = object_type == "BUSINESS_USER"
        self._has_ledger = ledger is not None
        self.rows = 0
        database.execute(
            "CREATE TABLE key (number UINTEGER, id_hash UBIGINT, version UBIGINT, deleted BOOLEAN,"
            " kept VARCHAR, removal UBIGINT)"
        )

    def add(self, shaped: Shaped) -> None:
        """Rows in the order in which the spool takes them."""
        ids = [hash_of(object_id) for object_id in shaped.ids]
        marks = set(shaped.deleted)
        deleted = [place in marks for place in range(len(ids))] if marks else None
        versions = kept = removals = None
        if self._has_ledger:
            versions = [version_of(line) for line in shaped.lines]
            if self._is_user:
                kept = [_kept(line) for line in shaped.lines]
                rows = zip(shaped.ids, shaped.prefixes, strict=True)
                removals = [version_of(deletion(object_id, modified)) for object_id, modified in rows]
        insert_lists(
            self._database,
            "key",
            ("UINTEGER", range(self.rows, self.rows + len(ids))),
            ("UBIGINT", ids),
            ("UBIGINT", versions),
            ("BOOLEAN", deleted),
            ("VARCHAR", kept),
            ("UBIGINT", removals),
        )
        self.rows += len(ids)


def insert_lists(
    database: duckdb.DuckDBPyConnection, table: str, *columns: tuple[str, Sequence[Any] | None]
) -> None:
    """Insert rows given as columns: an SQL type and values; None for a column that is null throughout.

    They go as JSON: lists of Python objects DuckDB takes value by value, and importing Arrow takes memory.
    """
    lists: list[str] = []
    texts: list[Any] = []
    for kind, values in columns:
        if isinstance(values, range):
            lists.append("unnest(range(?, ?))")
            texts += [values.start, values.stop]
        else:
            # Unnested beside longer lists, a null one gives nulls.
            lists.append(f"""unnest(from_json(?, '["{kind}"]'))""")
            texts.append(None if values is None else orjson.dumps(values).decode())
    database.execute(f"INSERT INTO {table} SELECT {', '.join(lists)}", texts)


def decide(
    database: duckdb.DuckDBPyConnection,
    spool: Spool,
    ledger: Path | None,
    *,
    timed: bool,
    referred: Mapping[str, Ledger],
    lost: bool = False,
) -> bytearray:
    """What becomes of each row, by its number.

    :param database: with the table `key`
    :param timed: whether the prefixes in the spool are modifiedDate
    :param referred: the ledger of what a field refers to, by the field's name
    :param lost: Gong has lost a part of all records: what it took is sent again
    """
    codes = bytearray(spool.rows)
    _decide_twins(database, spool, codes, timed=timed)
    if ledger is None:
        # What was deleted before Gong ever had it is not sent.
        found = _fetched(database, f"SELECT number, {UNCHANGED} FROM key WHERE deleted")
    else:
        found = itertools.chain.from_iterable(
            _fetched(database, _COMPARED.format(within=within), {"ledger": str(ledger), "lost": lost})
            for within in id_ranges(spool.rows)
        )
    for number, code in found:
        if codes[number] == SENT:
            codes[number] = code
    if ledger and referred and HELD in codes:
        _release(database, spool, codes, ledger, referred)
    return codes


def _decide_twins(
    database: duckdb.DuckDBPyConnection, spool: Spool, codes: bytearray, *, timed: bool
) -> None:
    """Which of several rows of a record counts."""
    for within in id_ranges(spool.rows):
        for (number,) in _fetched(database, _TWINS.format(within=within)):
            codes[number] = _UNDECIDED
    if _UNDECIDED not in codes:
        return
    database.execute(
        "CREATE TABLE twin (number UINTEGER, object_id VARCHAR, modified VARCHAR, version UBIGINT)"
    )
    for chunk in _chunks(spool.entries(codes, {_UNDECIDED})):
        lines = [line_of(entry) for entry in chunk]
        insert_lists(
            database,
            "twin",
            ("UINTEGER", [number_of_entry(entry) for entry in chunk]),
            ("VARCHAR", [id_of(line) for line in lines]),
            ("VARCHAR", [prefix_of(entry) if timed else "" for entry in chunk]),
            ("UBIGINT", [version_of(line) for line in lines]),
        )
    for within in id_ranges(codes.count(_UNDECIDED)):
        for number, code in _fetched(database, _WHICH_COUNTS.format(within=within)):
            codes[number] = code


def _release(
    database: duckdb.DuckDBPyConnection,
    spool: Spool,
    codes: bytearray,
    ledger: Path,
    referred: Mapping[str, Ledger],
) -> None:
    """Send what Gong refused once more when it has taken since what the row refers to."""
    database.execute("CREATE TABLE held (number UINTEGER, refused_at TIMESTAMP)")
    database.execute("CREATE TABLE reference (number UINTEGER, id_hash UBIGINT, object_type VARCHAR)")
    for within in id_ranges(spool.rows):
        database.execute(_REFUSED_AT.format(within=within), {"ledger": str(ledger)})
    rows = 0
    for chunk in _chunks(spool.entries(codes, {HELD})):
        records = [(number_of_entry(entry), orjson.loads(line_of(entry))) for entry in chunk]
        found = [
            (number, hash_of(record[name]), other.object_type)
            for number, record in records
            for name, other in referred.items()
            if record.get(name)
        ]
        if found:
            numbers, hashes, types = zip(*found, strict=True)
            kinds = ("UINTEGER", "UBIGINT", "VARCHAR")
            insert_lists(database, "reference", *zip(kinds, (numbers, hashes, types), strict=True))
            rows += len(found)
    for object_type, path in {other.object_type: other.parquet() for other in referred.values()}.items():
        if path is None:
            continue
        values = {"object_type": object_type, "referred": str(path)}
        for within in id_ranges(rows):
            for (number,) in _fetched(database, _RELEASED.format(within=within), values):
                codes[number] = SENT


def hash_of(object_id: str) -> int:
    """What the ledger knows a record by."""
    return number_of(hashlib.md5(object_id.encode(), usedforsecurity=False).digest())


def _kept(line: bytes) -> str | None:
    """What the ledger keeps of a user: a hash of the address."""
    address = orjson.loads(line).get("emailAddress")
    return hashlib.md5(address.encode(), usedforsecurity=False).hexdigest() if address else None


def _chunks(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    entries = iter(entries)
    while chunk := list(itertools.islice(entries, _CHUNK)):
        yield chunk


def _fetched(
    database: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None
) -> Iterator[tuple[Any, ...]]:
    """The rows; nothing else may be executed until the last."""
    result = database.execute(sql, values)
    while rows := result.fetchmany(_CHUNK):
        yield from rows
