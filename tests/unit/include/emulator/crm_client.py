"""Sends the emulator CRM records as a client of Gong does."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import httpx

INTEGRATIONS, SCHEMA = "/v2/crm/integrations", "/v2/crm/entity-schema"
ENTITIES, STATUS = "/v2/crm/entities", "/v2/crm/request-status"
OWNER = {"ownerEmail": "ops@crm.example", "name": "Our CRM"}
MODIFIED = "2026-01-03T23:45:57+01:00"
JSON = {"Content-Type": "application/json"}


def record(object_id: str = "a-1", **fields: Any) -> dict[str, Any]:
    """A record with what almost all object types demand."""
    return {"objectId": object_id, "modifiedDate": MODIFIED, **fields}


def field(name: str, kind: str = "STRING", **more: Any) -> dict[str, Any]:
    """A declared field."""
    return {"uniqueName": name, "label": name.title(), "type": kind, **more}


def ldjson(lines: list[Any]) -> bytes:
    """A file of these lines; bytes are taken as they are."""
    made = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return b"".join(line + b"\n" for line in made)


class CrmClient:
    """A company's only integration, registered at first use; processing takes no time until it is told to."""

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator
        self.http: httpx.Client = emulator.http
        self._ids = (f"request-{number}" for number in count(1))
        self._integration: int | None = None
        self.settings(processing_seconds=0)

    def settings(self, **settings: Any) -> dict[str, Any]:
        return dict(self.emulator.control("PUT", "/crm/settings", settings))

    def view(self, query: str = "") -> dict[str, Any]:
        return dict(self.emulator.control("GET", f"/crm{query}"))

    def advance(self, seconds: float) -> None:
        self.emulator.control("POST", "/time", {"advance_seconds": seconds})

    def register(self, **body: Any) -> httpx.Response:
        return self.http.put(INTEGRATIONS, json={**OWNER, **body})

    @property
    def integration(self) -> int:
        if self._integration is None:
            self._integration = int(self.register().json()["integrationId"])
        return self._integration

    def params(self, **given: Any) -> dict[str, Any]:
        """The query, None leaves a parameter out."""
        found = {"integrationId": self.integration, **given}
        return {name: value for name, value in found.items() if value is not None}

    def set_schema(self, fields: Any, object_type: str = "ACCOUNT", **params: Any) -> httpx.Response:
        query = self.params(objectType=object_type, **params)
        return self.http.post(SCHEMA, params=query, json=fields)

    def schema(self, **params: Any) -> httpx.Response:
        return self.http.get(SCHEMA, params=self.params(**params))

    def post(self, content: bytes, object_type: str = "ACCOUNT", **params: Any) -> httpx.Response:
        query = self.params(**{"objectType": object_type, "clientRequestId": next(self._ids), **params})
        return self.http.post(ENTITIES, params=query, files={"dataFile": ("a.ldjson", content)})

    def send(self, *lines: Any, object_type: str = "ACCOUNT") -> str:
        """Upload these lines; the clientRequestId."""
        answer = self.post(ldjson(list(lines)), object_type)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["clientRequestId"])

    def status(self, client_request_id: str) -> dict[str, Any]:
        answer = self.http.get(STATUS, params=self.params(clientRequestId=client_request_id))
        assert answer.status_code == 200, answer.text
        return {name: value for name, value in answer.json().items() if name != "requestId"}

    def state(self, client_request_id: str) -> str:
        return str(self.status(client_request_id)["status"])

    def outcome(self, *lines: Any, object_type: str = "ACCOUNT") -> dict[str, Any]:
        """Upload these lines, and what Gong said of them."""
        return self.status(self.send(*lines, object_type=object_type))

    def faults(self, *lines: Any, object_type: str = "ACCOUNT") -> list[tuple[int, str]]:
        """Upload these lines; line and description of each error."""
        errors = self.outcome(*lines, object_type=object_type)["errors"]
        return [(error["line"], error["description"]) for error in errors]

    def get(self, ids: Any, object_type: str = "ACCOUNT", **params: Any) -> httpx.Response:
        query = self.params(objectType=object_type, **params)
        return self.http.request("GET", ENTITIES, params=query, json=ids)

    def shown(self, object_id: str, object_type: str = "ACCOUNT") -> Any:
        return self.get([object_id], object_type).json()["crmObjectsMap"][object_id]

    def held(self, object_type: str = "ACCOUNT") -> dict[str, Any]:
        return dict(self.view()["objects"][object_type])
