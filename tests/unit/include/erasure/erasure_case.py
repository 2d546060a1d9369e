"""A case of which all is done but the certificate, and people to be erased. All of it is made up."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.sealing import Subject

JANE, NUMBER = "jane.doe@example.com", "+14255550171"
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
SECRET = "a secret of the erasures, long enough for all"
PLACES = ("landing", "media", "recordings", "crm", "tables")


def subject(*texts: str, key: str = "gong_erasure_key_0000000000000001") -> Subject:
    """Whom a form names."""
    return Subject(tuple(phone_identity(t) if t[0] == "+" else email_identity(t) for t in texts), key)


def digest(text: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def request(name: str, kind: str = "email", **facts: Any) -> dict[str, Any]:
    """A request to erase that Gong has answered."""
    return {
        "identity": digest(name)[:12],
        "kind": kind,
        "sending_at": "2026-11-20T10:04:00Z",
        "sent_at": "2026-11-20T10:04:01Z",
        "request_id": f"4al018gzaztcr8nbuk{name}",
        "status": 200,
        **facts,
    }


def case(**facts: Any) -> dict[str, Any]:
    """As the flow has written it down."""
    removed = {
        "landing": {"files": 86, "records": 80, "mentions": 7},
        "media": {"files": 12},
        "recordings": {"recordings": 1, "files": 3},
        "crm": {"rows": 3, "files": 1},
        "tables": {"rows": 3104, "mentions": 9},
    }
    return {
        "case": f"{digest('person')[:32]}-0001",
        "subject_hash": digest("person"),
        "given": [digest("person")],
        "ticket": "DSR-2026/118",
        "runs": ["manual__2026-11-20"],
        "keys": ["gong_erasure_key_0000000000000001"],
        "dry_run": False,
        "requested_at": "2026-11-20T09:12:44Z",
        "sealed": "sealed:gong_erasure_key_0000000000000001:gAAAAABsecret",
        "identities": {"email": 2, "phone": 1},
        "employees_left_out": 1,
        "found": {
            "calls": 40,
            "emails": 212,
            "meetings": 18,
            "leads_and_contacts": 3,
            "engagement": 57,
            "calls_with_others": 11,
            "other_people": 14,
        },
        "call_ids": [str(10**18 + number) for number in range(40)],
        "calls_shown": 38,
        "our_call_ids": ["7"],
        "before": removed,
        "approved_by": "Maria Rossi",
        "approved_at": "2026-11-20 10:03:11.123456+00:00",
        "suppressed_at": "2026-11-20T10:03:31Z",
        "requests": [request("a"), request("b"), request("c", "phone", sent_at="2026-11-20T10:04:09Z")],
        "looks": [
            {"at": "2026-11-20T10:34:00Z", "left": {"calls": 31}},
            {"at": "2026-11-20T14:02:08Z", "left": {}},
        ],
        "purged": [
            {"at": "2026-11-20T10:20:00Z", **removed},
            {"at": "2026-11-20T14:05:00Z", "landing": {"files": 2, "records": 2, "mentions": 0}},
        ],
        "verified_at": "2026-11-20T14:02:08Z",
        "after": {place: {"files": 0} for place in PLACES},
        "searched": {"at": "2026-11-20T14:06:30Z", "left": dict.fromkeys((*PLACES, "erasure"), 0)},
        "certified_at": "2026-11-20T14:06:41Z",
        "status": "open",
        **facts,
    }
