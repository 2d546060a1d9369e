"""Looks up what Gong holds of a person: `GET /v2/data-privacy/data-for-...`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pendulum

from gong_airflow.erasure.calls import WITH_PARTIES, shown_calls
from gong_airflow.erasure.case import Case, Cases, is_approved, told_at, words
from gong_airflow.errors import GongConfigurationError
from gong_airflow.operators.base import GongOperator

if TYPE_CHECKING:
    from gong_airflow.erasure.identity import Identity
    from gong_airflow.erasure.others import Company
    from gong_airflow.erasure.trail import Trail


class GongLookUpPersonOperator(GongOperator):
    """Opens the person's case, with counts of what Gong holds and, sealed, all addresses and numbers.

    Gong's own users come first: such a person is refused before anything else is asked. Then one request for
    each address and number, and one for each hundred calls. It changes nothing in Gong. Returns, for a case
    that is gone on with also when Gong was last told to erase:
    `{"case", "identities", "found", "employees_left_out", "told_gong_at"}`, counts and the case's id only.

    :param cases: keeps the case
    :param ticket: under which the person has asked
    :param dry_run: anything but "False" is one
    :param linked: also the addresses and numbers that Gong links to what was given, and so on
    :raises GongInputError: it is a Gong user's; another run is at work on the person; it leads too far
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "ticket", "dry_run", "linked")

    def __init__(
        self,
        *,
        cases: Cases,
        # As JSON, or a flow that renders to native objects takes `1_000` for a number.
        ticket: str = "{{ params.ticket | tojson }}",
        dry_run: bool | str = "{{ params.dry_run }}",
        linked: bool | str = "{{ params.linked }}",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cases = cases
        self.ticket = ticket
        self.dry_run = dry_run
        self.linked = linked

    def work(self, context: Any) -> dict[str, Any]:
        """Look up, and put down what was found in one step."""
        from gong_airflow.erasure.others import read_staff
        from gong_airflow.erasure.people import sealed_people
        from gong_airflow.erasure.sealing import open_subject
        from gong_airflow.erasure.trail import Trail

        subject = open_subject(context)
        staff = read_staff(self.hook.call)
        staff.refuse(subject.given)
        case = self.cases.begin(
            subject,
            ticket=str(self.ticket).strip('"'),
            run_id=context["run_id"],
            dry_run=str(self.dry_run).lower() != "false",
            now=pendulum.now("UTC"),
        )
        people, objects = self._before(case)
        trail = Trail(self.hook.call, staff, linked=str(self.linked).lower() == "true")
        trail.follow([*subject.given, *people])
        trail.found.object_ids |= objects
        company = self._on_the_calls(trail)
        found = {
            **trail.found.counts(),
            "calls_with_others": company.calls_with_others,
            "other_people": company.other_people,
        }
        identities = dict(Counter(str(one.kind) for one in trail.people))
        facts = {"identities": identities, "employees_left_out": trail.employees_left_out}
        self.cases.update(
            case["case"],
            links=company.links,
            sealed=sealed_people(trail.people, trail.found.object_ids, subject.key),
            **facts,
            **_grown(case, found, trail.found.call_ids, company.calls),
        )
        self.log.info("By %d addresses and numbers Gong holds %s", len(trail.people), words(found))
        told = told_at(case)
        if told:
            self.log.info("It was told to erase before, at %s", told)
        return {"case": case["case"], "found": found, **facts, **({"told_gong_at": told} if told else {})}

    def _before(self, case: Case) -> tuple[tuple[Identity, ...], frozenset[str]]:
        """Whom an approved run of the case was about: Gong may have forgotten meanwhile what led there."""
        from gong_airflow.erasure.people import linked_objects, people_of

        if not is_approved(case):
            return (), frozenset()
        try:
            return people_of(case), linked_objects(case)
        except GongConfigurationError as error:
            self.log.warning(
                "What an earlier run found beside the given address or number cannot be read any more, and is"
                " followed only as far as Gong still links it: %s",
                error,
            )
            return (), frozenset()

    def _on_the_calls(self, trail: Trail) -> Company:
        """Who else is on the calls found."""
        from gong_airflow.erasure.others import Company

        company = Company(trail.people, trail.found.object_ids)
        call_ids = trail.found.call_ids
        for number, record in shown_calls(self.hook.call, call_ids, WITH_PARTIES):
            company.see(number, record)
        if company.calls < len(call_ids):
            self.log.warning(
                "Gong names %d calls and shows %d of them to this key: who was on the others is not known,"
                " nor can it be checked one by one that they are gone",
                len(call_ids),
                company.calls,
            )
        return company


def _grown(case: Case, found: dict[str, int], call_ids: set[str], shown: int) -> dict[str, Any]:
    """The facts about what Gong held at first, of a case that is gone on with: what is gone still counts."""
    if not is_approved(case):
        return {"found": found, "call_ids": sorted(call_ids), "calls_shown": shown}
    before, noted = case.get("found") or {}, {*(case.get("call_ids") or ()), *call_ids}
    most = {kind: max(count, before.get(kind, 0)) for kind, count in found.items()}
    return {
        "found": {**most, "calls": max(most["calls"], len(noted))},
        "call_ids": sorted(noted),
        "calls_shown": max(shown, case.get("calls_shown") or 0),
    }
