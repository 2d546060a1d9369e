"""The tables at a dlt destination: read what is known, stage rows, merge them.

dlt creates and extends the tables of every destination, and loads Arrow batches into a dataset of their own
(`<dataset>_staging`). The merge is then a few statements of plain SQL in one transaction: readers see the
tables before it or after it. Where a destination has no transactions, a repeat does everything again: what
tells that a call is up to date is written last, and the row of a keyed table tells it of itself.
"""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.warehouse import locks, merge, postgres
from include.warehouse.declaration import DELETED
from include.warehouse.destination import Target
from include.warehouse.streams import STREAM_TABLES
from include.warehouse.tables import ALL, BY_NAME, CALLS, TOUCH, UNIT, VISIBLE, Table

if TYPE_CHECKING:
    import dlt
    import pyarrow as pa

# Ids per query: SQL Server allows 2,100 parameters.
_CHUNK = 1000
# Tables of streams whose rows may be marked deleted.
_MARKED = {table.name for table in STREAM_TABLES if DELETED in table.columns}
Rows = Iterator[tuple[Any, ...]]
Batches = Iterable[tuple[Table, "pa.RecordBatch"]]


def _schema(tables: Iterable[Table]) -> dlt.Schema:
    """The declared tables as dlt knows tables. All columns may be null: Gong leaves out what it likes."""
    import dlt
    from dlt.common.schema.utils import new_table

    schema = dlt.Schema("gong")
    for table in tables:
        columns: Any = [
            {"name": name, "data_type": kind, "nullable": True} for name, kind in table.columns.items()
        ]
        schema.update_table(new_table(table.name, write_disposition="append", columns=columns))
    # The detour gives the schema the version under which the destination remembers it.
    return dlt.Schema.from_stored_schema(schema.to_dict())


