"""Where the tables are: a dlt destination from the settings, opened for reading or for writing.

| setting | meaning |
|---|---|
| GONG_DESTINATION | name of a dlt destination, default `duckdb`: the file `<data dir>/warehouse.duckdb` |
| GONG_DESTINATION_CONN_ID | an Airflow connection that becomes the destination's credentials |
| GONG_DATASET | dataset (schema) of the tables, default `gong` |

Without a connection dlt's own settings apply (`DESTINATION__POSTGRES__CREDENTIALS` and the like).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from include import settings
from include.warehouse.locks import open_duckdb
from include.warehouse.postgres import fast_postgres

# How long to wait for another load, and for another process that holds a DuckDB file, in seconds.
LOCK_TIMEOUT = 120.0


@dataclass(frozen=True)
class Target:
    """A destination, by name. `conn` is an Airflow connection id, a URL or a file; none is ever shown."""

    destination: str
    dataset: str
    conn: str | None = field(default=None, repr=False)
    lock_timeout: float = field(default=LOCK_TIMEOUT, repr=False)

    @classmethod
    def resolve(cls, destination: str | None, conn: str | None, lock_timeout: float = LOCK_TIMEOUT) -> Target:
        """The given values, or those of the settings."""
        return cls(
            destination or settings.text("GONG_DESTINATION", "duckdb"),
            settings.text("GONG_DATASET", "gong"),
            conn or settings.text("GONG_DESTINATION_CONN_ID") or None,
            lock_timeout,
        )

    @property
    def staging_dataset(self) -> str:
        """The dataset beside the tables that a load fills before it merges."""
        return f"{self.dataset}_staging"

    def duckdb_file(self) -> Path | None:
        """The file of a DuckDB destination; None for every other destination."""
        if self.destination != "duckdb":
            return None
        if not self.conn:
            configured = os.environ.get("DESTINATION__DUCKDB__CREDENTIALS", "")
            name = configured.removeprefix("duckdb:///")
            return Path(name).absolute() if name else settings.data_dir() / "warehouse.duckdb"
        url = self._url()
        return Path(re.sub(r"^duckdb:/{2,3}(?=/|[^/])", "", url)).absolute()

    @contextmanager
    def open(self, *, read_only: bool) -> Iterator[Any | None]:
        """A dlt destination, ready for use; None where a DuckDB file to read does not exist yet.

        Raises DestinationLockedError when another process keeps the DuckDB file longer than the timeout.
        """
        quiet_dlt()
        from dlt.common.destination import Destination

        file = self.duckdb_file()
        if file is None:
            options = {"credentials": self._url()} if self.conn else {}
            if self.destination == "postgres":
                yield fast_postgres(**options)
            else:
                yield Destination.from_reference(self.destination, **options)
            return
        if read_only and not file.exists():
            yield None
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = open_duckdb(file, read_only=read_only, timeout=self.lock_timeout)
        try:
            yield Destination.from_reference("duckdb", credentials=connection)
        finally:
            connection.close()

    def _url(self) -> str:
        """The credentials as a URL (or the path of a DuckDB file): what was given, or the connection's."""
        # The id of an Airflow connection has no slash.
        return self.conn if self.conn and "/" in self.conn else _airflow_url(str(self.conn))


def _airflow_url(conn_id: str) -> str:
    """The credentials of an Airflow connection as the URL that dlt's destinations read."""
    from airflow.sdk import Connection

    connection = Connection.get(conn_id)
    if connection.conn_type == "duckdb":
        return f"duckdb:///{connection.host or connection.schema or ''}"
    driver = {"postgres": "postgresql"}.get(connection.conn_type, connection.conn_type)
    login = quote(connection.login or "", safe="")
    if connection.password:
        login += ":" + quote(connection.password, safe="")
    port = f":{connection.port}" if connection.port else ""
    # What is no plain value (a key file, options of an Airflow hook) means nothing to dlt.
    extra = {k: v for k, v in connection.extra_dejson.items() if isinstance(v, str | int | float) and v != ""}
    query = f"?{urlencode(extra)}" if extra else ""
    host, database = connection.host or "", quote(connection.schema or "", safe="")
    return f"{driver}://{login}{'@' if login else ''}{host}{port}/{database}{query}"


def quiet_dlt() -> None:
    """Settings of dlt that must hold before it is imported or used, unless someone set them otherwise.

    No telemetry; no log line, as those may hold rows; no look-up of Airflow Variables (it asks for them
    at every start); no compression of files that are read once, a moment later.
    """
    for name, value in (
        ("RUNTIME__DLTHUB_TELEMETRY", "false"),
        ("RUNTIME__LOG_LEVEL", "CRITICAL"),
        ("PROVIDERS__ENABLE_AIRFLOW_SECRETS", "false"),
        ("NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION", "true"),
    ):
        os.environ.setdefault(name, value)
