"""Finds e-mail addresses and telephone numbers in text, however they are written or were spoken.

Nothing here knows whom it looks for: whatever may be an address or number is a candidate, brought into the
one spelling of a form; the caller looks forms up. So the list of suppressed people can consist of hashes,
and purge and suppression cannot differ in what they find.

| written or spoken                                                   | form                          |
|---------------------------------------------------------------------|-------------------------------|
| `Jane.Doe@Example.com`, `<mailto:jane.doe@…>`, full-width letters   | `email:jane.doe@example.com`  |
| `jane.doe%40example.com`, `&#64;`, `jane.doe (at) example [dot] com` | the same                     |
| `jane dot doe at example dot com`                                   | the same                      |
| `+1 (425) 555-2671`, `001-425-555-2671`, `tel:+14255552671`         | `phone:14255552671`           |
| `(425) 555-2671`, `425.555.2671 ext. 12`                            | `phone:4255552671`            |

A part of a longer address or of a longer run of digits is no candidate. All takes time linear in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gong_airflow.erasure.addresses import addresses
from gong_airflow.erasure.identity import Form
from gong_airflow.erasure.numbers import numbers

Known = Callable[[Form], bool]
BLANK = "[erased]"
# Of a@b.c: nothing shorter is looked at, nor what has letters alone.
_LEAST = 5


def mentions(text: str) -> Iterator[tuple[int, int, Form]]:
    """All that may be an address or a number: beginning and end in `text`, and the form to look up.

    Candidates overlap where a sentence leaves open where one begins.
    """
    yield from addresses(text)
    yield from numbers(text)


def holds(text: str, known: Known) -> bool:
    """Whether `text` mentions someone known."""
    return any(known(form) for _, _, form in mentions(text))


def blank(text: str, known: Known) -> tuple[str, int]:
    """`text` with each known mention replaced by `BLANK`, and how many there were."""
    if len(text) < _LEAST or text.isalpha():
        return text, 0
    spans = [(start, end) for start, end, form in mentions(text) if known(form)]
    if not spans:
        return text, 0
    # Spellings of one mention overlap: they go together.
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    pieces, reached = [], 0
    for start, end in merged:
        pieces += [text[reached:start], BLANK]
        reached = end
    return "".join([*pieces, text[reached:]]), len(merged)
