"""Recording upload against Gong's own OpenAPI document: what it allows is taken, answers are as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from include.emulator.languages import CODES, shown
from include.emulator.upload_bodies import NewCall
from tests.support.emulator import KEY, SECRET, running_emulator
from tests.support.openapi import validator

CALLS, MEDIA = "/v2/calls", "/v2/calls/{id}/media"
WAV = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0"


@pytest.fixture(scope="module")
def gong() -> Iterator[httpx.Client]:
    with (
        running_emulator("--calls", "5", "--users", "12", "--per-second", "0") as emulator,
        httpx.Client(base_url=emulator.url, auth=(KEY, SECRET), timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def host(gong: httpx.Client) -> str:
    users = gong.get("/v2/users").json()["users"]
    return str(next(user["id"] for user in users if user["settings"]["telephonyCallsImported"]))


def request_schema(document: dict[str, Any]) -> Any:
    return validator(document, "#/components/schemas/NewCallAddingRequest")


def check_answer(document: dict[str, Any], method: str, path: str, answer: httpx.Response) -> None:
    declared = document["paths"][path][method]["responses"][str(answer.status_code)]
    reference = declared["content"]["application/json"]["schema"]["$ref"]
    faults = list(validator(document, reference).iter_errors(answer.json()))
    assert not faults, [fault.message for fault in faults]
    properties = document["components"]["schemas"][reference.rsplit("/", 1)[-1]]["properties"]
    assert set(answer.json()) == set(properties)


def example(document: dict[str, Any], name: str) -> Any:
    """A value with every property that a schema of the document has, made of the document's own examples."""
    schema = document["components"]["schemas"][name.rsplit("/", 1)[-1]]
    return {field: _example(document, inner) for field, inner in schema["properties"].items()}


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return example(document, schema["$ref"])
    if "enum" in schema:
        return schema["enum"][-1]
    if schema["type"] == "array":
        found = schema.get("example")
        return found if isinstance(found, list) else [_example(document, schema["items"])]
    if schema["type"] == "object":
        return {"any": "thing"}
    return schema.get("example", "en-US")


def full_body(document: dict[str, Any], host: str) -> dict[str, Any]:
    """As the document shows it, but for what only this company can know; without an address to fetch."""
    body: dict[str, Any] = example(document, "NewCallAddingRequest")
    for name in ("downloadMediaUrl", "workspaceId"):
        del body[name]
    body["primaryUser"] = body["parties"][0]["userId"] = host
    return body


def test_a_body_with_everything_documented_is_accepted(
    document: dict[str, Any], gong: httpx.Client, host: str
) -> None:
    body = full_body(document, host)
    assert not list(request_schema(document).iter_errors(body))
    answer = gong.post(CALLS, json=body)
    assert answer.status_code == 200, answer.text
    check_answer(document, "post", CALLS, answer)
    media = gong.put(
        f"{CALLS}/{answer.json()['callId']}/media", files={"mediaFile": ("a.wav", WAV + bytes(99))}
    )
    assert media.status_code == 201, media.text
    check_answer(document, "put", MEDIA, media)


def test_the_emulator_reads_every_documented_field(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(NewCall.model_json_schema()["properties"]) == set(
        schemas["NewCallAddingRequest"]["properties"]
    )
    for name, model in {
        "CallParticipant": "Party",
        "SpeechSegment": "SpeechSegment",
        "SpeakersTimeline": "SpeakersTimeline",
        "CallUploadContext": "CallContext",
        "PartyUploadContext": "PartyContext",
        "ExternalCrmCallObject": "CallObject",
        "ExternalCrmPartyObject": "PartyObject",
        "FlowContext": "FlowContext",
    }.items():
        ours = NewCall.model_json_schema()["$defs"][model]
        assert set(ours["properties"]) == set(schemas[name]["properties"]), name
        assert set(ours.get("required", [])) == set(schemas[name].get("required", [])), name


def edits(document: dict[str, Any], host: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Bodies that break one rule of the document each, wherever the document has such a rule."""
    schema = document["components"]["schemas"]["NewCallAddingRequest"]
    for name, field in schema["properties"].items():
        right = full_body(document, host)
        wrong: list[Any] = [5] if field.get("type") == "string" else ["x"]
        wrong += [None] if name in schema["required"] else []
        wrong += ["x" * (field["maxLength"] + 1)] if "maxLength" in field else []
        wrong += ["Sideways"] if "enum" in field else []
        wrong += [[]] if field.get("minItems") else []
        for value in wrong:
            yield name, {**right, name: value}
    for path, value in ((("mediaChannelId",), 2), (("mediaChannelId",), -1), (("context", 0, "system"), "X")):
        body = full_body(document, host)
        place: Any = body["parties"][0]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        yield "parties", body
    for name in ("fromTime", "toTime", "partyIds"):
        body = full_body(document, host)
        del body["speakersTimeline"]["speechSegments"][0][name]
        yield "speakersTimeline", body


def test_whatever_the_document_forbids_is_refused(
    document: dict[str, Any], gong: httpx.Client, host: str
) -> None:
    check = request_schema(document)
    count = 0
    for name, body in edits(document, host):
        assert list(check.iter_errors(body)), name
        answer = gong.post(CALLS, json=body)
        assert answer.status_code == 400, (name, body[name])
        check_answer(document, "post", CALLS, answer)
        assert answer.json()["errors"][0].startswith(name)
        count += 1
    assert count > 30


def test_all_documented_languages_and_no_others(document: dict[str, Any]) -> None:
    field = document["components"]["schemas"]["NewCallAddingRequest"]["properties"]["languageCode"]
    listed = re.findall(
        r"[a-z]{2,3}(?:-[A-Z][a-z]+)?-[A-Z]{2}", field["description"].partition("values are: ")[2]
    )
    assert set(listed) == CODES
    assert all(re.fullmatch("[a-z]{3}", shown(code)) for code in CODES)


def test_both_operations_have_the_documented_scope_and_success(document: dict[str, Any]) -> None:
    from include.emulator.uploads import OPERATIONS

    for operation in OPERATIONS:
        declared = document["paths"][operation.template][operation.method.lower()]
        assert f"'{operation.scope}'" in declared["description"]
        assert str(operation.success) in declared["responses"]


@pytest.mark.parametrize(
    ("files", "number"), [({"other": ("a", b"x")}, None), ({"mediaFile": ("a", WAV)}, "1")]
)
def test_refusals_of_media(
    document: dict[str, Any], gong: httpx.Client, host: str, files: dict[str, Any], number: str | None
) -> None:
    if number is None:
        body = {**full_body(document, host), "clientUniqueId": "refused"}
        number = gong.post(CALLS, json=body).json()["callId"]
        answer = gong.put(f"{CALLS}/{number}/media", files=files)
        check_answer(document, "put", MEDIA, answer)
    else:
        answer = gong.put(f"{CALLS}/{number}/media", files=files)
        assert answer.status_code == 404  # which the document does not foresee
    assert set(answer.json()) == {"requestId", "errors"}
