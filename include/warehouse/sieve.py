"""SQL that finds the texts in which a person may be mentioned: never too few, rarely many too many.

`gong_airflow.erasure.spelling` decides what a mention is. Whatever it allows between the parts of an address
(`.`, ` dot `, `%40`, ` (at) `) or the digits of a number, the parts stand there in their order: that is what
is looked for. Texts in which a letter may be written in another way pass in any case: escaped as in `%6A`, or
as one of the letters that compatibility forms take for one of ASCII.
"""

from __future__ import annotations

import re
import stringprep
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gong_airflow.erasure.identity import Form

_PARTS = re.compile(r"[^\W_]+")
_ANY_OTHER = "\u0080-\U0010ffff"
# What is not here stands for itself in every compatibility form. (A test goes through all of Unicode.)
_LETTERS = (range(0x80, 0x20000), range(0xE0000, 0xE1000))
# `{0}` is a column. The letters are those of ASCII: elsewhere, lower("I") may be another one.
_DUCKDB = "regexp_matches({0}, %s)", "lower({0}) LIKE %s"
_POSTGRES = "{0} ~ %s", 'lower({0} COLLATE "C") LIKE %s'
_DIALECTS = {"duckdb": _DUCKDB, "motherduck": _DUCKDB, "ducklake": _DUCKDB, "postgres": _POSTGRES}


@dataclass(frozen=True, repr=False)
class Sieve:
    """What a text must hold to be looked at.

    :param letters: a regular expression: one of the letters that may stand for another one
    :param patterns: parts in their order, as LIKE knows them, in lower case
    :param dialect: dlt's name of the destination. Where its functions are not known every text passes.
    """

    letters: str
    patterns: tuple[str, ...]
    dialect: str

    @classmethod
    def of(cls, forms: Collection[Form], dialect: str) -> Sieve:
        """For all that stands for a person."""
        numbers = {form.partition(":")[2] for form in forms if form.startswith("phone:")}
        # With the country code or a trunk prefix before it, it is the same number still.
        shortest = [
            number for number in numbers if not any(_within(other, number) for other in numbers - {number})
        ]
        addresses = [form.partition(":")[2] for form in forms if form.startswith("email:")]
        parts = [_PARTS.findall(address) for address in addresses]
        # In a text such a domain may stand in its own letters, and a letter apart from the mark on it.
        wide = any("xn--" in address or not address.isascii() for address in addresses)
        letters = f"[%{_ANY_OTHER if wide else _doubtful()}]"
        return cls(letters, tuple(sorted(f"%{'%'.join(some)}%" for some in (*parts, *shortest))), dialect)

    def where(self, columns: Iterable[str]) -> tuple[str, list[str]]:
        """The condition that one of `columns` passes (as `Store.select` takes it), and its values."""
        names = [f"{{{column}}}" for column in columns]
        known = _DIALECTS.get(self.dialect)
        if known is None:
            return " OR ".join(f"{name} IS NOT NULL" for name in names), []
        regular, like = known
        one = " OR ".join([regular, *[like] * len(self.patterns)])
        return " OR ".join(one.format(name) for name in names), [self.letters, *self.patterns] * len(names)


def _within(short: Sequence[str], long: str) -> bool:
    """Whether the letters of `short` stand in `long`, in their order."""
    rest = iter(long)
    return all(letter in rest for letter in short)


@lru_cache(maxsize=1)
def _doubtful() -> str:
    """The letters and digits that may stand for one of ASCII, and what is taken out of words, as ranges."""
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in _ranges())


def _ranges() -> Iterator[tuple[int, int]]:
    first = last = -1
    for code in (code for some in _LETTERS for code in some if doubtful(chr(code))):
        if code != last + 1:
            if first > 0:
                yield first, last
            first = code
        last = code
    yield first, last


def doubtful(letter: str) -> bool:
    """Whether a letter that is not ASCII may be read as one that is, or not be read at all."""
    plain = unicodedata.normalize("NFKC", letter)
    plain += unicodedata.normalize("NFKC", plain.lower() + plain.casefold())
    return (
        any(other.isascii() and other.isalnum() for other in plain)
        or letter.isdecimal()
        or unicodedata.category(letter) == "Cf"
        or stringprep.in_table_b1(letter)
    )