class Store:
    """The tables at one destination, opened for reading or for writing; use `reading` or `writing`."""

    def __init__(self, target: Target, destination: Any, opened: ExitStack) -> None:
        self._target = target
        self._destination = destination
        self._opened = opened
        self._reader: Any = None

    @classmethod
    @contextmanager
    def reading(cls, target: Target) -> Iterator[Store]:
        """For reading; a DuckDB file is opened read-only and not created."""
        with target.open(read_only=True) as destination, ExitStack() as opened:
            yield cls(target, destination, opened)

    @classmethod
    @contextmanager
    def writing(cls, target: Target) -> Iterator[Store]:
        """For writing."""
        with target.open(read_only=False) as destination, ExitStack() as opened:
            yield cls(target, destination, opened)

    @classmethod
    @contextmanager
    def one_load(cls, target: Target) -> Iterator[None]:
        """Keep other loads out, where the destination has the means: a DuckDB file, PostgreSQL."""
        file = target.duckdb_file()
        if file is not None:
            with locks.one_load_into_file(file, target.lock_timeout):
                yield
        elif target.destination == "postgres":
            with cls.reading(target) as store, store._client(target.dataset) as client:
                locks.one_load_into_postgres(client.sql_client, target.dataset, target.lock_timeout)
                yield
        else:
            yield

    def _client(self, dataset: str, tables: Iterable[Table] | None = None) -> Any:
        import dlt

        schema = _schema(ALL if tables is None else tables)
        return dlt.dataset(self._destination, dataset, schema=schema).destination_client

    def _dataset(self) -> Any | None:
        """A client of the dataset, opened once, for reading; None while there is nothing to read."""
        if self._destination is None:
            return None
        if self._reader is None:
            # Without declared tables, which take dlt far longer than to read one.
            self._reader = self._opened.enter_context(self._client(self._target.dataset, ()))
        return self._reader if self._reader.is_storage_initialized() else None

    def client(self) -> Any | None:
        """dlt's client of the dataset, for what has SQL of its own; None while there is nothing."""
        return self._dataset()

    def _select(
        self, client: Any, table: str, columns: Sequence[str], where: str, values: Sequence[Any]
    ) -> Rows:
        """Different rows of a table; none where the table does not exist yet."""
        names = ", ".join(client.escape_column_name(column) for column in columns)
        sql = f"SELECT DISTINCT {names} FROM {client.make_qualified_table_name(table)} WHERE {where}"
        return self._fetch(client, sql, values)

    def _fetch(self, client: Any, sql: str, values: Sequence[Any]) -> Rows:
        from dlt.destinations.exceptions import DatabaseUndefinedRelation

        try:
            with client.execute_query(sql, *values) as cursor:
                while rows := cursor.fetchmany(5000):
                    yield from (tuple(row) for row in rows)
        except DatabaseUndefinedRelation:
            return

    def known(self, table: str, columns: Sequence[str], ids: Sequence[str]) -> Rows:
        """`columns` of the rows of these calls."""
        client = self._dataset()
        if client is None:
            return
        for where, chunk in _parts(client.sql_client, BY_NAME[table].lookup[0], ids):
            yield from self._select(client.sql_client, table, columns, where, chunk)

    def keyed(
        self,
        table: Table,
        ids: Sequence[Any] | None = None,
        *,
        by: str = "",
        between: tuple[Any, Any] | None = None,
        only: Collection[str] = (),
    ) -> Rows:
        """All rows of a table whose rows stand for themselves, or some of them.

        :param ids: those with one of these values in the column `by`; default: in the first of the key.
        :param between: those whose value in `by` lies in this range, both ends included, or is null.
        :param only: the columns to read; default: all.

        None stands for the values of a column that is not read or that the table does not have yet.
        """
        client = self._dataset()
        if client is None:
            return
        sql = client.sql_client
        held = {name.casefold() for name in client.get_storage_table(table.name)[1]}
        if not held:
            return
        wanted = held if not only else held & {name.casefold() for name in only}
        names = (sql.escape_column_name(c) if c.casefold() in wanted else "NULL" for c in table.columns)
        select = f"SELECT {', '.join(names)} FROM {sql.make_qualified_table_name(table.name)} WHERE "
        parts: Iterable[tuple[str, Sequence[Any]]] = [("1 = 1", [])]
        if between is not None:
            column = sql.escape_column_name(by)
            parts = [(f"{column} >= %s AND {column} <= %s OR {column} IS NULL", between)]
        elif ids is not None:
            parts = _parts(sql, by or table.lookup[0], ids)
        for where, chunk in parts:
            yield from self._fetch(sql, select + where, chunk)

    @property
    def dialect(self) -> str:
        """dlt's name of the destination."""
        return self._target.destination

    def stored(self) -> dict[str, set[str]]:
        """The declared tables that exist, with the names of their columns in lower case."""
        client = self._dataset()
        if client is None:
            return {}
        found = client.get_storage_tables([table.name for table in ALL])
        return {name: {column.casefold() for column in columns} for name, columns in found if columns}

    def select(self, table: str, columns: Sequence[str], where: str, values: Sequence[Any]) -> Rows:
        """`columns` of the rows of a table, or their number where no column is given.

        :param where: a condition; `{name}` stands in it for a column, `%s` for the next of `values`.
        """
        client = self._dataset()
        if client is None:
            return
        sql = client.sql_client
        names = ", ".join(map(sql.escape_column_name, columns)) or "count(*)"
        condition = where.format_map(_Names(sql))
        select = f"SELECT {names} FROM {sql.make_qualified_table_name(table)} WHERE {condition}"
        yield from self._fetch(sql, select, values)

    def change(self, statements: Iterable[tuple[str, str, Sequence[Any]]]) -> None:
        """Run statements, each with its table and its values, in one transaction.

        `{TABLE}` stands in them for the table, `{name}` for a column.
        """
        with self._client(self._target.dataset, ()) as client, merge.transaction(client.sql_client):
            sql = client.sql_client
            for table, statement, values in statements:
                names = _Names(sql, TABLE=sql.make_qualified_table_name(table))
                sql.execute_sql(statement.format_map(names), *values)

    def clear_staging(self) -> None:
        """Remove what a load that was killed may have left in the staging dataset."""
        with self._client(self._target.staging_dataset, ()) as client:
            if client.is_storage_initialized():
                found = client.get_storage_tables([table.name for table in (*ALL, UNIT, TOUCH)])
                if names := [name for name, columns in found if columns]:
                    client.sql_client.truncate_tables(*names)

    def tidy(self) -> None:
        """Have PostgreSQL write the tables anew, without the rows that are gone."""
        if self._target.destination == "postgres":
            stored = self.stored()
            with self._client(self._target.dataset, ()) as client:
                postgres.vacuum(client.sql_client, stored)

    def started_within(self, columns: Sequence[str], spans: Iterable[tuple[datetime, datetime]]) -> Rows:
        """`columns` of the calls that are not marked deleted and started in one of the spans."""
        client = self._dataset()
        if client is None:
            return
        started, deleted = map(client.sql_client.escape_column_name, ("started", "_deleted_at"))
        where = f"{deleted} IS NULL AND {started} >= %s AND {started} < %s"
        for span in spans:
            yield from self._select(client.sql_client, "call", columns, where, span)

    def counts(self) -> dict[str, int]:
        """Rows of every table, and `deleted`: how many calls are marked deleted.

        Of the tables of streams those rows count that are not marked deleted: what Gong shows.
        """
        result = dict.fromkeys(VISIBLE, 0)
        result["deleted"] = 0
        client = self._dataset()
        if client is None:
            return result
        sql = client.sql_client
        for name in result:
            table = sql.make_qualified_table_name("call" if name == "deleted" else name)
            marked = sql.escape_column_name("_deleted_at")
            where = ""
            if name == "deleted":
                where = f" WHERE {marked} IS NOT NULL"
            elif name in _MARKED:
                where = f" WHERE {marked} IS NULL"
            for (rows,) in self._fetch(sql, f"SELECT count(*) FROM {table}{where}", ()):
                result[name] = int(rows)
        return result

    def merge(
        self,
        batches: Batches,
        folder: Path,
        tables: Sequence[Table] = CALLS,
        *,
        replace_all: bool = False,
    ) -> dict[str, int]:
        """Stage `batches`, then merge them in one transaction; return the rows written per table.

        :param folder: an empty folder for dlt's files.
        :param tables: the tables to merge into, in the order in which they are written.
        :param replace_all: put the staged rows in place of everything that the tables hold.
        """
        staged = merge.staged_with(tables)
        with self._client(self._target.staging_dataset, staged) as client:
            client.initialize_storage()
            client.update_stored_schema()
            # A load that was killed may have left rows.
            client.sql_client.truncate_tables(*(table.name for table in staged))
            # As dlt spells the name at this destination.
            staging: str = client.sql_client.dataset_name
        self._stage(batches, folder, staged)
        with self._client(self._target.dataset) as client:
            client.initialize_storage()
            client.update_stored_schema()
            written = _merge_staged(client.sql_client, staging, tables, replace_all)
            if self._target.destination == "postgres":
                for statement in postgres.index_statements(client.sql_client, tables):
                    client.sql_client.execute_sql(statement)
            return written

    def _stage(self, batches: Batches, folder: Path, staged: Sequence[Table]) -> None:
        import dlt

        pipeline = dlt.pipeline(
            "gong",
            pipelines_dir=str(folder),
            destination=self._destination,
            dataset_name=self._target.staging_dataset,
        )

        def rows() -> Iterator[Any]:
            for table, batch in batches:
                yield dlt.mark.with_table_name(batch, table.name)

        resource = dlt.resource(rows, name="rows", write_disposition="append")
        # See postgres.py; elsewhere dlt knows best.
        file_format: Any = "csv" if self._target.destination == "postgres" else None
        pipeline.extract(resource, schema=_schema(staged), loader_file_format=file_format)
        pipeline.normalize()
        pipeline.load()


