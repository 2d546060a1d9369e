"""Renews the tokens of an OAuth connection: the only place that does."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gong_airflow.connection import GongConnection, OAuthApp
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongError,
    GongTokenLostError,
)
from gong_airflow.oauth import TokenPair, TokenState, TokenStore, shown, utc_now
from gong_airflow.operators.base import GongOperator

# What only a person can mend is told at once, and then this often.
TELL_EVERY = timedelta(hours=6)
_FOR_PEOPLE = (GongTokenLostError, GongCredentialsError, GongConfigurationError)


class GongRefreshTokenOperator(GongOperator):
    """Exchanges the refresh token for a new pair when less than half of the access token's life is left.

    Never run two for one connection at once: give its DAG `max_active_runs=1`. (Should it happen, one of them
    gives way.) It is skipped while there is nothing to do, and for connections with a key. Returns
    `{"works_until", "renewed_from"}`, UTC.

    :param now: renew, whatever is left
    :param send_again: send the refresh token although an earlier answer to it was lost or a refusal
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "now", "send_again")

    def __init__(self, *, now: bool | str = False, send_again: bool | str = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.now = now
        self.send_again = send_again

    def work(self, context: Any) -> dict[str, str]:
        """Renew if it is time.

        :raises AirflowSkipException: it is not, or people know already that it cannot be done
        """
        from airflow.sdk.exceptions import AirflowSkipException

        settings = self.hook.settings
        if settings.app is None:
            raise AirflowSkipException(f"Connection {self.gong_conn_id!r} has a key, which needs no renewal")
        store = TokenStore(self.gong_conn_id, settings.app)
        try:
            pair = self._renew(settings, settings.app, store)
        except _FOR_PEOPLE as error:
            self._tell_now_and_then(context, store, error)
            raise
        self.log.info("The access token works until %s; scope: %s", shown(pair.end), pair.scope)
        return {"works_until": pair.end.isoformat(), "renewed_from": pair.renew_from.isoformat()}

    def _renew(self, settings: GongConnection, app: OAuthApp, store: TokenStore) -> TokenPair:
        # Loads what takes longer than a DAG file may take to parse.
        from gong_airflow.token_endpoint import OPERATION
        from gong_airflow.token_exchange import TokenExchange

        state = store.load(certain=True)
        if not _given(self.now):
            self._skip_unless_due(store, state)
        exchange = TokenExchange(settings, app, store, lambda: self.hook.turn(OPERATION))
        return exchange.renew(send_again=_given(self.send_again))

    def _skip_unless_due(self, store: TokenStore, state: TokenState) -> None:
        from airflow.sdk.exceptions import AirflowSkipException

        attempt = state.attempt
        if attempt and (attempt.sent_at or attempt.ended):
            return
        pair = store.open(state)
        if pair and pair.renew_from > utc_now():
            raise AirflowSkipException(
                f"The access token works until {shown(pair.end)}; it is renewed from {shown(pair.renew_from)}"
            )

    def _tell_now_and_then(self, context: Any, store: TokenStore, error: GongError) -> None:
        """Let the task fail, which alerts people, or skip it when a run by the clock did so lately."""
        from airflow.sdk.exceptions import AirflowSkipException

        now = utc_now()
        with contextlib.suppress(GongError):
            state = store.load(certain=True)
            told = datetime.fromisoformat(state.told_at) if state.told_at else None
            if told and now - told < TELL_EVERY and context["dag_run"].run_type == "scheduled":
                raise AirflowSkipException(f"People were told at {shown(told)}: {error}") from None
            store.save(replace(state, told_at=now.isoformat()))


def _given(value: Any) -> bool:
    return str(value).lower() == "true"
