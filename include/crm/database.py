"""A DuckDB database for a while, whose memory is bounded however many rows it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.crm.temporary import temporary_folder

if TYPE_CHECKING:
    import duckdb

# A task may take 80 MB more than an idle process; importing and opening DuckDB alone takes 40 of them.
_MEMORY_LIMIT = "24MB"
# What can be joined at once within it, with room to spare.
_RANGE_ROWS = 60_000


@contextmanager
def open_database() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database on the disk, and beside it the folder `folder_of` it; both go at the end."""
    import duckdb

    with temporary_folder() as name:
        config: dict[str, Any] = {
            "memory_limit": _MEMORY_LIMIT,
            "threads": 1,
            "temp_directory": f"{name}/spill",
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
        with duckdb.connect(f"{name}/rows.duckdb", config=config) as database:
            yield database


def folder_of(database: duckdb.DuckDBPyConnection) -> Path:
    """A folder for files beside the database."""
    [(path,)] = database.execute(
        "SELECT path FROM duckdb_databases() WHERE database_name = 'rows'"
    ).fetchall()
    return Path(path).parent


def id_ranges(rows: int) -> Iterator[str]:
    """Conditions on `id_hash`, each for a range of ids, that together select all of `rows` rows.

    Joining range after range keeps small what is in memory at once. A ledger is in this order too, so that
    DuckDB passes over what lies in other ranges.
    """
    step = 2**64 // 2 ** (rows // _RANGE_ROWS).bit_length()
    for first in range(0, 2**64, step):
        yield f"id_hash BETWEEN {first} AND {first + step - 1}"
