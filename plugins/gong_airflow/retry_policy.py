"""One policy decides the retries of every task that talks to Gong, by the error's remedy."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryDecision

from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongError,
    GongInputError,
    GongProtocolError,
    GongRateLimitError,
    GongRecordingLostError,
    GongTakenOverError,
    GongTokenExpiredError,
    GongTokenLostError,
)

_HOPELESS = (
    GongCredentialsError,
    GongInputError,
    GongConfigurationError,
    GongProtocolError,
    GongRecordingLostError,
    GongTakenOverError,
    GongTokenLostError,
)
# `gong_token` runs every quarter of an hour; the 15 tries of a flow outlast that with any jitter.
_LONGEST_WITHOUT_TOKEN = timedelta(seconds=150)


class GongRetryPolicy(RetryPolicy):
    """Credentials and invalid input fail at once; limits wait as long as Gong says; faults back off.

    The task's `retries` is the upper bound of all of them. `retry_delay` applies when the process was
    killed, as then nobody is left to be asked.

    :param longest_backoff: the longest pause after a fault of the network, of Gong's edge or of unknown kind
    :param jitter: gives the share of the pause that is used, 0.5 to 1
    """

    def __init__(
        self,
        longest_backoff: timedelta = timedelta(minutes=15),
        jitter: Callable[[], float] = lambda: random.uniform(0.5, 1.0),
    ) -> None:
        self.longest_backoff = longest_backoff
        self._jitter = jitter

    def serialize(self) -> dict[str, Any]:
        """The scheduler only stores this; `evaluate` runs in the worker."""
        return {"longest_backoff": self.longest_backoff.total_seconds()}

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,  # noqa: ARG002 - Airflow's signature
        context: Any | None = None,  # noqa: ARG002 - Airflow's signature
    ) -> RetryDecision:
        """Decide by the type of `exception`; the reason is what a person reads in the UI."""
        if isinstance(exception, GongRateLimitError):
            delay = timedelta(seconds=max(1.0, exception.retry_after or 60.0))
            at = (datetime.now(timezone.utc) + delay).strftime("%Y-%m-%d %H:%M:%S UTC")
            return RetryDecision.retry(
                delay=delay, reason=f"Gong's request limit is reached; next try at {at}"
            )
        if getattr(exception, "hopeless", False):
            # Another package's error that says so itself; it vouches for its text.
            return RetryDecision.fail(reason=str(exception)[:500])
        if isinstance(exception, _HOPELESS):
            return RetryDecision.fail(reason=f"{exception.what}. {exception.remedy}"[:500])
        longest = self.longest_backoff
        if isinstance(exception, GongTokenExpiredError):
            longest = min(longest, _LONGEST_WITHOUT_TOKEN)
        pause = min(longest, timedelta(seconds=15 * 2 ** min(try_number - 1, 16))) * self._jitter()
        if isinstance(exception, GongError):
            pause = max(pause, timedelta(seconds=exception.retry_after or 0))
            return RetryDecision.retry(delay=pause, reason=f"{exception.what}; trying again")
        # Not ours: a full disk, a lost API server, a bug. Its text may hold anything, its type does not.
        return RetryDecision.retry(delay=pause, reason=type(exception).__name__)
