"""What the UI and the log may show of a recording's name.

Telephone systems write numbers and addresses into the names of files. Both are taken out; dates, times and
UUIDs, which are digits too, stay. In doubt digits go: a number that reads like `20261120` stays a date, an
id of seven digits is taken for a telephone number. A person's name cannot be told from other words.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 80

_EMAIL = re.compile(
    r"[\w.%+'&=~-]+(?:@|＠|%40)"
    r"(?:(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)*\.[^\W\d_]{2,}|[^\W_]+)"
)

_DASH = "-\u2010-\u2015"
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_TIME = (
    r"(?:[01]\d|2[0-3])([-.:_ h]?)[0-5]\d(?:\{sep}[0-5]\d(?:[.,]\d{{1,6}})?)?"
    r"(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?"
)
# A date alone, or with a time that follows at once or behind one separator. Not behind a plus.
_DATE = (
    rf"(?<![\d+])(?:{_YEAR}([-._ ]?){_MONTH}\1{_DAY}|{_DAY}([-._]){_DAY}\2{_YEAR})"
    rf"(?:[{_DASH}T _]?{_TIME.format(sep=3)})?(?!\d)"
)
_UUID = r"(?<![\da-fA-F])[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}(?![\da-fA-F])"
_READABLE = re.compile(f"{_DATE}|{_UUID}")
_PHONE = re.compile(rf"(?:\+|\()?\d(?:[{_DASH}\s()._]{{0,3}}\d){{6,}}")


def label(name: str) -> str:
    """`name` without e-mail addresses and telephone numbers, at most 80 characters long."""
    text = _EMAIL.sub("<e-mail>", unicodedata.normalize("NFC", name))
    parts, end = [], 0
    for readable in _READABLE.finditer(text):
        parts += [_PHONE.sub("<phone>", text[end : readable.start()]), readable.group()]
        end = readable.end()
    parts.append(_PHONE.sub("<phone>", text[end:]))
    text = "".join(character if character.isprintable() else "?" for character in "".join(parts))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
