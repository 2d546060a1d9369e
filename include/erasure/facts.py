"""What a certificate may take out of a case: counts, times, hashes, ids and two short texts, each checked.

A mistake anywhere else, which put an address into a case, so ends here; no error quotes what it refuses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from gong_airflow.errors import GongInputError
from include.erasure.cases import utc
from include.erasure.statements import TICKET_WITHHELD

HASH = re.compile(r"[0-9a-f]{12,64}")
ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TICKET = re.compile(r"[\w./#-]{1,64}")
_LONGEST_NAME = 120

Counts = dict[str, int]


def counts(found: Mapping[str, Any] | None) -> Counts:
    """Numbers by what they count; none of None."""
    return {matching(NAME, name): number(value) for name, value in _mapping(found or {}).items()}


def places(found: Mapping[str, Any] | None) -> dict[str, Counts]:
    """Counts by place."""
    return {matching(NAME, place): counts(value) for place, value in _mapping(found or {}).items()}


def number(value: Any) -> int:
    """A count; None for 0."""
    if value is None:
        return 0
    if type(value) is not int or value < 0:
        raise _unfit()
    return value


def time(noted: Any) -> str:
    """A time, as cases hold it; one without a zone is UTC."""
    try:
        found = datetime.fromisoformat(str(noted).replace("Z", "+00:00"))
    except ValueError:
        raise _unfit() from None
    return utc(found if found.tzinfo else found.replace(tzinfo=timezone.utc))


def matching(pattern: re.Pattern[str], value: Any) -> str:
    """Text that is nothing but what `pattern` says."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _unfit()
    return value


def ticket(value: Any) -> str:
    """The ticket; a person may have put anything there."""
    return value if isinstance(value, str) and _TICKET.fullmatch(value) else TICKET_WITHHELD


def person(value: Any) -> str:
    """A name without control characters, marks of direction and what cannot be seen or encoded."""
    seen = "".join(" " if unicodedata.category(char).startswith("C") else char for char in str(value))
    return " ".join(seen.split())[:_LONGEST_NAME]


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _unfit()
    return value


def _unfit() -> GongInputError:
    return GongInputError(
        "The case holds something of another kind than a certificate may show",
        remedy="Look at its file below GONG_ERASURE_URL, correct what is no count, time, hash or id, and"
        " clear this task",
    )
