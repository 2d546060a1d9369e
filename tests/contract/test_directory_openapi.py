"""The directory's answers against Gong's own OpenAPI document: all of them, and all that it describes.

``as_recorded`` says where the wire differs from the document.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from include.emulator import directory_flow_operations, directory_lookups, directory_operations
from tests.support.emulator import KEY, SECRET, Emulator, running_emulator
from tests.support.openapi import Document, documented, present, reference, validator, without_nulls

OPERATIONS = [
    *directory_operations.OPERATIONS,
    *directory_flow_operations.OPERATIONS,
    *directory_lookups.OPERATIONS,
]
PATHS = [operation.template for operation in OPERATIONS]
FOLDERS = "/v2/flows/folders"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running_emulator("--calls", "250", "--users", "12", "--per-second", "0") as running:
        yield running


@pytest.fixture(scope="module")
def answers(emulator: Emulator) -> dict[str, list[httpx.Response]]:
    """Everything that each operation answers, asked about all there is."""
    workspaces = [row["id"] for row in emulator.records("workspaces")]
    profiles = [row["id"] for row in emulator.records("permission_profiles")]
    mails = [user["emailAddress"] for user in engaged(emulator)]
    calls = sorted({row["_callId"] for row in emulator.records("call_user_access")})
    prospects = [row["crmProspectId"] for row in emulator.records("flow_assignments")]
    folders = [row["id"] for row in emulator.records("library_folders")]
    queries = {
        "/v2/settings/trackers": [{}, *({"workspaceId": one} for one in workspaces)],
        "/v2/library/folders": [{}, *({"workspaceId": one} for one in workspaces[:2])],
        "/v2/library/folder-content": [{"folderId": one} for one in folders],
        "/v2/all-permission-profiles": [{"workspaceId": one} for one in workspaces],
        "/v2/permission-profile": [{"profileId": one} for one in profiles],
        "/v2/permission-profile/users": [{"profileId": one} for one in profiles],
        "/v2/flows": [{"flowOwnerEmail": one} for one in mails],
        FOLDERS: [{"flowFolderOwnerEmail": one} for one in mails],
    }
    bodies: dict[str, Any] = {
        "/v2/calls/users-access": {"filter": {"callIds": calls}},
        "/v2/flows/prospects": {"crmProspectsIds": prospects},
    }
    with httpx.Client(base_url=emulator.url, auth=(KEY, SECRET), timeout=30) as gong:
        found = {path: [gong.get(path, params=one) for one in queries.get(path, [{}])] for path in PATHS}
        found |= {path: [gong.post(path, json=body)] for path, body in bodies.items()}
        history = "/v2/users/{id}/settings-history"
        found[history] = [gong.get(history.replace("{id}", user["id"])) for user in emulator.users()]
    return found


def engaged(emulator: Emulator) -> list[dict[str, Any]]:
    return [one for one in emulator.users() if one["active"] and one["settings"]["gongConnectEnabled"]]


def retype(shape: Document, names: tuple[str, ...]) -> None:
    """Integers of the document that are texts on the wire."""
    for name in names:
        assert shape["properties"][name]["type"] == "integer"
        shape["properties"][name] = {"type": "string", "pattern": "^(-1|[0-9]+)$"}


def as_recorded(document: Document) -> Document:
    """The document as the recorded answers have it: ids and ranges of scorecards, folders of flows."""
    found = copy.deepcopy(document)
    schemas = found["components"]["schemas"]
    retype(schemas["Scorecard"], ("scorecardId", "workspaceId", "updaterUserId"))
    retype(schemas["Question"], ("questionId", "questionRevisionId", "minRange", "maxRange"))
    for name in ("created", "updated", "updaterUserId"):
        assert name not in schemas["Question"]["properties"]
        schemas["Question"]["properties"][name] = {"type": "string"}
    content = found["paths"][FOLDERS]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"]["$ref"].endswith("/FlowsResponse")
    content["schema"]["$ref"] = "#/components/schemas/FlowsFoldersResponse"
    flows = schemas["FlowsResponse"]["properties"]
    row = {"id": {"pattern": "^[0-9]+$"}, "name": {}, "parentFolderId": {"pattern": "^(null|[0-9]+)$"}}
    row |= {"createdById": {"pattern": "^(null|[0-9]+)$"}, "visibility": {"enum": flow_visibilities(schemas)}}
    array = {
        "type": "array",
        "items": {"properties": {name: one | {"type": "string"} for name, one in row.items()}},
    }
    schemas["FlowsFoldersResponse"] = {
        "type": "object",
        "properties": {"requestId": {}, "records": flows["records"], "flowsFolders": array},
    }
    return found


def flow_visibilities(schemas: Document) -> list[str]:
    return list(schemas["PublicApiFlow"]["properties"]["visibility"]["enum"])


def faults_of(document: Document, where: str, body: Any) -> list[str]:
    found = validator(document, where).iter_errors(without_nulls(body))
    return [f"{list(one.absolute_path)}: {one.message}" for one in found]


@pytest.mark.parametrize("operation", OPERATIONS, ids=PATHS)
def test_answers_fit_the_document(document: Document, answers: Any, operation: Any) -> None:
    known = as_recorded(document)
    where = reference(known, operation.method, operation.template, 200)
    assert answers[operation.template]
    for answer in answers[operation.template]:
        assert answer.status_code == 200, answer.text
        assert not faults_of(known, where, answer.json())
        if operation.array:
            assert isinstance(answer.json()[operation.array], list)


@pytest.mark.parametrize("operation", OPERATIONS, ids=PATHS)
def test_everything_documented_occurs(document: Document, answers: Any, operation: Any) -> None:
    """Each field with a value, each value of an enumeration: a reader of the emulator meets them all."""
    known = as_recorded(document)
    where = reference(known, operation.method, operation.template, 200)
    wanted = documented(known, {"$ref": where}) - {"/records/cursor"}  # so few flows are one page
    met = {one for answer in answers[operation.template] for one in present(answer.json())}
    assert not sorted(wanted - met)


@pytest.mark.parametrize("operation", OPERATIONS, ids=PATHS)
def test_scopes_are_those_that_the_document_names(document: Document, operation: Any) -> None:
    text = document["paths"][operation.template][operation.method.lower()]["description"]
    named = re.findall(r"'(api:[a-z:-]+)'", text)
    assert named in ([operation.scope], [])
    assert bool(named) or "permission-profile" in operation.scope


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v2/users/{id}/settings-history", {}, 404),
        ("/v2/settings/trackers", {"workspaceId": "1"}, 404),
        ("/v2/library/folders", {"workspaceId": "1"}, 404),
        ("/v2/library/folder-content", {"folderId": "1"}, 404),
        ("/v2/all-permission-profiles", {"workspaceId": "1"}, 400),
        ("/v2/permission-profile/users", {"profileId": "1"}, 400),
        ("/v2/permission-profile", {}, 400),
        ("/v2/flows", {}, 400),
        (FOLDERS, {"flowFolderOwnerEmail": "nobody@harborline.example"}, 400),
    ],
)
def test_errors_fit_the_document(
    document: Document, emulator: Emulator, path: str, query: dict[str, str], status: int
) -> None:
    answer = httpx.get(emulator.url + path.replace("{id}", "1"), params=query, auth=(KEY, SECRET))
    assert answer.status_code == status
    assert set(answer.json()) == {"requestId", "errors"}
    assert not faults_of(document, reference(document, "get", path, status), answer.json())


def test_all_known_flags_of_a_profile_are_there(document: Document, answers: Any) -> None:
    shape = document["components"]["schemas"]["PermissionProfileDTO"]["properties"]
    flags = {name for name, one in shape.items() if one.get("type") == "boolean"}
    for answer in answers["/v2/permission-profile"]:
        assert flags <= answer.json()["profile"].keys()
