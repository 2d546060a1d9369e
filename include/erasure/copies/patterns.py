"""Common spellings of addresses and numbers as regular expressions, for the search that ends an erasure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_DOT = r"(?:\.|\s?[(\[{<]\s?(?:dot|\.)\s?[)\]}>]\s?|\s{1,2}dot\s{1,2})"
_AT = r"(?:@|\s?[(\[{<]\s?(?:at|@)\s?[)\]}>]\s?|\s{1,2}at\s{1,2})"
_SAID = {".": _DOT, "_": r"(?:_|\s{1,2}underscore\s{1,2})"}
# An address that goes on to the left or to the right is another one.
_LEFT = r"(?<![\w.'+\-])(?<!\bdot\s)(?<!\bunderscore\s)(?<!\bdot\)\s)(?<!\bdot\]\s)"
_RIGHT = r"(?![\w-])(?!\.\w)(?!\s{1,2}dot\s)(?!\s?[(\[{<]\s?(?:dot|\.)\s?[)\]}>])"
_BETWEEN = "[\\s().\\-\u2010-\u2015\u2212\u00b7/_]{0,4}"
_TRUNK = r"(?:\s?\(0\)\s?)"
_ABROAD = r"(?:00|011)?"
_ESCAPES = re.compile(r"\\(?:u([0-9a-f]{4})|[nrtbf])")
_SIGNS = re.compile(r"%(?:25)?40|&#0*64;?|&#x0*40;?|&commat;")
_ENCODED = re.compile(r"%(?!2b)[0-9a-f]{2}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NUMERAL = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_IN_NUMERAL = r"[\d.e+-]*"
# In JSON a number stands between these.
_VALUE = re.compile(r"(?:\"\s*:|[\[,])\s*$"), re.compile(r"\s*[,}\]]")
_LEAST_VALUE = 10
_COUNTRY = re.compile(r"(?:\+|(?<!\d)00)[\d\s().\-/]*\d[\s().\-/]*$")
_NOT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


class Patterns:
    """Finds a person in chunks of files.

    :param forms: `email:…` with the address in lower case, `phone:…` with digits
    """

    def __init__(self, forms: Iterable[str]) -> None:
        given = [form.partition(":")[::2] for form in sorted(forms)]
        addresses = [value for kind, value in given if kind == "email"]
        self._numbers = [value for kind, value in given if kind == "phone"]
        self._written = [re.compile(f"{_LEFT}{_address(address)}{_RIGHT}") for address in addresses]
        self._dialled = [(re.compile(_number(digits)), len(digits)) for digits in self._numbers]
        long = [digits for digits in self._numbers if len(digits) >= _LEAST_VALUE]
        plain = b"|".join(re.escape(text).encode() for text in (*addresses, *long)) or b"(?!)"
        self._plain = re.compile(rb"(?<![\w.'+-])(?:%b)(?![\w-])(?!\.\w)" % plain)
        # Quick to look for, before the patterns are.
        self._words = [_longest(address.rpartition("@")[2]) for address in addresses]
        self._digits = [digits for digits in self._numbers if not self._ends_shorter(digits)]

    def plain(self, chunk: bytes) -> bool:
        """Whether bytes of any kind hold the address or the number in plain ASCII."""
        return bool(self._plain.search(chunk.lower()))

    def text(self, chunk: bytes) -> bool:
        """Whether a piece of text, JSON or not, holds a spelling."""
        if chunk.isascii() and not self._worth_a_look(chunk):
            return False
        text = chunk.decode("utf-8", "replace")
        return any(self._number_in(read) or self._address_in(read) for read in _readings(text))

    def name(self, path: str) -> bool:
        """Whether the name of a file or of a folder holds a spelling."""
        for part in path.split("/"):
            # What tells the kind of file reads like a part of a domain.
            stem = re.sub(r"(?:\.(?:[a-z]{2,5}\d?|reason\.txt))$", " ", part.lower())
            for text in (part, stem, re.sub(r"[_\s]+", " ", stem)):
                if self.text(text.encode("utf-8", "replace")):
                    return True
        return False

    def _ends_shorter(self, digits: str) -> bool:
        return any(digits != other and digits.endswith(other) for other in self._numbers)

    def _worth_a_look(self, chunk: bytes) -> bool:
        lower = chunk.lower()
        if b"\\u" in lower or any(word.encode() in lower for word in self._words):
            return True
        digits = chunk.replace(b"(0)", b"").translate(None, _NOT_DIGITS)
        return any(number.encode() in digits for number in self._digits)

    def _address_in(self, text: str) -> bool:
        if not any(word in text for word in self._words):
            return False
        encoded = _ENCODED.sub(" ", _SIGNS.sub("@", text))
        return any(pattern.search(encoded) for pattern in self._written)

    def _number_in(self, text: str) -> bool:
        digits = re.sub(r"\D+", "", text.replace("(0)", ""))
        if not any(number in digits for number in self._digits):
            return False
        return any(
            _is_number(text, found, length)
            for pattern, length in self._dialled
            for found in pattern.finditer(text)
        )


def _address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    labels = "".join(_DOT if part == "." else _label(part) for part in re.split(r"(\.)", domain))
    said = "".join(_SAID.get(sign, re.escape(sign)) for sign in local)
    return f"{said}{_AT}{labels}"


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return re.escape(label)
    try:
        read = label.encode().decode("idna").lower()
    except UnicodeError:
        return re.escape(label)
    return f"(?:{re.escape(label)}|{re.escape(read)})"


def _number(digits: str) -> str:
    # Behind a country code, which has three digits at most.
    head = f"(?:{_TRUNK}|{_BETWEEN})".join(digits[:4])
    return rf"(?<!\d){_ABROAD}{head}{_BETWEEN}{_BETWEEN.join(digits[4:])}(?!\d)"


def _is_number(text: str, found: re.Match[str], length: int) -> bool:
    """Whether digits stand for themselves: not behind a country code, nor as a short value of JSON."""
    before, after = text[max(0, found.start() - 24) : found.start()], text[found.end() :][:24]
    if _COUNTRY.search(before):
        return False
    begin = re.search(f"{_IN_NUMERAL}$", before)
    end = re.match(_IN_NUMERAL, after)
    head, tail = begin[0] if begin else "", end[0] if end else ""
    is_value = (
        _NUMERAL.fullmatch(head + found[0] + tail)
        and _VALUE[0].search(before[: len(before) - len(head)])
        and _VALUE[1].match(after[len(tail) :])
    )
    return not is_value or (not head and not tail and length >= _LEAST_VALUE)


def _readings(text: str) -> Iterable[str]:
    """`text`, and what it reads if it is JSON."""
    lower = _folded(text)
    yield lower
    if "\\" in lower:
        yield _folded(_ESCAPES.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", lower))


def _folded(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()


def _longest(domain: str) -> str:
    """The longest word that stands in every spelling of a domain; empty when there is none."""
    labels = (label for label in domain.split(".") if not label.startswith("xn--"))
    return max(re.findall(r"[a-z0-9]+", " ".join(labels)), key=len, default="")
