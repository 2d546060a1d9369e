"""The tasks between Gong's answers: what each writes into the case, and that each may be repeated.

The copies are numbers here; that they are purged and searched is tested beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import airflow.sdk
import pytest
from erasure_case import JANE, NUMBER, PLACES, SECRET, request
from erasure_case import case as whole_case

import include.warehouse
from gong_airflow import connection
from gong_airflow.erasure.identity import Identity, email_identity, phone_identity
from gong_airflow.erasure.people import sealed_people
from gong_airflow.erasure.sealing import Key
from gong_airflow.errors import GongConfigurationError, GongErasureIncompleteError, GongInputError
from include.erasure import certificate, flow
from include.erasure.cases import Cases
from include.erasure.person import Person
from include.erasure.suppression import Suppression
from tests.support.variables import Variables

PEOPLE: tuple[Identity, ...] = (email_identity(JANE), phone_identity(NUMBER))
APPROVAL = {"responded_by_user": {"id": "7", "name": "Maria Rossi"}, "responded_at": "2026-11-20T10:03:11Z"}
ID = str(whole_case()["case"])


class Copies:
    """`include.erasure.copies`: `held` is what the copies hold, `left` what a search finds after a purge."""

    def __init__(self) -> None:
        self.held = {place: {"files": 1} for place in PLACES}
        self.left = dict.fromkeys((*PLACES, "erasure"), 0)
        self.calls = ["7"]
        self.seen: list[tuple[str, Person]] = []
        self.landed: Callable[[], None] = lambda: None

    def _look(self, what: str, person: Person) -> None:
        self.seen.append((what, person))
        person.call_ids |= set(self.calls)

    def survey(self, person: Person) -> flow.Places:
        self._look("survey", person)
        return {place: dict(counts) for place, counts in self.held.items()}

    def hold_back(self, person: Person) -> flow.Places:
        self._look("hold_back", person)
        return {"recordings": {"files": 2}, "crm": {"rows": 1}}

    def purge(self, person: Person, landed: Callable[[], None]) -> flow.Places:
        self._look("purge", person)
        landed()
        removed, self.held = self.held, {place: {"files": 0} for place in PLACES}
        return removed

    def search(self, person: Person) -> dict[str, int]:
        return self.left


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Copies:
    given = {"conn_type": "generic", "password": SECRET}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(given))
    monkeypatch.setenv("GONG_ERASURE_URL", f"file://{tmp_path}/erasure")
    made = Copies()
    monkeypatch.setattr(flow, "copies", made)
    return made


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    made = Variables()
    monkeypatch.setattr(airflow.sdk, "Variable", made)
    monkeypatch.setattr(connection, "mask_secret", lambda value: None)
    return made


@pytest.fixture
def key(variables: Variables) -> Key:
    return variables.add(Key.new())


class Table:
    """`Warehouse`, of which the rows of the table `erasure` are kept."""

    rows: ClassVar[list[dict[str, Any]]] = []

    def load_erasures(self, rows: list[dict[str, Any]]) -> None:
        self.rows.extend(rows)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr(Table, "rows", [])
    monkeypatch.setattr(include.warehouse, "Warehouse", Table)
    return Table.rows


@pytest.fixture
def begun(copies: Copies, key: Key) -> dict[str, Any]:
    """The case as it is when Gong was looked up."""
    later = (
        "approved_by",
        "approved_at",
        "suppressed_at",
        "verified_at",
        "certified_at",
        "after",
        "searched",
    )
    case = {name: value for name, value in whole_case().items() if name not in later}
    case |= {"sealed": sealed_people(PEOPLE, ["lead-9"], key.name), "keys": [key.name], "purged": []}
    case |= {"requests": [], "call_ids": ["1", "2"], "our_call_ids": []}
    put(case)
    return case


def put(case: dict[str, Any]) -> None:
    Cases()._put(case)


def stored() -> dict[str, Any]:
    return Cases().read(ID)


def context(case: str | None = ID) -> dict[str, Any]:
    found = {"case": case} if case else None
    ti = SimpleNamespace(xcom_pull=lambda task_ids: found if task_ids == "look_up" else None)
    params = {"email_address": None, "phone_number": None, "dry_run": False}
    return {"run_id": "run 1", "ti": ti, "params": params}


def told(**facts: Any) -> dict[str, Any]:
    """Let the case be one that Gong was told of and that is verified."""
    requests = [request("a"), request("b", "phone")]
    return Cases().update(
        ID,
        identities={"email": 1, "phone": 1},
        requests=requests,
        verified_at="2026-11-20T14:02:08Z",
        **facts,
    )


def test_a_survey_counts_and_notes_the_calls_that_only_our_copies_know(
    begun: dict[str, Any], copies: Copies
) -> None:
    report = flow.survey(ID)
    assert report["copies"] == dict.fromkeys(report["copies"], "1 files")
    assert len(report["copies"]) == len(PLACES)
    assert JANE not in json.dumps(report)
    assert stored()["before"] == copies.held
    assert stored()["our_call_ids"] == ["7"]
    [(_, person)] = copies.seen
    assert person.call_ids == {"1", "2", "7"}
    assert person.object_ids == {"lead-9"}


def test_from_the_approval_on_the_person_stays_out(begun: dict[str, Any], copies: Copies) -> None:
    removed = flow.suppress(ID, APPROVAL)
    assert removed["recordings"] == {"files": 2}
    case = stored()
    assert (case["approved_by"], case["approved_at"]) == ("Maria Rossi", "2026-11-20T10:03:11Z")
    assert case["suppressed_at"]
    assert case["purged"][0]["crm"] == {"rows": 1}
    suppressed = Suppression().current()
    assert all(suppressed.knows(form) for one in PEOPLE for form in one.forms)
    assert suppressed.knows_object("lead-9")
    assert suppressed.call_ids == {"1", "2"}
    assert case["our_call_ids"] == ["7"], "found by what was held back; the purge keeps it out"


def test_a_repeat_does_not_move_the_time_from_which_the_person_stays_out(
    begun: dict[str, Any], copies: Copies
) -> None:
    flow.suppress(ID, APPROVAL)
    Cases().update(ID, suppressed_at="2026-11-20T10:03:31Z")
    flow.suppress(ID, APPROVAL)
    assert stored()["suppressed_at"] == "2026-11-20T10:03:31Z"


def test_an_approval_of_nobody_known_is_written_as_such(begun: dict[str, Any], copies: Copies) -> None:
    flow.suppress(ID, {"responded_by_user": None, "responded_at": None})
    assert stored()["approved_by"] == "unknown"


def test_calls_found_by_a_purge_stay_out_and_loads_read_again(begun: dict[str, Any], copies: Copies) -> None:
    flow.suppress(ID, APPROVAL)
    before = Suppression().current().fingerprint
    copies.calls = ["7", "8"]
    flow.purge(ID)
    assert stored()["our_call_ids"] == ["7", "8"]
    assert "8" in Suppression().current().call_ids
    # Also when no further call was found: loads that had read the old files must not go on.
    between = Suppression().current().fingerprint
    flow.purge(ID)
    assert len({before, between, Suppression().current().fingerprint}) == 3


def test_each_purge_is_added_up(begun: dict[str, Any], copies: Copies) -> None:
    flow.purge(ID)
    flow.purge(ID)
    assert [purge["landing"] for purge in stored()["purged"]] == [{"files": 1}, {"files": 0}]


def test_a_search_that_finds_nothing_is_noted(begun: dict[str, Any], copies: Copies) -> None:
    flow.purge_and_search(ID)
    case = stored()
    assert case["searched"]["left"] == copies.left
    assert case["after"] == {place: {"files": 0} for place in PLACES}


def test_what_is_left_is_told_with_its_place_and_noted(begun: dict[str, Any], copies: Copies) -> None:
    copies.left["media"] = 3
    with pytest.raises(GongErasureIncompleteError, match=r"still hold the person: media \(3\)") as told_:
        flow.purge_and_search(ID)
    assert "clear this task" in str(told_.value)
    assert stored()["searched"]["left"]["media"] == 3
    # Somebody has removed it.
    copies.left["media"] = 0
    flow.purge_and_search(ID)
    assert stored()["searched"]["left"]["media"] == 0


def test_what_is_counted_only_is_left_too(
    begun: dict[str, Any], copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "survey", lambda person: {"tables": {"rows": 2}, "landing": {"files": 0}})
    with pytest.raises(GongErasureIncompleteError, match=r"still hold the person: tables\."):
        flow.purge_and_search(ID)


def test_a_case_without_its_key_says_to_start_again(
    begun: dict[str, Any], copies: Copies, variables: Variables
) -> None:
    variables.values.clear()
    for step in (flow.survey, flow.purge, flow.purge_and_search):
        with pytest.raises(GongConfigurationError, match="Start gong_erasure again"):
            step(ID)
    assert copies.seen == []


class Killed(BaseException):
    """Stands for kill -9: nothing that handles errors sees it."""


STEPS: dict[str, tuple[Any, str]] = {
    "certificate": (certificate, "write"),
    "row": (Table, "load_erasures"),
    "path": (Cases, "update"),
    "key": (flow, "destroy"),
    "close": (Cases, "close"),
}


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("after", [*STEPS, None])
def test_a_certificate_that_is_issued_again_after_a_kill_is_the_same(
    variables: Variables,
    rows: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    after: str | None,
) -> None:
    flow.suppress(ID, APPROVAL)
    flow.purge_and_search(ID)
    told()
    folder = tmp_path / "erasure" / "certificates"
    found: list[dict[str, bytes]] = []
    if after:
        owner, name = STEPS[after]
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, killing(getattr(owner, name)))
            with pytest.raises(Killed):
                flow.certify(context(), ID)
        found.append({path.name: path.read_bytes() for path in folder.iterdir()})
        monkeypatch.setattr(flow, "_now", lambda: "2030-01-01T00:00:00Z")
    document = flow.certify(context(), ID)
    found.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert found[0] == found[-1]
    assert sorted(found[0]) == [f"{ID}.html", f"{ID}.json"]
    assert json.loads(found[0][f"{ID}.json"]) == document
    assert {row["certificate_sha256"] for row in rows} == {rows[0]["certificate_sha256"]}
    assert {row["erasure_id"] for row in rows} == {ID}
    assert variables.values == {}
    case = stored()
    assert (case["status"], case["certificate"]) == ("erased", f"certificates/{ID}.json")
    assert "sealed" not in case
    assert flow.close(context()) == "erased"


def killing(done: Callable[..., Any]) -> Callable[..., Any]:
    """`done`, and dead right after; `certified_at` is noted before there is anything to repeat."""

    def call(*args: Any, **kwargs: Any) -> Any:
        result = done(*args, **kwargs)
        if "certified_at" not in kwargs:
            raise Killed
        return result

    return call


def test_what_is_not_searched_gets_no_certificate_and_keeps_its_key(
    begun: dict[str, Any], copies: Copies, variables: Variables, rows: list[dict[str, Any]]
) -> None:
    flow.suppress(ID, APPROVAL)
    told()
    with pytest.raises(GongInputError, match="our copies were not searched"):
        flow.certify(context(), ID)
    assert rows == []
    assert flow.close(context()) == "unfinished"
    assert list(variables.values) == begun["keys"]
    assert stored()["status"] == "open"
    assert "sealed" in stored()


@pytest.mark.parametrize(("dry_run", "ended"), [(True, "dry_run"), (False, "not_approved")])
def test_a_run_that_nobody_approved_forgets_whom_it_was_about(
    begun: dict[str, Any], copies: Copies, variables: Variables, dry_run: bool, ended: str
) -> None:
    flow.survey(ID)
    Cases().update(ID, dry_run=dry_run)
    assert flow.close(context()) == ended
    assert variables.values == {}
    assert stored()["status"] == ended
    assert "sealed" not in stored()


def test_a_run_that_found_no_case_destroys_its_key(copies: Copies, variables: Variables, key: Key) -> None:
    given = context(None)
    given["params"]["email_address"] = key.seal(JANE)
    assert flow.close(given) == "not_approved"
    assert variables.values == {}
