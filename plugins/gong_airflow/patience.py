"""How often, and how long, one request is tried again while its task keeps its slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gong_airflow.errors import GongError, GongRateLimitError

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from gong_airflow.hooks.gong import GongHook


class Patience:
    """Decides for one request; its methods are what `tenacity.Retrying` asks.

    :param repeatable: whether it may be sent again when its fate is unknown
    :param longest: the longest Retry-After that is waited out in place, seconds
    """

    def __init__(self, hook: GongHook, repeatable: bool, longest: float) -> None:
        self._hook = hook
        self._repeatable = repeatable
        self._longest = longest
        self._unavailable = 0

    def is_over(self, state: RetryCallState) -> bool:
        """Whether the error is raised now."""
        error = _error_of(state)
        if isinstance(error, GongRateLimitError):
            too_long = (error.retry_after or 0) > self._longest
            return too_long or state.attempt_number >= self._hook.attempts_when_limited
        self._unavailable += 1
        return not self._repeatable or self._unavailable >= self._hook.attempts_when_unavailable

    def seconds(self, state: RetryCallState) -> float:
        """How long to wait before the next try."""
        from tenacity import wait_random_exponential

        error = _error_of(state)
        asked = min(error.retry_after, self._longest) if error.retry_after is not None else None
        if isinstance(error, GongRateLimitError):
            return 1.0 if asked is None else asked
        return max(
            asked or 0.0, wait_random_exponential(multiplier=self._hook.backoff_seconds, max=20)(state)
        )

    def note(self, state: RetryCallState) -> None:
        """Count and tell the next try."""
        error, seconds = _error_of(state), state.upcoming_sleep
        operation = error.operation or "?"
        self._hook.traffic.add(operation, retries=1, seconds_waited=seconds)
        self._hook.log.warning("%s Trying again in %.1f s.", error.what, seconds)


def _error_of(state: RetryCallState) -> GongError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, GongError):
        raise TypeError("only Gong's errors are tried again")
    return error
