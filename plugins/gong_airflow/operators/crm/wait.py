"""Waits until Gong has processed a file of records: `GET /v2/crm/request-status`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pendulum

from gong_airflow.crm.requests import STATUS, Status, is_unknown, read_status
from gong_airflow.crm.rounds import MOST_ROUNDS, Verdict, judge
from gong_airflow.errors import GongInputError, GongProtocolError
from gong_airflow.operators.crm.base import GROWTH, GongRecordsOperator, Round, hours

# Gong may need a moment before it knows of what it has just accepted.
GRACE = timedelta(minutes=10)
_LINES_TOLD = 5


class GongWaitForRecordsOperator(GongRecordsOperator):
    """Looks what has become of the file, with growing pauses; between them it holds no worker and no slot.

    Gong takes the good lines of a file with bad ones, and names at most 20 bad ones. When there are more, the
    file is sent again at once without those named, under a new id, and so on.

    :param first_pause: until the first look
    :param longest_pause: the pauses grow up to it
    :param deadline: how long after an upload to give up; hours, when a number
    :raises GongInputError: Gong could not process the file as a whole, or it is unknown what it took;
        lines that Gong refused are no error, and are in the file's facts
    :raises GongProtocolError: Gong is not done at the deadline; the next run goes on waiting
    """

    template_fields: Sequence[str] = (*GongRecordsOperator.template_fields, "deadline")

    def __init__(
        self,
        *,
        first_pause: timedelta = timedelta(seconds=5),
        longest_pause: timedelta = timedelta(minutes=10),
        deadline: timedelta | float | str = timedelta(hours=24),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.first_pause = first_pause
        self.longest_pause = longest_pause
        self.deadline = deadline

    def work(self, context: Any) -> dict[str, Any]:
        """One look, none when it is too early for one, and the uploads that follow from it; counts."""
        while True:
            facts = self.read_facts()
            if facts.get("result"):
                return self._counts(facts["result"])
            rounds = facts.get("rounds") or []
            if not rounds:
                raise GongInputError(
                    f"{self.name}: was not uploaded", remedy="Clear the task that uploads it"
                )
            if not rounds[-1].get("accepted_at"):
                self.send_round(rounds)
            else:
                self._look(context, rounds)

    def _look(self, context: Any, rounds: list[Round]) -> None:
        """Ask Gong once, and note what follows from the answer.

        :raises TaskDeferred: nothing follows yet
        """
        accepted_at = pendulum.instance(datetime.fromisoformat(rounds[-1]["accepted_at"]))
        waited = timedelta(seconds=(pendulum.now("UTC") - accepted_at).total_seconds())
        if waited < self.first_pause:
            self.sleep_until(context, accepted_at + self.first_pause, "Gong has just received it")
        status = self._ask(rounds[-1], waited)
        if status is None:
            self._note_result(judge(rounds, int(self.file["rows"])).give_up("Gong does not know the request"))
        elif not status.ended:
            self._wait_on(context, status, accepted_at, waited)
        else:
            rounds[-1].update(
                status=status.name,
                error_count=status.error_count,
                success_count=status.success_count,
                errors=[{"line": line, "description": said} for line, said in status.errors],
            )
            self._follow(rounds)

    def _ask(self, sent: Round, waited: timedelta) -> Status | None:
        """What Gong says; None when it does not know the request although it has had the time to."""
        params = {"integrationId": self.integration, "clientRequestId": sent["client_request_id"]}
        try:
            answer = self.hook.call(STATUS, params=params)
        except GongInputError as error:
            if not is_unknown(error):
                raise
            if waited >= min(GRACE, hours(self.deadline)):
                return None
            return Status("not known yet", (), None, None)
        return read_status(answer.body)

    def _wait_on(self, context: Any, status: Status, accepted_at: Any, waited: timedelta) -> NoReturn:
        give_up_at = accepted_at + hours(self.deadline)
        now = pendulum.now("UTC")
        told = f"Gong says {status.name or 'nothing'} of {self.name}"
        if now >= give_up_at:
            raise GongProtocolError(
                f"{told}, {_words(waited)} after it accepted the file",
                operation=STATUS,
                remedy="See https://status.gong.io; the next run goes on waiting. If Gong's support gives "
                f"the request up, remove batch {self.file['batch']} from the outbox: the next run sends its "
                "rows again",
            )
        pause = min(max(waited * GROWTH, self.first_pause), self.longest_pause)
        self.log.info("%s, %s after the upload", told, _words(waited))
        self.sleep_until(context, min(now + pause, give_up_at), f"Gong is at work ({status.name or '?'})")

    def _follow(self, rounds: list[Round]) -> None:
        """Note the result or, where Gong has not named all bad lines, the next round."""
        verdict = judge(rounds, int(self.file["rows"]))
        if verdict.next_without is None:
            self._note_result(verdict, rounds=rounds)
            return
        self.log.info(
            "Gong has named %d of the lines that it refused: sending the others once more (round %d of %d)",
            len(verdict.refused),
            len(rounds) + 1,
            MOST_ROUNDS,
        )
        # With Gong's answer in one step: neither is ever known without the other.
        self.outbox.note(self.file, rounds=[*rounds, self.make_round(verdict.next_without)])

    def _note_result(self, verdict: Verdict, **facts: Any) -> None:
        refused = sorted(verdict.refused.items())
        for line, said in refused[:_LINES_TOLD]:
            self.log.warning("Gong refused line %d: %s", line, said)
        if len(refused) > _LINES_TOLD:
            self.log.warning("... and %d more lines", len(refused) - _LINES_TOLD)
        self.outbox.note(self.file, result=verdict.result(), **facts)

    def _counts(self, result: dict[str, Any]) -> dict[str, Any]:
        rows, refused = int(self.file["rows"]), len(result["refused"])
        undecided = rows - refused if result["undecided"] else 0
        counts = {
            "object_type": self.file["object_type"],
            "rows": rows,
            "taken": rows - refused - undecided,
            "refused": refused,
            "undecided": undecided,
        }
        if result["undecided"]:
            raise GongInputError(
                f"{self.name}: it is not known what Gong took of {undecided} rows",
                operation=STATUS,
                errors=result["general"],
                remedy="The next run sends them again",
            )
        self.log.info("%s: Gong took %d, refused %d", self.name, counts["taken"], refused)
        return counts


def _words(span: timedelta) -> str:
    return str(pendulum.duration(seconds=int(span.total_seconds())).in_words())
