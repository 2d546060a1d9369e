"""Every CRM request that the operators send, against Gong's own OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gong_airflow.answers import Answer
from gong_airflow.crm import requests
from gong_airflow.crm.objects import OBJECT_TYPES, REFERABLE, TYPES, Field
from gong_airflow.errors import GongInputError
from gong_airflow.operators.crm import (
    GongDeleteIntegrationOperator,
    GongFindIntegrationOperator,
    GongRegisterIntegrationOperator,
    GongSyncSchemaOperator,
    GongUploadRecordsOperator,
    GongWaitForDeletionOperator,
    GongWaitForRecordsOperator,
)
from include.crm.outbox import Outbox

NUMBER = 2271307570613351879
# Query parameters of an upload that only the document's prose has.
UPLOAD_PARAMS = {"integrationId", "objectType", "clientRequestId"}
ANSWERS: Mapping[str, dict[str, Any]] = {
    "GET /v2/crm/integrations": {"integrations": [{"integrationId": NUMBER, "name": "Ours"}]},
    "PUT /v2/crm/integrations": {"integrationId": NUMBER},
    "DELETE /v2/crm/integrations": {"clientRequestId": "x"},
    "GET /v2/crm/entity-schema": {
        "objectTypeToSelectedFields": {
            "ACCOUNT": [
                {"uniqueName": "old", "label": None, "type": "STRING", "isDeleted": False, "new": 1},
                {"name": "typed", "label": "Typed", "type": "DATE", "lastModified": "2020-11-11T08:11:34.5Z"},
                {"uniqueName": "kept", "label": "Kept", "type": "STRINGARRAY"},
            ]
        }
    },
    "POST /v2/crm/entity-schema": {},
    "POST /v2/crm/entities": {"clientRequestId": "x"},
    "GET /v2/crm/request-status": {"status": "DONE"},
}


class Recorder:
    """A hook that answers as documented and keeps what was asked."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any], Any]] = []
        self.traffic = SimpleNamespace(lines=list)
        self.refuse = ""

    def call(
        self, operation: str, *, params: Any = None, json: Any = None, content: Any = None, **_: Any
    ) -> Answer:
        body = json if content is None else multipart(content())
        self.sent.append((operation, dict(params or {}), body))
        if operation == self.refuse:
            raise GongInputError("no", status=409, errors=["exists"])
        return Answer(operation, 200, "r", dict(ANSWERS[operation]))


