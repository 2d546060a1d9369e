"""What the tasks of `gong_erasure` do with this package; those that talk to Gong are operators."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pendulum

from gong_airflow.erasure.people import linked_objects, people_of
from gong_airflow.erasure.sealing import destroy, key_of
from gong_airflow.errors import GongErasureIncompleteError
from include.erasure import copies, report
from include.erasure.cases import Cases
from include.erasure.person import Person
from include.erasure.suppression import Suppression

log = logging.getLogger(__name__)

Places = dict[str, dict[str, int]]


def person_of(case: Mapping[str, Any]) -> Person:
    """Whom the case is about: in memory only.

    :raises GongConfigurationError: the key of the case's runs is gone
    """
    call_ids = {*case.get("call_ids", ()), *case.get("our_call_ids", ())}
    return Person.of(people_of(case), call_ids=call_ids, object_ids=linked_objects(case))


def survey(case_id: str) -> dict[str, Any]:
    """Count what our copies hold; the report that a person approves."""
    cases = Cases()
    case = cases.read(case_id)
    person = person_of(case)
    before = copies.survey(person)
    case = cases.update(case_id, before=before, our_call_ids=_ours(person, case))
    made = report.of(case)
    for line in report.lines(made):
        log.info("%s", line)
    return made


def suppress(case_id: str, approval: Mapping[str, Any]) -> Places:
    """Keep the person out from now on, and remove what is on its way into Gong."""
    cases = Cases()
    case = cases.read(case_id)
    people, person = people_of(case), person_of(case)
    user = approval.get("responded_by_user") or {}
    cases.update(
        case_id,
        approved_by=user.get("name") or user.get("id") or "unknown",
        approved_at=str(approval.get("responded_at") or _now()),
    )
    Suppression().add(case_id, identities=people, call_ids=person.call_ids, object_ids=person.object_ids)
    # What already waits for Gong must not arrive there after Gong has erased the person.
    removed = copies.hold_back(person)
    _note(cases, case_id, person, removed, suppressed_at=case.get("suppressed_at") or _now())
    log.info("Suppressed %d addresses and numbers, %d calls", len(people), len(person.call_ids))
    return removed


def purge(case_id: str) -> Places:
    """Remove the person from all our copies."""
    cases = Cases()
    case = cases.read(case_id)
    person = person_of(case)

    def landed() -> None:
        # Calls that only our copies knew; and loads that have read the old files read again.
        Suppression().add(case_id, call_ids=person.call_ids)

    removed = copies.purge(person, landed)
    _note(cases, case_id, person, removed)
    return removed


def purge_and_search(case_id: str) -> Places:
    """Purge what has arrived since, then search every copy.

    :raises GongErasureIncompleteError: something is left, and where
    """
    removed = purge(case_id)
    cases = Cases()
    person = person_of(cases.read(case_id))
    left = copies.search(person)
    # What a count finds is what a purge would still remove: nothing.
    after = copies.survey(person)
    cases.update(case_id, after=after, searched={"at": _now(), "left": left})
    found = {place: count for place, count in left.items() if count}
    uncounted = {place for place, counts in after.items() if any(counts.values())} - found.keys()
    if found or uncounted:
        places = ", ".join([*(f"{place} ({count})" for place, count in found.items()), *sorted(uncounted)])
        raise GongErasureIncompleteError(
            f"Our copies still hold the person: {places}",
            remedy="Remove what somebody has put there, and clear this task",
        )
    return removed


def certify(context: Any, case_id: str) -> dict[str, Any]:
    """Issue the certificate and its row, close the case; the certificate."""
    from include.erasure.certificate import write
    from include.warehouse import Warehouse

    cases = Cases()
    case = cases.read(case_id)
    if not case.get("certified_at"):
        case = cases.update(case_id, certified_at=_now())
    issued = write(case)
    Warehouse().load_erasures([issued.row(context["run_id"])])
    cases.update(case_id, certificate=issued.path)
    destroy(case["keys"])
    cases.close(case_id, "erased")
    log.info("Certificate %s", issued.path)
    return issued.document


def close(context: Any) -> str:
    """Destroy the key of a run that is over; what happened. A run that failed half-way keeps it."""
    case_id = (context["ti"].xcom_pull(task_ids="look_up") or {}).get("case")
    cases = Cases()
    case = cases.read(case_id) if case_id else {}
    if case.get("status") == "erased":
        return "erased"
    if case.get("approved_at"):
        log.info("The key is kept: clear what failed, or start gong_erasure again, and it goes on from there")
        return "unfinished"
    # Nothing has been done that could be gone on with.
    destroy({*case.get("keys", ()), *filter(None, [key_of(context)])})
    ended = "dry_run" if case.get("dry_run") else "not_approved"
    if case_id:
        cases.close(case_id, ended)
    return ended


def _note(cases: Cases, case_id: str, person: Person, removed: Places, **facts: Any) -> None:
    """Put down and log what was removed, and the calls that our copies alone knew."""
    case = cases.read(case_id)
    purged = [*case.get("purged", ()), {"at": _now(), **removed}]
    cases.update(case_id, purged=purged, our_call_ids=_ours(person, case), **facts)
    for place, counts in removed.items():
        told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        log.info("Removed from %s: %s", place, told or "nothing")


def _ours(person: Person, case: Mapping[str, Any]) -> list[str]:
    return sorted({*person.call_ids} - {*case.get("call_ids", ())})


def _now() -> str:
    return f"{pendulum.now('UTC'):%Y-%m-%dT%H:%M:%SZ}"
