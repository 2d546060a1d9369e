"""Errors of the source, typed by what to do about them. None carries a value of a row."""

from __future__ import annotations

from typing import Any

from gong_airflow.errors import GongConfigurationError, GongError, redact

# What is wrong with a query is told by these: the text names columns, tables and words of the query, while
# other messages quote rows. SQLSTATE 42… is "syntax error or access rule violation", 25006 a write.
_SAFE_SQLSTATES = ("42", "25006")
_SAFE_TEXTS = ("no such ", 'near "', "ambiguous column name", "incomplete input", "attempt to write")
# MySQL: no such database, access denied, unknown column, syntax, no such table, no such function.
_SAFE_NUMBERS = (1044, 1049, 1054, 1064, 1142, 1143, 1146, 1305)


class SourceError(GongError):
    """The database could not be reached or broke off."""

    remedy = (
        "The task tries again by itself; if it keeps failing, look at the connection and the database's log"
    )


def unreachable(conn_id: str, error: BaseException) -> GongError:
    """What a failed attempt to connect means."""
    return SourceError(f"The database of connection {conn_id} cannot be reached ({_kind(error)})")


def unreadable(conn_id: str, error: BaseException) -> GongError:
    """What an error of the database during a query means; its text is kept only where it holds no values."""
    state, text = _sqlstate(error), str(error)
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    if state.startswith(_SAFE_SQLSTATES) or text.startswith(_SAFE_TEXTS) or number in _SAFE_NUMBERS:
        said = redact(" ".join(text.split()))
        return GongConfigurationError(
            f"The database of connection {conn_id} does not accept the query: {said}",
            remedy="Correct the SQL file of the mapping, or what the connection's user may read",
        )
    if state.startswith("22") or type(error).__name__ == "DataError":
        return GongConfigurationError(
            f"The query on connection {conn_id} meets a row that it cannot work with ({_kind(error)})",
            remedy="Run the query in the database, which names the value, and correct that or the SQL file",
        )
    return SourceError(f"The database of connection {conn_id} broke off the query ({_kind(error)})")


def _kind(error: BaseException) -> str:
    state = _sqlstate(error)
    return f"{type(error).__name__}, SQLSTATE {state}" if state else type(error).__name__


def _sqlstate(error: Any) -> str:
    """Of psycopg, Snowflake and others `sqlstate`, of psycopg2 `pgcode`; empty when there is none."""
    return str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
