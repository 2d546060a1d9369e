"""Finds telephone numbers in text; see `gong_airflow.erasure.spelling`.

A candidate is some neighbouring groups of digits, with what people write between them. Groups are taken
whole: within the 20 digits of an id there is no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gong_airflow.erasure.identity import LEAST_DIGITS, MOST_DIGITS, Form

# Blanks of all kinds, hyphens, dots, brackets, and what is invisible.
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff"
_BETWEEN = f"[\\s().\\-/_\u2010-\u2015\u2212\u00b7\u2022\uff08\uff09\uff0d\uff0e{_INVISIBLE}]"
_RUN = re.compile(rf"\d(?:{_BETWEEN}{{0,4}}\d){{{LEAST_DIGITS - 1},}}")
_GROUP = re.compile(r"\d+")
_OPENING, _CLOSING, _PLUS = "(\uff08", ")\uff09", "+\uff0b"
_BEFORE = frozenset(_OPENING + _PLUS)
# What is dialled before a country code.
_ABROAD = ("00", "011", "0011")
_MOST_WITH_PREFIX = MOST_DIGITS + 4

_Group = tuple[int, int, str]


def numbers(text: str) -> Iterator[tuple[int, int, Form]]:
    """Candidates: beginning and end in `text`, and the form."""
    for run in _RUN.finditer(text):
        groups = [
            (found.start(), found.end(), _digits(found[0]))
            for found in _GROUP.finditer(text, run.start(), run.end())
        ]
        # Behind a country code the rest of the same number is no number of its own.
        own = _with_country_code(text, groups)
        trunks = _trunks(text, groups)
        for first, (begin, _, _) in enumerate(groups):
            for end, digits in _ends(groups, first, own if first else 0, trunks):
                yield _start(text, begin, end), end, f"phone:{digits}"


def _with_country_code(text: str, groups: list[_Group]) -> int:
    """How many groups, at most, belong to a number that begins with + or 00; 0 when there is none."""
    begin, _, first = groups[0]
    if text[max(0, begin - 2) : begin].rstrip()[-1:] not in tuple(_PLUS) and not first.startswith("00"):
        return 0
    total = 0
    for count, (_, _, digits) in enumerate(groups):
        total += len(digits)
        if total > MOST_DIGITS + 2:
            return count
    return len(groups)


def _trunks(text: str, groups: list[_Group]) -> frozenset[int]:
    """The zeros of +44 (0)20, which are dialled within the country only."""
    return frozenset(
        number
        for number, (begin, end, digits) in enumerate(groups)
        if digits == "0" and text[begin - 1 : begin] in _OPENING and text[end : end + 1] in _CLOSING
    )


def _ends(groups: list[_Group], first: int, least: int, trunks: frozenset[int]) -> Iterator[tuple[int, str]]:
    """Where a number that begins with group `first` may end, behind the first `least` groups; its digits."""
    digits = without_trunk = ""
    for number in range(first, len(groups)):
        _, end, some = groups[number]
        digits += some
        if len(digits) > _MOST_WITH_PREFIX:
            return
        if number == first or number not in trunks:
            without_trunk += some
        if number >= least and len(digits) >= LEAST_DIGITS:
            if len(digits) <= MOST_DIGITS:
                yield end, digits
            if without_trunk != digits and LEAST_DIGITS <= len(without_trunk) <= MOST_DIGITS:
                yield end, without_trunk
            if digits.startswith("0"):
                yield from ((end, bare) for bare in _from_abroad(digits) + _from_abroad(without_trunk))


def _from_abroad(digits: str) -> list[str]:
    bare = [digits.removeprefix(prefix) for prefix in _ABROAD if digits.startswith(prefix)]
    return [number for number in bare if LEAST_DIGITS <= len(number) <= MOST_DIGITS]


def _start(text: str, begin: int, end: int) -> int:
    """Where the number begins with its plus and bracket."""
    if text[begin - 1 : begin] not in _BEFORE:
        return begin
    closed = any(bracket in text[begin:end] for bracket in _CLOSING)
    for opening in (_OPENING if closed else "", _PLUS, _OPENING if closed else ""):
        before = text[max(0, begin - 1) : begin]
        if before and before in opening:
            begin -= 1
    return begin


def _digits(group: str) -> str:
    return group if group.isascii() else "".join(str(int(digit)) for digit in group)
