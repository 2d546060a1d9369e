"""Whom the data privacy operations speak of: how addresses and numbers are compared, where they stand.

Invented: that addresses are the same but for case, and numbers when their digits are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from include.emulator.company import Company, Person

ADDRESS_FIELD = "Email"
NUMBER_FIELDS = ("Phone", "MobilePhone")
_NO_DIGIT = re.compile(r"[^0-9]")


@dataclass(frozen=True)
class PlantedPerson:
    """Somebody whom the control plane put into the data; ``contact`` and ``lead`` are the CRM's records."""

    contact: Person
    lead: Person
    addresses: tuple[str, ...]
    numbers: tuple[str, ...]
    emails: int
    meetings: int
    engagement: int

    def spelled(self) -> list[Person]:
        """The person once for each address, as it is written, and number."""
        return [
            Person(self.contact.name, address, number, None)
            for address in self.addresses
            for number in self.numbers or (None,)
        ]


def address_key(text: str) -> str:
    """Equal for equal addresses."""
    return text.strip().casefold()


def number_key(text: str) -> str:
    """Equal for equal numbers: the digits."""
    return _NO_DIGIT.sub("", text)


def addresses_of(person: Person) -> list[str]:
    """The addresses of somebody in a call, or of a CRM record, as they are written there."""
    linked = [value for name, value in person.crm_fields if name == ADDRESS_FIELD]
    return _distinct([person.email, *linked])


def numbers_of(person: Person) -> list[str]:
    """The numbers likewise."""
    linked = [value for name, value in person.crm_fields if name in NUMBER_FIELDS]
    return _distinct([person.phone, *linked])


def _distinct(texts: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(str(text) for text in texts if text))


def is_users_address(company: Company, key: str) -> bool:
    """Whether a Gong user has this address, avatars included."""
    for user in company.users:
        document = user.document
        own = [document["emailAddress"], document["trustedEmailAddress"], *document["emailAliases"]]
        if key in {address_key(text) for text in own if text}:
            return True
    return False


def is_users_number(company: Company, key: str) -> bool:
    """Whether a Gong user has this telephone number."""
    return any(number_key(user.document["phoneNumber"] or "") == key for user in company.users)
