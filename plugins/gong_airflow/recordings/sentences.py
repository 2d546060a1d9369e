"""What pydantic finds wrong with a recording's metadata, in sentences for the people who dropped it.

No sentence repeats a value: names, addresses and titles stay in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_IDS = frozenset({"primaryUser", "userId", "workspaceId", "clientUniqueId", "taskId", "partyId", "objectId"})
_WHAT_TO_DO = {
    "actualStart": "Give the time at which the call began, like 2026-11-20T14:30:00+01:00",
    "direction": "Give Inbound, Outbound, Conference or Unknown",
    "primaryUser": "Give Gong's id of the user who hosted the call, in quotes",
    "parties": "List everybody on the call, at least the primary user with userId",
    "fromTime": "Give the start of the segment in milliseconds of the recording",
    "toTime": "Give the end of the segment in milliseconds of the recording",
    "partyIds": "List the partyId of everybody who spoke",
    "system": "Give Salesforce or Generic",
    "objectId": "Give the id of the object in the CRM",
    "objectType": "Give the kind of object, e.g. Contact or Account",
    "clientUniqueId": "Give the call's id in your telephone system, or leave it out",
    "partyId": "Give each party a name of its own, or leave it out",
    "mediaChannelId": "Give 0 (left) or 1 (right)",
    "duration": "Give seconds, or leave it out",
}


def path_of(location: Sequence[str | int]) -> str:
    """The path as Gong writes it, e.g. `parties[0].mediaChannelId`."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.removeprefix(".")


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return f"text of {len(value)} character{'s' * (len(value) != 1)}" if value else "empty text"
    if isinstance(value, (int, float)):
        return "a number" if isinstance(value, int) else "a number with decimals"
    return "a list" if isinstance(value, list) else "an object"


def sentence_of(error: ErrorDetails) -> str:
    """What was expected, what was found, what to do; without the path."""
    kind, found, limits = error["type"], error["input"], error.get("ctx", {})
    name = next((step for step in reversed(error["loc"]) if isinstance(step, str)), "")
    todo = f". {_WHAT_TO_DO[name]}" if name in _WHAT_TO_DO else ""
    if kind == "value_error":
        return str(limits["error"])
    if kind == "string_too_long":
        return f"has {len(found)} characters, {limits['max_length']} are the most. Shorten it"
    if kind == "string_type" and name in _IDS and not isinstance(found, bool):
        digits = " (a number of 20 digits would lose some)" if isinstance(found, (int, float)) else ""
        return f'must be text, but is {kind_of(found)}. Write it in quotes, like "234599484848423"{digits}'
    simple = {
        "missing": f"is missing{todo}",
        "string_pattern_mismatch": f"is blank{todo}",
        "too_short": f"is an empty list{todo}",
        "greater_than": f"must be more than {limits.get('gt', 0):g}{todo}",
        "greater_than_equal": f"must be at least {limits.get('ge')}{todo}",
        "less_than_equal": f"must be at most {limits.get('le')}{todo}",
    }
    if kind in simple:
        return simple[kind]
    wanted = {
        "string_type": "text in quotes",
        "int_type": "a whole number, without quotes",
        "float_type": "a number, without quotes",
        "bool_type": "true or false, without quotes",
        "list_type": "a list in [ ]",
        "model_type": "an object in { }",
    }.get(kind, "something else")
    return f"must be {wanted}, but is {kind_of(found)}{todo}"
