"""The door of the API server, before an application that keeps whatever reaches it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gong_airflow.erasure.door import LONGEST_BODY, ErasureDoor
from gong_airflow.erasure.sealing import DAG_ID, Key

EMAIL, PHONE = "jane.doe@example.com", "+14255552671"
RUNS = f"/api/v2/dags/{DAG_ID}/dagRuns"
CONF = {"email_address": EMAIL, "phone_number": PHONE, "ticket": "GDPR-2026-000123", "dry_run": True}


class Airflow:
    """What Airflow keeps of each request: its path, its headers and its body, before it decides."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, dict[str, str], bytes]] = []
        self.keys: list[Key] = []
        self.status = 201
        self.fault: Exception | None = None
        self.order: list[str] = []
        app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST", "PATCH", "PUT"])])
        with warnings.catch_warnings():
            # It wishes for another HTTP client than the one that Airflow brings along.
            warnings.simplefilter("ignore")
            from starlette.testclient import TestClient
        self.client = TestClient(ErasureDoor(app, self.store))

    async def answer(self, request: Request) -> JSONResponse:
        body = await request.body()
        self.kept.append((request.url.path, dict(request.headers), body))
        self.order.append("made")
        return JSONResponse({"dag_run_id": "manual__1"}, status_code=self.status)

    def store(self, key: Key) -> None:
        if self.fault:
            raise self.fault
        self.order.append("stored")
        self.keys.append(key)

    def trigger(self, body: Any = None, path: str = RUNS, **more: Any) -> Any:
        given = {"logical_date": None, "conf": CONF, **more} if body is None else body
        return self.client.post(path, json=given)

    def conf(self) -> dict[str, Any]:
        return dict(json.loads(self.kept[-1][2])["conf"])


@pytest.fixture
def airflow() -> Airflow:
    return Airflow()


def nothing_readable(airflow: Airflow) -> None:
    everything = repr(airflow.kept).lower()
    # With signs that a sealed value never has: "jane" alone is in one of some thousand.
    for part in ("jane.doe", "@example", "example.com", "4255552671", "555-2671", "555 2671"):
        assert part not in everything


@pytest.mark.parametrize(
    "path",
    [
        RUNS,
        f"{RUNS}/",
        f"/airflow/de{RUNS}",
        RUNS.replace("_", "%5F"),
        RUNS.replace("gong", "%67%6f%6Eg"),
    ],
)
def test_address_and_number_reach_airflow_sealed_and_open_with_the_stored_key(
    airflow: Airflow, path: str
) -> None:
    answer = airflow.trigger(path=path, note="by letter")
    assert (answer.status_code, answer.json()) == (201, {"dag_run_id": "manual__1"})
    nothing_readable(airflow)
    (key,) = airflow.keys
    conf = airflow.conf()
    assert [key.open(conf[name]) for name in ("email_address", "phone_number")] == [EMAIL, PHONE]
    assert conf["ticket"] == CONF["ticket"]
    assert conf["dry_run"] is True
    _, headers, body = airflow.kept[0]
    assert json.loads(body)["note"] == "by letter"
    assert int(headers["content-length"]) == len(body)


def test_what_is_sealed_is_in_the_one_spelling(airflow: Airflow) -> None:
    airflow.trigger({"conf": {"email_address": " Jane.DOE@Example.com", "phone_number": "+1 (425) 555-2671"}})
    opened = [airflow.keys[0].open(airflow.conf()[name]) for name in ("email_address", "phone_number")]
    assert opened == [EMAIL, PHONE]


def test_each_run_has_a_key_of_its_own_stored_before_the_answer(airflow: Airflow) -> None:
    airflow.trigger()
    airflow.trigger()
    assert len({key.name for key in airflow.keys}) == len({key.secret for key in airflow.keys}) == 2
    assert airflow.order == ["made", "stored"] * 2


def test_a_body_sent_in_pieces_without_a_length_is_read_whole(airflow: Airflow) -> None:
    text = json.dumps({"logical_date": None, "conf": CONF}).encode()

    def pieces() -> Iterator[bytes]:
        yield text[:40]
        yield text[40:]

    headers = {"content-type": "application/json"}
    assert airflow.client.post(RUNS, content=pieces(), headers=headers).status_code == 201
    nothing_readable(airflow)
    assert "transfer-encoding" not in airflow.kept[0][1]


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 307, 500])
def test_no_key_is_stored_for_a_run_that_was_not_made(airflow: Airflow, status: int) -> None:
    airflow.status = status
    answer = airflow.client.post(RUNS, json={"conf": CONF}, follow_redirects=False)
    assert answer.status_code == status
    assert airflow.keys == []
    nothing_readable(airflow)


