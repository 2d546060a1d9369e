"""Who else there is: Gong's own users, whom Gong does not erase, and the other people on a person's calls."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from gong_airflow.erasure.identity import LEAST_DIGITS, Form, Identity, normal_address
from gong_airflow.erasure.reading import all_records
from gong_airflow.erasure.references import Call
from gong_airflow.errors import GongInputError
from gong_airflow.streams import STREAMS

_ADDRESSES = ("emailAddress", "trustedEmailAddress", "emailAliases")


class Staff:
    """Gong's own users by their addresses and numbers, inactive ones too.

    :param users: records of `GET /v2/users`
    """

    def __init__(self, users: Iterable[Mapping[str, Any]]) -> None:
        self._forms = {form for user in users for form in _forms_of_user(user)}

    def __contains__(self, person: Identity) -> bool:
        return not self._forms.isdisjoint(person.forms)

    def refuse(self, given: Iterable[Identity]) -> None:
        """Refuse what the form gave if it is a user's.

        :raises GongInputError: it is
        """
        names = {"email": "e-mail address", "phone": "phone number"}
        if kinds := [names[one.kind] for one in given if one in self]:
            raise GongInputError(
                f"The person ({' and '.join(kinds)}) is a user of Gong, and Gong erases people outside the"
                " company only",
                remedy="Nothing was looked up and nothing changed. Only Gong's support (help@gong.io) can"
                " delete the data of a user",
            )


def read_staff(call: Call) -> Staff:
    """All users of Gong; one request for each hundred."""
    # Gong's staff too, as whoever supports the company may be on its calls.
    return Staff(all_records(call, STREAMS["users"], query={"includeAvatars": "true"}))


MOST_LINKS = 10


class Company:
    """Counts the other outside people on the calls of a person, and keeps nothing of them but in memory.

    :param people: the person's addresses and numbers
    :param object_ids: external ids of the person's leads and contacts
    """

    def __init__(self, people: Iterable[Identity], object_ids: Collection[str]) -> None:
        self._forms = {form for one in people for form in one.forms}
        self._objects = object_ids
        self._others: set[tuple[str, ...]] = set()
        self.calls = 0
        self.calls_with_others = 0
        self.links: list[str] = []

    def see(self, call_id: str, record: Mapping[str, Any]) -> None:
        """Look at a call with its parties."""
        parties = record.get("parties")
        outside = [p for p in parties if _is_outside(p)] if isinstance(parties, list) else []
        others = {
            self._who(party) or (call_id, str(place))
            for place, party in enumerate(outside)
            if not self._is_the_person(party)
        }
        self.calls += 1
        link = (record.get("metaData") or {}).get("url") if isinstance(record.get("metaData"), dict) else None
        # A call's page and nothing else, for whoever approves.
        if len(self.links) < MOST_LINKS and re.fullmatch(r"https?://[\w.:-]+/call\?id=\d+", str(link)):
            self.links.append(str(link))
        self.calls_with_others += bool(others)
        self._others |= others

    @property
    def other_people(self) -> int:
        """How many there are on all calls seen; without address and number one counts for each call."""
        return len(self._others)

    def _is_the_person(self, party: Mapping[str, Any]) -> bool:
        return not self._forms.isdisjoint(_forms_of_party(party)) or any(
            str(one.get("objectId")) in self._objects for one in _objects_of(party)
        )

    def _who(self, party: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(_forms_of_party(party))[:1]


def _is_outside(party: Any) -> bool:
    return isinstance(party, Mapping) and not party.get("userId") and party.get("affiliation") != "Internal"


def _objects_of(party: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for system in _list(party.get("context")):
        objects = _list(system.get("objects")) if isinstance(system, Mapping) else []
        for one in objects:
            if isinstance(one, Mapping) and one.get("objectType") in ("Lead", "Contact"):
                yield one


def _forms_of_party(party: Mapping[str, Any]) -> Iterator[Form]:
    yield from _address(party.get("emailAddress"))
    yield from _number(party.get("phoneNumber"))


def _forms_of_user(user: Mapping[str, Any]) -> Iterator[Form]:
    for name in _ADDRESSES:
        value = user.get(name)
        for text in _list(value) or [value]:
            yield from _address(text)
    yield from _number(user.get("phoneNumber"))


def _address(text: Any) -> Iterator[Form]:
    if isinstance(text, str) and (address := normal_address(text.strip())):
        yield f"email:{address}"


def _number(text: Any) -> Iterator[Form]:
    """The digits as they are: with a country code or, as a person has written it, without."""
    if isinstance(text, str):
        digits = re.sub(r"\D", "", re.split("[A-Za-z;,]", text)[0])
        if len(digits) >= LEAST_DIGITS:
            yield f"phone:{digits}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
