"""The object types of a generic CRM, their own fields, and what a field of each type may hold.

Source: the OpenAPI document, ``POST /v2/crm/entities`` and ``POST /v2/crm/entity-schema``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

from include.emulator.upload_bodies import EMAIL

Check = Callable[[Any], bool]
FieldType = Literal[
    "DATE",
    "DATETIME",
    "NUMBER",
    "PERCENT",
    "CURRENCY",
    "ID",
    "URL",
    "STRING",
    "BOOLEAN",
    "PHONENUMBER",
    "EMAILADDRESS",
    "PICKLIST",
    "REFERENCE",
]
Referable = Literal["ACCOUNT", "CONTACT", "DEAL", "LEAD", "USER"]
_ID = re.compile(r"[A-Za-z0-9-]+")
_ID_LENGTH = 64
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:Z|[+-](?:0\d|1[0-8]):?[0-5]\d)", re.ASCII)
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


def _is_percent(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 100


def _is_email(value: Any) -> bool:
    return isinstance(value, str) and EMAIL.fullmatch(value) is not None


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and _URL.fullmatch(value) is not None


def is_object_id(value: Any) -> bool:
    """At most 64 letters, digits and dashes, or a valid e-mail address."""
    return (
        isinstance(value, str)
        and len(value) <= _ID_LENGTH
        and (_ID.fullmatch(value) is not None or EMAIL.fullmatch(value) is not None)
    )


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and _reads_as_date(value)


def is_datetime(value: Any) -> bool:
    """ISO-8601 with seconds, without fractions, with ``Z`` or an offset."""
    return isinstance(value, str) and _reads_as_datetime(value)


@lru_cache(maxsize=65_536)
def _reads_as_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None


@lru_cache(maxsize=65_536)
def _reads_as_datetime(text: str) -> bool:
    match = _DATETIME.fullmatch(text)
    if match is None:
        return False
    try:
        datetime.fromisoformat(match.group(1))
    except ValueError:
        return False
    return True


def _is_day(value: Any) -> bool:
    """``closeDate``: the document's table says no more than string, its sample shows a date."""
    return _is_date(value) or is_datetime(value)


def _is_domains(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


_CHECKS: dict[str, Check] = {
    "DATE": _is_date,
    "DATETIME": is_datetime,
    "NUMBER": _is_number,
    "PERCENT": _is_percent,
    "CURRENCY": _is_number,
    "ID": _is_text,
    "URL": _is_url,
    "STRING": _is_text,
    "BOOLEAN": _is_boolean,
    "PHONENUMBER": _is_text,
    "EMAILADDRESS": _is_email,
    "REFERENCE": is_object_id,
}


def check_of(kind: str, values: list[str] | None = None) -> Check:
    """What a declared field of this type may hold; ``values`` are those of a PICKLIST."""
    if kind == "PICKLIST":
        allowed = frozenset(values or ())
        return lambda value: isinstance(value, str) and value in allowed
    return _CHECKS[kind]


def object_type_of(referable: str) -> str:
    """The object type that a ``referenceTo`` names."""
    return "BUSINESS_USER" if referable == "USER" else referable


@dataclass(frozen=True)
class ObjectType:
    """``checks`` has each of Gong's own fields; ``references`` maps some of them to object types.

    ``defaults``: what Gong shows where nothing was sent; a text ending in ``#`` is followed by the objectId.
    """

    name: str
    mandatory: tuple[str, ...]
    checks: dict[str, Check]
    references: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)

    @property
    def deletable(self) -> bool:
        """Whether ``isDeleted`` deletes: stages are made inactive instead."""
        return "isDeleted" in self.checks

    def default(self, name: str, object_id: str) -> Any:
        """The default of a field, None if it has none."""
        value = self.defaults.get(name)
        return value + object_id if isinstance(value, str) and value.endswith("#") else value


_COMMON = {"objectId": is_object_id, "modifiedDate": is_datetime, "isDeleted": _is_boolean, "url": _is_url}
_PERSON = {"emailAddress": _is_email, "firstName": _is_text, "lastName": _is_text, "title": _is_text}
_KEPT = {"isDeleted": False}

OBJECT_TYPES: dict[str, ObjectType] = {
    kind.name: kind
    for kind in (
        ObjectType(
            "BUSINESS_USER",
            ("objectId", "modifiedDate", "emailAddress"),
            {**_COMMON, "emailAddress": _is_email},
            defaults=_KEPT,
        ),
        ObjectType(
            "STAGE",
            ("objectId", "name"),
            {
                "objectId": is_object_id,
                "modifiedDate": is_datetime,
                "name": _is_text,
                "isActive": _is_boolean,
                "sortOrder": _is_integer,
            },
            defaults={"isActive": True, "sortOrder": 1},
        ),
        ObjectType(
            "ACCOUNT",
            ("objectId", "modifiedDate"),
            {**_COMMON, "name": _is_text, "domains": _is_domains},
            defaults={**_KEPT, "name": "Account_#"},
        ),
        ObjectType(
            "CONTACT",
            ("objectId", "modifiedDate"),
            {**_COMMON, "accountId": is_object_id, **_PERSON, "phoneNumber": _is_text},
            {"accountId": "ACCOUNT"},
            _KEPT,
        ),
        ObjectType(
            "DEAL",
            ("objectId", "modifiedDate"),
            {
                **_COMMON,
                "accountId": is_object_id,
                "ownerId": is_object_id,
                "name": _is_text,
                "createdDate": is_datetime,
                "closeDate": _is_day,
                "status": check_of("PICKLIST", ["WON", "LOST", "OPEN"]),
                "stage": is_object_id,
                "amount": _is_number,
            },
            {"accountId": "ACCOUNT", "ownerId": "BUSINESS_USER", "stage": "STAGE"},
            {**_KEPT, "name": "Deal_#", "status": "OPEN", "amount": 0},
        ),
        ObjectType(
            "LEAD",
            ("objectId", "modifiedDate"),
            {
                **_COMMON,
                **_PERSON,
                "phoneNumber": _is_text,
                "convertedToDealId": is_object_id,
                "convertedToContactId": is_object_id,
                "convertedToAccountId": is_object_id,
            },
            {
                "convertedToDealId": "DEAL",
                "convertedToContactId": "CONTACT",
                "convertedToAccountId": "ACCOUNT",
            },
            _KEPT,
        ),
    )
}
# Those for which a company can declare fields, and whose records can be read back.
WITH_SCHEMA = ("ACCOUNT", "CONTACT", "DEAL", "LEAD")
