"""Checks of single values of a recording's metadata: times, ids, e-mail addresses, URLs, lists of values.

Each takes the text and gives it back, or raises ValueError with a sentence that does not repeat it. The
patterns are for the JSON Schema, so they are what Python and JavaScript read alike.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

TIME_EXAMPLES = "2026-11-20T14:30:00+01:00 or 2026-11-20T13:30:00Z"
TIME_PATTERN = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
    "(Z|[+-](0[0-9]|1[0-8]):[0-5][0-9])$"
)
ID_PATTERN = "^[0-9]{1,20}$"
_WORD = r'[^\s@.,:;<>()\[\]"\\]+'
EMAIL_PATTERN = rf"^{_WORD}([.]{_WORD})*@{_WORD}([.]{_WORD})+$"
URL_PATTERN = r"^[hH][tT][tT][pP][sS]?://[^\s/?#]+[^\s]*$"

_WITHOUT_ZONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?")
# Shaped like a language code: no name, address or number of a person looks like that.
_QUOTABLE = re.compile(r"[A-Za-z]{2}|[A-Za-z]{2,3}([-_][A-Za-z]{2,4}){1,2}")


def parse_time(text: str) -> datetime:
    """The moment that `text` names, to the microsecond; ValueError as with `check_time`."""
    if not re.fullmatch(TIME_PATTERN, text):
        if _WITHOUT_ZONE.fullmatch(text):
            raise ValueError(f"has no time zone. Write it like {TIME_EXAMPLES}")
        raise ValueError(f"is not a time as Gong reads it. Write it like {TIME_EXAMPLES}")
    clock, zone = (text[:-1], "+00:00") if text.endswith("Z") else (text[:-6], text[-6:])
    clock, _, fraction = clock.partition(".")
    try:
        # Python 3.10 reads neither Z nor fractions of any other length.
        return datetime.fromisoformat(f"{clock}{':00' * (len(clock) == 16)}.{fraction[:6]:0<6}{zone}")
    except ValueError:
        raise ValueError(f"is a day or an hour that does not exist. Write it like {TIME_EXAMPLES}") from None


def check_time(text: str) -> str:
    """ISO 8601 with seconds or without and with a zone, as in Gong's examples."""
    parse_time(text)
    return text


def is_id(text: str) -> bool:
    """Whether `text` can be an id of Gong's."""
    return re.fullmatch(ID_PATTERN, text) is not None


def check_id(text: str) -> str:
    """An id of Gong's: up to 20 digits."""
    if not is_id(text):
        raise ValueError(
            "is not an id of Gong's, which has up to 20 digits and nothing else. Gong's API lists them: "
            "GET /v2/users, GET /v2/workspaces"
        )
    return text


def check_email(text: str) -> str:
    """The form only; whether anybody reads it is nobody's business here."""
    if not re.fullmatch(EMAIL_PATTERN, text):
        raise ValueError(
            "does not have the form of an e-mail address, name@example.com. Correct it or leave it out"
        )
    return text


def check_url(text: str) -> str:
    """A web address with a host."""
    try:
        parts = urlsplit(text)
        usable = bool(re.fullmatch(URL_PATTERN, text) and parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("is not a web address. Write it like https://files.example.com/call.mp3")
    return text


def check_one_of(text: str, *, values: Sequence[str]) -> str:
    """One of `values`; otherwise the likely ones are named, or all if they are few."""
    if text in values:
        return text
    likely = _likely(text, values)
    found = f'is "{text}"' if likely or _QUOTABLE.fullmatch(text) else f"is text of {len(text)} characters"
    few = len(values) <= 8
    hint = f". Did you mean {' or '.join(likely)}?" if likely else ""
    known = f"which is none of {', '.join(values)}" if few else "which Gong does not know"
    raise ValueError(f"{found}, {known}{hint}")


def _likely(text: str, values: Sequence[str]) -> list[str]:
    """Those of `values` that were probably meant."""
    plain = text.strip().replace("_", "-").casefold()
    folded = {value.casefold(): value for value in values}
    if plain in folded:
        return [folded[plain]]
    begun = [value for key, value in folded.items() if len(plain) > 1 and key.startswith(f"{plain}-")]
    close = difflib.get_close_matches(plain, folded, n=2, cutoff=0.7)
    return begun or [folded[key] for key in close]
