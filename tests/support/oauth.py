"""An app at the emulator, and a place for its tokens that several processes share."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from gong_airflow.connection import GongConnection, OAuthApp
from gong_airflow.oauth import TokenStore
from gong_airflow.token_exchange import TokenExchange
from tests.support.emulator import Emulator

TOKEN_PATH = "/oauth2/generate-customer-token"
LONGER_THAN_AN_EXCHANGE = timedelta(minutes=10)


class FileVariables:
    """Variables as files: as atomic as Airflow's, for threads and processes alike."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reads = 0
        self.before_set: Callable[[str], None] = lambda value: None
        self.after_set: Callable[[str], None] = lambda value: None

    def get(self, key: str, *, certain: bool = False) -> str | None:
        self.reads += 1
        try:
            return (self.folder / key).read_text()
        except FileNotFoundError:
            return None

    def set(self, key: str, value: str, description: str) -> None:
        self.before_set(value)
        draft = self.folder / f"{key}.{uuid.uuid4().hex}"
        draft.write_text(value)
        draft.replace(self.folder / key)
        self.after_set(value)


class Clock:
    """Real time plus an offset."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) + self.offset


class App:
    """An app at the emulator, the connection that holds it, and its store."""

    def __init__(self, emulator: Emulator, variables: Any, **fields: Any) -> None:
        emulator.forget()
        self.emulator = emulator
        self.variables = variables
        self.clock = Clock()
        made = emulator.oauth_app(**fields)
        self.app = OAuthApp(
            made["client_id"], made["client_secret"], made["refresh_token"], emulator.url + TOKEN_PATH
        )
        self.settings = GongConnection("", app=self.app, connect_timeout=5, read_timeout=20)

    @property
    def store(self) -> TokenStore:
        return TokenStore("gong_default", self.app, self.variables)

    def exchange(self, settle: float = 0.0, turn: Callable[[], Any] = nullcontext) -> TokenExchange:
        exchange = TokenExchange(
            self.settings, self.app, self.store, turn, now=self.clock, sleep=lambda seconds: None
        )
        exchange.settle_seconds = settle or 60.0  # the pause is skipped, what it must be longer than is not
        return exchange

    def renew(self, **options: Any) -> Any:
        return self.exchange().renew(**options)

    def pair(self) -> Any:
        return self.store.open(self.store.load())

    def connection(self, **extra: Any) -> dict[str, Any]:
        """Fields of the Airflow connection."""
        app = self.app
        given = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "refresh_token": app.refresh_token,
            "token_url": app.token_url,
            **extra,
        }
        return {"host": None, "login": None, "password": None, "extra": json.dumps(given)}

    def sent(self) -> list[int]:
        """How often each refresh token of the app came."""
        tokens = self.emulator.oauth()["refresh_tokens"]
        return [token["sent"] for token in tokens if token["client_id"] == self.app.client_id]

    def secrets(self) -> list[str]:
        pair = self.pair()
        kept = [pair.access_token, pair.refresh_token] if pair else []
        return [self.app.client_secret, self.app.refresh_token, *kept]
