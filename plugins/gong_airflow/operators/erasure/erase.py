"""Has Gong erase a person: `POST /v2/data-privacy/erase-data-for-...`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pendulum

from gong_airflow.erasure.case import Case, Cases, is_approved, moment, stamp
from gong_airflow.errors import GongError, GongInputError, GongUnavailableError
from gong_airflow.operators.base import GongOperator

if TYPE_CHECKING:
    from gong_airflow.erasure.identity import Identity, Kind

ERASURES: Mapping[Kind, tuple[str, str]] = {
    "email": ("POST /v2/data-privacy/erase-data-for-email-address", "emailAddress"),
    "phone": ("POST /v2/data-privacy/erase-data-for-phone-number", "phoneNumber"),
}
"""Operation and query parameter of each kind."""

# How Gong's protection against deleting an abnormal number of objects speaks is not known. Whatever is not
# about the parameter is taken for it.
_PROTECTION = re.compile(
    r"abnormal|integrity|protect|too many|threshold|number of objects|support", re.IGNORECASE
)
_PARAMETER = re.compile(
    r"(e-?mail|phone).*(valid|must|require|missing|empty|blank|format|malformed|parse)|required.*parameter",
    re.IGNORECASE | re.DOTALL,
)
_HASH_DIGITS = 12
Request = dict[str, Any]


class GongEraseOperator(GongOperator):
    """Tells Gong once of each address and number of the person; Gong then takes hours.

    A request is noted before it is sent, and its answer after: who takes over does not send again what Gong
    has answered, and sends again what it may not have got, saying so in the log. Gong is told of an answered
    one again only when that is longer ago than `again_after` and a person has approved it anew since: the
    CRM may have brought the person back. Returns `{"case", "sent", "sent_before", "request_ids"}`.

    :param case: id of the case that `GongLookUpPersonOperator` opened, and that a person has approved
    :param cases: keeps the case
    :raises GongInputError: nobody has approved it, it is a dry run, or Gong refuses
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "case")

    def __init__(
        self, *, case: str, cases: Cases, again_after: timedelta = timedelta(hours=48), **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.case = case
        self.cases = cases
        self.again_after = again_after

    def work(self, context: Any) -> dict[str, Any]:  # noqa: ARG002 - the base class's signature
        """At most one request for each address and number."""
        from gong_airflow.erasure.people import people_of

        case = self.cases.read(self.case)
        _check(case)
        people = people_of(case)
        sent = [number for one in people if (number := self._tell(one)) is not None]
        return {
            "case": self.case,
            "sent": len(sent),
            "sent_before": len(people) - len(sent),
            "request_ids": sent,
        }

    def _tell(self, person: Identity) -> str | None:
        """Tell Gong of one; Gong's id of the request, or None when it was told before."""
        case = self.cases.read(self.case)
        name = self.cases.hashed(person.form)[:_HASH_DIGITS]
        earlier = [one for one in case.get("requests") or () if one["identity"] == name]
        label = f"{person.kind} {name}"
        if earlier and not self._is_due(earlier, case, label):
            return None
        now = stamp(pendulum.now("UTC"))
        noted: Request = {"identity": name, "kind": person.kind, "sending_at": now}
        noted |= {"sent_at": None, "request_id": None, "status": None}
        before = [*(case.get("requests") or ())]
        self.cases.update(self.case, requests=[*before, noted])
        operation, parameter = ERASURES[person.kind]
        try:
            # Never sent again in place: each time that Gong may have got it is noted.
            answer = self.hook.call(operation, params={parameter: person.value}, repeatable=False)
        except GongUnavailableError:
            self.log.warning(
                "Gong may or may not have got the request for %s: the next try sends it again", label
            )
            raise
        except GongError as error:
            self.cases.update(self.case, requests=before)
            raise _explained(error) from None
        noted |= {
            "sent_at": stamp(pendulum.now("UTC")),
            "request_id": answer.request_id,
            "status": answer.status,
        }
        self.cases.update(self.case, requests=[*before, noted])
        self.log.info("Gong erases %s (Gong request id %s)", label, answer.request_id)
        return str(answer.request_id or "")

    def _is_due(self, earlier: Sequence[Request], case: Case, label: str) -> bool:
        """Whether to tell Gong again of what was told or tried before; the log says why."""
        last = earlier[-1]
        sent_at, approved_at = moment(last["sent_at"]), moment(case.get("approved_at"))
        if sent_at is None:
            self.log.warning(
                "A request for %s was begun at %s and its fate is unknown: sending it again",
                label,
                last["sending_at"],
            )
            return True
        known = f"Gong was told of {label} at {last['sent_at']} (Gong request id {last['request_id']})"
        old = pendulum.now("UTC") - sent_at >= self.again_after
        if old and approved_at and approved_at > sent_at:
            self.log.warning("%s, and a person has approved it anew since: sending it again", known)
            return True
        self.log.info("%s: not sent again", known)
        return False


def _check(case: Case) -> None:
    if case.get("status") != "open" or case.get("dry_run") or not is_approved(case):
        state = "is a dry run" if case.get("dry_run") else "is not approved"
        raise GongInputError(
            f"Case {case.get('case')} {state if case.get('status') == 'open' else 'is closed'}",
            remedy="Nothing was sent. Start gong_erasure with `dry_run` off, and approve it",
        )


def _explained(error: GongError) -> GongError:
    """A refusal with what to do about it."""
    said = " ".join(error.errors)
    if not isinstance(error, GongInputError) or error.status != 400:
        return error
    if _PARAMETER.search(said) and not _PROTECTION.search(said):
        return error
    sure = (
        "Gong's protection"
        if _PROTECTION.search(said)
        else "Gong refuses to erase, most likely its protection"
    )
    return GongInputError(
        f"{sure} against the deletion of an abnormal number of objects has stopped the erasure",
        operation=error.operation,
        status=error.status,
        request_id=error.request_id,
        errors=error.errors,
        remedy="Make sure that several people do not share the address or the number: the counts that were"
        " approved tell. If they do not, give the request id to help@gong.io and ask to let it through; then"
        " clear this task: it sends only what Gong has not taken yet",
    )