def test_a_key_that_cannot_be_stored_is_told_to_who_asked_and_to_the_log(
    airflow: Airflow, caplog: pytest.LogCaptureFixture
) -> None:
    airflow.fault = RuntimeError("parameters: the secret itself")
    answer = airflow.trigger()
    assert answer.status_code == 503
    assert "start gong_erasure again" in answer.json()["detail"]
    assert "RuntimeError" in caplog.text
    assert "the secret itself" not in caplog.text + answer.text


@pytest.mark.parametrize(
    ("conf", "told"),
    [
        ({}, "Enter an e-mail address or a phone number"),
        (None, "Enter an e-mail address or a phone number"),
        ({"email_address": " ", "phone_number": None}, "Enter an e-mail address or a phone number"),
        ({"email_address": "Jane <jane.doe@example.com>"}, "email_address: "),
        ({"phone_number": "(425) 555-2671"}, "begin with +"),
        ({"phone_number": 14255552671}, "phone_number must be text"),
        ({"email_address": [EMAIL]}, "email_address must be text"),
        ({"email_address": EMAIL, "emailAddress": EMAIL}, "leave the others out"),
        ({"email_address": EMAIL, EMAIL: ""}, "leave the others out"),
        ({"email_address": EMAIL, "ticket": "jane.doe@example.com"}, "ticket holds"),
        ({"email_address": EMAIL, "ticket": "other(at)example.org"}, "ticket holds"),
        ({"phone_number": PHONE, "ticket": "4255552671"}, "ticket holds"),
        ({"email_address": EMAIL, "ticket": "+14255552671"}, "ticket holds"),
        ({"email_address": EMAIL, "ticket": {"x": [EMAIL]}}, "ticket holds"),
        ([EMAIL], "no JSON object"),
    ],
)
def test_what_is_wrong_with_the_form_is_told_without_quoting_it(
    airflow: Airflow, conf: Any, told: str
) -> None:
    answer = airflow.trigger({"logical_date": None, "conf": conf})
    assert answer.status_code == 400
    assert told in answer.json()["detail"]
    assert airflow.kept == airflow.keys == []
    for part in ("jane", "example", "2671"):
        assert part not in answer.text


def test_a_value_that_is_sealed_already_must_be_entered_again(airflow: Airflow) -> None:
    airflow.trigger()
    answer = airflow.trigger({"logical_date": None, "conf": airflow.conf()})
    assert answer.status_code == 400
    assert "enter the address or the number again" in answer.json()["detail"]
    assert len(airflow.kept) == 1


@pytest.mark.parametrize("member", ["note", "dag_run_id", "partition_key", "another"])
@pytest.mark.parametrize("text", [f"for {EMAIL}", "of 425 555 2671", "Jane dot Doe at example dot com"])
def test_no_other_member_may_hold_an_address_or_a_number(airflow: Airflow, member: str, text: str) -> None:
    answer = airflow.trigger(**{member: text})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("A field" if member == "another" else member)
    assert airflow.kept == []


