"""Blanks mentions in JSON and other text, and leaves every other character as it was.

Parsing and writing anew would change how numbers and escapes are written. So the strings of a JSON text are
looked at where they stand.
"""

from __future__ import annotations

import json
import re

from gong_airflow.erasure.matching import blank_record
from gong_airflow.erasure.spelling import BLANK, Known, blank
from include.erasure.copies.clues import Clues

# A number of ten digits or more may be one of a telephone; see gong_airflow.erasure.matching.
# A string that does not end takes the rest: it is not begun anew at each quotation mark in it.
_TOKEN = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*(?:(?P<end>")|\\?\Z)'
    r"|(?<![\w.+-])(?P<number>[1-9][0-9]{9,14})(?:\.0+)?(?![\w.+-])",
    re.DOTALL,
)
_COLON = re.compile(r"\s*:")


def blanked_json(text: str, known: Known, clues: Clues) -> tuple[str, int]:
    """A JSON text without the mentions in it, and how many there were; as `matching.blank_record` does it.

    Of a text that only begins like JSON as much is blanked.
    """
    count = names = 0

    def blanked(token: re.Match[str]) -> str:
        nonlocal count, names
        if token["number"]:
            if not known(f"phone:{token['number']}"):
                return token[0]
            count += 1
            return f'"{BLANK}"'
        new, found = _blanked_string(token, known, clues)
        count += found
        names += bool(found and _COLON.match(text, token.end()))
        return new

    made = _TOKEN.sub(blanked, text)
    if names > 1 and is_json(text):
        # Two names that are blanked alike would be one.
        record, count = blank_record(json.loads(text, strict=False), known)
        made = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return made, count


def _blanked_string(token: re.Match[str], known: Known, clues: Clues) -> tuple[str, int]:
    written = token[0]
    try:
        value = json.loads(written, strict=False) if "\\" in written or not token["end"] else written[1:-1]
    except ValueError:
        return blanked_text(written, known, clues)
    if not clues.in_text(value):
        return written, 0
    new, found = blank(value, known)
    return (json.dumps(new, ensure_ascii=token.string.isascii()) if found else written), found


def blanked_text(text: str, known: Known, clues: Clues) -> tuple[str, int]:
    """The same of a text that is not JSON."""
    return blank(text, known) if clues.in_text(text) else (text, 0)


def is_json(text: str | bytes) -> bool:
    """Whether it is one JSON value; control characters in strings do no harm."""
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True
