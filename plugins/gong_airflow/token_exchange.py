"""Exchanges a refresh token for a new pair, once, whatever happens to the process or the network.

    note     "try X is about to send"           a process that ends here has sent nothing
    settle   a pause, then: is the note ours?   of two processes at once, one finds the other's
    mark     "try X sends, at T"                the connection is open, the next byte is the request
    send     the refresh token
    store    the new pair in place of the mark, before anyone uses it

Airflow's Variables cannot compare and swap. A note that is read again after a pause longer than any process
takes between reading and writing (one that takes longer gives up) serves instead: two processes never both
find their own.

A later try that finds a note without a mark begins anew, once its process must have ended. A mark without a
pair means that the answer was lost: then only a person may have the refresh token sent again.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import requests

from gong_airflow.connection import GongConnection, OAuthApp
from gong_airflow.errors import GongError, GongTokenLostError, GongUnavailableError
from gong_airflow.oauth import Attempt, Clock, TokenPair, TokenState, TokenStore, utc_now
from gong_airflow.token_endpoint import OPERATION, Reply, read_reply, send_token
from gong_airflow.transport import describe
from gong_airflow.wire import Turn

# How long a new pair that Airflow does not take is held in memory and offered again.
KEEP_SECONDS = 900.0

log = logging.getLogger(__name__)


class TokenExchange:
    """Renews the pair of one connection.

    :param settings: the connection, of which `app` is the app
    :param turn: gives a context manager; a request may leave inside
    """

    # Longer than a process takes between reading and writing a Variable.
    settle_seconds = 3.0

    def __init__(
        self,
        settings: GongConnection,
        app: OAuthApp,
        store: TokenStore,
        turn: Turn,
        *,
        now: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._app = app
        self._store = store
        self._turn = turn
        self._now = now
        self._sleep = sleep
        self._marked = False
        # No exchange takes longer: whoever has not stored its end by then is gone.
        self._longest = timedelta(
            seconds=settings.connect_timeout + 2 * settings.read_timeout + self.settle_seconds + 60
        )

    def renew(self, *, send_again: bool = False) -> TokenPair:
        """Exchange the refresh token and store the new pair.

        :param send_again: also a refresh token that Gong may have used up
        :raises GongTokenLostError: the refresh token must not be sent, is refused, or the answer is lost
        :raises GongError: of another type, the refresh token was not used; see `read_reply`
        """
        state = self._may_begin(self._store.load(certain=True), send_again)
        pair = self._store.open(state)
        refresh_token = pair.refresh_token if pair else self._app.refresh_token
        attempt = self._note(state)
        began = self._now()
        reply = self._send(refresh_token, attempt)
        try:
            granted = read_reply(reply, refresh_token)
        except GongTokenLostError as error:
            raise self._end(attempt, "refused" if error.status == 400 else "no answer", error) from None
        except GongError:
            self._withdraw(attempt)
            raise
        new = TokenPair(
            access_token=granted.access_token,
            refresh_token=granted.refresh_token,
            # Counted from before the request, so that it never lives longer here than at Gong.
            obtained_at=began.isoformat(),
            expires_at=(began + timedelta(seconds=granted.seconds)).isoformat(),
            base_url=granted.base_url or self._settings.base_url,
            scope=granted.scope,
        )
        self._keep(new)
        return new

    def _may_begin(self, state: TokenState, send_again: bool) -> TokenState:
        """`state`, if an exchange may begin with it; an attempt that was lost has `ended` in it."""
        attempt = state.attempt
        if attempt is None:
            return state
        if attempt.ended is None:
            age = self._now() - datetime.fromisoformat(attempt.sent_at or attempt.noted_at)
            if abs(age) < self._longest:
                raise _at_work(self._longest - age)
            if attempt.sent_at is None:
                return state
            state = replace(state, attempt=replace(attempt, ended="no answer"))
            self._store.save(state)
        if not send_again:
            raise self._store.lost(state, self._now())
        return state

    def _note(self, state: TokenState) -> Attempt:
        """Make ourselves known, and make sure that nobody else did at the same time."""
        attempt = Attempt(uuid.uuid4().hex, noted_at=self._now().isoformat())
        if self._store.save(replace(state, attempt=attempt), instead_of=state) > self.settle_seconds:
            raise GongUnavailableError(
                f"Airflow took more than {self.settle_seconds:g} s to read and write a Variable, so nothing"
                " was sent"
            )
        self._sleep(self.settle_seconds)
        self._check_own(attempt)
        return attempt

    def _check_own(self, attempt: Attempt) -> TokenState:
        state = self._store.load()
        if state.attempt is None or state.attempt.id != attempt.id:
            raise _at_work(self._longest)
        if self._now() - datetime.fromisoformat(attempt.noted_at) > self._longest / 2:
            raise GongUnavailableError("The connection to Gong took too long to open; nothing was sent")
        return state

    def _send(self, refresh_token: str, attempt: Attempt) -> Reply:
        self._marked = False
        try:
            return send_token(self._settings, self._app, refresh_token, lambda: self._mark(attempt))
        except requests.exceptions.RequestException as error:
            broken = GongUnavailableError(describe(error), operation=OPERATION)
        except Exception:
            if not self._marked:
                self._withdraw(attempt)
            raise
        if self._marked:
            raise self._end(attempt, "no answer", broken)
        self._withdraw(attempt)
        raise broken

    @contextmanager
    def _mark(self, attempt: Attempt) -> Iterator[None]:
        """The turn to send, entered with the mark made."""
        with self._turn():
            try:
                state = self._check_own(attempt)
                marked = replace(attempt, sent_at=self._now().isoformat())
                self._store.save(replace(state, attempt=marked), instead_of=state)
            except OSError as error:
                # urllib3 takes a broken pipe for Gong's here, and would wait for an answer.
                raise GongUnavailableError(
                    f"Airflow could not be reached [{type(error).__name__}]; nothing was sent"
                ) from None
            self._marked = True
            yield

    def _end(
        self, attempt: Attempt, ended: Literal["no answer", "refused"], error: GongError
    ) -> GongTokenLostError:
        """Note that the refresh token must not be sent again unasked; the error that says so."""
        state = self._store.load()
        if state.attempt is not None and state.attempt.id == attempt.id:
            state = replace(state, attempt=replace(state.attempt, ended=ended))
        # Where this fails there is still the mark.
        with _logged("The end of the exchange could not be noted"):
            self._store.save(state)
        lost = self._store.lost(state, self._now())
        return GongTokenLostError(
            f"{error.what}. {lost.what}", operation=OPERATION, status=error.status, errors=error.errors
        )

    def _withdraw(self, attempt: Attempt) -> None:
        """Take the note back, so that the next try need not wait for the end of this one."""
        with _logged("The note of the exchange could not be taken back; the next try has to wait"):
            state = self._store.load()
            if state.attempt is not None and state.attempt.id == attempt.id:
                self._store.save(replace(state, attempt=None))

    def _keep(self, pair: TokenPair) -> None:
        """Store the pair, again and again while Airflow does not take it: there is no other copy."""
        state = TokenState(pair=self._store.seal(pair))
        deadline = time.monotonic() + KEEP_SECONDS
        pause = 1.0
        while True:
            try:
                self._store.save(state)
                break
            except Exception as error:  # noqa: BLE001 - whatever it is, giving up loses the authorisation
                if time.monotonic() > deadline:
                    raise GongTokenLostError(
                        f"Airflow did not take the new tokens within {KEEP_SECONDS:.0f} s"
                    ) from None
                log.warning("The new tokens could not be stored (%s); trying again", type(error).__name__)
            self._sleep(pause)
            pause = min(2 * pause, 30.0)
        self._store.open(state)


def _at_work(wait: timedelta) -> GongUnavailableError:
    return GongUnavailableError(
        "Another process is renewing the tokens, or was killed while it did",
        retry_after=max(1.0, wait.total_seconds()),
        remedy="Nothing to do: the task looks again when that process must have ended",
    )


@contextmanager
def _logged(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - another error is about to be raised
        log.warning("%s (%s)", what, type(error).__name__)
