"""A DuckDB file written anew: what was deleted or changed leaves the disk, not only the tables.

DuckDB keeps the bytes of deleted rows: in blocks that are free, and in parts of a table that other rows still
need. Neither CHECKPOINT nor VACUUM writes over them. So all that the file holds, tables of others included,
is copied into a new file, which then takes the old one's place in one step.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from include.warehouse.errors import DestinationError
from include.warehouse.locks import open_duckdb


def rewrite(file: Path, timeout: float) -> None:
    """Write the file anew; call it under the load lock. It takes as much disk space again for the while.

    :param timeout: seconds to wait for others that have the file open
    :raises DestinationError: it could not be copied; the file is as it was
    """
    file = file.resolve()
    new = file.with_name(f".{file.name}.rewritten")
    failure = ""
    with open_duckdb(file, read_only=False, timeout=timeout) as connection:
        # What a copy that was killed has left; and what DuckDB puts beside a file when memory is short.
        _remove(new)
        shutil.rmtree(f"{file}.tmp", ignore_errors=True)
        try:
            _copy(connection, new)
            shutil.copymode(file, new)
            # While it is held open for writing nobody else has the old file open, or gets to open it.
            new.replace(file)
        except Exception as error:  # noqa: BLE001 - DuckDB's texts may quote values
            failure = type(error).__name__
    if failure:
        _remove(new)
        raise DestinationError(
            f"The tables no longer hold the person, but {file} could not be written anew ({failure}): what"
            " DuckDB has deleted may still be read in the file's free space. Check that the disk has room for"
            " the file a second time and that its folder may be written to; then repeat."
        )


def _copy(connection: Any, new: Path) -> None:
    name, tags = connection.execute(
        "SELECT database_name, tags FROM duckdb_databases() WHERE database_name = current_database()"
    ).fetchone()
    [(block_size,)] = connection.execute(
        "SELECT block_size FROM pragma_database_size() WHERE database_name = current_database()"
    ).fetchall()
    # As old as the old one, for programs with an older DuckDB.
    version = str(tags.get("storage_version", "")).rstrip("+")
    options = [f"BLOCK_SIZE {int(block_size)}", *([f"STORAGE_VERSION '{version}'"] if version else [])]
    connection.execute("CHECKPOINT")
    connection.execute(f"ATTACH {_text(new)} AS rewritten_copy ({', '.join(options)})")
    try:
        connection.execute(f"COPY FROM DATABASE {_name(name)} TO rewritten_copy")
    finally:
        # Only now it is complete on the disk, without a log beside it.
        connection.execute("DETACH rewritten_copy")


def _remove(new: Path) -> None:
    for path in (new, new.with_name(f"{new.name}.wal")):
        path.unlink(missing_ok=True)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
