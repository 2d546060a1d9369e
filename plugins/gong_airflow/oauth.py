"""The pair of tokens of an OAuth connection: kept sealed, read by everyone, renewed in one place.

Gong's refresh tokens can be used once: each exchange gives a new access token (of a day) and a new refresh
token, and the old one dies. Whoever loses the answer has lost the authorisation. Therefore only `gong_token`
exchanges (`gong_airflow.token_exchange`), and all others read what it has stored.

The pair is in the Airflow Variable `gong_oauth_<connection id>`:

    {"version": 1, "authorisations": {<OAuthApp.authorisation>: {
        "pair": <sealed>, "attempt": {"id", "noted_at", "sent_at", "ended"}, "told_at": <time>}}}

`pair` is sealed with a key derived from the client secret, besides Airflow's own encryption. The
authorisation before the present one is kept: whoever puts an old refresh token back into the connection, by
mistake or by restoring a setting, must not destroy a pair that works.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal, Protocol

import requests
from requests.auth import AuthBase

from gong_airflow.connection import OAuthApp, mask_everywhere
from gong_airflow.errors import (
    GongConfigurationError,
    GongError,
    GongTokenExpiredError,
    GongTokenLostError,
    GongUnavailableError,
)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, with zone."""
    return datetime.now(timezone.utc)


def shown(moment: datetime | str) -> str:
    """A moment (ISO 8601, if text) as people read it."""
    moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class TokenPair:
    """What an exchange gave; times are ISO 8601 in UTC."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    obtained_at: str
    expires_at: str
    base_url: str
    scope: str

    @property
    def end(self) -> datetime:
        """When the access token ends, by our clock."""
        return datetime.fromisoformat(self.expires_at)

    @property
    def renew_from(self) -> datetime:
        """When less than half of the access token's life is left."""
        began = datetime.fromisoformat(self.obtained_at)
        return began + (self.end - began) / 2


@dataclass(frozen=True)
class Attempt:
    """An exchange under way, or one whose refresh token must not be sent again unasked.

    :param noted_at: when its process made itself known; nothing was sent by then
    :param sent_at: right before the refresh token left
    :param ended: `no answer`: whether Gong has used the refresh token up is not known; `refused`: it said no
    """

    id: str
    noted_at: str
    sent_at: str | None = None
    ended: Literal["no answer", "refused"] | None = None


@dataclass(frozen=True)
class TokenState:
    """What is stored of one authorisation.

    :param pair: sealed, see `TokenStore.open`
    :param told_at: when people were told last that it cannot be renewed
    """

    pair: str | None = field(default=None, repr=False)
    attempt: Attempt | None = None
    told_at: str | None = None


class Variables(Protocol):
    """Where the state is kept."""

    def get(self, key: str, *, certain: bool = False) -> str | None:
        """The value, None without one; `certain` raises where it is not known whether there is one."""

    def set(self, key: str, value: str, description: str) -> None:
        """Store it; raises when that failed."""


class AirflowVariables:
    """Airflow's Variables."""

    def get(self, key: str, *, certain: bool = False) -> str | None:
        """See `Variables`."""
        from airflow.sdk import Variable

        value: str | None = Variable.get(key, default=None)
        # An API server that does not answer looks like a Variable that is not there (Airflow 3.3); the list
        # of keys raises then. Taking one for the other would send a used refresh token again.
        if value is None and certain and key in Variable.keys(prefix=key):
            raise GongUnavailableError(f"Airflow has Variable {key} but did not hand it out")
        return value

    def set(self, key: str, value: str, description: str) -> None:
        """See `Variables`."""
        from airflow.sdk import Variable

        Variable.set(key, value, description)


