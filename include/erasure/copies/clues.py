"""A cheap check that every text passes in which a person is mentioned, and hardly any other.

`gong_airflow.erasure.spelling` decides what a mention is, and takes its time. Whatever it allows between the
parts of an address (`.`, ` dot `, `%40`) or the digits of a number: the parts are there, and the last digits
stand in their order with nothing but other characters between them. Most lines fail that within microseconds.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import unquote

from gong_airflow.erasure.identity import LEAST_DIGITS, Form

# What stands for the same number ends alike, but for what is dialled before it.
_TAIL = LEAST_DIGITS
_RUN = re.compile("[a-z0-9]+")
_NOT_DIGITS = bytes(sorted(set(range(256)) - set(b"0123456789")))
_BLANKS = b" \t\r\n\v\f"
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
# Characters that spellings pass over, or that IDNA maps to nothing.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_OTHER = re.compile(r"\D+")
_TRUNK = re.compile(r"\((\d)\)")


class Clues:
    """What texts about a person have in common.

    :param forms: all that stand for the person
    """

    def __init__(self, forms: Collection[Form]) -> None:
        given = {form.partition(":")[::2] for form in forms}
        addresses = sorted(value for kind, value in given if kind == "email")
        # Speech puts blanks into what stands before the @, but not into a label of the domain.
        self._addresses = [
            (_runs(".".join(_plain_labels(domain))), _runs(local))
            for local, _, domain in (address.rpartition("@") for address in addresses)
        ]
        self._tails = sorted({value[-_TAIL:] for kind, value in given if kind == "phone"})
        self._raw_addresses = [
            ([run.encode() for run in domain], [run.encode() for run in local])
            for domain, local in self._addresses
        ]
        self._raw_tails = [tail.encode() for tail in self._tails]

    def in_json(self, raw: bytes) -> bool:
        """Whether a line of JSON may hold a mention in one of its strings or numbers."""
        if raw.isascii() and b"\\u" not in raw and b"%" not in raw and b"&" not in raw:
            return self._in_plain(raw)
        text = raw.decode("utf-8", "replace")
        # Other escapes may stand between letters: then the strings are looked at one by one.
        return self._in_any(_readings(text), joined="\\" in text)

    def in_text(self, text: str) -> bool:
        """Whether a text may hold a mention."""
        return self._in_any(_readings(text), joined=False)

    def _in_plain(self, raw: bytes) -> bool:
        if self._raw_tails:
            digits = raw.translate(None, _NOT_DIGITS)
            if any(tail in digits for tail in self._raw_tails):
                return True
            if b"(0)" in raw and self._in_digits(raw.decode()):
                return True
        if not self._raw_addresses:
            return False
        lower = raw.lower()
        for domain, local in self._raw_addresses:
            if all(run in lower for run in domain) and (
                b"\\" in raw or all(run in lower.translate(None, _BLANKS) for run in local)
            ):
                return True
        return False

    def _in_any(self, readings: Iterable[str], *, joined: bool) -> bool:
        return any(self._in_address(text, joined=joined) or self._in_digits(text) for text in readings)

    def _in_address(self, text: str, *, joined: bool) -> bool:
        for domain, local in self._addresses:
            if all(run in text for run in domain):
                if joined:
                    return True
                squeezed = "".join(text.split())
                if all(run in squeezed for run in local):
                    return True
        return False

    def _in_digits(self, text: str) -> bool:
        if not self._tails:
            return False
        return any(tail in digits for digits in _digits(text) for tail in self._tails)


def _runs(text: str) -> list[str]:
    """The runs of ASCII letters and digits; the longest first, as it is the rarest."""
    return sorted(set(_RUN.findall(text)), key=lambda run: (-len(run), run))


def _plain_labels(domain: str) -> Iterator[str]:
    # What is encoded may stand in a text as it is read.
    return (label for label in domain.split(".") if not label.startswith("xn--"))


def _readings(text: str) -> Iterator[str]:
    """`text` in one case and width; and so once more with what is escaped in it."""
    yield _folded(text)
    if "%" in text or "&" in text or "\\u" in text:
        once = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        yield _folded(html.unescape(unquote(once)))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _digits(text: str) -> Iterator[str]:
    yield _ascii(_OTHER.sub("", text))
    # +44 (0)20: that zero is none of the number's digits.
    without = _TRUNK.sub(lambda found: "" if _ascii(found[1]) == "0" else found[0], text)
    if without != text:
        yield _ascii(_OTHER.sub("", without))


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)
