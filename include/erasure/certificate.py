"""The certificate: what an erasure did, signed, and a page to print of it. It does not name the person.

Below `<GONG_ERASURE_URL>/certificates`: `<case id>.json`, which is signed, and `<case id>.html`, which shows
it. Everything comes from the case, so issuing one again gives the same bytes. What is taken from the case is
of a known kind (a count, a time, a hash, an id); free text is the approver's name alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from gong_airflow.errors import GongInputError
from include import settings
from include.erasure import facts, statements
from include.erasure.cases import utc
from include.erasure.signature import render, sign

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CERTIFICATES = "certificates"
DOCUMENT, FORMAT = "Certificate of erasure", 1
IN_GONG = ("calls", "emails", "meetings", "leads_and_contacts", "engagement")
"""What Gong tells of a person and erases; its other counts say what that means for others."""


@dataclass(frozen=True)
class Certificate:
    """A certificate that was written.

    :param path: of the JSON file, below `GONG_ERASURE_URL`
    :param sha256: of its content, hexadecimal
    """

    document: dict[str, Any]
    path: str
    sha256: str

    def row(self, run_id: str) -> dict[str, Any]:
        """The row of the table `erasure`."""
        document, times = self.document, self.document["times"]
        found, removed = document["gong"]["found"], removed_in_all(document)
        kinds = sorted(document["subject"]["identities"])
        return {
            "erasure_id": document["erasure"],
            "ticket": document["ticket"],
            "subject_hash": document["subject"]["hash"],
            "kind": kinds[0] if len(kinds) == 1 else "both",
            "status": "erased",
            "dry_run": False,
            "requested_at": times["requested"],
            "approved_by": document["approved_by"],
            "approved_at": times["approved"],
            "erased_at": times["gong_told"],
            "verified_at": times["verified"],
            "certified_at": times["certified"],
            **{f"gong_{kind}": found.get(kind, 0) for kind in IN_GONG},
            "purged_records": removed.get("records", 0),
            "purged_rows": removed.get("rows", 0),
            "purged_files": removed.get("files", 0),
            "blanked_mentions": removed.get("mentions", 0),
            "certificate": self.path,
            "certificate_sha256": self.sha256,
            "run_id": run_id,
        }


def issue(
    case: Mapping[str, Any], *, version: str, now: datetime, signing_key: Ed25519PrivateKey
) -> dict[str, Any]:
    """The signed document.

    :param now: the time of the certificate, unless the case has `certified_at`
    :raises GongInputError: the case is not one of an erasure that was approved, done, verified and searched
        for
    """
    lacking = _lacking(case)
    if lacking:
        raise GongInputError(
            f"No certificate can be issued for erasure {case.get('case')}: {', '.join(lacking)}",
            remedy="Start gong_erasure again for this person: it goes on from where it stopped",
        )
    requests = sorted((_request(one) for one in case["requests"]), key=lambda one: one["sending"])
    document = {
        "document": DOCUMENT,
        "format": FORMAT,
        "erasure": facts.matching(facts.ID, case["case"]),
        "ticket": facts.ticket(case.get("ticket")),
        "approved_by": facts.person(case["approved_by"]),
        "subject": {
            "hash": facts.matching(facts.HASH, case["subject_hash"]),
            "given": [facts.matching(facts.HASH, one) for one in case["given"]],
            "method": statements.HASHED,
            "identities": facts.counts(case["identities"]),
            "employees_left_out": facts.number(case.get("employees_left_out")),
        },
        "times": _times(case, requests, now),
        "gong": _gong(case, requests),
        "copies": _copies(case),
        "searched": list(statements.SEARCHED),
        "not_covered": list(statements.NOT_COVERED),
        "software": f"Gong on Airflow {version}",
    }
    return sign(document, signing_key)


def write(
    case: Mapping[str, Any],
    *,
    version: str | None = None,
    now: datetime | None = None,
    signing_key: Ed25519PrivateKey | None = None,
    url: str | None = None,
) -> Certificate:
    """Issue, and write the page and then the JSON, each in one step. See `issue`.

    Note `certified_at` in the case before: then a repeat after a kill writes the same.
    """
    from gong_airflow import __version__
    from include.erasure.page import html
    from include.storage import Storage, private_folder

    document = issue(
        case,
        version=version or __version__,
        now=now or datetime.now(timezone.utc),
        signing_key=signing_key or _signing_key(),
    )
    storage = Storage(f"{(url or settings.erasure_url()).rstrip('/')}/{CERTIFICATES}")
    if storage.local:
        private_folder(storage, CERTIFICATES)
    content = render(document)
    digest = hashlib.sha256(content).hexdigest()
    path = f"{CERTIFICATES}/{document['erasure']}"
    storage.put(f"{path}.html", html(document, digest).encode())
    storage.put(f"{path}.json", content)
    return Certificate(document, f"{path}.json", digest)


def removed_in_all(document: Mapping[str, Any]) -> facts.Counts:
    """What was removed and blanked in all places together."""
    total: facts.Counts = {}
    for place in document["copies"].values():
        _add(total, place["removed"])
    return total


def _lacking(case: Mapping[str, Any]) -> list[str]:
    """Why there can be no certificate."""
    steps = {
        "approved_by": "nobody has approved it",
        "approved_at": "nobody has approved it",
        "suppressed_at": "nothing keeps the person out",
        "verified_at": "Gong is not verified to hold nothing",
        "purged": "our copies were not purged",
        "searched": "our copies were not searched",
    }
    lacking = [why for name, why in steps.items() if not case.get(name)]
    if case.get("dry_run", True):
        lacking.append("it is a dry run")
    told = {one["identity"]: False for one in case.get("requests") or ()}
    told.update({one["identity"]: True for one in case.get("requests") or () if one.get("sent_at")})
    if not all(told.values()) or len(told) < sum(facts.counts(case.get("identities")).values()):
        lacking.append("Gong was not told of every address and number, or has not answered")
    left = facts.counts((case.get("searched") or {}).get("left"))
    counted = facts.places(case.get("after"))
    if any(left.values()) or any(any(counts.values()) for counts in counted.values()):
        lacking.append("our copies still hold the person")
    if facts.places(case.get("before")).keys() - {*left, *counted}:
        lacking.append("not all our copies were searched")
    return list(dict.fromkeys(lacking))


def _times(case: Mapping[str, Any], requests: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    return {
        "requested": facts.time(case["requested_at"]),
        "approved": facts.time(case["approved_at"]),
        "suppressed": facts.time(case["suppressed_at"]),
        "gong_told": max((one["sent"] for one in requests if one["sent"]), default=None),
        "verified": facts.time(case["verified_at"]),
        "searched": facts.time(case["searched"]["at"]),
        "certified": facts.time(case.get("certified_at") or utc(now)),
    }


def _gong(case: Mapping[str, Any], requests: list[dict[str, Any]]) -> dict[str, Any]:
    looks = case.get("looks") or ()
    return {
        "found": facts.counts(case["found"]),
        "left": dict.fromkeys(IN_GONG, 0),
        "calls_noted": len(case.get("call_ids") or ()),
        "calls_shown": facts.number(case.get("calls_shown")),
        "requests": requests,
        "looks": [{"at": facts.time(look["at"]), "left": facts.counts(look["left"])} for look in looks],
    }


def _request(one: Mapping[str, Any]) -> dict[str, Any]:
    answered, request_id = one.get("sent_at"), one.get("request_id")
    return {
        "kind": facts.matching(facts.NAME, one["kind"]),
        "identity": facts.matching(facts.HASH, one["identity"]),
        "sending": facts.time(one["sending_at"]),
        "sent": facts.time(answered) if answered else None,
        "request_id": facts.matching(facts.ID, request_id) if request_id else None,
    }


def _copies(case: Mapping[str, Any]) -> dict[str, Any]:
    before, left = facts.places(case.get("before")), facts.counts(case["searched"].get("left"))
    removed: dict[str, facts.Counts] = {}
    for purge in case["purged"]:
        for place, counts in facts.places({name: purge[name] for name in purge if name != "at"}).items():
            _add(removed.setdefault(place, {}), counts)
    return {
        place: {
            "before": before.get(place, {}),
            "removed": removed.get(place, {}),
            "left": left.get(place, 0),
        }
        for place in sorted({*before, *removed, *left})
    }


def _add(total: facts.Counts, counts: Mapping[str, int]) -> None:
    for name, number in counts.items():
        total[name] = total.get(name, 0) + number


def _signing_key() -> Ed25519PrivateKey:
    from include.erasure.key import signing_key

    return signing_key()
