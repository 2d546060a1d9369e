"""Which records are about a person, and what of the others names one.

| stream                                     | the whole record goes when                             |
|--------------------------------------------|--------------------------------------------------------|
| calls                                      | it is one of the calls, or the person takes part: as a |
|                                            | party, as a lead or contact of a party or of the call  |
| transcripts, call_user_access,             | it is of one of the calls                              |
| answered_scorecards, library_folder_content |                                                       |
| crm_objects, flow_assignments, tasks       | it is of the person's CRM id, or a value is their       |
|                                            | address or number                                      |
| all others                                 | never                                                  |

Everything that stays is blanked where it mentions the person. Users of Gong (`users`) stay: Gong cannot
erase them either.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from gong_airflow.declaration import member
from gong_airflow.erasure.identity import Form
from gong_airflow.erasure.spelling import BLANK, Known, blank, holds, mentions

_CALL_ID = {
    "calls": ("metaData", "id"),
    "transcripts": ("callId",),
    "call_user_access": ("callId",),
    "answered_scorecards": ("callId",),
    "library_folder_content": ("id",),
}
# Streams of leads and contacts, and where a record has their ids in the CRM: only there, as ids may be as
# short as 17. A record of crm_objects does not tell of which type it is.
_CRM_IDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "crm_objects": (("key",),),
    "flow_assignments": (("crmProspectId",),),
    "tasks": (("contact", "crmId"), ("additionalContacts", "crmId")),
}
_PERSONS = ("lead", "contact")
# Around a value that is an address or a number, and no more.
_BEFORE = re.compile(r"[\W_]*(?:(?:mailto|tel|sip|sips|callto|smtp):)?[\W_]*", re.IGNORECASE)
_AFTER = re.compile(r"[\W_]*(?:(?:x|ext|extension)[\W_]*\d{1,7}[\W_]*)?", re.IGNORECASE)
_LONGEST_VALUE = 400
# A number of at least ten digits: below lie times within a call, in milliseconds.
_LEAST_NUMBER, _MOST_NUMBER = 10**9, 10**15


def object_form(object_id: str) -> Form:
    """The form of a lead's or contact's id in the CRM."""
    return f"object:{object_id}"


def is_about(stream: str, record: Mapping[str, Any], known: Known, call_ids: Container[str]) -> bool:
    """Whether the whole record goes.

    :param known: tells the person's forms, and of ids in the CRM their `object_form`
    :param call_ids: the person's calls
    """
    call_id = call_id_of(stream, record)
    if call_id is not None and call_id in call_ids:
        return True
    if stream == "calls":
        return _takes_part(record, known)
    paths = _CRM_IDS.get(stream, ())
    if any(known(object_form(object_id)) for path in paths for object_id in _members(record, path)):
        return True
    return bool(paths) and any(is_whole(value, known) for value in _values(record))


def call_id_of(stream: str, record: Mapping[str, Any]) -> str | None:
    """The call that a record of `stream` belongs to, None in streams whose records belong to none."""
    path = _CALL_ID.get(stream)
    value = member(record, path) if path else None
    return str(value) if isinstance(value, (str, int)) and value != "" else None


def is_person(value: str, known: Known) -> bool:
    """Whether `value`, an id of a CRM, is that of a known person, or as a whole their address or number."""
    return bool(value) and (known(object_form(value)) or is_whole(value, known))


def is_whole(value: str, known: Known) -> bool:
    """Whether `value` is a known address or number, and says nothing else."""
    if len(value) > _LONGEST_VALUE:
        return False
    return any(
        _BEFORE.fullmatch(value, 0, start) and _AFTER.fullmatch(value, end) and known(form)
        for start, end, form in mentions(value)
    )


def blank_record(record: Any, known: Known) -> tuple[Any, int]:
    """A JSON value with each mention in its texts and names blanked, and how many there were.

    The same object where there was none. A long integer that is a known number becomes `BLANK` too.
    """
    if isinstance(record, str):
        return blank(record, known)
    if isinstance(record, dict):
        return _blank_members(record, known)
    if isinstance(record, list):
        return _blank_elements(record, known)
    if isinstance(record, (int, float)) and _LEAST_NUMBER <= record < _MOST_NUMBER and record == int(record):
        return (BLANK, 1) if known(f"phone:{int(record)}") else (record, 0)
    return record, 0


def _blank_members(record: dict[str, Any], known: Known) -> tuple[dict[str, Any], int]:
    changed: dict[str, Any] = {}
    names: dict[str, str] = {}
    count = 0
    for name, value in record.items():
        new, number = blank_record(value, known)
        if number:
            changed[name] = new
            count += number
        new_name, number = (name, 0) if name.isalpha() else blank(name, known)
        if number:
            names[name] = new_name
            count += number
    if not count:
        return record, 0
    made: dict[str, Any] = {}
    for name, value in record.items():
        label = names.get(name, name)
        # Two names that are blanked alike must not lose a value.
        while name in names and (label in made or label in record):
            label += "+"
        made[label] = changed.get(name, value)
    return made, count


def _blank_elements(record: list[Any], known: Known) -> tuple[list[Any], int]:
    made, count = [], 0
    for value in record:
        new, number = blank_record(value, known)
        made.append(new)
        count += number
    return (made, count) if count else (record, 0)


def _takes_part(call: Mapping[str, Any], known: Known) -> bool:
    parties = [party for party in _list(call.get("parties")) if isinstance(party, Mapping)]
    for party in parties:
        for name in ("emailAddress", "phoneNumber"):
            value = party.get(name)
            if isinstance(value, (str, int)) and holds(str(value), known):
                return True
    contexts = [call.get("context"), *(party.get("context") for party in parties)]
    return any(_is_linked(one, known) for context in contexts for one in _objects(context))


def _objects(context: Any) -> Iterator[Mapping[str, Any]]:
    for system in _list(context):
        for one in _list(member(system, ("objects",))):
            if isinstance(one, Mapping):
                yield one


def _is_linked(one: Mapping[str, Any], known: Known) -> bool:
    """Whether an object of a CRM is the person's lead or contact."""
    if str(one.get("objectType", "")).lower() not in _PERSONS:
        return False
    if known(object_form(str(one.get("objectId") or ""))):
        return True
    return any(is_whole(value, known) for value in _values(one.get("fields")))


def _values(record: Any) -> Iterator[str]:
    """All texts and whole numbers within, as text."""
    if isinstance(record, str):
        yield record
    elif isinstance(record, Mapping):
        for value in record.values():
            yield from _values(value)
    elif isinstance(record, list):
        for value in record:
            yield from _values(value)
    elif isinstance(record, int) and not isinstance(record, bool):
        yield str(record)


def _members(record: Any, path: Sequence[str]) -> Iterator[str]:
    """The ids at `path`, also within lists."""
    if isinstance(record, list):
        for one in record:
            yield from _members(one, path)
    elif path:
        if isinstance(record, Mapping):
            yield from _members(record.get(path[0]), path[1:])
    elif isinstance(record, (str, int)) and record != "":
        yield str(record)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
