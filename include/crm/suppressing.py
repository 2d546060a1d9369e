"""Rows of people who were erased are left out: nothing of the CRM brings them into Gong again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from gong_airflow.erasure.matching import is_person, is_whole
from include.crm.conversions import WrongValueError, text

if TYPE_CHECKING:
    import duckdb

    from include.erasure.suppression import Suppressed, Suppression

_PERSONS = ("CONTACT", "LEAD")
_Made = TypeVar("_Made")


class Gate:
    """Lets the rows of one query pass, but for those of suppressed people.

    A row is one's when its id is, in the object types of people, or when a value as a whole is one's address
    or number. Free text is the CRM's: it stays as it is.

    :param object_type: Gong's name
    :param id_position: place of the objectId in a row
    """

    def __init__(self, suppressed: Suppressed, object_type: str, id_position: int) -> None:
        self._suppressed = suppressed
        self._object_type = object_type
        self._id_position = id_position

    def parted(self, rows: Sequence[Sequence[Any]]) -> tuple[Sequence[Sequence[Any]], list[Sequence[Any]]]:
        """Those that pass, and those that are left out."""
        if not self._suppressed:
            return rows, []
        passing: list[Sequence[Any]] = []
        left_out: list[Sequence[Any]] = []
        for row in rows:
            (left_out if self._is_suppressed(row) else passing).append(row)
        return passing, left_out

    def _is_suppressed(self, row: Sequence[Any]) -> bool:
        if is_suppressed_id(self._suppressed, self._object_type, row[self._id_position]):
            return True
        return any(is_whole(value, self._suppressed.knows) for value in map(_text, row) if value)


def is_suppressed_id(suppressed: Suppressed, object_type: str, object_id: Any) -> bool:
    """Whether the id of a record is that of a suppressed person, or their address or number."""
    is_suppressed = is_person if object_type in _PERSONS else is_whole
    return is_suppressed(_text(object_id), suppressed.knows)


def remove_suppressed(
    database: duckdb.DuckDBPyConnection, table: str, object_type: str, suppressed: Suppressed
) -> None:
    """Remove erased people's records from a table (object_id): Gong has no need to hear of them again."""
    if not suppressed:
        return
    rows = database.execute(f'SELECT object_id FROM "{table}"').fetchall()  # noqa: S608 - a constant
    known = [[object_id] for (object_id,) in rows if is_suppressed_id(suppressed, object_type, object_id)]
    if known:
        database.executemany(f'DELETE FROM "{table}" WHERE object_id = ?', known)  # noqa: S608


def unchanged(
    suppression: Suppression, make: Callable[[Suppressed], _Made], withdraw: Callable[[], None]
) -> _Made:
    """What `make` publishes by the list of suppressed people; made again when that has changed meanwhile.

    Whoever adds to the list looks for the person in the outbox right then, and no later.
    """
    while True:
        suppressed = suppression.current()
        made = make(suppressed)
        if suppression.current().fingerprint == suppressed.fingerprint:
            return made
        withdraw()


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    # Some drivers give whole numbers so.
    if isinstance(value, (float, Decimal)) and math.isfinite(value) and value == int(value):
        value = int(value)
    try:
        return text(value)
    except WrongValueError:
        return ""
