"""Errors of dlt, DuckDB and drivers without their texts: those quote the values of rows."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from include import settings
from include.warehouse.errors import DestinationError, WarehouseError

_P = ParamSpec("_P")
_R = TypeVar("_R")


def shielded(what: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Turn errors of dlt, DuckDB and drivers into DestinationError without their text: it may hold rows.

    :param what: what was being done, for the message.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            try:
                return function(*args, **kwargs)
            except (WarehouseError, settings.SettingError):
                raise
            except Exception as error:
                if _is_about_settings(error):
                    raise
                told = _without_values(error)
            # Raised outside the handler: nothing of the original may hang on it as its context.
            raise DestinationError(
                f"{what} failed: {told}. The tables are as they were. Check that the destination is"
                " reachable, its credentials complete, its user allowed to create schemas and tables, and no"
                " disk full; then repeat. (Values of rows are left out of this message on purpose.)"
            )

        return call

    return decorate


def _is_about_settings(error: Exception) -> bool:
    # With it comes Airflow, which has no place at import.
    from gong_airflow.errors import GongConfigurationError

    return isinstance(error, GongConfigurationError)


def _without_values(error: BaseException) -> str:
    """The chain of error types, each with the line of code that raised it, and the table if dlt names one."""
    kinds: list[str] = []
    table = ""
    seen: BaseException | None = error
    while seen is not None and len(kinds) < 8:
        frames = traceback.extract_tb(seen.__traceback__)
        kinds.append(
            type(seen).__name__
            + (f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "")
        )
        table = table or str(getattr(seen, "job_id", "") or "").split(".", maxsplit=1)[0]
        seen = seen.__cause__ or seen.__context__
    return ", from ".join(kinds) + (f" (table {table})" if table else "")
