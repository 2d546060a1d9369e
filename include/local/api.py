"""A small client of Airflow's own API, for what the supervisor asks and sets."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

from include.local.keys import USER

PAGE = 100
# While a dozen flows begin at once, SQLite may be locked for longer than Airflow waits; then nothing is
# written, and Airflow says "Database error".
LOCKED_TRIES = 20
LOCKED_PAUSE = 1.0


class ApiError(RuntimeError):
    """Airflow's API answered with an error, or not at all; `status` is None in the latter case."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """Airflow's API at `base_url`, as the UI's user with `password`."""

    def __init__(self, base_url: str, password: str) -> None:
        self.base_url = base_url
        self._password = password
        self._token = ""
        # Never through a proxy: the server is on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def wake(self) -> None:
        """Have the server build what tasks talk to, which otherwise the first task waits for."""
        self._send("GET", "/execution/health", None)

    def get(self, path: str) -> Any:
        """The answer to `GET /api/v2<path>`."""
        return self._call("GET", path, None)

    def all(self, path: str, collection: str) -> list[dict[str, Any]]:
        """Every item of a collection, page by page."""
        items: list[dict[str, Any]] = []
        separator = "&" if "?" in path else "?"
        while True:
            page = self.get(f"{path}{separator}limit={PAGE}&offset={len(items)}")
            items.extend(page[collection])
            if not page[collection] or len(items) >= page["total_entries"]:
                return items

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to `POST /api/v2<path>`."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to `PATCH /api/v2<path>`."""
        return self._call("PATCH", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        if not self._token:
            login = {"username": USER, "password": self._password}
            self._token = self._send("POST", "/auth/token", login)["access_token"]
        for _ in range(LOCKED_TRIES):
            try:
                return self._send(method, f"/api/v2{path}", body)
            except ApiError as error:
                if error.status != 500 or "Database error" not in str(error):
                    raise
                time.sleep(LOCKED_PAUSE)
        return self._send(method, f"/api/v2{path}", body)

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - always http on this machine
            self.base_url + path, data=data, headers=headers, method=method
        )
        try:
            with self._opener.open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            raise ApiError(
                f"Airflow answered {error.code} to {method} {path}: {detail}", error.code
            ) from error
        except OSError as error:
            raise ApiError(f"Airflow did not answer {method} {path}: {error}", None) from error
