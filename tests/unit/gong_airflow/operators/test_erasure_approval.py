"""The approval of an erasure: without an answer it is over, and nobody is asked anew."""

from __future__ import annotations

import pytest

from gong_airflow.errors import GongInputError
from gong_airflow.operators.erasure import ApproveErasureOperator
from gong_airflow.retry_policy import GongRetryPolicy


def test_no_answer_in_time_fails_for_good_and_says_that_nothing_was_done() -> None:
    approve = ApproveErasureOperator(task_id="approve", subject="Erase a person?")
    with pytest.raises(GongInputError, match="nothing was erased") as raised:
        approve.process_trigger_event_error({"error": "timed out", "error_type": "timeout"})
    assert GongRetryPolicy().evaluate(raised.value, 1, 15).action.value == "fail"
