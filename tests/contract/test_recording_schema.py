"""The metadata of recordings against the body of `POST /v2/calls` in Gong's own OpenAPI document."""

from __future__ import annotations

import re
from typing import Any

from gong_airflow.recordings.languages import LANGUAGE_CODES
from gong_airflow.recordings.metadata import json_schema


def body_of(document: dict[str, Any]) -> dict[str, Any]:
    post = document["paths"]["/v2/calls"]["post"]["requestBody"]["content"]
    reference = next(iter(post.values()))["schema"]["$ref"]
    return dict(document["components"]["schemas"][reference.rpartition("/")[2]])


def test_every_field_is_known_and_only_the_id_may_be_left_to_us(document: dict[str, Any]) -> None:
    body, ours = body_of(document), json_schema()
    assert set(ours["properties"]) - {"$schema"} == set(body["properties"])
    assert set(ours["required"]) == set(body["required"]) - {"clientUniqueId"}


def test_the_languages_are_those_of_the_document(document: dict[str, Any]) -> None:
    said = body_of(document)["properties"]["languageCode"]["description"]
    codes = re.findall(r"\b[a-z]{2,3}(?:-[A-Za-z]{2,4})?-[A-Z]{2}\b", said)
    assert sorted(LANGUAGE_CODES) == sorted(set(codes))


def test_the_media_is_one_part_of_a_form(document: dict[str, Any]) -> None:
    put = document["paths"]["/v2/calls/{id}/media"]["put"]
    schema = put["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert list(schema["properties"]) == schema["required"] == ["mediaFile"]
    assert "201" in put["responses"]
