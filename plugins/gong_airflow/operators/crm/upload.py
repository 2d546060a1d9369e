"""Uploads a file of records: `POST /v2/crm/entities`."""

from __future__ import annotations

from typing import Any

import pendulum

from gong_airflow.crm.outbox import FileReference
from gong_airflow.errors import GongInputError
from gong_airflow.operators.crm.base import GongRecordsOperator


class GongUploadRecordsOperator(GongRecordsOperator):
    """Sends the file as one request, in constant memory, with a line of progress every few seconds.

    Safe to repeat: the request's id derives from the file, and Gong's 409 for an id that it has is success.
    No request when it is known that Gong has accepted the file. Accepted is not taken: see
    `GongWaitForRecordsOperator`.

    The slot is held while the file is on its way, for one request: give the task `max_active_tis_per_dag=1`,
    so that uploads never take more than one slot of the pool from others.

    :raises GongInputError: Gong refuses the request as a whole and has nothing of it: the file counts as
        never attempted, so that the next run selects its rows anew
    """

    def work(self, context: Any) -> FileReference:  # noqa: ARG002 - the base class's signature
        """Nothing, or one request; the reference, for the next step."""
        facts = self.read_facts()
        rounds = facts.get("rounds") or []
        if facts.get("result") or any(sent.get("accepted_at") for sent in rounds):
            self.log.info("Gong has accepted %s before", self.name)
            return self.file
        rounds = [self.make_round()]
        self.outbox.note(
            self.file,
            attempted_at=facts.get("attempted_at") or pendulum.now("UTC").isoformat(timespec="seconds"),
            integration_id=self.integration,
            rounds=rounds,
        )
        try:
            self.send_round(rounds)
        except GongInputError:
            self.outbox.note(self.file, attempted_at=None, integration_id=None, rounds=[])
            raise
        return self.file
