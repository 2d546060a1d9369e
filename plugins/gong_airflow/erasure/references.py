"""What Gong holds of a person: the two operations that tell, and how their answers are read.

The answers are read leniently, but never so that something held counts as nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from gong_airflow.answers import Answer
from gong_airflow.erasure.identity import Identity, Kind
from gong_airflow.errors import GongProtocolError

Call = Callable[..., Answer]

LOOK_UPS: Mapping[Kind, tuple[str, str]] = {
    "email": ("GET /v2/data-privacy/data-for-email-address", "emailAddress"),
    "phone": ("GET /v2/data-privacy/data-for-phone-number", "phoneNumber"),
}
"""Operation and query parameter of each kind."""

_ARRAYS = ("calls", "emails", "meetings", "customerData", "customerEngagement")
_CALL_ID = re.compile(r"\d{1,20}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Fields of a lead or contact whose every word is known are the person's own. A word that is not may speak of
# somebody else: "Owner Email", "Assistant Phone", "Reports To Email".
_OWN = {
    *("c", "pc", "hs", "e", "no", "number", "numbers", "id", "address", "addresses"),
    *("primary", "secondary", "preferred", "other", "alternate", "alternative", "additional"),
    *("work", "business", "direct", "personal", "private", "home", "person", "contact", "lead"),
}
_ADDRESS = {"email", "emails", "mail", "mails"}
_NUMBER = {"phone", "phones", "telephone", "mobile", "mobiles", "cell", "cellphone", "mobilephone"}
_SEPARATORS = re.compile("[;,]")


@dataclass(repr=False)
class References:
    """What one or more answers name, each thing once; in memory only, as it may tell who the person is.

    :param call_ids: Gong's ids of calls
    :param addresses: e-mail addresses that Gong links to the person, as written
    :param numbers: phone numbers, as written
    :param object_ids: ids in the CRM of leads and contacts
    """

    calls: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    meetings: set[str] = field(default_factory=set)
    leads_and_contacts: set[str] = field(default_factory=set)
    engagement: set[str] = field(default_factory=set)
    call_ids: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    object_ids: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        return f"References({self.counts()})"

    def __ior__(self, other: References) -> References:
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))
        return self

    def counts(self) -> dict[str, int]:
        """How much of each kind Gong holds."""
        kinds = ("calls", "emails", "meetings", "leads_and_contacts", "engagement")
        return {kind: len(getattr(self, kind)) for kind in kinds}


def look_up(call: Call, person: Identity) -> References:
    """Ask Gong what it holds of an address or a number; one request.

    :param call: sends a request, `GongHook.call`
    :raises GongProtocolError: the answer does not tell
    """
    operation, parameter = LOOK_UPS[person.kind]
    return read_references(call(operation, params={parameter: person.value}))


def read_references(answer: Answer) -> References:
    """What an answer of one of the look-ups names.

    :raises GongProtocolError: it has none of the arrays that it should have
    """
    body = answer.body
    if not any(name in body for name in _ARRAYS):
        # Gong answers with empty arrays when it holds nothing (recorded).
        raise GongProtocolError(
            "Gong does not tell whether it holds anything",
            operation=answer.operation,
            status=answer.status,
            request_id=answer.request_id,
        )
    found = References(
        emails={_key(item, "id", "messageHash") for item in _items(body.get("emails"))},
        meetings={_key(item, "id") for item in _items(body.get("meetings"))},
        engagement={_key(item) for item in _items(body.get("customerEngagement"))},
        addresses=set(_texts(body.get("emailAddresses"))),
        numbers=set(_texts(body.get("matchingPhoneNumbers"))),
    )
    for item in _items(body.get("calls")):
        number = _key(item, "id")
        found.calls.add(number)
        if _CALL_ID.fullmatch(number):
            found.call_ids.add(number)
    for system in _items(body.get("customerData")):
        _read_system(system, found)
    return found


def _read_system(system: Any, found: References) -> None:
    if not isinstance(system, Mapping):
        found.leads_and_contacts.add(_key(system))
        return
    for item in _items(system.get("objects")):
        # Gong's own id, unlike the system's, is nobody else's.
        own = _scalar(item.get("id")) if isinstance(item, Mapping) else None
        found.leads_and_contacts.add(own or _key([system.get("system"), item]))
        if isinstance(item, Mapping):
            found.object_ids.update(_external_ids(item))
            for one in _items(item.get("fields")):
                _read_field(one, found)


def _external_ids(item: Mapping[str, Any]) -> Iterator[str]:
    """The object's ids in the CRM: there may be a short and a long one."""
    mirror = item.get("mirrorId")
    for _ in range(2):  # documented as JSON in a string, whose sample is JSON in a string once more
        try:
            mirror = json.loads(mirror) if isinstance(mirror, str) else mirror
        except (ValueError, RecursionError):
            mirror = None
    mirrored = mirror.get("crmId") if isinstance(mirror, Mapping) else None
    yield from filter(None, map(_scalar, (item.get("externalId"), mirrored)))


def _read_field(given: Any, found: References) -> None:
    name, value = (given.get("name"), given.get("value")) if isinstance(given, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(value, str):
        return
    words = {word.lower() for word in _WORD.findall(name.replace("-", ""))}
    texts = {text.strip() for text in _SEPARATORS.split(value)} - {""}
    if words & _ADDRESS and words <= _ADDRESS | _OWN:
        found.addresses |= texts
    elif words & _NUMBER and words <= _NUMBER | _OWN:
        found.numbers |= texts


def _items(value: Any) -> list[Any]:
    """What an array holds. What is no array, but holds something, is one item of unknown shape."""
    if isinstance(value, list):
        return [item for item in value if item is not None]
    return [value] if value else []


def _key(item: Any, *names: str) -> str:
    """What tells an item from others: the first id that it has, else all of it."""
    if isinstance(item, Mapping):
        for name in names:
            if found := _scalar(item.get(name)):
                return found
    return _scalar(item) or json.dumps(item, sort_keys=True)


def _scalar(value: Any) -> str | None:
    """An id as text; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        return None
    return str(value)


def _texts(value: Any) -> Iterator[str]:
    return (item.strip() for item in _items(value) if isinstance(item, str) and item.strip())
