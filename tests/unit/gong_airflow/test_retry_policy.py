"""Laws 2 and 9: one policy decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction

from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongCursorError,
    GongInputError,
    GongProtocolError,
    GongRateLimitError,
    GongTakenOverError,
    GongTokenExpiredError,
    GongTokenLostError,
    GongUnavailableError,
)
from gong_airflow.retry_policy import GongRetryPolicy

POLICY = GongRetryPolicy(jitter=lambda: 1.0)


def decide(error: BaseException, try_number: int = 1):
    return POLICY.evaluate(error, try_number, 10)


@pytest.mark.parametrize(
    "error",
    [
        *(GongCredentialsError, GongInputError, GongConfigurationError, GongProtocolError),
        *(GongTakenOverError, GongTokenLostError),
    ],
)
def test_what_another_try_cannot_change_fails_at_once(error) -> None:
    decision = decide(error("Broken"))
    assert decision.action is RetryAction.FAIL
    assert decision.reason == f"Broken. {error.remedy}"


def test_a_long_limit_frees_the_worker_until_gong_allows_it() -> None:
    decision = decide(GongRateLimitError("Limit", retry_after=7200.0))
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(hours=2)
    assert "next try at 20" in decision.reason
    assert decision.reason.endswith("UTC")


@pytest.mark.parametrize("error", [GongUnavailableError("Down"), GongCursorError("Old"), OSError("x@y.com")])
def test_faults_back_off_to_a_bound(error: BaseException) -> None:
    delays = [decide(error, n).retry_delay for n in range(1, 40)]
    assert delays == sorted(delays)
    assert delays[0] == timedelta(seconds=15)
    assert delays[-1] == timedelta(minutes=15)


def test_who_waits_for_an_access_token_outlasts_the_pause_of_gong_token() -> None:
    """Also with the shortest pauses that the dice give, in the 15 tries of a flow."""
    policy = GongRetryPolicy(jitter=lambda: 0.5)
    pauses = [policy.evaluate(GongTokenExpiredError("Over"), n, 15).retry_delay for n in range(1, 16)]
    assert timedelta(seconds=5) < pauses[0] <= timedelta(seconds=15)
    assert max(pauses) <= timedelta(seconds=150)
    assert sum(pauses, timedelta()) > timedelta(minutes=15)


def test_the_text_of_a_foreign_error_is_not_shown() -> None:
    assert decide(OSError("jane@example.com")).reason == "OSError"


def test_jitter_spreads_the_tries() -> None:
    pauses = {GongRetryPolicy().evaluate(OSError(), 3, 10).retry_delay for _ in range(20)}
    assert len(pauses) > 10
    assert all(timedelta(seconds=30) <= pause <= timedelta(seconds=60) for pause in pauses)


def test_a_retry_after_of_gongs_edge_is_honoured() -> None:
    assert decide(GongUnavailableError("Down", retry_after=300.0)).retry_delay == timedelta(minutes=5)


def test_an_error_of_another_package_may_say_that_it_is_hopeless() -> None:
    class GuardError(Exception):
        hopeless = True

    decision = decide(GuardError("Check the key"))
    assert (decision.action, decision.reason) == (RetryAction.FAIL, "Check the key")
