"""Cases: one at a time for a person, gone on with by later runs, and nothing personal in them."""

from __future__ import annotations

import json
import re
import stat
import threading
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import airflow.sdk
import pytest
from erasure_case import JANE, NUMBER, SECRET, subject

from gong_airflow.errors import GongInputError
from include.erasure.cases import CASES, Cases, run_is_over, utc
from include.storage import Storage

NOW = datetime(2026, 11, 20, 9, 12, 44, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "generic", "password": SECRET}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(connection))


@pytest.fixture(params=["local", "objects"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        f"file://{tmp_path}/erasure" if request.param == "local" else f"memory://erasure-{uuid.uuid4().hex}/x"
    )


def begin(url: str, *people: str, run: str = "run-1", over: Any = True, **given: Any) -> dict[str, Any]:
    key = given.pop("key", f"gong_erasure_key_{run}")
    options = {"ticket": "DSR-1", "dry_run": False, "now": NOW, **given}
    whom = subject(*(people or (JANE,)), key=key)
    return Cases(url).begin(whom, run_id=run, is_over=lambda _: bool(over), **options)


def all_bytes(url: str) -> bytes:
    storage = Storage(f"{url}/{CASES}")
    entries = storage.entries(CASES)
    return b"\n".join(entry.path.encode() + (storage.read(entry.path) or b"") for entry in entries)


def test_a_case_begins_with_nothing_done(url: str) -> None:
    case = begin(url)
    assert re.fullmatch(r"[0-9a-f]{32}-0001", case["case"])
    assert case["case"].startswith(case["subject_hash"][:32])
    assert case == Cases(url).read(case["case"]) == {
        "case": case["case"],
        "subject_hash": Cases().hashed(f"email:{JANE}"),
        "given": [case["subject_hash"]],
        "ticket": "DSR-1",
        "runs": ["run-1"],
        "keys": ["gong_erasure_key_run-1"],
        "dry_run": False,
        "requested_at": "2026-11-20T07:12:44Z",
        "requests": [],
        "looks": [],
        "purged": [],
        "status": "open",
    }  # fmt: skip


def test_the_order_of_the_form_does_not_tell_people_apart_but_who_is_named_does(url: str) -> None:
    both = begin(url, JANE, NUMBER)
    assert begin(url, NUMBER, JANE, JANE)["case"] == both["case"]
    assert begin(url, JANE)["case"][:32] != both["case"][:32] != begin(url, NUMBER)["case"][:32]
    assert both["given"] == sorted(
        Cases().hashed(form) for form in (f"email:{JANE}", f"phone:{NUMBER.lstrip('+')}")
    )


def test_a_try_of_the_same_run_gets_the_same_case(url: str) -> None:
    first = begin(url, over=False)
    assert begin(url, over=False, now=NOW + timedelta(hours=1)) == first


def test_a_second_run_is_refused_while_the_first_is_at_work(url: str) -> None:
    begin(url, run="run-1")
    with pytest.raises(GongInputError, match=r"Run run-1 is at work on the same person.*mark it as failed"):
        begin(url, run="run-2", over=False)
    with pytest.raises(GongInputError, match="Run run-1"):
        begin(url, run="run-2", over=False, dry_run=True)
    assert begin(url, "other@example.com", run="run-2", over=False)["runs"] == ["run-2"]


def test_a_run_goes_on_with_the_case_of_one_that_is_over(url: str) -> None:
    first = begin(url, run="run-1")
    Cases(url).update(first["case"], suppressed_at="2026-11-20T10:00:00Z")
    second = begin(url, run="run-2", ticket="DSR-2", now=NOW + timedelta(days=3))
    assert second["case"] == first["case"]
    assert second["requested_at"] == first["requested_at"]
    assert second["suppressed_at"] == "2026-11-20T10:00:00Z"
    assert second["runs"] == ["run-1", "run-2"]
    assert second["keys"] == ["gong_erasure_key_run-1", "gong_erasure_key_run-2"]
    assert second["ticket"] == "DSR-2"


def test_the_first_run_is_refused_once_another_has_taken_over(url: str) -> None:
    begin(url, run="run-1")
    begin(url, run="run-2")
    with pytest.raises(GongInputError, match="Run run-2"):
        begin(url, run="run-1", over=False)


def test_a_closed_case_is_followed_by_the_next_number(url: str) -> None:
    first = begin(url)
    Cases(url).close(first["case"], "erased")
    second = begin(url, run="run-2")
    assert [first["case"][-5:], second["case"][-5:]] == ["-0001", "-0002"]
    assert second["runs"] == ["run-2"]
    Cases(url).close(second["case"], "rejected")
    assert begin(url)["case"].endswith("-0003")


def test_a_dry_run_leaves_a_case_alone_of_which_gong_may_have_been_told(url: str) -> None:
    real = begin(url, run="run-1")
    dry = begin(url, run="run-2", dry_run=True)
    assert dry["case"] != real["case"]
    assert Cases(url).read(real["case"]) == real
    assert begin(url, run="run-3", dry_run=True)["case"] == dry["case"]
    # Both are open: the one that matters is gone on with, though the dry one is younger.
    assert begin(url, run="run-4")["case"] == real["case"]


def test_a_run_goes_on_with_a_dry_one_and_is_none(url: str) -> None:
    dry = begin(url, run="run-1", dry_run=True)
    real = begin(url, run="run-2", now=NOW + timedelta(days=1), ticket="DSR-2")
    assert real["case"] == dry["case"]
    assert (real["dry_run"], real["ticket"]) == (False, "DSR-2")
    assert real["requested_at"] == "2026-11-21T07:12:44Z"
    assert begin(url, run="run-2", now=NOW + timedelta(days=2))["requested_at"] == real["requested_at"]


def test_of_many_runs_at_once_one_begins(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/erasure"
    begin(url, run="run-0")  # of a run that is over: all others want to take its case over
    others, begun, refused = 12, [], []
    start = threading.Barrier(others)

    def work(run: str) -> None:
        start.wait()
        try:
            whom = subject(JANE, key=f"key-{run}")
            begun.append(
                Cases(url).begin(
                    whom, ticket="T", run_id=run, dry_run=False, now=NOW, is_over=lambda r: r == "run-0"
                )
            )
        except GongInputError:
            refused.append(run)

    threads = [threading.Thread(target=work, args=(f"run-{number + 1}",)) for number in range(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(begun), len(refused)) == (1, others - 1)
    assert Cases(url).read(begun[0]["case"])["runs"] == begun[0]["runs"]


def test_a_mark_that_a_loss_of_power_left_empty_holds_nobody(url: str) -> None:
    case = begin(url)
    Storage(f"{url}/{CASES}").put(f"{CASES}/.{case['case'][:32]}-run-0001", b"")
    assert begin(url, run="run-2", over=False)["case"] == case["case"]


def test_what_is_put_into_a_case_stays_and_nothing_else_changes(url: str) -> None:
    case = begin(url)
    updated = Cases(url).update(case["case"], found={"calls": 3}, ticket="DSR-9")
    assert updated == {**case, "found": {"calls": 3}, "ticket": "DSR-9"} == Cases(url).read(case["case"])


def test_closing_forgets_whom_it_was_about(url: str) -> None:
    case = begin(url)
    Cases(url).update(case["case"], sealed="sealed:gong_erasure_key_1:gAAAA", found={"calls": 3})
    closed = Cases(url).close(case["case"], "erased")
    assert "sealed" not in closed
    assert closed["status"] == "erased"
    assert closed["found"] == {"calls": 3}
    assert Cases(url).close(case["case"], "erased") == closed == Cases(url).read(case["case"])
    assert b"gAAAA" not in all_bytes(url)
    with pytest.raises(ValueError, match="another status"):
        Cases(url).close(case["case"], "open")


def test_no_byte_tells_who_it_is(url: str) -> None:
    begin(url, JANE, NUMBER)
    found = all_bytes(url)
    for told in (JANE, "jane", "doe", NUMBER, NUMBER[1:], "4255550171"):
        assert told.encode() not in found.lower()


@pytest.mark.parametrize("given", [{"ticket": f"DSR {JANE.upper()}"}, {"run": "call +1 (425) 555-0171"}])
def test_a_ticket_or_run_that_names_the_person_is_refused(url: str, given: dict[str, str]) -> None:
    with pytest.raises(GongInputError, match="ticket or the run id holds the address or number") as error:
        begin(url, JANE, NUMBER, **given)
    assert not re.search("jane|4255|555", str(error.value), re.IGNORECASE)
    assert all_bytes(url) == b""


def test_a_case_that_is_not_there_and_an_id_that_is_none(url: str) -> None:
    with pytest.raises(GongInputError, match=r"no erasure case 0{32}-0001 below GONG_ERASURE_URL"):
        Cases(url).read(f"{'0' * 32}-0001")
    for bad in ("../../etc/passwd", "", "0" * 32, f"{'0' * 32}-0001/x", JANE):
        with pytest.raises(ValueError, match="hexadecimal") as error:
            Cases(url).read(bad)
        assert not bad or bad not in str(error.value)


def test_only_the_owner_may_look_into_the_folder(tmp_path: Path) -> None:
    begin(f"file://{tmp_path}/erasure")
    for folder in (tmp_path / "erasure", tmp_path / "erasure" / CASES):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_kill_while_writing_leaves_the_case_as_it_was(tmp_path: Path, monkeypatch: Any) -> None:
    url = f"file://{tmp_path}/erasure"
    case = begin(url)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        Cases(url).update(case["case"], found={"calls": 3})
    monkeypatch.undo()
    assert Cases(url).read(case["case"]) == case


def test_equal_cases_look_equal_and_open_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert repr(Cases()) == repr(Cases()) == "Cases(None)"
    assert Cases("s3://a/b") == Cases("s3://a/b") != Cases("s3://a/c")
    monkeypatch.setenv("GONG_ERASURE_URL", f"file://{tmp_path}/elsewhere")
    begin("")
    assert (tmp_path / "elsewhere" / CASES).is_dir()


def test_airflow_is_asked_whether_a_run_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def get_dr_count(**question: Any) -> int:
        asked.append(question)
        return int(question["run_ids"] == ["at-work"])

    ti = SimpleNamespace(dag_id="gong_erasure", get_dr_count=get_dr_count)
    monkeypatch.setattr(airflow.sdk, "get_current_context", lambda: {"ti": ti})
    assert [run_is_over("at-work"), run_is_over("failed-or-deleted")] == [False, True]
    assert asked[0] == {"dag_id": "gong_erasure", "run_ids": ["at-work"], "states": ["queued", "running"]}


def test_times_are_utc_to_the_second() -> None:
    assert utc(NOW) == "2026-11-20T07:12:44Z"
