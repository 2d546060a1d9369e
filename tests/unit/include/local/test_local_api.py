"""What the supervisor's client does while SQLite is locked."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from include.local import api
from include.local.api import Api, ApiError


@pytest.mark.parametrize(("message", "sent"), [("Database error", 3), ("Something else", 1)])
def test_a_locked_database_is_waited_for(monkeypatch: pytest.MonkeyPatch, message: str, sent: int) -> None:
    asked: list[str] = []

    def send(self: Api, method: str, path: str, body: Any) -> Any:
        if path == "/auth/token":
            return {"access_token": "t"}
        asked.append(path)
        if len(asked) < 3:
            raise ApiError(f"Airflow answered 500: {message}", 500)
        return {"is_paused": False}

    monkeypatch.setattr(Api, "_send", send)
    monkeypatch.setattr(api.time, "sleep", lambda seconds: None)
    with contextlib.suppress(ApiError):
        Api("http://127.0.0.1:1", "p").patch("/dags/gong_calls", {"is_paused": False})
    assert len(asked) == sent
