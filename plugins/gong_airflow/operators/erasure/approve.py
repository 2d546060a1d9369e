"""Asks a person whether what was found shall be erased."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from gong_airflow.errors import GongInputError


class ApproveErasureOperator(ApprovalOperator):
    """Airflow's approval, but without an answer in time the task fails for good instead of asking anew."""

    def process_trigger_event_error(self, event: dict[str, Any]) -> None:
        """The wait is over without an answer.

        :raises GongInputError: nobody has answered
        """
        if event["error_type"] == "timeout":
            raise GongInputError(
                "Nobody has approved the erasure in time, so nothing was erased",
                remedy="Start gong_erasure again when somebody is there to approve it",
            )
        super().process_trigger_event_error(event)