def test_what_airflow_writes_itself_and_tickets_are_no_numbers(airflow: Airflow) -> None:
    for ticket in ("GDPR-2026-000123", "INC0012345", "CS12345678", "15829344021", "2026/00012345", "#77"):
        more = {
            "dag_run_id": "manual__2026-07-01T10:00:00.123456+00:00_4255AbCd",
            "logical_date": "2026-07-01T10:00:00.123456+02:00",
            "note": "Asked on 2026-06-30 14:05",
        }
        answer = airflow.trigger({"conf": {**CONF, "ticket": ticket}, **more})
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("body", [b"", b"{", b'"' + EMAIL.encode() + b'"', b"[" * 100_000, b"\xff\xfe{"])
def test_what_is_not_a_form_is_refused(airflow: Airflow, body: bytes) -> None:
    answer = airflow.client.post(RUNS, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert airflow.kept == []
    assert EMAIL not in answer.text


def test_of_two_members_of_one_name_none_gets_through_readable(airflow: Airflow) -> None:
    text = json.dumps({"conf": CONF})
    doubled = text[:-1] + f', "conf": {{"email_address": "{EMAIL}"}}}}'
    assert airflow.client.post(RUNS, content=doubled).status_code == 201
    nothing_readable(airflow)


def test_a_long_body_is_refused_unread(airflow: Airflow) -> None:
    answer = airflow.trigger({"conf": CONF, "note": "x" * LONGEST_BODY})
    assert answer.status_code == 413
    assert airflow.kept == []


def test_an_address_in_the_url_is_refused(airflow: Airflow) -> None:
    answer = airflow.client.post(RUNS, params={"email_address": EMAIL}, json={"conf": CONF})
    assert answer.status_code == 400
    assert "give it in the body" in answer.json()["detail"]
    assert airflow.kept == []


RUN = f"{RUNS}/manual__2026-07-01T10:00:00+00:00"
NOTE = {"note": "spoke to jane.doe@example.com"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", RUN, NOTE),
        ("POST", f"{RUN}/clear", {"dry_run": False, **NOTE}),
        ("PATCH", f"{RUN}/taskInstances/approve", {"note": "call +1 425 555 2671"}),
        ("PATCH", f"{RUN}/taskInstances/approve/-1", NOTE),
        ("PATCH", RUN, {"note": "number (425) 555-2671"}),
        ("PATCH", RUN, {"note": ["number", 4255552671]}),
        ("PATCH", RUN, {"note": {"jane.doe@example.com": True}}),
        ("PATCH", f"{RUN}/taskInstances/approve/hitlDetails", {"chosen_options": [], "params_input": NOTE}),
        ("POST", f"/api/v2/dags/{DAG_ID}/clearTaskInstances", {"dag_run_id": "x", **NOTE}),
        ("PATCH", "/api/v2/dags/~/dagRuns", {"actions": [{"entities": [{"dag_id": DAG_ID, **NOTE}]}]}),
        ("PATCH", RUN.replace(DAG_ID, "gong%5Ferasure"), NOTE),
        ("POST", "/api/v2/backfills", {"dag_id": DAG_ID, "dag_run_conf": CONF}),
        ("POST", "/airflow/api/v2/backfills/dry_run", {"dag_id": DAG_ID, "dag_run_conf": CONF}),
    ],
)
def test_nobody_is_named_in_what_is_written_about_a_run(
    airflow: Airflow, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = airflow.client.request(method, path, json=body)
    assert answer.status_code == 400
    assert "take it out" in answer.json()["detail"].lower()
    assert airflow.kept == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", RUN, b'{"note":  "asked on 2026-07-01 12:30, INC0012345, GDPR-2026-000123, 555 2671"}'),
        ("PATCH", RUN, b'{"note":"3fa85f64-5717-4562-b3fc-2c963f66afa6, call 7782342274025937895"}'),
        ("PATCH", f"{RUN}/taskInstances/approve/hitlDetails", b'{"chosen_options":["Approve"]}'),
        ("PUT", "/api/v2/backfills/7/pause", b""),
        ("POST", f"/api/v2/dags/{DAG_ID}/favorite", b""),
        ("POST", "/api/v2/dags/gong_calls/dagRuns", b'{"conf": {"email_address": "jane.doe@example.com"}}'),
        ("POST", "/api/v2/backfills", b'{"dag_id": "x", "dag_run_conf": {"to": "a@example.com"}}'),
        ("PATCH", "/api/v2/dags/~/dagRuns", b"not JSON"),
        ("POST", "/api/v2/connections", b"x" * (LONGEST_BODY + 1)),
        ("POST", "/api/v2/dags/gong_erasure_2/dagRuns", b'{"note": "jane.doe@example.com"}'),
        ("GET", RUNS, b""),
    ],
)
def test_everything_else_passes_as_it_came(airflow: Airflow, method: str, path: str, body: bytes) -> None:
    answer = airflow.client.request(method, path, content=body)
    assert answer.status_code == 201
    assert airflow.kept[0][2] == body
    assert airflow.keys == []


async def _call(door: ErasureDoor, scope: dict[str, Any], *messages: dict[str, Any]) -> list[Any]:
    waiting, sent = list(messages), []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await door(scope, receive, send)
    return [*sent, *waiting]


@pytest.mark.parametrize("scope", [{"type": "lifespan"}, {"type": "websocket", "path": RUNS}])
def test_other_connections_are_handed_over_unread(scope: dict[str, Any]) -> None:
    import anyio

    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, await receive()))

    given = {"type": "given"}
    assert anyio.run(_call, ErasureDoor(app), scope, given) == []
    assert seen[0][0] is scope
    assert seen[0][1] is given


def test_after_the_body_airflow_hears_the_client_itself() -> None:
    """Or an application that waits for its client to leave would wait in vain."""
    import anyio

    heard: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.extend([await receive(), await receive()])

    scope = {"type": "http", "method": "PATCH", "path": RUN, "headers": [], "query_string": b""}
    request = {"type": "http.request", "body": b"{}", "more_body": False}
    anyio.run(_call, ErasureDoor(app), scope, request, {"type": "http.disconnect"})
    assert heard == [request, {"type": "http.disconnect"}]


def test_a_client_that_leaves_half_way_leaves_nothing() -> None:
    import anyio

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("half a request reached Airflow")

    scope = {"type": "http", "method": "POST", "path": RUNS, "headers": [], "query_string": b""}
    half = {"type": "http.request", "body": b'{"conf"', "more_body": True}
    assert anyio.run(_call, ErasureDoor(app), scope, half, {"type": "http.disconnect"}) == []
