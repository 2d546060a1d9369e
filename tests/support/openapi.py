"""Answers held against Gong's OpenAPI document: whether they fit it, and how much of it occurs in them."""

from __future__ import annotations

import re
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Document = dict[str, Any]


def validator(document: Document, reference: str) -> Draft202012Validator:
    """Of the schema at `reference`, e.g. `#/components/schemas/Call`."""
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:gong", resource)
    schema = {"$ref": f"urn:gong{reference}"}
    return Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())


def reference(document: Document, method: str, path: str, status: int) -> str:
    """Where the schema of an operation's answers of this status stands."""
    content = document["paths"][path][method.lower()]["responses"][str(status)]["content"]
    return str(content["application/json"]["schema"]["$ref"])


def without_nulls(value: Any) -> Any:
    """Nulls stand on the wire where the document knows nothing of them."""
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def documented(document: Document, schema: Document, prefix: str = "") -> set[str]:
    """Paths of fields, and of the values of enumerations; a value that lists several is none."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("type") == "array":
        return documented(document, schema["items"], prefix)
    found = {f"{prefix}={value}" for value in schema.get("enum", ()) if not re.search(r"[,/]", value)}
    for name, inner in schema.get("properties", {}).items():
        found |= {f"{prefix}/{name}"} | documented(document, inner, f"{prefix}/{name}")
    return found


def present(value: Any, prefix: str = "") -> set[str]:
    """What of `documented` has a value here."""
    if isinstance(value, list):
        return {path for inner in value for path in present(inner, prefix)}
    if not isinstance(value, dict):
        return {f"{prefix}={value}"}
    found = {f"{prefix}/{name}" for name, inner in value.items() if inner is not None}
    return found.union(*(present(inner, f"{prefix}/{name}") for name, inner in value.items()))
