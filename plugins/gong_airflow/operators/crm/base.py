"""What uploading a file of records and waiting for Gong to process it have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pendulum

from gong_airflow.content import Content
from gong_airflow.crm.outbox import FileReference, RecordOutbox
from gong_airflow.crm.requests import client_request_id, is_used
from gong_airflow.errors import GongConfigurationError, GongInputError
from gong_airflow.operators.base import GongOperator

UPLOAD = "POST /v2/crm/entities"
# Each pause is this part of the time that has passed: looks 5, 10, 16, 25.6, 41 ... seconds after an upload.
GROWTH = 0.6
Round = dict[str, Any]
_NUMBER = re.compile(r"\d+$")


class GongRecordsOperator(GongOperator):
    """A step of one file of records on its way into Gong.

    :param file: reference, see `gong_airflow.crm.outbox`
    :param outbox: the outbox that holds it
    :param integration_id: under which its records are kept in Gong
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "file", "outbox", "integration_id")

    def __init__(
        self, *, file: FileReference, outbox: RecordOutbox, integration_id: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.file = file
        self.outbox = outbox
        self.integration_id = integration_id

    @property
    def label(self) -> str:
        """For `map_index_template`: the file's label and, after a failed attempt, why."""
        return f"{self.name}{self.why_not}"[:250]

    @property
    def integration(self) -> str:
        """The integration's id as text; empty when there is none."""
        return named_integration(self.integration_id)

    @property
    def name(self) -> str:
        """E.g. `CONTACT part 1, 120,000 rows`."""
        part = str(self.file["part"])
        number = _NUMBER.search(part)
        rows = int(self.file["rows"])
        return (
            f"{self.file['object_type']} part {int(number[0]) if number else part}, "
            f"{rows:,} row{'' if rows == 1 else 's'}"
        )

    def read_facts(self) -> dict[str, Any]:
        """What is known of the file.

        :raises GongConfigurationError: it is meant for another integration, or there is none
        """
        facts = self.outbox.facts(self.file)
        before = facts.get("integration_id")
        if not self.integration:
            raise GongConfigurationError(
                f"{self.name}: there is no integration to send it to",
                remedy="Look at the task that registers the integration; nothing was sent",
            )
        if before and str(before) != self.integration:
            raise GongConfigurationError(
                f"{self.name}: was sent to integration {before}, and is now to go to {self.integration}",
                remedy="Nothing was sent now; the next run selects rows for the integration that Gong has",
            )
        return facts

    def make_round(self, without: Sequence[int] = ()) -> Round:
        """A round that is about to be sent.

        :param without: lines of the file that are left out
        """
        name = client_request_id(self.file["object_type"], self.integration, self.file["digest"], without)
        return {"client_request_id": name, "without": sorted(without), "accepted_at": None}

    def send_round(self, rounds: Sequence[Round]) -> None:
        """Upload the file for the last of `rounds`, and note that Gong has accepted it.

        The round must be noted before: whoever is killed here sends it again under the same id, and Gong's
        "already been used" is read as accepted.
        """
        from gong_airflow.crm.body import gaps_of, records_content

        sent = rounds[-1]
        params = {
            "integrationId": self.integration,
            "objectType": self.file["object_type"],
            "clientRequestId": sent["client_request_id"],
        }
        again = False
        with self.outbox.open(self.file) as file:
            gaps = gaps_of(file, sent["without"])

            def content() -> Content:
                return records_content(file, int(self.file["bytes"]), gaps)

            try:
                self.hook.call(UPLOAD, params=params, content=content)
            except GongInputError as error:
                again = is_used(error)
                if not again:
                    raise
        self.log.info(
            "Gong %s %s%s as request %s",
            "already had" if again else "accepted",
            self.name,
            f" without {len(sent['without'])} of them" if sent["without"] else "",
            sent["client_request_id"],
        )
        now = pendulum.now("UTC").isoformat(timespec="seconds")
        self.outbox.note(self.file, rounds=[*rounds[:-1], {**sent, "accepted_at": now}])


def named_integration(value: Any) -> str:
    """The integration's id as text; empty when there is none (a missing XCom is None, or that word)."""
    text = str(value).strip() if value is not None else ""
    return "" if text == "None" else text


def hours(given: timedelta | float | str) -> timedelta:
    """A span that is one already, or is so many hours."""
    return given if isinstance(given, timedelta) else timedelta(hours=float(given))
