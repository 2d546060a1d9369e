"""Lines that went to Gong become rows of a ledger."""

# ruff: noqa: S608 - what is formatted into the SQL are constants of this file

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from include.crm.database import folder_of, id_ranges

if TYPE_CHECKING:
    import duckdb

# What became of a line.
TAKEN, REFUSED, UNDECIDED = "taken", "refused", "undecided"
# Of a record of which it is not known what Gong holds.
UNKNOWN_VERSION = 0
_CHUNK = 500_000
# Of a row group: small ones take little memory to write and to read.
_GROUP_ROWS = 20_480
_COLUMNS = (
    "object_id VARCHAR, id_hash UBIGINT, version UBIGINT, refused UBIGINT, is_deleted BOOLEAN, kept VARCHAR,"
    " taken_at TIMESTAMP, refused_at TIMESTAMP"
)
# What the ledger keeps of a line: the field, and how.
_KEPT = {"STAGE": ("name", "given[3]"), "BUSINESS_USER": ("emailAddress", "md5(given[3])")}


class LedgerRows:
    """The rows of a ledger with what became of further lines.

    :param deletions: of a STAGE: whether the lines were sent because it had vanished
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, object_type: str, *, deletions: bool) -> None:
        self._database = database
        field, kept = _KEPT.get(object_type, ("objectId", "NULL"))
        is_deleted = str(deletions) if object_type == "STAGE" else "coalesce(given[2] = 'true', false)"
        # One call for all fields: each would parse the line again.
        self._insert = f"""
            INSERT INTO change
            SELECT given[1], md5_number_lower(given[1]), md5_number_lower(line), ?, {is_deleted}, {kept}
            FROM (
                SELECT line, json_extract_string(line, ['$.objectId', '$.isDeleted', '$.{field}']) AS given
                FROM (SELECT unnest(string_split(?, chr(10))) AS line)
            )
        """
        # One transaction: written as blocks when it ends, instead of row by row into a log.
        database.begin()
        database.execute(
            "CREATE TABLE change (object_id VARCHAR, id_hash UBIGINT, version UBIGINT, outcome VARCHAR,"
            " is_deleted BOOLEAN, kept VARCHAR)"
        )

    def add(self, lines: Iterable[bytes], outcome: str) -> int:
        """Lines of which the same became; each ends with a line feed. How many there were."""
        chunk: list[bytes] = []
        size = count = 0
        for line in lines:
            chunk.append(line)
            size += len(line)
            count += 1
            if size > _CHUNK:
                self._put(chunk, outcome)
                chunk, size = [], 0
        self._put(chunk, outcome)
        return count

    def _put(self, chunk: list[bytes], outcome: str) -> None:
        if chunk:
            text = b"".join(chunk).decode().removesuffix("\n")
            self._database.execute(self._insert, [outcome, text])

    def write(self, old: Path | None, now: datetime) -> Path:
        """A Parquet file of the ledger `old` with what was added."""
        database = self._database
        database.execute(f"CREATE TABLE ledger ({_COLUMNS})")
        source = "read_parquet($old)" if old else "ledger"
        values = {"now": now.replace(tzinfo=None), **({"old": str(old)} if old else {})}
        for within in id_ranges(self._count(old)):
            database.execute(_MERGE.format(within=within, old=source), values)
        database.commit()
        return _written(database, "ledger", {})

    def _count(self, old: Path | None) -> int:
        [(rows,)] = self._database.execute("SELECT count(*) FROM change").fetchall()
        if old:
            [(more,)] = self._database.execute("SELECT count(*) FROM read_parquet(?)", [str(old)]).fetchall()
            rows += more
        return int(rows)


def rows_without(database: duckdb.DuckDBPyConnection, old: Path, object_ids: Iterable[str]) -> Path:
    """A Parquet file of the ledger `old` without these records; all others as they are, in their order."""
    database.execute("CREATE TABLE gone (object_id VARCHAR)")
    database.executemany("INSERT INTO gone VALUES (?)", [[object_id] for object_id in object_ids])
    rows = "(SELECT o.* FROM read_parquet($old) o ANTI JOIN gone USING (object_id))"
    return _written(database, rows, {"old": str(old)})


def _written(database: duckdb.DuckDBPyConnection, rows: str, values: dict[str, str]) -> Path:
    path = folder_of(database) / "ledger.parquet"
    copy = f"COPY {rows} TO $path (FORMAT parquet, ROW_GROUP_SIZE {_GROUP_ROWS})"
    database.execute(copy, {"path": str(path), **values})
    return path


_MERGE = f"""
INSERT INTO ledger
SELECT
    coalesce(c.object_id, o.object_id), coalesce(c.id_hash, o.id_hash),
    CASE c.outcome WHEN '{TAKEN}' THEN c.version WHEN '{UNDECIDED}' THEN {UNKNOWN_VERSION} ELSE o.version END,
    CASE c.outcome WHEN '{TAKEN}' THEN NULL WHEN '{REFUSED}' THEN c.version ELSE o.refused END,
    CASE c.outcome WHEN '{TAKEN}' THEN c.is_deleted ELSE coalesce(o.is_deleted, false) END,
    CASE c.outcome
        WHEN '{TAKEN}' THEN c.kept WHEN '{UNDECIDED}' THEN coalesce(o.kept, c.kept) ELSE o.kept END,
    CASE c.outcome WHEN '{TAKEN}' THEN $now ELSE o.taken_at END,
    CASE c.outcome WHEN '{TAKEN}' THEN NULL WHEN '{REFUSED}' THEN $now ELSE o.refused_at END
FROM (FROM change WHERE {{within}}) c FULL JOIN (FROM {{old}} WHERE {{within}}) o ON c.id_hash = o.id_hash
"""
