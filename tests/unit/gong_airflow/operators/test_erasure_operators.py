"""The operators of an erasure against the emulator: who is found, that Gong is told once, when it is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import airflow.sdk
import pendulum
import pytest
from airflow.sdk.exceptions import TaskDeferred

from gong_airflow.erasure.identity import Identity, email_identity
from gong_airflow.erasure.people import linked_objects, people_of
from gong_airflow.erasure.sealing import Key
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongErasureIncompleteError,
    GongInputError,
    GongRateLimitError,
    GongUnavailableError,
)
from gong_airflow.hooks.gong import GongHook
from gong_airflow.retry_policy import GongRetryPolicy
from include.erasure.cases import Cases
from tests.support.emulator import Emulator
from tests.support.variables import Variables
from tests.unit.gong_airflow.erasure.erasing import (
    CASE,
    ERASE_EMAIL,
    LOOK_UPS,
    NOTHING,
    Erasure,
    Gong,
    MemoryCases,
    emulated,
)

EMAIL, SPELLED, PHONE = "trillian.astra@sirius.example", "Trillian.Astra@SIRIUS.example", "+1 425 555 2671"
SECOND, SECOND_PHONE = "t.astra@magrathea.example", "+44 20 7946 0018"
PERSON = {"emails": [EMAIL, SPELLED, SECOND], "phones": [PHONE, SECOND_PHONE], "calls": 12, "mentions": 2}
PERSON |= {"emails_sent": 3, "meetings": 2, "engagement": 4}
EXTENSIVE = "POST /v2/calls/extensive"
ERASE_PHONE = "POST /v2/data-privacy/erase-data-for-phone-number"
NAMED = re.compile(r"trillian|sirius|magrathea|555\W{0,3}2671|7946\W{0,3}0018", re.IGNORECASE)


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    made = Variables()
    monkeypatch.setattr(airflow.sdk, "Variable", made)
    return made


@pytest.fixture
def make_key(variables: Variables) -> Callable[[], Key]:
    def make() -> Key:
        return variables.add(Key.new())

    return make


@pytest.fixture
def erasure(make_key: Callable[[], Key], request: pytest.FixtureRequest) -> Erasure:
    def make_hook() -> GongHook:
        # Only for tests that need it: the emulator is reset for each.
        return request.getfixturevalue("make_hook")()

    made = Erasure(make_key(), make_hook, MemoryCases())
    made.of(EMAIL)
    return made


@pytest.fixture
def planted(emulator: Emulator) -> dict[str, Any]:
    emulator.control("PUT", "privacy/settings", {"delay_seconds": 600, "seconds_per_object": 60})
    return dict(emulator.control("POST", "privacy/people", PERSON))


def told(erasure: Erasure, *people: str, ago: timedelta = timedelta(0), **facts: Any) -> None:
    """Let the case of `people` be one that is approved and of which Gong was told."""
    sealed = '{"identities": [%s], "objects": []}'
    pairs = ", ".join(f'["{"email" if "@" in one else "phone"}", "{one}"]' for one in people)
    at = pendulum.now("UTC") - ago
    one = {"identity": "0" * 12, "kind": "email", "sending_at": at.isoformat(), "sent_at": at.isoformat()}
    case = {
        "sealed": erasure.key.seal(sealed % pairs),
        "requests": [{**one, "request_id": "rq", "status": 200}],
    }
    erasure.cases = MemoryCases(**{**case, "approved_at": at.isoformat(), **facts})


def approved(erasure: Erasure, *people: str, **facts: Any) -> None:
    told(erasure, *people, requests=[], **facts)


def email() -> Identity:
    return email_identity(EMAIL)


def erasures(emulator: Emulator) -> list[dict[str, Any]]:
    return list(emulator.control("GET", "privacy/erasures")["erasures"])


# Look up


def test_all_that_gong_links_is_found_and_counted(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    found = erasure.look_up()
    assert found == {
        "case": CASE,
        "identities": {"email": 2, "phone": 2},
        "found": found["found"],
        "employees_left_out": 0,
    }
    counts = {"calls": 12, "emails": 3, "meetings": 2, "leads_and_contacts": 2, "engagement": 4}
    assert {name: found["found"].pop(name) for name in counts} == counts
    assert 0 < found["found"].pop("calls_with_others") <= 12
    assert found["found"].pop("other_people") > 0
    assert not found["found"]
    case = erasure.cases.case
    assert case["call_ids"] == sorted(planted["call_ids"])
    assert {name: case[name] for name in ("identities", "calls_shown", "ticket", "dry_run")} == {
        "identities": found["identities"], "calls_shown": 12, "ticket": "GDPR-7", "dry_run": False,
    }  # fmt: skip
    assert case["found"] | counts == case["found"]
    assert people_of(case)[0].value == EMAIL
    assert {one.value for one in people_of(case)} == {EMAIL, SECOND, "+14255552671", "+442079460018"}
    assert linked_objects(case) == set(planted["external_ids"])
    assert len(emulated(emulator, LOOK_UPS["email"])) == len(emulated(emulator, LOOK_UPS["phone"])) == 2
    assert len(emulated(emulator, EXTENSIVE)) == 1
    assert not erasures(emulator)


def test_nothing_that_is_kept_or_logged_names_the_person(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    results = [erasure.look_up()]
    erasure.approve()
    results.append(erasure.erase())
    with pytest.raises(TaskDeferred):
        erasure.verify()
    emulator.advance(86_400)
    results.append(erasure.verify())
    said = "".join(capfd.readouterr())
    assert "Gong holds nothing more" in said
    for text in (said, repr(results), repr(erasure.cases.states)):
        assert not NAMED.search(text), NAMED.search(text)


def test_by_a_number_alone_gong_leads_to_the_rest(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    erasure.of(phone=PHONE)
    found = erasure.look_up()
    assert found["identities"] == {"phone": 2, "email": 2}
    assert (found["found"]["calls"], found["found"]["engagement"]) == (12, 4)
    assert erasure.look_up(linked="False")["identities"] == {"phone": 1}


def test_nobody_is_nothing(erasure: Erasure, emulator: Emulator) -> None:
    erasure.of("nobody@example.com", "+1 425 555 0000")
    found = erasure.look_up()
    assert not any(found["found"].values())
    assert found["identities"] == {"email": 1, "phone": 1}
    assert not emulated(emulator, EXTENSIVE)


@pytest.mark.parametrize("shown", ["emailAddress", "phoneNumber"])
def test_a_gong_user_is_refused_before_anything_is_looked_up(
    erasure: Erasure, emulator: Emulator, shown: str
) -> None:
    value = next(user[shown] for user in emulator.users() if user.get(shown))
    erasure.of(email=value.upper()) if "@" in value else erasure.of("jane.doe@example.com", phone=value)
    with pytest.raises(GongInputError, match=r"user of Gong.*support") as caught:
        erasure.look_up()
    assert value not in str(caught.value)
    assert {r["operation"] for r in emulator.requests()} == {"/v2/users"}
    assert not erasure.cases.states


@pytest.mark.parametrize(
    ("given", "dry"), [("False", False), (False, False), ("True", True), ("", True), (None, True)]
)
def test_anything_but_false_is_a_dry_run(erasure: Erasure, emulator: Emulator, given: Any, dry: bool) -> None:
    erasure.look_up(dry_run=given)
    assert erasure.cases.case["dry_run"] is dry


def test_calls_that_the_key_does_not_see_are_told(
    erasure: Erasure, capfd: pytest.CaptureFixture[str]
) -> None:
    erasure.hook = Gong({email(): {**NOTHING, "calls": [{"id": "7"}, {"id": "8"}]}})
    assert erasure.look_up()["found"]["calls"] == 2
    assert erasure.cases.case["calls_shown"] == 0
    assert "names 2 calls and shows 0" in "".join(capfd.readouterr())


def test_a_later_run_knows_what_gong_has_forgotten_meanwhile(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any], make_key: Callable[[], Key]
) -> None:
    first = erasure.look_up()
    erasure.approve()
    erasure.erase()
    # Leads and contacts are the first to go, and with them what leads from one address to the next.
    emulator.advance(600 + 3 * 60)
    erasure.key = make_key()
    erasure.of(EMAIL)
    later = erasure.look_up(linked="False")
    case = erasure.cases.case
    assert later["identities"] == first["identities"]
    assert later["told_gong_at"] == case["requests"][-1]["sent_at"]
    assert later["found"]["leads_and_contacts"] < first["found"]["leads_and_contacts"]
    assert case["found"] == first["found"]
    assert case["call_ids"] == sorted(planted["call_ids"])
    assert linked_objects(case) == set(planted["external_ids"])
    assert erasure.key.name in case["sealed"]


def test_a_later_run_of_a_case_that_nobody_approved_starts_afresh(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    erasure.look_up()
    later = erasure.look_up(linked="False")
    assert later["identities"] == {"email": 1} == erasure.cases.case["identities"]
    assert later["found"] == erasure.cases.case["found"]


def test_when_the_key_of_an_earlier_run_is_gone_the_given_address_is_enough(
    erasure: Erasure, planted: dict[str, Any], make_key: Callable[[], Key], variables: Variables
) -> None:
    erasure.look_up()
    erasure.approve()
    del variables.values[erasure.key.name]
    with pytest.raises(GongConfigurationError, match="gone"):
        erasure.erase()
    erasure.key = make_key()
    erasure.of(EMAIL)
    assert erasure.look_up()["identities"] == {"email": 2, "phone": 2}


def test_the_operators_work_with_the_projects_own_cases(
    erasure: Erasure,
    planted: dict[str, Any],
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", '{"conn_type": "generic", "password": "%s"}' % ("x" * 40))
    erasure.cases = Cases(tmp_path.as_uri())
    case_id = erasure.look_up()["case"]
    erasure.approve()
    assert erasure.erase()["sent"] == 4
    emulator.advance(86_400)
    assert erasure.verify()["calls"] == 12
    assert {one["identity"] for one in erasure.cases.read(case_id)["requests"]} >= {
        one[:12] for one in erasure.cases.read(case_id)["given"]
    }
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert case_id.encode() in written
    assert not NAMED.search(written.decode())


# Erase


def test_gong_is_told_once_of_each(erasure: Erasure, emulator: Emulator, planted: dict[str, Any]) -> None:
    erasure.look_up()
    erasure.approve()
    made = erasure.erase()
    requests = erasure.cases.case["requests"]
    assert (made["case"], made["sent"], made["sent_before"]) == (CASE, 4, 0)
    assert made["request_ids"] == [one["request_id"] for one in requests]
    assert [e["requestId"] for e in erasures(emulator)] == made["request_ids"]
    assert {e["identity"] for e in erasures(emulator)} == {"email", "phone"}
    for one in requests:
        assert re.fullmatch(r"[0-9a-f]{12}", one["identity"])
        assert one["sending_at"] <= one["sent_at"]
        assert one["status"] == 200
    assert len({one["identity"] for one in requests}) == 4
    again = erasure.erase()
    assert (again["sent"], again["sent_before"], len(erasures(emulator))) == (0, 4, 4)


def test_it_is_noted_before_it_is_sent_and_answered_after(erasure: Erasure) -> None:
    approved(erasure, EMAIL)
    seen: list[Any] = []

    class Watching(Gong):
        def call(self, operation: str, **given: Any) -> Any:
            seen.append(erasure.cases.case["requests"])
            return super().call(operation, **given)

    erasure.hook = Watching()
    erasure.erase()
    ((before,),) = seen
    assert before["sending_at"]
    assert before["sent_at"] is before["request_id"] is before["status"] is None
    (after,) = erasure.cases.case["requests"]
    assert after == {**before, "sent_at": after["sent_at"], "request_id": "r1", "status": 200}
    assert after["sent_at"]
    assert erasure.hook.kwargs == [{"repeatable": False}]


class KilledError(BaseException):
    """What nothing catches."""


def test_who_takes_over_from_one_that_was_killed_sends_again_and_says_so(
    erasure: Erasure, capfd: pytest.CaptureFixture[str]
) -> None:
    approved(erasure, EMAIL, SECOND)
    erasure.hook = Gong(**{ERASE_EMAIL: [{"requestId": "x"}, KilledError()]})
    with pytest.raises(KilledError):
        erasure.erase()
    capfd.readouterr()
    erasure.hook = Gong()
    made = erasure.erase()
    assert (made["sent"], made["sent_before"]) == (1, 1)
    assert erasure.hook.asked(ERASE_EMAIL) == [SECOND]
    assert "fate is unknown: sending it again" in "".join(capfd.readouterr())
    first, lost, last = erasure.cases.case["requests"]
    assert first["sent_at"] and last["sent_at"] and not lost["sent_at"]
    assert lost["identity"] == last["identity"] != first["identity"]


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset"}])
def test_a_request_of_unknown_fate_is_noted_each_time_that_it_leaves(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any], fault: dict[str, Any]
) -> None:
    approved(erasure, EMAIL)
    emulator.fault(path=ERASE_EMAIL.split(" ")[1], times=2, **fault)
    for tries in (1, 2):
        with pytest.raises(GongUnavailableError) as caught:
            erasure.erase()
        assert not NAMED.search(str(caught.value))
        assert [one["sent_at"] for one in erasure.cases.case["requests"]] == [None] * tries
        assert len(emulated(emulator, ERASE_EMAIL)) == tries
    erasure.erase()
    assert len(emulated(emulator, ERASE_EMAIL)) == len(erasure.cases.case["requests"]) == 3


@pytest.mark.parametrize(
    "error",
    [
        GongInputError("no", status=400, errors=["emailAddress: x@example.com is not a valid email address"]),
        GongCredentialsError("no", status=401),
        GongRateLimitError("no", status=429, retry_after=7200),
        GongConfigurationError("no"),
    ],
)
def test_what_gong_has_not_taken_is_not_noted(erasure: Erasure, error: Exception) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong(**{ERASE_EMAIL: error})
    with pytest.raises((type(error), TaskDeferred)) as caught:
        erasure.erase()
    assert erasure.cases.case["requests"] == []
    assert "protection" not in str(caught.value)
    erasure.hook = Gong()
    assert erasure.erase()["sent"] == 1


def test_the_protection_is_told_with_what_to_do(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    emulator.control("PUT", "privacy/settings", {"guard_objects": 3})
    approved(erasure, EMAIL)
    with pytest.raises(GongInputError) as caught:
        erasure.erase()
    for part in ("protection", "abnormal number", "help@gong.io", caught.value.request_id, "clear this task"):
        assert part in str(caught.value)
    assert not NAMED.search(str(caught.value))
    assert erasure.cases.case["requests"] == []
    emulator.control("PUT", "privacy/settings", {"guard_objects": 1000})
    assert erasure.erase()["sent"] == 1


@pytest.mark.parametrize(
    "said", ["Bad request", "", "This email address is valid, but the number of objects is abnormal"]
)
def test_a_refusal_that_is_not_about_the_parameter_is_taken_for_the_protection(
    erasure: Erasure, said: str
) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong(**{ERASE_EMAIL: GongInputError("no", status=400, request_id="rq7", errors=[said])})
    with pytest.raises(GongInputError, match=r"protection.*rq7.*help@gong.io"):
        erasure.erase()


@pytest.mark.parametrize(
    "facts", [{"dry_run": True}, {"status": "dry_run"}, {"status": "erased"}, {"approved_at": None}]
)
def test_nothing_is_erased_that_nobody_has_approved(erasure: Erasure, facts: dict[str, Any]) -> None:
    approved(erasure, EMAIL, **facts)
    erasure.hook = Gong()
    with pytest.raises(GongInputError, match="Nothing was sent"):
        erasure.erase()
    assert not erasure.hook.sent


@pytest.mark.parametrize(("hours", "anew", "sent"), [(49, True, 1), (49, False, 0), (47, True, 0)])
def test_gong_is_told_again_after_two_days_when_a_person_approves_it_anew(
    erasure: Erasure, hours: int, anew: bool, sent: int, capfd: pytest.CaptureFixture[str]
) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong()
    erasure.erase()
    (one,) = erasure.cases.case["requests"]
    ago = pendulum.now("UTC") - timedelta(hours=hours)
    erasure.cases.update(CASE, requests=[{**one, "sent_at": ago.isoformat()}])
    erasure.approve(ago + timedelta(hours=1 if anew else -1))
    capfd.readouterr()
    assert erasure.erase()["sent"] == sent
    assert ("approved it anew" if sent else "not sent again") in "".join(capfd.readouterr())


# Verify


def test_it_waits_until_gong_is_done_call_by_call(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    erasure.look_up()
    erasure.approve()
    erasure.erase()
    left = []
    for seconds in (0, 600 + 8 * 60, 3600):
        emulator.advance(seconds)
        emulator.forget()
        try:
            made = erasure.verify()
        except TaskDeferred:
            left.append(erasure.cases.case["looks"][-1]["left"]["calls"])
            assert erasure.cases.case["verified_at"] is None
            # As long as something is named, nothing more is asked.
            assert not emulated(emulator, EXTENSIVE)
    assert 12 == left[0] > left[1] > 0
    case = erasure.cases.case
    assert made == {"case": CASE, "identities": {"email": 2, "phone": 2}, "calls": 12, "looks": 3,
                    "verified_at": case["verified_at"]}  # fmt: skip
    assert case["looks"][-1] == {"at": case["verified_at"], "left": {}}
    assert [len(emulated(emulator, one)) for one in (*LOOK_UPS.values(), EXTENSIVE)] == [2, 2, 1]


def test_calls_that_no_look_up_names_any_more_are_still_waited_for(erasure: Erasure) -> None:
    told(erasure, EMAIL, call_ids=[str(number) for number in range(201)])
    shown = {"calls": [{"metaData": {"id": "200"}}], "records": {}}
    erasure.hook = Gong(**{EXTENSIVE: [None, shown, None]})
    with pytest.raises(TaskDeferred):
        erasure.verify()
    assert erasure.cases.case["looks"][-1]["left"] == {"calls": 1}
    assert len(erasure.hook.asked(EXTENSIVE)) == 3
    erasure.hook = Gong()
    assert erasure.verify()["calls"] == 201


HELD = {**NOTHING, "calls": [{"id": "7"}], "customerData": [{"objects": [{"id": "1"}, {"id": "2"}]}]}


@pytest.mark.parametrize(
    ("minutes", "pause"), [(0, 5), (5, 5), (10, 6), (100, 60), (1000, 60), (47 * 60 + 50, 10)]
)
def test_pauses_grow_with_the_time_since_gong_was_told(erasure: Erasure, minutes: int, pause: int) -> None:
    told(erasure, EMAIL, ago=timedelta(minutes=minutes))
    erasure.hook = Gong({email(): HELD})
    with pytest.raises(TaskDeferred) as caught:
        erasure.verify()
    until = (caught.value.trigger.moment - pendulum.now("UTC")).total_seconds() / 60
    assert pause - 0.1 < until <= pause + 0.1


def test_at_the_deadline_it_says_what_is_left_and_how_to_go_on(erasure: Erasure) -> None:
    told(erasure, EMAIL, ago=timedelta(hours=48, minutes=1))
    erasure.hook = Gong({email(): HELD})
    with pytest.raises(GongErasureIncompleteError) as caught:
        erasure.verify()
    for part in ("1 calls, 2 leads and contacts", "2 days", "rq", "help@gong.io", "Start gong_erasure again"):
        assert part in str(caught.value)
    assert erasure.cases.case["looks"][-1]["left"] == {"calls": 1, "leads_and_contacts": 2}
    decision = GongRetryPolicy().evaluate(caught.value, 1, 15)
    assert (decision.action.name, "1 calls" in decision.reason) == ("FAIL", True)
    # Approved anew, it has its time again.
    erasure.approve()
    with pytest.raises(TaskDeferred):
        erasure.verify()
    with pytest.raises(GongErasureIncompleteError):
        erasure.verify(deadline="0")


def test_who_comes_back_is_not_verified_any_more(erasure: Erasure) -> None:
    told(erasure, EMAIL)
    erasure.hook = Gong()
    erasure.verify()
    assert erasure.cases.case["verified_at"]
    erasure.hook = Gong({email(): HELD})
    with pytest.raises(TaskDeferred):
        erasure.verify()
    assert erasure.cases.case["verified_at"] is None


def test_nothing_is_verified_of_which_gong_was_not_told(erasure: Erasure) -> None:
    approved(erasure, EMAIL)
    erasure.hook = Gong()
    with pytest.raises(GongInputError, match="was not told"):
        erasure.verify()
    assert not erasure.hook.sent


def test_the_silent_protection_ends_at_the_deadline(
    erasure: Erasure, emulator: Emulator, planted: dict[str, Any]
) -> None:
    emulator.control("PUT", "privacy/settings", {"guard_objects": 3, "guard": "silent"})
    erasure.look_up()
    erasure.approve()
    erasure.erase()
    emulator.advance(86_400)
    with pytest.raises(GongErasureIncompleteError, match=r"12 calls.*protection"):
        erasure.verify(deadline=timedelta(0))
