"""One request on its way through the emulator, from the first byte to the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive

from include.emulator.auth import Credential
from include.emulator.operations import Operation


@dataclass(slots=True)
class Exchange:
    """What is known of a request. ``arrived``: monotonic seconds; ``body``: None if too large to keep."""

    arrived: float
    request_id: str
    method: str
    path: str
    headers: dict[str, str]
    query_string: str
    operation: Operation | None = None
    template: str | None = None
    path_params: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    credential: Credential | None = None
    fresh_cursor: Callable[[], str] | None = None
    receive: Receive | None = None

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, the last one of each name."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def parsed_body(self) -> Any:
        """The body as JSON, None if it is not JSON or was not kept."""
        if not self.body:
            return None
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def take_receive(self) -> Receive:
        """The ASGI ``receive`` of an operation that reads its body by itself; there is one for one reader."""
        receive, self.receive = self.receive, None
        if receive is None:
            raise RuntimeError("the body of this request is not to be had: its operation does not stream")
        return receive

    def request_cursor(self) -> str | None:
        """The cursor of the request, wherever the operation takes it."""
        if self.method == "GET":
            return self.query.get("cursor") or None
        body = self.parsed_body()
        cursor = body.get("cursor") if isinstance(body, dict) else None
        return cursor if isinstance(cursor, str) and cursor else None
