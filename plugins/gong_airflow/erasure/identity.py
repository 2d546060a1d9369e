"""What tells a person: an e-mail address or a telephone number, in one spelling.

A form is how our copies look a spelling up: `email:jane.doe@example.com`, `phone:14255552671` (digits only).
One number has several: in texts its country code or the national trunk prefix may be missing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gong_airflow.errors import GongInputError

Kind = Literal["email", "phone"]
Form = str

LEAST_DIGITS = 7
"""A shorter number is not looked for: it would be found in dates and amounts."""
MOST_DIGITS = 15
"""Of a number with its country code (E.164)."""
_LONGEST_ADDRESS = 254
_LONGEST_LOCAL = 64
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\+[\d\s().\-/\u2010-\u2015\u2212]+")
# Blank to the eye, and no part of an address: they come along when one is copied out of a page.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, repr=False)
class Identity:
    """An address or a number; neither `repr` nor `str` shows it.

    :param value: e-mail: lower case, the domain in ASCII (IDNA); phone: E.164, `+14255552671`
    """

    kind: Kind
    value: str

    def __repr__(self) -> str:
        return f"Identity({self.kind})"

    @property
    def form(self) -> Form:
        """The one that the person's hash is made of."""
        return f"{self.kind}:{self.value.lstrip('+') if self.kind == 'phone' else self.value}"

    @property
    def forms(self) -> frozenset[Form]:
        """All that stand for it in our copies."""
        return frozenset({self.form}) | (_national(self.value) if self.kind == "phone" else frozenset())


def identity(kind: str, text: str) -> Identity:
    """The identity of `kind` (`email` or `phone`) that `text` gives; GongInputError when it gives none."""
    if kind not in ("email", "phone"):
        raise GongInputError(f"There is no kind of identity called {kind!r}", remedy="Use email or phone")
    return email_identity(text) if kind == "email" else phone_identity(text)


def email_identity(text: str) -> Identity:
    """The identity of an e-mail address.

    :raises GongInputError: it is none; the message does not quote it
    """
    address = plain(text).strip()
    if re.search(r"[<>\"]|^mailto:", address, re.IGNORECASE):
        raise _bad_address(
            "is more than an address", "without name, quotation marks, angle brackets, mailto:"
        )
    if re.search(r"[\s\x00-\x1f\x7f,;]", address):
        raise _bad_address("holds a blank, a comma or a control character", "of one person, without blanks")
    if len(address) > _LONGEST_ADDRESS:
        raise _bad_address(f"is longer than {_LONGEST_ADDRESS} characters", "as the mail system knows it")
    value = normal_address(address)
    if value is None:
        raise _bad_address("is no address", "like name@example.com: one @, and a domain with a dot")
    return Identity("email", value)


def phone_identity(text: str) -> Identity:
    """The identity of a telephone number with a leading + and country code, as Gong wants it.

    :raises GongInputError: it is none; the message does not quote it
    """
    import phonenumbers

    number = plain(text).strip()
    if not number.startswith("+"):
        raise _bad_number("does not begin with +", "with + and the country code, e.g. +1 and ten digits")
    if not _NUMBER.fullmatch(number):
        raise _bad_number("holds more than digits", "as + and digits, without letters and extension")
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    # Not is_valid_number: it knows which numbers are given out, and that changes.
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise _bad_number("cannot be one: country code or number of digits is wrong", "complete")
    return Identity("phone", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def plain(text: str) -> str:
    """`text` in compatibility form (full-width letters become plain ones), without invisible characters."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def normal_address(address: str) -> str | None:
    """The one spelling of an address, without a display name; None when it cannot be one. Never raises."""
    local, at, domain = plain(address).lower().rpartition("@")
    # Lower case may take a letter apart again.
    local, domain = plain(local), ascii_domain(domain) or ""
    if not at or not domain or "@" in local or not 0 < len(local) <= _LONGEST_LOCAL:
        return None
    return f"{local}@{domain}"


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str | None:
    """A domain with a dot, in lower case and ASCII, without the root's dot; None when it cannot be one."""
    name = domain.removesuffix(".")
    if not name.isascii():
        try:
            # Not the codec by its name: it refuses in one more way, by the length of the whole.
            name = name.encode("idna").decode("ascii")
        except (UnicodeError, ValueError):
            return None
    labels = name.lower().split(".")
    return ".".join(labels) if len(labels) > 1 and all(map(_LABEL.fullmatch, labels)) else None


@lru_cache(maxsize=1024)
def _national(number: str) -> frozenset[Form]:
    import phonenumbers

    parsed = phonenumbers.parse(number, None)
    significant = phonenumbers.national_significant_number(parsed)
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    spellings = {significant, trunk + significant, "".join(filter(str.isdecimal, written))}
    return frozenset(f"phone:{digits}" for digits in spellings if len(digits) >= LEAST_DIGITS)


def _bad_address(what: str, how: str) -> GongInputError:
    return GongInputError(f"The e-mail address {what}", remedy=f"Give the address alone, {how}")


def _bad_number(what: str, how: str) -> GongInputError:
    return GongInputError(f"The phone number {what}", remedy=f"Give the number {how}")
