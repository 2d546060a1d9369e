"""Uploads on their way: what is refused at once, the queue, its clock, faults, and the view for tests."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from crm_client import ENTITIES, STATUS, ldjson, record

from tests.support.waiting import wait_until

FORM = {"Content-Type": "multipart/form-data; boundary=frontier"}


def test_an_upload_is_accepted(crm):
    answer = crm.post(ldjson([record()]), clientRequestId="Account_1-a")
    assert (answer.status_code, set(answer.json())) == (201, {"requestId", "clientRequestId"})
    assert answer.json()["clientRequestId"] == "Account_1-a"


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"integrationId": None}, "integrationId: must not be null"),
        ({"integrationId": "abc"}, "integrationId: must be an integer"),
        ({"integrationId": 12345}, "integrationId: integration 12345 was not found"),
        ({"objectType": None}, "objectType: must not be null"),
        (
            {"objectType": "Account"},
            "objectType: must be one of BUSINESS_USER, STAGE, ACCOUNT, CONTACT, DEAL, LEAD",
        ),
        ({"clientRequestId": None}, "clientRequestId: must not be null"),
        (
            {"clientRequestId": "a b"},
            "clientRequestId: must consist of letters, numbers, dashes and underscores",
        ),
        (
            {"clientRequestId": "ä"},
            "clientRequestId: must consist of letters, numbers, dashes and underscores",
        ),
    ],
)
def test_parameters_are_checked(crm, sentences, params, fault):
    answer = crm.post(b"{}", **params)
    assert (answer.status_code, sentences(answer)) == (400, [fault])
    assert crm.view()["requests"] == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"files": {"mediaFile": ("a.ldjson", b"{}")}}, "dataFile part is missing"),
        ({"data": {"dataFile": "{}"}, "files": {"x": b""}}, "dataFile part is missing"),
        ({"content": b"{}"}, "dataFile part is missing"),
        ({"json": {}}, "dataFile part is missing"),
        ({"content": b"--frontier--\r\n", "headers": FORM}, "dataFile part is missing"),
        ({"content": b"--frontier\r\n", "headers": FORM}, "Bad request"),
    ],
)
def test_the_file_must_be_there(crm, sentences, options, fault):
    # Recorded: this is told before the integration, which was not there either, is looked for.
    for integration in (crm.integration, 12345):
        params = crm.params(objectType="DEAL", clientRequestId="x", integrationId=integration)
        answer = crm.http.post(ENTITIES, params=params, **options)
        assert (answer.status_code, sentences(answer)) == (400, [fault])
    assert crm.post(b"{}", clientRequestId="x").status_code == 201


def test_an_id_is_used_once_for_ever(crm, sentences):
    crm.settings(processing_seconds=60)
    assert crm.post(ldjson([record()]), clientRequestId="once").status_code == 201
    for seconds in (0, 100, 10_000_000):
        crm.advance(seconds)
        answer = crm.post(ldjson([record(name="other")]), "DEAL", clientRequestId="once")
        assert (answer.status_code, sentences(answer)) == (409, ["Client request id has already been used"])
    assert crm.held() == {"a-1": record()}
    assert len(crm.view()["requests"]) == 1


def test_a_file_above_the_limit_is_413(crm, sentences):
    content = ldjson([record()])
    crm.settings(maximum_bytes=len(content) - 1)
    answer = crm.post(content, clientRequestId="large")
    assert (answer.status_code, sentences(answer)) == (413, ["Payload Too Large"])
    crm.settings(maximum_bytes=len(content))
    assert crm.post(content, clientRequestId="large").status_code == 201


def test_the_limit_is_200_megabytes(crm):
    assert crm.emulator.control("GET", "/crm/settings") == {
        "processing_seconds": 0.0, "dangling": "refuse", "native": None, "maximum_bytes": 200_000_000,
        "read_bytes_per_second": None, "fail_next": 0, "hold_next": 0,
    }  # fmt: skip


def test_processing_follows_the_clock(crm):
    crm.settings(processing_seconds=100)
    sent = crm.send(record(), record("bad id"))
    for advance, state in ((0, "PENDING"), (49, "PENDING"), (2, "IN_PROGRESS"), (48, "IN_PROGRESS")):
        crm.advance(advance)
        assert crm.status(sent) == {
            "status": state, "errors": [], "totalErrorCount": 0, "totalSuccessCount": 0,
        }  # fmt: skip
        assert crm.shown("a-1") is None
    crm.advance(2)
    assert (crm.state(sent), len(crm.held())) == ("FAILED", 1)


def test_processing_seconds_are_an_option(start_emulator):
    (emulator,) = start_emulator(1, "--calls", "0", "--users", "1", "--crm-processing-seconds", "7")
    assert emulator.control("GET", "/crm/settings")["processing_seconds"] == 7


def test_requests_are_processed_in_the_order_of_arrival(crm):
    crm.settings(processing_seconds=100)
    sent = [crm.send(record(name=name)) for name in ("one", "two", "three")]
    crm.advance(101)
    assert [crm.state(one) for one in sent] == ["DONE"] * 3
    assert crm.held()["a-1"]["name"] == "three"


def test_a_reference_is_looked_up_when_its_turn_comes(crm):
    crm.settings(processing_seconds=100)
    account = crm.send(record())
    contact = crm.send(record("c", accountId="a-1"), object_type="CONTACT")
    early = crm.send(record("d", accountId="a-2"), object_type="DEAL")
    crm.send(record("a-2"))
    crm.advance(101)
    assert [crm.state(one) for one in (account, contact, early)] == ["DONE", "DONE", "FAILED"]


def test_the_next_request_can_be_made_to_fail(crm):
    crm.settings(fail_next=1)
    outcome = crm.outcome(record())
    (error,) = outcome["errors"]
    assert (outcome["status"], error["line"], outcome["totalSuccessCount"]) == ("FAILED", 0, 0)
    assert crm.held() == {}
    assert crm.outcome(record())["status"] == "DONE"


def test_a_request_can_be_held(crm):
    crm.settings(hold_next=1)
    held, passing = crm.send(record(name="held")), crm.send(record(name="passing"))
    crm.advance(1_000_000)
    assert (crm.state(held), crm.state(passing)) == ("PENDING", "DONE")
    assert crm.emulator.control("POST", "/crm/release") == {"released": 1}
    assert crm.state(held) == "DONE"
    assert crm.held()["a-1"]["name"] == "held"


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"clientRequestId": "never"}, (404, "Client request id never was not found")),
        ({"clientRequestId": None}, (400, "clientRequestId: must not be null")),
        ({"clientRequestId": "x", "integrationId": 1}, (400, "integrationId: integration 1 was not found")),
    ],
)
def test_the_status_of_what_is_not_there(crm, sentences, params, refusal):
    answer = crm.http.get(STATUS, params=crm.params(**params))
    assert (answer.status_code, *sentences(answer)) == refusal


def test_a_lost_answer_is_found_out_by_409(crm):
    crm.emulator.fault("lost_answer", {"method": "POST", "path": ENTITIES})
    assert crm.integration
    with pytest.raises(httpx.TransportError):
        crm.post(ldjson([record()]), clientRequestId="lost")
    assert crm.post(ldjson([record()]), clientRequestId="lost").status_code == 409
    assert crm.state("lost") == "DONE"
    assert crm.view()["sent"]["ACCOUNT"] == {"a-1": 1}


def test_a_request_that_breaks_off_leaves_nothing(crm):
    content = ldjson([record(f"a-{number}") for number in range(10_000)])
    crm.emulator.fault("reset_request", {"method": "POST", "path": ENTITIES}, after_bytes=100_000)
    assert crm.integration
    with pytest.raises(httpx.TransportError):
        crm.post(content, clientRequestId="broken")
    assert crm.view()["requests"] == []
    assert crm.post(content, clientRequestId="broken").status_code == 201


def test_answers_can_be_spoilt(crm):
    sent = crm.send(record())
    params = crm.params(clientRequestId=sent)
    crm.emulator.fault("status", {"path": STATUS}, status=503)
    assert crm.http.get(STATUS, params=params).status_code == 503
    crm.emulator.fault("null_arrays", {"path": STATUS})
    assert crm.http.get(STATUS, params=params).json()["errors"] is None
    crm.emulator.fault("truncate", {"path": STATUS})
    assert not crm.http.get(STATUS, params=params).text.endswith("}")
    assert crm.state(sent) == "DONE"


def test_the_limits_of_the_company_hold(crm):
    sent = crm.send(record())
    crm.emulator.control("PUT", "/limits", {"per_day": 1})
    assert crm.state(sent) == "DONE"
    answer = crm.post(ldjson([record()]), clientRequestId="late")
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 80_000) == (429, True)
    assert len(crm.view()["requests"]) == 1


def test_the_view_says_what_came(crm):
    content = ldjson([record(), record("a-2")])
    sent = crm.send(record(), record("a-2"))
    (request,) = crm.view()["requests"]
    assert request.pop("arrived")
    assert request == {
        "integrationId": crm.integration, "objectType": "ACCOUNT", "clientRequestId": sent,
        "lines": 2, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
        "status": "DONE", "errors": [], "totalErrorCount": 0, "totalSuccessCount": 2,
    }  # fmt: skip
    crm.send(record())
    counts = crm.view("?counts=true")
    assert counts["objects"] == {
        "BUSINESS_USER": 0, "STAGE": 0, "ACCOUNT": 2, "CONTACT": 0, "DEAL": 0, "LEAD": 0,
    }  # fmt: skip
    assert counts["sent"]["ACCOUNT"] == {"lines": 3, "records": 2, "most": 2}
    assert len(counts["requests"]) == 2


def test_a_reset_forgets_all(crm):
    crm.send(record())
    crm.settings(processing_seconds=50, dangling="wait", native="HubSpot", fail_next=3)
    crm.emulator.control("POST", "/reset")
    assert crm.emulator.control("GET", "/crm/settings")["dangling"] == "refuse"
    view = crm.view()
    assert (view["integration"], view["requests"], view["objects"]["ACCOUNT"]) == (None, [], {})


def test_a_large_file_does_not_hold_up_others(crm):
    lines = 60_000
    sent = crm.send(*[record(f"a-{number}", name=f"Account {number}") for number in range(lines)])
    states = []

    def ended():
        states.append(crm.status(sent))
        return states[-1]["status"] == "DONE"

    wait_until("the file to be digested", ended, every=0.001)
    nothing = {"status": "IN_PROGRESS", "errors": [], "totalErrorCount": 0, "totalSuccessCount": 0}
    assert len(states) > 4
    assert states[:-1] == [nothing] * (len(states) - 1)
    assert states[-1]["totalSuccessCount"] == lines
    assert crm.view("?counts=true")["objects"]["ACCOUNT"] == lines


def test_a_reset_ends_a_large_file(crm):
    crm.send(*[record(f"a-{number}") for number in range(60_000)])
    crm.emulator.control("POST", "/reset")
    crm._integration = None
    crm.settings(processing_seconds=0)
    assert crm.outcome(record())["status"] == "DONE"
    assert set(crm.held()) == {"a-1"}
