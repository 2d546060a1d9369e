"""What the operators need of the cases of erasures; the project's own are `include.erasure.cases.Cases`.

A case is what is known of one person's erasure: a JSON-able mapping without anything personal but `sealed`,
which only a key of its runs opens (`gong_airflow.erasure.people`). The operators read and write:

    case, status, dry_run, approved_at   see `include.erasure.cases`
    keys          names of the keys of its runs, the latest last
    sealed        the people's identities and their leads' and contacts' external ids
    identities    {"email": 2, "phone": 1}
    employees_left_out   linked addresses and numbers of Gong's own users, whom Gong does not erase
    found         what Gong held before it was told: {"calls", "emails", "meetings", "leads_and_contacts",
                  "engagement", "calls_with_others", "other_people"}
    call_ids      Gong's ids of the calls found
    calls_shown   how many of them Gong shows to this key
    requests      each request to erase: {"identity": 12 digits of its hash, "kind", "sending_at", "sent_at",
                  "request_id", "status"}. Without `sent_at` it is unknown whether Gong got it
    looks         each look whether Gong is done: {"at", "left": {"calls": 3, ...}}, nothing left: {}
    verified_at   when a look found nothing; None when a later one found something
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import pendulum
from pendulum import DateTime

if TYPE_CHECKING:
    from gong_airflow.erasure.identity import Form
    from gong_airflow.erasure.sealing import Subject

Case = dict[str, Any]


class Cases(Protocol):
    """The cases. One task at a time works on one."""

    def begin(self, subject: Subject, *, ticket: str, run_id: str, dry_run: bool, now: datetime) -> Case:
        """The person's open case, or else a new one; with this run and its key in it.

        :raises GongInputError: another run is at work on this person
        """

    def read(self, case_id: str) -> Case:
        """The case of this id."""

    def update(self, case_id: str, **facts: Any) -> Case:
        """Put `facts` in place of the members of these names, in one atomic step; the case then."""

    def hashed(self, form: Form) -> str:
        """The keyed hash that stands for a form in cases and certificates, hexadecimal."""


def is_approved(case: Mapping[str, Any]) -> bool:
    """Whether a person has approved it, in this run or an earlier one: it only ever grows from then on."""
    return case.get("approved_at") is not None or bool(case.get("requests"))


def told_at(case: Mapping[str, Any]) -> str | None:
    """When Gong was last told to erase, as noted; None when it was not."""
    return max((str(one["sent_at"] or one["sending_at"]) for one in case.get("requests") or ()), default=None)


def moment(noted: Any) -> DateTime | None:
    """A time that a case holds; None when there is none."""
    try:
        found = pendulum.parse(str(noted)) if noted else None
    except ValueError:
        return None
    return found.in_timezone("UTC") if isinstance(found, DateTime) else None


def stamp(time: DateTime) -> str:
    """The time as cases hold it: `2026-11-20T14:30:00Z`."""
    return f"{time.in_timezone('UTC'):%Y-%m-%dT%H:%M:%SZ}"


def words(counts: Mapping[str, int]) -> str:
    """Counts as a person reads them, e.g. `12 calls, 2 leads and contacts`."""
    return ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items())