class _Names(dict[str, str]):
    """Names in SQL: those given, and every other one as that of a column."""

    def __init__(self, client: Any, **given: str) -> None:
        super().__init__(given)
        self._client = client

    def __missing__(self, name: str) -> str:
        return str(self._client.escape_column_name(name))


def _parts(client: Any, name: str, ids: Sequence[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    """The condition that finds the rows with `ids` in a column, and its values; some ids at a time."""
    column = client.escape_column_name(name)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        yield f"{column} IN ({', '.join(['%s'] * len(chunk))})", chunk


def _merge_staged(client: Any, staging: str, tables: Sequence[Table], replace_all: bool) -> dict[str, int]:
    """Merge what is staged, in one transaction, and clear it; return the rows written per table."""
    name: Callable[[str], str] = client.make_qualified_table_name
    quoted: Callable[[str], str] = client.escape_column_name

    def staged_name(table: str) -> str:
        with client.with_alternative_dataset_name(staging):
            return str(client.make_qualified_table_name(table))

    written: dict[str, int] = {}
    with merge.transaction(client):
        for statement in merge.statements(tables, name, staged_name, quoted, replace_all):
            client.execute_sql(statement)
        for table in tables:
            rows = client.execute_sql(f"SELECT count(*) FROM {staged_name(table.name)}")[0][0]
            if rows and table.name in VISIBLE:
                written[table.name] = int(rows)
        # No row may stay behind in the staging dataset.
        for table in merge.staged_with(tables):
            client.execute_sql(client._truncate_table_sql(staged_name(table.name)))
    return written
