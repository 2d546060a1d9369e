"""One value, as a database driver gives it, becomes what stands in the JSON for Gong.

SQLite knows only text and numbers, so everything may come as text. A conversion raises `WrongValueError`,
whose text is a reason that does not tell the value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

LONGEST_ID = 64
# Gong: letters, digits and dashes, or a valid e-mail address.
_ID = re.compile(r"[A-Za-z0-9-]+")
_EMAIL = re.compile(r"[^@\s<>\"(),;:]{1,64}@[^@\s<>\"(),;:.]+(?:\.[^@\s<>\"(),;:.]+)+")
_ASCII_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
# Groups: day, time of day, offset. Fractions are cut: Gong takes none.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ]+(\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?)?\s*([Zz]|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


class WrongValueError(ValueError):
    """A value that Gong would not take; the text says why, and nothing of the value."""


def text(value: Any) -> str:
    """Text as it is; numbers, times and structures as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return time(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            raise WrongValueError("not text") from None
    if isinstance(value, (list, tuple, Mapping)):
        return json.dumps(value, ensure_ascii=False, default=str)
    # Also a date and a UUID.
    return str(value)


def identifier(value: Any) -> str:
    """An id; whole numbers become text."""
    if isinstance(value, bool):
        raise WrongValueError("not an id")
    if isinstance(value, (float, Decimal)):
        # Oracle's NUMBER and SQLite's REAL hold whole numbers too.
        if not math.isfinite(value) or value != int(value):
            raise WrongValueError("not an id")
        value = int(value)
    found = text(value)
    if len(found) > LONGEST_ID:
        raise WrongValueError(f"longer than {LONGEST_ID} characters")
    if not (_ID.fullmatch(found) or _ASCII_EMAIL.fullmatch(found)):
        raise WrongValueError("has characters beside letters, digits and dashes, and is no e-mail address")
    return found


def email_address(value: Any) -> str:
    """An e-mail address without blanks around it."""
    found = text(value).strip()
    if not _EMAIL.fullmatch(found):
        raise WrongValueError("not an e-mail address")
    return found


def url(value: Any) -> str:
    """The address of a page."""
    found = text(value).strip()
    if not _URL.fullmatch(found):
        raise WrongValueError("not a URL that begins with http:// or https://")
    return found


def time(value: Any) -> str:
    """UTC like `2026-11-22T10:00:00Z`; what has no zone is UTC, a day is its midnight."""
    if isinstance(value, str):
        value = _parsed(value.strip())
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    elif not isinstance(value, datetime):
        raise WrongValueError("not a time")
    try:
        # A time without a zone is UTC.
        utc = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        raise WrongValueError("not a time") from None
    return f"{utc.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def _parsed(given: str) -> datetime:
    match = _TIME.fullmatch(given)
    if match is None:
        raise WrongValueError("not a time")
    day, clock, offset = match.groups()
    clock = clock or "00:00"
    if offset is None or offset.upper() in ("Z", "UTC"):
        offset = "+00:00"
    digits = offset[1:].replace(":", "").ljust(4, "0")
    try:
        return datetime.fromisoformat(f"{day}T{clock}{offset[0]}{digits[:2]}:{digits[2:]}")
    except ValueError:
        raise WrongValueError("not a time") from None


def day(value: Any) -> str:
    """A day like `2026-11-22`: of a time the day as it stands, in whatever zone."""
    if isinstance(value, str):
        match = _TIME.fullmatch(value.strip())
        if match is None:
            raise WrongValueError("not a date")
        try:
            return date.fromisoformat(match[1]).isoformat()
        except ValueError:
            raise WrongValueError("not a date") from None
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        raise WrongValueError("not a date")
    return value.isoformat()


def number(value: Any) -> Any:
    """A number with all its digits, for orjson."""
    if isinstance(value, bool):
        raise WrongValueError("not a number")
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) < 2**63:
        return value
    if isinstance(value, (int, float, Decimal)):
        value = str(value)
    if isinstance(value, str) and _NUMBER.fullmatch(given := value.strip()):
        return orjson.Fragment(given if _JSON_NUMBER.fullmatch(given) else _as_json(Decimal(given)))
    raise WrongValueError("not a number")


def _as_json(decimal: Decimal) -> str:
    """`007`, `+5` and `.5` the way JSON wants them."""
    given = str(decimal)
    return given if _JSON_NUMBER.fullmatch(given) else format(decimal, "f")


def percent(value: Any) -> Any:
    """A number from 0 to 100."""
    found = number(value)
    try:
        within = 0 <= Decimal(str(value).strip()) <= 100
    except InvalidOperation:
        raise WrongValueError("not a number") from None
    if not within:
        raise WrongValueError("not from 0 to 100")
    return found


def boolean(value: Any) -> bool:
    """True or false, from the words and numbers that databases have for it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)) and value in (0, 1):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise WrongValueError("not true or false")


def texts(value: Any) -> list[str]:
    """A list of text: from a list, the text of a JSON list, or words between commas."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = text(value)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("[") else value.split(",")
        except ValueError:
            raise WrongValueError("not a list") from None
    if not isinstance(value, Sequence) or any(isinstance(one, (list, tuple, Mapping)) for one in value):
        raise WrongValueError("not a list")
    found = (text(one).strip() for one in value if one is not None)
    return [one for one in found if one]


def choice(values: Sequence[str], *, capitals: bool) -> Callable[[Any], str]:
    """A conversion to one of `values`.

    :param capitals: whether case does not count in what is given, and `values` are in capitals
    """

    def chosen(value: Any) -> str:
        found = text(value)
        if found in values:
            return found
        found = found.strip().upper() if capitals else found.strip()
        if found not in values:
            raise WrongValueError("not one of the list values")
        return found

    return chosen
