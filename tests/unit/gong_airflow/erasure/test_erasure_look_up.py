"""Looking a person up against the emulator: who is found, who is refused, what is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from gong_airflow.erasure.people import linked_objects, people_of
from gong_airflow.erasure.sealing import Key
from gong_airflow.errors import (
    GongConfigurationError,
    GongInputError,
)
from include.erasure.cases import Cases
from tests.support.emulator import Emulator
from tests.support.variables import Variables
from tests.unit.gong_airflow.erasure.erasing import (
    CASE,
    EMAIL,
    EXTENSIVE,
    LOOK_UPS,
    NAMED,
    NOTHING,
    PHONE,
    SECOND,
    Erasure,
    Gong,
    email,
    emulated,
    erasures,
)


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
