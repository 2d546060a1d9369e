"""The content selector of `POST /v2/calls/extensive`: which parts of a call Gong is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gong_airflow.errors import GongInputError

_CONTENT = (
    "structure",
    "topics",
    "trackers",
    "brief",
    "outline",
    "highlights",
    "callOutcome",
    "keyPoints",
)
_INTERACTION = ("speakers", "video", "personInteractionStats", "questions")

# Switches of the form, and the parts each of them stands for.
PARTS: dict[str, tuple[str, ...]] = {
    "context": ("context",),
    "parties": ("parties",),
    "content": _CONTENT,
    "interaction": _INTERACTION,
    "comments": ("publicComments",),
}
ALL_PARTS = tuple(part for parts in PARTS.values() for part in parts)


def parts_of(switches: Iterable[str]) -> tuple[str, ...]:
    """The parts that the named switches stand for, e.g. `("parties", "comments")`."""
    chosen = set(switches)
    if unknown := sorted(chosen - set(PARTS)):
        raise GongInputError(f"Unknown content switches {unknown}", remedy=f"Use some of {sorted(PARTS)}")
    return tuple(part for switch, parts in PARTS.items() if switch in chosen for part in parts)


def content_selector(parts: Iterable[str] = ALL_PARTS) -> dict[str, Any]:
    """Gong's `contentSelector` for these parts.

    Media URLs are never asked for: they are signed, live eight hours, differ in each answer and need a
    scope of their own.
    """
    chosen = set(parts)
    content = {name: True for name in _CONTENT if name in chosen}
    if "trackers" in chosen:
        content["trackerOccurrences"] = True
    exposed = {
        "parties": "parties" in chosen,
        "content": content,
        "interaction": {name: True for name in _INTERACTION if name in chosen},
        "collaboration": {"publicComments": "publicComments" in chosen},
        "media": False,
    }
    selector: dict[str, Any] = {"exposedFields": {k: v for k, v in exposed.items() if v != {}}}
    if "context" in chosen:
        selector |= {"context": "Extended", "contextTiming": ["Now"]}
    return selector


def parts_in(selector: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts that a `contentSelector` asks for: what it does not ask for is absent, not empty."""
    exposed = selector.get("exposedFields") or {}
    asked = {
        name
        for group in ("content", "interaction", "collaboration")
        for name, on in (exposed.get(group) or {}).items()
        if on
    }
    if exposed.get("parties"):
        asked.add("parties")
    if selector.get("context", "None") != "None":
        asked.add("context")
    return tuple(part for part in ALL_PARTS if part in asked)
