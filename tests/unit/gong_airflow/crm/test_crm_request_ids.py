"""Client request ids, and what Gong's answers about requests mean."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.crm.requests import (
    Status,
    client_request_id,
    deletion_request_id,
    is_unknown,
    is_used,
    read_integration_id,
    read_status,
)
from gong_airflow.errors import GongInputError, GongProtocolError

GIVEN = ("CONTACT", "2271307570613351879", "ab12", [3, 5])


def test_the_same_upload_has_the_same_id_and_every_other_another() -> None:
    same = client_request_id(*GIVEN)
    assert same == client_request_id("CONTACT", "2271307570613351879", "ab12", (5, 3))
    others = [
        client_request_id(*GIVEN[:place], other, *GIVEN[place + 1 :])  # type: ignore[arg-type]
        for place, other in enumerate(["ACCOUNT", "2271307570613351880", "ab13", [35]])
    ]
    assert len({same, client_request_id(*GIVEN[:3]), *others}) == 6


@pytest.mark.parametrize("object_type", OBJECT_TYPES)
def test_ids_are_of_the_characters_that_gong_allows(object_type: str) -> None:
    for made in (client_request_id(object_type, "1", "ab"), deletion_request_id("1")):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", made)
    assert re.fullmatch(rf"{object_type}-[0-9a-f]{{40}}", client_request_id(object_type, "1", "ab"))


def test_a_status_is_read_whatever_else_gong_says() -> None:
    body = {
        "status": "FAILED",
        "errors": [
            {"line": "7", "description": "Mandatory field [emailAddress] is missing or empty", "new": 1},
            {"line": 8, "description": None},
            {"line": None, "description": "No line"},
            "odd",
        ],
        "totalErrorCount": "3",
        "totalSuccessCount": 97,
        "tomorrow": {"unknown": []},
    }
    assert read_status(body) == Status(
        "FAILED",
        ((7, "Mandatory field [emailAddress] is missing or empty"), (8, ""), (-1, "No line")),
        3,
        97,
    )


@pytest.mark.parametrize("body", [{}, {"status": None, "errors": None}, {"errors": "none"}])
def test_an_empty_status_is_none_that_ends(body: dict[str, Any]) -> None:
    status = read_status(body)
    assert (status.name, status.errors, status.error_count, status.ended) == ("", (), None, False)


def test_what_gong_quotes_is_redacted_as_soon_as_it_is_read() -> None:
    said = "Field [emailAddress] jane.doe@example.com is not valid, phone +1 555 010 4242"
    ((_, told),) = read_status({"errors": [{"line": 1, "description": said}]}).errors
    assert "jane" not in told
    assert "0104242" not in told.replace(" ", "")
    assert "Field [emailAddress]" in told


@pytest.mark.parametrize(
    ("status", "said", "used"),
    [
        (409, "Client request id has already been used", True),
        (409, "This clientRequestId was already used.", True),
        (409, "client Request ID X is already taken", True),
        (409, "Another upload is in progress", False),
        (409, "", False),
        (400, "Client request id has already been used", False),
    ],
)
def test_only_a_used_id_is_progress(status: int, said: str, used: bool) -> None:
    assert is_used(GongInputError("no", status=status, errors=[said] if said else [])) is used


@pytest.mark.parametrize(
    ("status", "said", "unknown"),
    [
        (404, "Client request id X was not found", True),
        (404, "Not found", True),
        (400, "No such request", True),
        (400, "Unknown clientRequestId", True),
        (404, "integrationId: integration 7 was not found", False),
        (400, "Bad request", False),
        (409, "Client request id not found", False),
    ],
)
def test_what_gong_does_not_know_is_not_what_it_refuses(status: int, said: str, unknown: bool) -> None:
    assert is_unknown(GongInputError("no", status=status, errors=[said])) is unknown


@pytest.mark.parametrize("written", ["2271307570613351879", '"2271307570613351879"'])
def test_an_integration_id_keeps_every_digit(written: str) -> None:
    assert read_integration_id(json.loads(written), "GET /x", None) == "2271307570613351879"


@pytest.mark.parametrize("value", [2271307570613351879.0, None, "", True, "12a", [1]])
def test_what_is_no_integer_is_no_integration_id(value: Any) -> None:
    with pytest.raises(GongProtocolError, match="integrationId"):
        read_integration_id(value, "GET /x", None)