def multipart(content: Any) -> dict[str, str]:
    """The parts of a multipart body by name."""
    kind, _, boundary = content.content_type.partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = content.stream.read().split(f"--{boundary}".encode())[1:-1]
    found = {}
    for part in parts:
        head, _, rest = part.partition(b"\r\n\r\n")
        (name,) = re.findall(rb' name="([^"]+)"', head)
        found[name.decode()] = rest.removesuffix(b"\r\n").decode()
    return found


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """One that has heard everything that the operators ever send."""
    made = Recorder()
    context = {"ti": SimpleNamespace(try_number=1), "task": SimpleNamespace(map_index_template=None)}

    def run(operator: Any) -> Any:
        operator.hook = made
        return operator.execute(context)

    given = {"name": "Ours", "owner_email": "jane.doe@example.com"}
    run(GongFindIntegrationOperator(task_id="a", name="Ours"))
    number = run(GongRegisterIntegrationOperator(task_id="b", integration_id="", **given))
    made.refuse = "PUT /v2/crm/integrations"
    run(GongRegisterIntegrationOperator(task_id="c", integration_id="", **given))
    every = [Field(f"f{place}", kind, "F", ("a",), "USER") for place, kind in enumerate(TYPES)]
    every += [Field(f"r{place}", "REFERENCE", "R", refers_to=to) for place, to in enumerate(REFERABLE)]
    run(
        GongSyncSchemaOperator(
            task_id="d",
            integration_id=number,
            fields={"ACCOUNT": [*every, Field("typed")], "LEAD": every[:1]},
            may_destroy=["ACCOUNT.old", "ACCOUNT.typed"],
        )
    )
    outbox = Outbox(url=tmp_path.as_uri())
    for object_type in OBJECT_TYPES:
        for file in files(outbox, object_type):
            both = {"file": file, "outbox": outbox, "integration_id": number}
            run(GongUploadRecordsOperator(task_id="e", **both))
            run(GongWaitForRecordsOperator(task_id="f", first_pause=timedelta(0), **both))
    number = run(GongDeleteIntegrationOperator(task_id="g", integration_id=number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ANSWERS, "GET /v2/crm/integrations", {})  # type: ignore[arg-type]
        run(GongWaitForDeletionOperator(task_id="h", integration_id=number))
    return made


def files(outbox: Outbox, object_type: str) -> Iterator[dict[str, Any]]:
    with outbox.draft(object_type, "run") as draft:
        (draft.folder / "part-0001.ldjson").write_bytes(b'{"objectId":"1"}\n')
        part = {"part": "part-0001", "rows": 1, "bytes": 17, "digest": "ab"}
        yield from draft.publish({"object_type": object_type, "run_id": "r", "began": "b", "parts": [part]})


def validator(document: dict[str, Any], schema: Any) -> Draft202012Validator:
    def closed(value: Any) -> Any:
        """Unknown members forbidden: Gong ignores a misspelt one without a word."""
        if isinstance(value, list):
            return [closed(item) for item in value]
        if not isinstance(value, dict):
            return value
        made = {name: closed(inner) for name, inner in value.items()}
        return {**made, "additionalProperties": False} if "properties" in value else made

    resource = Resource(contents=closed(document), specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:gong", resource)
    text = json.dumps(closed(schema)).replace('"#/', '"urn:gong#/')
    return Draft202012Validator(json.loads(text), registry=registry)


def test_every_operation_of_the_flow_is_heard(recorder: Recorder) -> None:
    assert {operation for operation, _, _ in recorder.sent} == set(ANSWERS)
    uploads = [
        params["objectType"] for operation, params, _ in recorder.sent if operation.endswith("/entities")
    ]
    assert uploads == list(OBJECT_TYPES)


def test_every_query_is_as_documented(document: dict[str, Any], recorder: Recorder) -> None:
    for operation, params, _ in recorder.sent:
        method, path = operation.split(" ")
        declared = {one["name"]: one for one in document["paths"][path][method.lower()].get("parameters", [])}
        if operation == "POST /v2/crm/entities":
            assert set(params) == UPLOAD_PARAMS
            prose = document["paths"][path]["post"]["description"]
            assert all(f"<td>{name}" in prose for name in UPLOAD_PARAMS)
            assert f"<li>{params['objectType']}</li>" in prose
        else:
            assert {name for name, one in declared.items() if one["required"]} <= set(params) <= set(declared)
        for name, one in declared.items():
            allowed = one["schema"].get("enum")
            assert allowed is None or params[name] in allowed
        if "integrationId" in params:
            assert params["integrationId"] == str(NUMBER)
        if "clientRequestId" in params:
            assert re.fullmatch(r"[A-Za-z0-9_-]+", params["clientRequestId"])


def test_every_body_is_as_documented(document: dict[str, Any], recorder: Recorder) -> None:
    bodies = 0
    for operation, _, body in recorder.sent:
        method, path = operation.split(" ")
        declared = document["paths"][path][method.lower()].get("requestBody")
        assert (declared is None) == (body is None), operation
        if declared is None:
            continue
        kind = "multipart/form-data" if operation.endswith("/entities") else "application/json"
        check = validator(document, declared["content"][kind]["schema"])
        assert [f"{error.json_path}: {error.message}" for error in check.iter_errors(body)] == []
        bodies += 1
    assert bodies == 2 + 2 + len(OBJECT_TYPES)


def test_the_schema_list_has_what_the_prose_asks_for(document: dict[str, Any], recorder: Recorder) -> None:
    properties = document["components"]["schemas"]["GenericSchemaFieldRequest"]["properties"]
    lists = [body for operation, _, body in recorder.sent if operation == "POST /v2/crm/entity-schema"]
    for entry in (entry for body in lists for entry in body):
        if entry["type"] == "PICKLIST":
            assert entry["orderedValueList"]
        if entry["type"] == "REFERENCE":
            assert f'"{entry["referenceTo"]}"' in properties["referenceTo"]["description"]
        if "lastModified" in entry:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["lastModified"])
    assert set(TYPES) | {"STRINGARRAY"} == set(properties["type"]["enum"])


def test_the_states_of_a_request_are_those_documented(document: dict[str, Any]) -> None:
    shown = document["components"]["schemas"]["RequestStatusResponse"]["properties"]
    states = shown["status"]["enum"]
    assert [name for name in states if requests.read_status({"status": name}).ended] == ["DONE", "FAILED"]
    assert set(shown) == {"requestId", "status", "errors", "totalErrorCount", "totalSuccessCount"}
    prose = document["paths"]["/v2/crm/request-status"]["get"]["description"]
    assert f"maximum of {requests.MOST_NAMED} errors" in prose
    assert '"line":0' in prose
    used = document["paths"]["/v2/crm/entities"]["post"]["responses"]["409"]["description"]
    assert requests.is_used(GongInputError("no", status=409, errors=[used]))
