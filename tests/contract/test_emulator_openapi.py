"""The emulator's answers against Gong's own OpenAPI document, which is not part of this project.

Where recorded answers differ
from the document, ``_as_documented`` says so: nulls on the wire, and context values that are no objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.emulator import EVERYTHING, KEY, SECRET, running_emulator
from tests.support.openapi import reference, validator

SELECTOR = {**EVERYTHING, "contextTiming": ["Now", "TimeOfCall"]}
CASES: list[tuple[str, str, Any]] = [
    ("get", "/v2/calls", None),
    ("get", "/v2/calls/{id}", None),
    ("post", "/v2/calls/extensive", {"filter": {}, "contentSelector": SELECTOR}),
    ("post", "/v2/calls/transcript", {"filter": {}}),
    ("get", "/v2/users", None),
    ("post", "/v2/users/extensive", {"filter": {}}),
    ("get", "/v2/users/{id}", None),
]


@pytest.fixture(scope="module")
def gong() -> Iterator[httpx.Client]:
    with (
        running_emulator("--calls", "250", "--users", "130", "--per-second", "0") as emulator,
        httpx.Client(base_url=emulator.url, auth=(KEY, SECRET), timeout=30) as client,
    ):
        yield client


def _as_documented(value: Any) -> Any:
    """``value`` without what recorded answers and the document disagree about."""
    if isinstance(value, dict):
        kept = {name: _as_documented(inner) for name, inner in value.items() if inner is not None}
        if set(value) == {"name", "value"}:
            kept.pop("value", None)  # "object" in the document, any JSON value on the wire
        return kept
    if isinstance(value, list):
        return [_as_documented(inner) for inner in value]
    return value


def _check(document: dict[str, Any], reference: str, body: Any) -> None:
    faults = list(validator(document, reference).iter_errors(_as_documented(body)))
    assert not faults, [(list(fault.absolute_path), fault.message) for fault in faults[:5]]


@pytest.mark.parametrize(("method", "path", "body"), CASES)
def test_answers_fit_the_document(
    document: dict[str, Any], gong: httpx.Client, method: str, path: str, body: Any
) -> None:
    array = path.split("/")[2]
    number = gong.get(f"/v2/{array}").json()[array][0]["id"] if "{id}" in path else ""
    answer = gong.request(method, path.replace("{id}", number), json=body)
    assert answer.status_code == 200
    _check(document, reference(document, method, path, 200), answer.json())


def test_stats_and_context_values_fit_too(document: dict[str, Any], gong: httpx.Client) -> None:
    body = {"filter": {}, "contentSelector": SELECTOR}
    rows = gong.post("/v2/calls/extensive", json=body).json()["calls"]
    stats = [stat for row in rows for stat in row["interaction"].get("interactionStats", [])]
    assert stats
    for stat in stats:
        assert not list(validator(document, "#/components/schemas/InteractionStatsDto").iter_errors(stat))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (("get", "/v2/calls/{id}", None), 404),
        (("post", "/v2/calls/extensive", {"filter": {"callIds": ["1"]}}), 404),
        (("post", "/v2/calls/transcript", {}), 400),
        (("post", "/v2/users/extensive", {"filter": {"userIds": ["1"]}}), 404),
    ],
)
def test_errors_fit_the_document(
    document: dict[str, Any], gong: httpx.Client, request_: tuple[str, str, Any], status: int
) -> None:
    method, path, body = request_
    answer = gong.request(method, path.replace("{id}", "1"), json=body)
    assert answer.status_code == status
    _check(document, reference(document, method, path, status), answer.json())
    assert set(answer.json()) == {"requestId", "errors"}


@pytest.mark.parametrize(("method", "path", "body"), [case for case in CASES if "{id}" not in case[1]])
def test_everything_documented_occurs(
    document: dict[str, Any], gong: httpx.Client, method: str, path: str, body: Any
) -> None:
    """Each field of the document is present in some row, so that a reader of the emulator meets them all."""
    answer = gong.request(method, path, json=body).json()
    wanted = _paths(document, document_schema(document, reference(document, method, path, 200)))
    assert not sorted(wanted - _present(answer))


def document_schema(document: dict[str, Any], reference: str) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _paths(document: dict[str, Any], schema: dict[str, Any], prefix: str = "") -> set[str]:
    if "$ref" in schema:
        schema = document_schema(document, schema["$ref"])
    if schema.get("type") == "array":
        return _paths(document, schema["items"], prefix)
    found = set()
    for name, inner in schema.get("properties", {}).items():
        found.add(f"{prefix}/{name}")
        found |= _paths(document, inner, f"{prefix}/{name}")
    return found


def _present(value: Any, prefix: str = "") -> set[str]:
    if isinstance(value, list):
        return {path for inner in value for path in _present(inner, prefix)}
    if not isinstance(value, dict):
        return set()
    found = {f"{prefix}/{name}" for name in value}
    for name, inner in value.items():
        found |= _present(inner, f"{prefix}/{name}")
    return found
