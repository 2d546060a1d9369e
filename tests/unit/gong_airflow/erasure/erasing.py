"""What the tests of the erasure's operators share: cases in memory, and the steps of a run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pendulum

from gong_airflow.answers import Answer
from gong_airflow.erasure.identity import Identity, email_identity
from gong_airflow.erasure.sealing import Key, Subject
from gong_airflow.hooks.gong import GongHook
from gong_airflow.operators.erasure import (
    GongEraseOperator,
    GongLookUpPersonOperator,
    GongVerifyErasureOperator,
)
from tests.support.emulator import Emulator

CASE = "c0ffee-0001"
LOOK_UPS = {
    "email": "GET /v2/data-privacy/data-for-email-address",
    "phone": "GET /v2/data-privacy/data-for-phone-number",
}
ERASE_EMAIL = "POST /v2/data-privacy/erase-data-for-email-address"
NOTHING: dict[str, Any] = {"requestId": "r", "emails": [], "calls": [], "meetings": [], "customerData": []}


EMAIL, SPELLED, PHONE = "trillian.astra@sirius.example", "Trillian.Astra@SIRIUS.example", "+1 425 555 2671"
SECOND, SECOND_PHONE = "t.astra@magrathea.example", "+44 20 7946 0018"
PERSON = {"emails": [EMAIL, SPELLED, SECOND], "phones": [PHONE, SECOND_PHONE], "calls": 12, "mentions": 2}
PERSON |= {"emails_sent": 3, "meetings": 2, "engagement": 4}
EXTENSIVE = "POST /v2/calls/extensive"
ERASE_PHONE = "POST /v2/data-privacy/erase-data-for-phone-number"
NAMED = re.compile(r"trillian|sirius|magrathea|555\W{0,3}2671|7946\W{0,3}0018", re.IGNORECASE)


class MemoryCases:
    """One case, kept as JSON, and all that it ever was."""

    def __init__(self, **facts: Any) -> None:
        self.states: list[dict[str, Any]] = []
        if facts:
            self._put({"case": CASE, "status": "open", "keys": [], "runs": [], **facts})

    def begin(self, subject: Subject, *, ticket: str, run_id: str, dry_run: bool, now: Any) -> Any:
        case = self.read(CASE) if self.states else {"case": CASE, "status": "open", "keys": [], "runs": []}
        assert now.utcoffset() is not None
        keys = list(dict.fromkeys([*case["keys"], subject.key]))
        return self._put({**case, "ticket": ticket, "dry_run": dry_run, "keys": keys, "runs": [run_id]})

    def read(self, case_id: str) -> Any:
        assert case_id == CASE
        return json.loads(json.dumps(self.states[-1]))

    def update(self, case_id: str, **facts: Any) -> Any:
        return self._put({**self.read(case_id), **facts})

    def hashed(self, form: str) -> str:
        return hashlib.sha256(f"secret {form}".encode()).hexdigest()

    @property
    def case(self) -> Any:
        return self.read(CASE)

    def _put(self, case: dict[str, Any]) -> Any:
        self.states.append(json.loads(json.dumps(case)))
        return self.read(CASE)


class Erasure:
    """The operators of one run, each with a hook of its own; `hook` in place of those to the emulator."""

    def __init__(self, key: Key, make_hook: Callable[..., GongHook], cases: Any) -> None:
        self.key = key
        self.cases = cases
        self.began = pendulum.now("UTC")
        self.params: dict[str, Any] = {}
        self.hook: Any = None
        self.case_id = CASE
        self._make_hook = make_hook

    @property
    def context(self) -> dict[str, Any]:
        ti = SimpleNamespace(rendered_map_index="", try_number=1, start_date=self.began)
        task = SimpleNamespace(map_index_template=None)
        return {"ti": ti, "task": task, "params": self.params, "run_id": "run 1"}

    def of(self, email: str | None = None, phone: str | None = None) -> None:
        sealed = {"email_address": email, "phone_number": phone}
        self.params = {name: self.key.seal(text) if text else None for name, text in sealed.items()}

    def run(self, operator: Any) -> Any:
        operator.hook = self.hook or self._make_hook()
        return operator.execute(self.context)

    def look_up(self, **given: Any) -> Any:
        given = {"ticket": "GDPR-7", "dry_run": "False", "linked": "True", "cases": self.cases, **given}
        found = self.run(GongLookUpPersonOperator(task_id="look_up", **given))
        self.case_id = found["case"]
        return found

    def approve(self, at: Any = None) -> None:
        self.cases.update(self.case_id, approved_by="7", approved_at=(at or pendulum.now("UTC")).isoformat())

    def erase(self, **given: Any) -> Any:
        return self.run(GongEraseOperator(task_id="erase", case=self.case_id, cases=self.cases, **given))

    def verify(self, **given: Any) -> Any:
        return self.run(
            GongVerifyErasureOperator(task_id="verify", case=self.case_id, cases=self.cases, **given)
        )


class Gong:
    """A hook that answers the look-ups from a book, and keeps which operation was asked with what."""

    def __init__(self, book: dict[Identity, Any] | None = None, **answers: Any) -> None:
        self.book = {person.value: body for person, body in (book or {}).items()}
        self.answers: dict[str, Any] = answers
        self.sent: list[tuple[str, Any]] = []
        self.kwargs: list[dict[str, Any]] = []
        self.traffic = SimpleNamespace(lines=list)

    def call(self, operation: str, *, params: Any = None, json: Any = None, **given: Any) -> Answer:
        asked = next(iter((params or {}).values()), None)
        self.sent.append((operation, asked if json is None else json))
        self.kwargs.append(given)
        body = self.answers.get(operation)
        if body is None and operation in LOOK_UPS.values():
            body = self.book.get(asked, NOTHING)
        if isinstance(body, list):
            body = body.pop(0)
        if isinstance(body, BaseException):
            raise body
        return Answer(operation, 200, f"r{len(self.sent)}", body or {}, empty=body is None)

    def asked(self, operation: str) -> list[Any]:
        return [given for name, given in self.sent if name == operation]


def emulated(emulator: Emulator, path: str) -> list[dict[str, Any]]:
    """The emulator's requests to the operation."""
    method, template = path.split(" ")
    return [r for r in emulator.requests() if (r["method"], r["operation"]) == (method, template)]


def told(erasure: Erasure, *people: str, ago: timedelta = timedelta(0), **facts: Any) -> None:
    """Let the case of `people` be one that is approved and of which Gong was told."""
    sealed = '{"identities": [%s], "objects": []}'
    pairs = ", ".join(f'["{"email" if "@" in one else "phone"}", "{one}"]' for one in people)
    at = pendulum.now("UTC") - ago
    one = {"identity": "0" * 12, "kind": "email", "sending_at": at.isoformat(), "sent_at": at.isoformat()}
    case = {
        "sealed": erasure.key.seal(sealed % pairs),
        "requests": [{**one, "request_id": "rq", "status": 200}],
    }
    erasure.cases = MemoryCases(**{**case, "approved_at": at.isoformat(), **facts})


def approved(erasure: Erasure, *people: str, **facts: Any) -> None:
    told(erasure, *people, requests=[], **facts)


def email() -> Identity:
    return email_identity(EMAIL)


def erasures(emulator: Emulator) -> list[dict[str, Any]]:
    return list(emulator.control("GET", "privacy/erasures")["erasures"])
