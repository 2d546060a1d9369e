"""Waits until Gong has erased a person: looks up again until it names nothing and shows no noted call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

import pendulum
from pendulum import DateTime

from gong_airflow.erasure.calls import shown_calls
from gong_airflow.erasure.case import Case, Cases, moment, stamp, words
from gong_airflow.errors import GongErasureIncompleteError, GongInputError
from gong_airflow.operators.base import GongOperator

# Each pause is this part of the time that has passed: looks 5, 10, 16, 25.6, 41 ... minutes after the first.
GROWTH = 0.6


class GongVerifyErasureOperator(GongOperator):
    """Looks whether Gong is done, with growing pauses; between them it holds no worker and no slot.

    A look is one request for each address and number, and only when they find nothing one for each hundred
    calls that were found before. All that it knows is in the case. Returns
    `{"case", "identities", "calls", "looks", "verified_at"}`.

    :param case: id of the case of which Gong was told
    :param cases: keeps the case
    :param first_pause: after the first look
    :param longest_pause: the pauses grow up to it
    :param deadline: how long after Gong was told, or a person approved the run, to give up; hours, when a
        number
    :raises GongErasureIncompleteError: at the deadline, with what is left
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "case", "deadline")

    def __init__(
        self,
        *,
        case: str,
        cases: Cases,
        first_pause: timedelta = timedelta(minutes=5),
        longest_pause: timedelta = timedelta(hours=1),
        deadline: timedelta | float | str = timedelta(hours=48),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.case = case
        self.cases = cases
        self.first_pause = first_pause
        self.longest_pause = longest_pause
        self.deadline = deadline

    def work(self, context: Any) -> dict[str, Any]:
        """One look."""
        case = self.cases.read(self.case)
        began = _told(case)
        left = self._look(case)
        now = pendulum.now("UTC")
        looks = [*(case.get("looks") or ()), {"at": stamp(now), "left": left}]
        verified_at = None if left else stamp(now)
        self.cases.update(self.case, looks=looks, verified_at=verified_at)
        if left:
            self._wait_on(context, case, left, now=now, began=began)
        self.log.info("Gong holds nothing more, %s after it was told", _span(now - began))
        return {
            "case": self.case,
            "identities": dict(case.get("identities") or {}),
            "calls": len(case.get("call_ids") or ()),
            "looks": len(looks),
            "verified_at": verified_at,
        }

    def _look(self, case: Case) -> dict[str, int]:
        """What Gong still holds, by kind; empty when nothing is left."""
        from gong_airflow.erasure.people import people_of
        from gong_airflow.erasure.references import References, look_up

        found = References()
        for person in people_of(case):
            found |= look_up(self.hook.call, person)
        left = {kind: count for kind, count in found.counts().items() if count}
        if left:
            return left
        shown = sum(1 for _ in shown_calls(self.hook.call, case.get("call_ids") or ()))
        return {"calls": shown} if shown else {}

    def _wait_on(
        self, context: Any, case: Case, left: dict[str, int], *, now: DateTime, began: DateTime
    ) -> NoReturn:
        given = self.deadline
        give_up_at = began + (given if isinstance(given, timedelta) else timedelta(hours=float(given)))
        waited = timedelta(seconds=(now - began).total_seconds())
        told = f"Gong still holds {words(left)}, {_span(waited)} after it was told"
        if now >= give_up_at:
            raise self._incomplete(told, case)
        pause = min(max(waited * GROWTH, self.first_pause), self.longest_pause)
        self.log.info("%s", told)
        self.sleep_until(context, min(now + pause, give_up_at), f"Gong is erasing ({words(left)} left)")

    def _incomplete(self, told: str, case: Case) -> GongErasureIncompleteError:
        ids = [str(one["request_id"]) for one in case.get("requests") or () if one["request_id"]]
        return GongErasureIncompleteError(
            told,
            remedy="Start gong_erasure again for this person: it goes on from here. Delete before, in CRM and"
            " mail system, what may have come back: leads, contacts, e-mails, meetings. If it does not become"
            " less, Gong's protection against the deletion of an abnormal number of objects may have stopped"
            f" it: ask help@gong.io, with Gong's request ids {', '.join(ids)}",
        )


def _told(case: Case) -> DateTime:
    """Since when Gong may be expected to erase.

    :raises GongInputError: Gong was not told
    """
    sent = [moment(one["sent_at"]) for one in case.get("requests") or ()]
    times = [time for time in sent if time is not None]
    if not times:
        raise GongInputError(
            f"Gong was not told to erase case {case.get('case')}", remedy="Clear the task that tells it"
        )
    return max([*times, moment(case.get("approved_at")) or times[0]])


def _span(span: timedelta) -> str:
    return str(pendulum.duration(seconds=int(span.total_seconds())).in_words() or "0 seconds")
