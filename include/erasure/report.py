"""What a person reads before an erasure: counts, links to calls and what to mind. Nobody's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_GONG = {
    "calls": "calls, which vanish whole",
    "calls_with_others": "of them with other people from outside",
    "other_people": "other people from outside on them",
    "emails": "e-mails",
    "meetings": "meetings",
    "leads_and_contacts": "leads and contacts",
    "engagement": "engagement events",
}
_PLACES = {
    "landing": "landing zone",
    "tables": "tables",
    "media": "media",
    "recordings": "recordings",
    "crm": "CRM files",
}


def of(case: Mapping[str, Any]) -> dict[str, Any]:
    """`{"ticket", "subject", "gong": {name: count}, "copies": {place: text}, "links", "remarks"}`."""
    found = case["found"]
    return {
        "ticket": case["ticket"],
        "subject": _subject(case["identities"]),
        "gong": {text: found.get(name, 0) for name, text in _GONG.items()},
        "copies": {text: _counts(case["before"].get(place) or {}) for place, text in _PLACES.items()},
        "links": list(case.get("links") or []),
        "remarks": list(_remarks(case)),
    }


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The report as lines of a log."""
    yield f"Ticket {report['ticket']}: {report['subject']}"
    yield "In Gong: " + ", ".join(f"{count} {name}" for name, count in report["gong"].items())
    for place, counts in report["copies"].items():
        yield f"In our {place}: {counts}"
    yield from report["remarks"]


def _subject(identities: Mapping[str, int]) -> str:
    names = {"email": "e-mail address", "phone": "phone number"}
    plural = {"email": "e-mail addresses", "phone": "phone numbers"}
    told = [
        f"{count} {(names if count == 1 else plural)[kind]}" for kind, count in identities.items() if count
    ]
    return " and ".join(told) + " of one person"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing"


def _remarks(case: Mapping[str, Any]) -> Iterator[str]:
    identities, found = sum(case["identities"].values()), case["found"]
    if identities > 1:
        yield (
            "What Gong links to the given address or number goes too. If that is more than one person can"
            " have, reject this and start it again without the links: a number may be a switchboard's."
        )
    if case.get("employees_left_out"):
        yield (
            f"{case['employees_left_out']} linked addresses and numbers are those of Gong users. Gong cannot"
            " erase its own users: they are left out."
        )
    hidden = found.get("calls", 0) - case.get("calls_shown", found.get("calls", 0))
    if hidden > 0:
        yield (
            f"{hidden} of the calls are not shown to this key: who else was on them is not known. Give the"
            " key access to all calls to see."
        )
    told = [one.get("sent_at") or one["sending_at"] for one in case.get("requests") or ()]
    if told:
        yield f"Gong was told before, last at {max(told)}; it is told again only where that is needed."
