"""The company's CRM: rows of a query on any SQL connection of Airflow, streamed.

| driver               | how it is kept from holding the whole result | read-only                         |
|----------------------|----------------------------------------------|-----------------------------------|
| psycopg, psycopg2    | a cursor of the server                       | the transaction                   |
| PyMySQL, mysqlclient | an unbuffered cursor                         | the session                       |
| sqlite3              | `fetchmany`                                  | `PRAGMA query_only`               |
| any other            | `fetchmany`, as its driver streams           | what the connection's user may do |
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from gong_airflow.errors import GongConfigurationError, GongError
from include.crm import errors

BATCH = 5_000
"""Rows that are fetched at once."""
_CURSOR = "gong_crm"
_MYSQL = ("MySQLdb", "pymysql")
_T = TypeVar("_T")


class Rows:
    """A result while it is read, once; rows are tuples (or lists) of what the driver makes of the values.

    :param columns: names as the database gives them
    """

    def __init__(self, columns: list[str], batches: Iterator[Sequence[Any]]) -> None:
        self.columns = columns
        self._batches = batches

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return self._batches


class Source:
    """The database behind an Airflow connection.

    :param conn_id: of any type whose hook is a SQL hook
    :param batch: rows that are fetched at once
    """

    def __init__(self, conn_id: str = "crm_source", *, batch: int = BATCH) -> None:
        self.conn_id = conn_id
        self.batch = batch

    def exists(self) -> bool:
        """Whether there is such a connection."""
        from airflow.sdk import BaseHook
        from airflow.sdk.exceptions import AirflowNotFoundException

        try:
            BaseHook.get_connection(self.conn_id)
        except AirflowNotFoundException:
            return False
        return True

    @contextmanager
    def rows(self, sql: str) -> Iterator[Rows]:
        """The rows of `sql`, one query, in batches; memory does not grow with their number.

        :raises GongConfigurationError: no such connection, or the query is wrong
        :raises include.crm.errors.SourceError: the database cannot be reached or breaks off
        """
        connection = self._told(partial(_connect, self._hook()), errors.unreachable)
        try:
            cursor, fetched = self._told(partial(self._begin, connection, sql), errors.unreadable)
            if cursor.description is None:
                raise GongConfigurationError(
                    f"The SQL for connection {self.conn_id} has no columns",
                    remedy="Write a query into the SQL file of the mapping",
                )
            yield Rows([column[0] for column in cursor.description], self._batches(cursor, fetched))
        finally:
            # Not the cursor: an unbuffered one would first read all that is left.
            with suppress(Exception):
                connection.close()

    def _hook(self) -> Any:
        from airflow.sdk import BaseHook
        from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

        try:
            hook = BaseHook.get_connection(self.conn_id).get_hook()
        except AirflowNotFoundException:
            problem = f"There is no connection {self.conn_id}"
        except (AirflowException, ImportError):
            problem = f"The provider for the type of connection {self.conn_id} is not installed"
        else:
            if hasattr(hook, "get_conn") and hasattr(hook, "get_records"):
                return hook
            problem = f"Connection {self.conn_id} does not lead to a SQL database"
        raise GongConfigurationError(
            problem,
            remedy=f"Let {self.conn_id} be a connection to the CRM's database, and install its provider",
        )

    def _begin(self, connection: Any, sql: str) -> tuple[Any, list[Sequence[Any]]]:
        """The cursor and its first batch, before which psycopg2 does not know the columns."""
        cursor = _streaming_cursor(connection)
        cursor.arraysize = self.batch
        # Without parameters, so that a `%` in the query is a `%`.
        cursor.execute(sql)
        return cursor, [cursor.fetchmany(self.batch)]

    def _batches(self, cursor: Any, fetched: list[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        # Some drivers have rows of their own kind.
        plain = not fetched[0] or type(fetched[0][0]) in (tuple, list)
        while fetched[0]:
            # Taken out, so that it is not held here while the next one is fetched.
            yield fetched.pop() if plain else [tuple(row) for row in fetched.pop()]
            fetched.append(self._told(partial(cursor.fetchmany, self.batch), errors.unreadable))

    def _told(self, ask: Callable[[], _T], error_of: Callable[[str, BaseException], GongError]) -> _T:
        """What `ask` gives; an error of the driver becomes one of ours."""
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - every driver has classes of its own
            problem = error_of(self.conn_id, error)
        # Out here the driver's error, which may quote a row, is no context that a log would show.
        raise problem


def _connect(hook: Any) -> Any:
    """A connection that cannot write, where the driver has a way to say so."""
    connection = hook.get_conn()
    driver = _driver(connection)
    if driver == "psycopg2":
        connection.set_session(readonly=True, autocommit=False)
    elif driver == "psycopg":
        connection.autocommit = False
        connection.read_only = True
    elif driver == "sqlite3":
        connection.execute("PRAGMA query_only = ON")
    elif driver in _MYSQL:
        connection.cursor().execute("SET SESSION TRANSACTION READ ONLY")
    return connection


def _streaming_cursor(connection: Any) -> Any:
    """A cursor that does not hold the whole result and gives tuples, whatever the connection asks for."""
    driver = _driver(connection)
    if driver == "psycopg2":
        plain = importlib.import_module("psycopg2.extensions").cursor
        return connection.cursor(name=_CURSOR, cursor_factory=plain)
    if driver == "psycopg":
        rows = importlib.import_module("psycopg.rows")
        return connection.cursor(name=_CURSOR, row_factory=rows.tuple_row)
    if driver in _MYSQL:
        return connection.cursor(importlib.import_module(f"{driver}.cursors").SSCursor)
    return connection.cursor()


def _driver(connection: Any) -> str:
    """The package of the database's driver."""
    return type(connection).__module__.partition(".")[0]
