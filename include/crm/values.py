"""Values of a column, as database drivers give them, become values for the JSON of one of Gong's fields.

A column is looked at as a whole first: what already is as Gong wants it costs next to nothing. Only where
that does not hold is each value converted (`include.crm.conversions`) or found to be wrong.

Gong's rules: its OpenAPI document, `POST /v2/crm/entities`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from gong_airflow.crm.objects import STRING_ARRAY, Field
from include.crm import conversions
from include.crm.conversions import WrongValueError

MISSING = "missing"
_TEXT = {str, type(None)}
_ID = r"[A-Za-z0-9-]{1,64}"
# All values of a column at once, each with a line feed behind it. A pattern may let through less than the
# rule does, and never more.
_BULK: dict[str, re.Pattern[str]] = {
    kind: re.compile(rf"(?:{pattern}\n)*")
    for kind, pattern in {
        "ID": _ID,
        "REFERENCE": _ID,
        "URL": r"https?://[A-Za-z0-9][!-~]*",
        "EMAILADDRESS": r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+",
        "DATE": r"[0-9]{4}-[01][0-9]-[0-3][0-9]",
        "DATETIME": r"[0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}Z",
    }.items()
}
_CONVERT: dict[str, Callable[[Any], Any]] = {
    "ID": conversions.identifier,
    "REFERENCE": conversions.identifier,
    "URL": conversions.url,
    "EMAILADDRESS": conversions.email_address,
    "DATE": conversions.day,
    "DATETIME": conversions.time,
    "NUMBER": conversions.number,
    "CURRENCY": conversions.number,
    "PERCENT": conversions.percent,
    "BOOLEAN": conversions.boolean,
    STRING_ARRAY: conversions.texts,
}
Cleaned = tuple[Sequence[Any], Mapping[int, str]]
_NONE: Mapping[int, str] = {}


def clean(field: Field, column: Sequence[Any]) -> Cleaned:
    """The values of `column` for the JSON, and what is wrong by position in the column.

    Values are what orjson writes: None, text, numbers and booleans, lists of text, and `orjson.Fragment` for
    numbers that it would round. In place of a wrong value there is None.
    """
    if _is_clean(field, column):
        return column, _NONE
    convert = _converter(field)
    values: list[Any] = []
    faults: dict[int, str] = {}
    for position, value in enumerate(column):
        cleaned = None
        try:
            if value is not None and not (field.type != "STRING" and _is_blank(value)):
                cleaned = convert(value)
            if field.mandatory and (cleaned is None or cleaned == ""):
                faults[position] = MISSING
        except WrongValueError as error:
            faults[position] = str(error)
        values.append(cleaned)
    return values, faults


def _is_blank(value: Any) -> bool:
    # Oracle and many exports know no difference between an empty text and none.
    return isinstance(value, str) and not value.strip()


def _converter(field: Field) -> Callable[[Any], Any]:
    if field.type == "PICKLIST":
        # Gong's own list is in capitals; a company's own is taken as it stands.
        return conversions.choice(field.values, capitals=field.name == "status" and not field.label)
    return _CONVERT.get(field.type, conversions.text)


def _is_clean(field: Field, column: Sequence[Any]) -> bool:
    """Whether all values can stay as they are."""
    if field.mandatory and (None in column or "" in column):
        return False
    kinds = set(map(type, column))
    if field.type in _BULK:
        return kinds <= _TEXT and _fits(field.type, column)
    if field.type in ("NUMBER", "CURRENCY", "PERCENT"):
        return kinds <= {int, float, type(None)} and _are_plain_numbers(field.type, column)
    if field.type == "BOOLEAN":
        return kinds <= {bool, type(None)}
    if field.type == "PICKLIST":
        return kinds <= _TEXT and set(column) <= {None, *field.values}
    return field.type != STRING_ARRAY and kinds <= _TEXT


def _fits(kind: str, column: Sequence[str | None]) -> bool:
    texts = [text for text in column if text is not None]
    joined = "\n".join(texts) + "\n" if texts else ""
    if joined.count("\n") != len(texts) or not _BULK[kind].fullmatch(joined):
        return False
    return kind not in ("DATE", "DATETIME") or _are_days({text[:10] for text in texts})


def _are_days(days: set[str]) -> bool:
    with suppress(ValueError):
        for day in days:
            date.fromisoformat(day)
        return True
    return False


def _are_plain_numbers(kind: str, column: Sequence[float | None]) -> bool:
    """Whether orjson writes them without loss, and they are in range."""
    numbers = [number for number in column if number is not None]
    if not numbers:
        return True
    least, most = (0, 100) if kind == "PERCENT" else (-(2**63), 2**63 - 1)
    # With a NaN in it neither the least nor the greatest can be told.
    return least <= min(numbers) and max(numbers) <= most and all(map(math.isfinite, numbers))
