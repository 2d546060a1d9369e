"""PostgreSQL as a destination: dlt's own, with a COPY that tells an empty text from none.

dlt loads PostgreSQL by INSERT statements with literal values (some 15,000 rows a second), or by COPY from
CSV with FORCE_NULL, which makes every empty text NULL. Here COPY reads the same CSV without FORCE_NULL:
pyarrow writes an empty text as "" and a null as nothing, which is what COPY takes them for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from include.warehouse.tables import Table

log = logging.getLogger(__name__)

# PostgreSQL's code for a lock that was not to be had in time.
_LOCKED = "55P03"
# How long a table may be waited for that is to be written anew.
LOCK_TIMEOUT = "20s"


def fast_postgres(**options: Any) -> Any:
    """dlt's destination `postgres` with the COPY above; takes the same options and settings."""
    from dlt.common.storages.file_storage import FileStorage
    from dlt.destinations import postgres
    from dlt.destinations.impl.postgres.postgres import PostgresClient, PostgresCsvCopyJob

    class CopyJob(PostgresCsvCopyJob):
        def run(self) -> None:
            client = self._job_client.sql_client
            with FileStorage.open_zipsafe_ro(self._file_path, "rb") as file:
                names = file.readline().decode("utf-8").strip().split(",")
                columns = ", ".join(client.escape_column_name(name.strip('"')) for name in names)
                table = client.make_qualified_table_name(self.load_table_name)
                copy = f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT CSV, NULL '', ENCODING 'UTF8')"
                with client.begin_transaction(), client.native_connection.cursor() as cursor:
                    cursor.copy_expert(copy, file, size=1 << 16)

    class Client(PostgresClient):
        def create_load_job(self, table: Any, file_path: str, load_id: str, restore: bool = False) -> Any:
            job = super().create_load_job(table, file_path, load_id, restore)
            return CopyJob(file_path) if isinstance(job, PostgresCsvCopyJob) else job

    class Postgres(postgres):
        @property
        def client_class(self) -> Any:
            return Client

    return Postgres(destination_name="postgres", **options)


def index_statements(client: Any, tables: Iterable[Table]) -> Iterator[str]:
    """An index for every table that may be large: a load of few rows must not read tables of millions."""
    for table in tables:
        name = client.make_qualified_table_name(table.name)
        for names in table.indexes:
            index = client.escape_column_name(f"{table.name}_{'_'.join(names)}")
            columns = ", ".join(map(client.escape_column_name, names))
            yield f"CREATE INDEX IF NOT EXISTS {index} ON {name} ({columns})"


def vacuum(client: Any, tables: Iterable[str]) -> None:
    """Write `tables` anew: the bytes of rows that are gone leave their files.

    A table that others read all the time cannot be written anew: there the space of the rows becomes free,
    and their bytes stay in it until something else is written over them.
    """
    client.execute_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    for table in tables:
        name = client.make_qualified_table_name(table)
        try:
            client.execute_sql(f"VACUUM (FULL) {name}")
        except Exception as error:
            if getattr(error.__cause__ or error, "pgcode", "") != _LOCKED:
                raise
            log.warning("the table %s is in use: it was not written anew, its space was set free", table)
            client.execute_sql(f"VACUUM {name}")