class TokenStore:
    """The stored state of a connection's authorisation.

    :param conn_id: names the Variable
    :param app: its authorisation is the one that is read and written, its client secret seals
    """

    def __init__(self, conn_id: str, app: OAuthApp, variables: Variables | None = None) -> None:
        self.conn_id = conn_id
        self.key = f"gong_oauth_{conn_id}"
        self._app = app
        self._variables = variables or AirflowVariables()

    def load(self, *, certain: bool = False) -> TokenState:
        """What is stored; an empty state without anything.

        :raises GongConfigurationError: the Variable holds something else
        """
        states = self._states(self._variables.get(self.key, certain=certain))
        return states.get(self._app.authorisation) or TokenState()

    def save(self, state: TokenState, *, instead_of: TokenState | None = None) -> float:
        """Store `state`, and make sure that it can be read again.

        :param instead_of: what must be stored so far; not what another process stores in these moments
        :returns: seconds in which another process could have written unseen
        :raises GongUnavailableError: something else was stored, or `state` cannot be read again
        """
        began = time.monotonic()
        states = self._states(self._variables.get(self.key, certain=True))
        before = states.pop(self._app.authorisation, TokenState())
        if instead_of not in (None, before):
            raise GongUnavailableError("Another process is renewing the tokens, so this one gives way")
        latest_other = dict(list(states.items())[-1:])
        kept = {**latest_other, self._app.authorisation: state}
        text = json.dumps({"version": 1, "authorisations": {name: asdict(one) for name, one in kept.items()}})
        self._variables.set(self.key, text, f"Tokens of connection {self.conn_id}, sealed; see gong_token.")
        seconds = time.monotonic() - began
        if self._variables.get(self.key) != text:
            raise GongUnavailableError(
                f"Variable {self.key} was written but does not read as written",
                remedy="The task tries again; if it goes on, a secrets backend or the environment defines it",
            )
        return seconds

    def seal(self, pair: TokenPair) -> str:
        """`pair` as text that only who knows the client secret can open."""
        return str(self._fernet().encrypt(json.dumps(asdict(pair)).encode()).decode())

    def open(self, state: TokenState) -> TokenPair | None:
        """The pair in `state`, None without one; from now on Airflow masks its tokens in logs.

        :raises GongTokenLostError: it was sealed with another client secret
        """
        from cryptography.fernet import InvalidToken

        if state.pair is None:
            return None
        try:
            pair = TokenPair(**json.loads(self._fernet().decrypt(state.pair.encode())))
        except (InvalidToken, ValueError, TypeError):
            raise GongTokenLostError(
                f"The stored tokens of connection {self.conn_id!r} were sealed with another client secret",
                remedy=f"Put the former client secret back for one run of gong_token with `now`, or: "
                f"{GongTokenLostError.remedy}",
            ) from None
        mask_everywhere(pair.access_token)
        mask_everywhere(pair.refresh_token)
        return pair

    def lost(self, state: TokenState, now: datetime) -> GongTokenLostError:
        """The error for an authorisation whose last attempt has `ended`."""
        attempt, pair = state.attempt, self.open(state)
        when = shown(attempt.sent_at or attempt.noted_at) if attempt else "an unknown time"
        if attempt and attempt.ended == "refused":
            what = f"Gong refused the refresh token of connection {self.conn_id!r}, sent at {when}"
        else:
            what = (
                f"The refresh token of connection {self.conn_id!r} was sent at {when} and no answer was"
                " stored, so Gong may have used it up; it is not sent again unasked"
            )
        if pair and pair.end > now:
            return GongTokenLostError(f"{what}. The access token works until {shown(pair.expires_at)}")
        return GongTokenLostError(f"{what}. No access token works any more")

    def _states(self, text: str | None) -> dict[str, TokenState]:
        try:
            stored = json.loads(text)["authorisations"] if text else {}
            return {name: _state(**state) for name, state in stored.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise GongConfigurationError(
                f"Variable {self.key} does not hold what gong_token writes",
                remedy="Restore its value from a backup, or delete it and authorise the app in Gong again",
            ) from None

    def _fernet(self) -> Any:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"gong_airflow oauth pair")
        return Fernet(base64.urlsafe_b64encode(derived.derive(self._app.client_secret.encode())))


class LiveToken(AuthBase):
    """The access token that `gong_token` keeps alive, as an authorization; it reads and never renews.

    :param base_url: for answers of Gong that name none
    """

    def __init__(self, store: TokenStore, base_url: str = "", now: Clock = utc_now) -> None:
        self._store = store
        self._base_url = base_url
        self._now = now
        self._pair: TokenPair | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put it on `request`; raises as `pair` does, before anything is sent."""
        request.headers["Authorization"] = f"Bearer {self.pair().access_token}"
        return request

    @property
    def base_url(self) -> str:
        """The company's own address, as Gong told it with the tokens."""
        if base_url := self.pair().base_url or self._base_url:
            return base_url
        raise GongConfigurationError(
            f"Gong told no base URL with the tokens of connection {self._store.conn_id!r}",
            remedy="Set Base URL to the address that Gong shows under Company settings > Ecosystem > API",
        )

    def pair(self) -> TokenPair:
        """The pair that works now; read again once the one at hand is past its end.

        :raises GongTokenExpiredError: there is none, until `gong_token` has run
        :raises GongTokenLostError: there is none, and `gong_token` cannot get one
        """
        if self._pair is None or self._pair.end <= self._now():
            state = self._read()
            if self._pair is None or self._pair.end <= self._now():
                raise self._why_not(state)
        return self._pair

    def renewed(self) -> bool:
        """Read again: whether there is another access token than before."""
        before = self._pair
        self._read()
        return self._pair is not None and (before is None or before.access_token != self._pair.access_token)

    def _read(self) -> TokenState:
        state = self._store.load()
        self._pair = self._store.open(state)
        return state

    def _why_not(self, state: TokenState) -> GongError:
        if state.attempt and state.attempt.ended:
            return self._store.lost(state, self._now())
        if self._pair is None:
            return GongTokenExpiredError(f"Connection {self._store.conn_id!r} has no access token yet")
        return GongTokenExpiredError(
            f"The access token of connection {self._store.conn_id!r} ended at {shown(self._pair.expires_at)}"
        )


def _state(pair: str | None, attempt: dict[str, Any] | None, told_at: str | None) -> TokenState:
    return TokenState(pair, Attempt(**attempt) if attempt else None, told_at)
