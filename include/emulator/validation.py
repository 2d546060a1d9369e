"""Reads requests as strictly as Gong: ``<path>: <message>`` for each fault, unknown fields ignored.

Recorded texts: ``must not be null`` and ``must be before toDateTime``; the other messages are invented.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from include.emulator.clock import to_micros
from include.emulator.errors import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, ApiError
from include.emulator.exchange import Exchange

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z|z)|([+-])(\d\d)(?::?(\d\d))?)"
)
NOT_AN_INSTANT = "must be an ISO-8601 date and time with Z or an offset"
_MESSAGES = {
    "missing": "must not be null",
    "string_type": "must be a string",
    "bool_type": "must be a boolean",
    "int_type": "must be an integer",
    "float_type": "must be a number",
    "list_type": "must be an array",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "string_too_long": "size must be between 0 and {max_length}",
    "too_short": "size must be between {min_length} and 2147483647",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "less_than_equal": "must be less than or equal to {le}",
}
Body = TypeVar("Body", bound=BaseModel)


def parse_body(
    exchange: Exchange, raw: bytes, model: type[Body], kind: type[dict[Any, Any]] | type[list[Any]] = dict
) -> Body:
    """The JSON body as ``model``; 415 without a JSON content type, 400 for anything else that is wrong."""
    if exchange.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise ApiError(415, [UNSUPPORTED_MEDIA_TYPE])
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, [BAD_REQUEST], note="the body is not JSON") from error
    if not isinstance(document, kind):
        wanted = "object" if kind is dict else "array"
        raise ApiError(400, [BAD_REQUEST], note=f"the body is not a JSON {wanted}")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise ApiError(400, [_describe(fault) for fault in error.errors()]) from error


def _describe(fault: Any) -> str:
    path = ""
    for part in fault["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    if fault["input"] is None:
        message = "must not be null"
    elif fault["type"] == "literal_error":
        message = f"must be one of {fault['ctx']['expected']}".replace("'", "").replace(" or ", ", ")
    else:
        known = _MESSAGES.get(fault["type"])
        message = known.format(**fault.get("ctx", {})) if known else fault["msg"]
    return f"{path}: {message}"


def parse_instant(text: str | None, path: str) -> int | None:
    """Microseconds since 1970 of an ISO-8601 time with ``Z`` or an offset; 400 otherwise; None stays None."""
    if text is None:
        return None
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise _not_an_instant(path)
    year, month, day, hour, minute, second, fraction, _, sign, off_hours, off_minutes = match.groups()
    offset = timedelta()
    if sign:
        offset = timedelta(hours=int(off_hours), minutes=int(off_minutes or 0)) * (-1 if sign == "-" else 1)
    micros = int((fraction or "0").ljust(6, "0")[:6])
    try:
        zone = timezone(offset)
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros, tzinfo=zone
        )
    except ValueError as error:
        raise _not_an_instant(path) from error
    return to_micros(moment)


def is_instant(text: str) -> bool:
    """Whether ``text`` is an ISO-8601 time with ``Z`` or an offset."""
    try:
        parse_instant(text, "")
    except ApiError:
        return False
    return True


def parse_range(since: str | None, before: str | None, prefix: str = "") -> tuple[int | None, int | None]:
    """A half-open range in microseconds; 400 unless it begins before it ends."""
    return check_range(since, before, f"{prefix}fromDateTime", f"{prefix}toDateTime", "toDateTime")


def check_range(
    since: str | None, before: str | None, since_path: str, before_path: str, before_name: str
) -> tuple[int | None, int | None]:
    """As ``parse_range``, with the names of the two ends given."""
    low, high = parse_instant(since, since_path), parse_instant(before, before_path)
    if low is not None and high is not None and low >= high:
        raise ApiError(400, [f"{since_path}: must be before {before_name}"])
    return low, high


def parse_flag(text: str | None, path: str) -> bool:
    """A boolean of a query string; absent is false."""
    if text is None or text.lower() in ("true", "false"):
        return text is not None and text.lower() == "true"
    raise ApiError(400, [f"{path}: must be true or false"])


def _not_an_instant(path: str) -> ApiError:
    return ApiError(400, [f"{path}: {NOT_AN_INSTANT}"])
