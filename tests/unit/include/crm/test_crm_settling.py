"""Settling: what Gong took, what it did not take, and how far a selection may go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from crm_batches import (
    INTEGRATION,
    NOW,
    RUN,
    Record,
    answer,
    aside,
    attempt,
    contact,
    object_store_url,
    publish,
    rows_of,
    version_of,
)

from include.crm import settling
from include.crm.ledger import Ledger
from include.crm.outbox import Outbox
from include.crm.settling import Settled, settle
from include.storage import Storage

HIGH = "2026-11-20T14:30:00Z"
NEXT, LATER = "scheduled__2026-11-20T14:45:00+00:00", NOW.replace(hour=20)


@pytest.fixture(params=["local", "objects"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Outbox:
    return Outbox(url=f"file://{tmp_path}/crm" if request.param == "local" else object_store_url())


@pytest.fixture
def local(tmp_path: Path) -> Outbox:
    return Outbox(url=f"file://{tmp_path}/crm")


def ledger(outbox: Outbox, object_type: str = "CONTACT", integration_id: str = INTEGRATION) -> Ledger:
    return Ledger(integration_id, object_type, outbox.url)


def done(
    outbox: Outbox, integration_id: str = INTEGRATION, *, now: datetime = NOW, run_id: str = RUN
) -> Settled:
    settled = settle(outbox, integration_id, run_id=run_id, now=now)
    settled.clean()
    return settled


def keys(rows: list[Record]) -> list[tuple[str, bool]]:
    return [(row["object_id"], row["resolved_at"] is not None) for row in rows]


def test_all_is_taken(outbox: Outbox) -> None:
    files = publish(outbox, [[contact(1), contact(2)], [contact(3)]])
    for file in files:
        answer(outbox, file)
    settled = settle(outbox, INTEGRATION, run_id=RUN, now=NOW)
    assert (settled.errors, settled.watermarks) == ([], {"CONTACT": HIGH})
    assert (settled.taken, settled.refused) == ({"CONTACT": 3}, {"CONTACT": 0})
    assert (settled.set_aside, settled.undecided) == ({"CONTACT": 0}, {"CONTACT": 0})
    rows = rows_of(ledger(outbox))
    assert {name: row["version"] for name, row in rows.items()} == {
        f"c-{n}": version_of(contact(n)) for n in (1, 2, 3)
    }
    assert (ledger(outbox).parent, ledger(outbox).mapping) == (files[1]["digest"], "m1")
    assert outbox.leftovers("CONTACT")
    settled.clean()
    assert outbox.leftovers("CONTACT") == []
    assert done(outbox) == Settled()


def test_what_gong_refused(outbox: Outbox) -> None:
    [file] = publish(outbox, [[contact(n) for n in range(5)]])
    answer(outbox, file, refused=[(2, "Field [x] of jane.doe@example.com is wrong"), (4, "No")])
    settled = done(outbox)
    assert settled.errors[0] == {
        "object_type": "CONTACT",
        "object_id": "c-1",
        "version": str(version_of(contact(1))),
        "reason": "Field [x] of <e-mail> is wrong",
        "checked_by": "gong",
        "line": 2,
        "client_request_id": "CONTACT-ab12",
        "modified_date": "2026-11-02T10:00:00Z",
        "detected_at": "2026-11-20T14:40:00Z",
        "resolved_at": None,
        "run_id": RUN,
        "box": "changes",
    }
    assert keys(settled.errors) == [("c-1", False), ("c-3", False)]
    assert (settled.taken, settled.refused) == ({"CONTACT": 3}, {"CONTACT": 2})
    assert settled.watermarks == {"CONTACT": "2026-11-02T10:00:00Z"}
    rows = rows_of(ledger(outbox))
    assert {name for name, row in rows.items() if row["version"] is None} == {"c-1", "c-3"}
    assert rows["c-3"]["refused"] == version_of(contact(3))


def test_an_error_names_the_request_whose_answer_named_the_line(local: Outbox) -> None:
    """Errors of a later round count the lines of what was sent then."""
    [file] = publish(local, [[contact(n) for n in range(4)]])
    answer(local, file, refused=[(1, "No"), (3, "No")])
    rounds = [
        {"client_request_id": "first", "without": [], "errors": [{"line": 1, "description": "No"}]},
        {"client_request_id": "second", "without": [1], "errors": [{"line": 2, "description": "No"}]},
    ]
    local.note(file, rounds=rounds)
    errors = {row["line"]: row["client_request_id"] for row in done(local).errors}
    assert errors == {1: "first", 3: "second"}


def test_rows_that_are_the_same_are_told_one_by_one(local: Outbox) -> None:
    publish(local, [], set_aside=[aside(""), aside(""), aside("")])
    assert len({row["version"] for row in done(local).errors}) == 3
    publish(local, [], run_id=NEXT, set_aside=[aside(""), aside("")])
    assert keys(done(local, run_id=NEXT, now=LATER).errors) == [("", True)]


def test_what_was_set_aside_is_told_once_and_resolved_once(outbox: Outbox) -> None:
    publish(outbox, [], set_aside=[aside("x"), aside("", version="cd", modified=None)])
    first = done(outbox)
    assert keys(first.errors) == [("x", False), ("", False)]
    assert (first.errors[0]["reason"], first.errors[0]["checked_by"]) == (
        "amount is not a number; url is no address",
        "check",
    )
    assert first.errors[0]["line"] is first.errors[0]["client_request_id"] is None
    assert (first.set_aside, first.watermarks) == ({"CONTACT": 2}, {"CONTACT": "2026-11-09T08:00:00Z"})

    publish(outbox, [], run_id=NEXT, set_aside=[aside("x")])
    second = done(outbox, now=LATER, run_id=NEXT)
    assert keys(second.errors) == [("", True)]
    assert second.errors[0] == {**first.errors[1], "resolved_at": "2026-11-20T20:40:00Z"}
    assert second.set_aside == {"CONTACT": 1}

    # Another mistake in the row that was bad before.
    publish(outbox, [], run_id=RUN, began="later", set_aside=[aside("x", version="ef")])
    third = done(outbox, now=LATER)
    assert keys(third.errors) == [("x", False), ("x", True)]
    assert [row["version"] for row in third.errors] == ["ef", "ab" * 16]
    assert keys(ledger(outbox).open_errors) == [("x", False)]


def test_a_refused_row_stays_open_while_it_is_held_and_is_resolved_when_it_is_taken(outbox: Outbox) -> None:
    [file] = publish(outbox, [[contact(1)]])
    answer(outbox, file, refused=[(1, "No such account")])
    done(outbox)
    held = {
        "object_id": "c-1",
        "version": str(version_of(contact(1))),
        "modified_date": contact(1)["modifiedDate"],
    }
    publish(outbox, [], run_id=NEXT, held=[held])
    again = done(outbox)
    assert (again.errors, again.watermarks) == ([], {"CONTACT": contact(1)["modifiedDate"]})
    # Sent once more and refused once more: found when it was found first.
    [file] = publish(outbox, [[contact(1)]], began="3")
    answer(outbox, file, refused=[(1, "Still no such account")])
    [row] = done(outbox, now=LATER).errors
    assert (row["detected_at"], row["reason"]) == ("2026-11-20T14:40:00Z", "Still no such account")
    [file] = publish(outbox, [[contact(1)]], run_id=NEXT, began="4")
    answer(outbox, file)
    taken = done(outbox)
    assert (keys(taken.errors), taken.watermarks) == ([("c-1", True)], {"CONTACT": HIGH})


def test_an_error_that_the_selection_did_not_read_is_not_resolved(local: Outbox) -> None:
    publish(local, [], set_aside=[aside("x"), aside("y", modified=None)])
    done(local)
    publish(local, [], run_id=NEXT, since="2026-11-10T00:00:00Z")
    assert keys(done(local).errors) == [("y", True)]
    publish(local, [], run_id=NEXT, began="later", since="2026-11-09T08:00:00Z")
    assert keys(done(local).errors) == [("x", True)]


def test_a_batch_of_which_a_file_has_no_result_stays(outbox: Outbox) -> None:
    files = publish(outbox, [[contact(1)], [contact(2)], [contact(3)]], set_aside=[aside("x")])
    answer(outbox, files[0], refused=[(1, "No")])
    attempt(outbox, files[1])
    early = done(outbox)
    assert (keys(early.errors), early.watermarks) == ([("c-1", False)], {})
    assert (ledger(outbox).parent, ledger(outbox).mapping) == (files[0]["digest"], "")
    assert len(outbox.leftovers("CONTACT")) == 1
    before = rows_of(ledger(outbox))
    assert done(outbox, now=LATER).errors == early.errors
    assert rows_of(ledger(outbox)) == before
    for file in files[1:]:
        answer(outbox, file)
    late = done(outbox, now=LATER)
    assert keys(late.errors) == [("c-1", False), ("x", False)]
    assert (late.taken, late.refused, late.set_aside) == ({"CONTACT": 2}, {"CONTACT": 1}, {"CONTACT": 1})
    assert late.watermarks == {"CONTACT": contact(1)["modifiedDate"]}
    rows = rows_of(ledger(outbox))
    assert rows["c-1"] == before["c-1"]
    assert (ledger(outbox).parent, ledger(outbox).mapping) == (files[2]["digest"], "m1")
    assert outbox.leftovers("CONTACT") == []


def test_a_file_that_was_not_attempted_beside_one_that_is_done_is_sent_by_the_next_run(local: Outbox) -> None:
    first, _ = publish(local, [[contact(1)], [contact(2)]])
    answer(local, first)
    assert done(local).watermarks == {}
    assert len(local.leftovers("CONTACT")) == 1


def test_a_run_that_was_stopped_before_it_sent_anything(outbox: Outbox) -> None:
    publish(outbox, [], set_aside=[aside("old")], began="1")
    done(outbox)
    publish(outbox, [[contact(1)]], mapping="m2", run_id=NEXT, set_aside=[aside("x")])
    settled = done(outbox)
    # Nothing was compared with Gong: what was open stays open.
    assert (keys(settled.errors), settled.watermarks) == ([("x", False)], {})
    assert (settled.taken, settled.set_aside) == ({"CONTACT": 0}, {"CONTACT": 1})
    assert rows_of(ledger(outbox)) == {}
    assert ledger(outbox).mapping == "m1"
    assert outbox.leftovers("CONTACT") == []


def test_who_repeats_before_cleaning_is_told_the_same(outbox: Outbox) -> None:
    publish(outbox, [], set_aside=[aside("gone")], began="1")
    done(outbox)
    [file] = publish(outbox, [[contact(1), contact(2)]], set_aside=[aside("x")])
    answer(outbox, file, refused=[(2, "No")])
    first = settle(outbox, INTEGRATION, run_id=RUN, now=NOW)
    assert keys(first.errors) == [("c-2", False), ("x", False), ("gone", True)]
    rows, state = rows_of(ledger(outbox)), ledger(outbox).state
    second = settle(outbox, INTEGRATION, run_id=NEXT, now=LATER)
    assert second == first
    assert (rows_of(ledger(outbox)), ledger(outbox).state) == (rows, state)
    second.clean()
    assert done(outbox) == Settled()


def test_a_batch_of_the_same_run_once_more_is_another_batch(local: Outbox) -> None:
    for began in ("1", "2"):
        [file] = publish(local, [[contact(1, title=began)]], began=began)
        answer(local, file)
        assert done(local).taken == {"CONTACT": 1}
    assert rows_of(ledger(local))["c-1"]["version"] == version_of(contact(1, title="2"))
    # What has been cleaned is remembered no longer than necessary.
    assert [key.rpartition("/")[2] for key in ledger(local).state["settled"]] == ["2"]


def test_it_is_not_known_what_gong_took(outbox: Outbox) -> None:
    [file] = publish(outbox, [[contact(n) for n in (3, 4, 5)]])
    answer(outbox, file, refused=[(1, "No")], undecided=True)
    settled = done(outbox)
    assert (settled.taken, settled.refused, settled.undecided) == (
        {"CONTACT": 0},
        {"CONTACT": 1},
        {"CONTACT": 2},
    )
    assert settled.watermarks == {"CONTACT": contact(3)["modifiedDate"]}
    assert [row["version"] for row in rows_of(ledger(outbox)).values()] == [None, 0, 0]
    [file] = publish(outbox, [[contact(n) for n in (4, 5)]], run_id=NEXT)
    answer(outbox, file, undecided=True)
    assert done(outbox).watermarks == {"CONTACT": contact(4)["modifiedDate"]}


def test_files_that_went_to_another_integration(outbox: Outbox) -> None:
    [file] = publish(outbox, [[contact(1)]], set_aside=[aside("x")])
    answer(outbox, file, integration_id="1")
    assert done(outbox) == Settled()
    assert outbox.leftovers("CONTACT") == []
    assert rows_of(ledger(outbox)) == {}


def test_the_integration_was_registered_after_the_selection(local: Outbox) -> None:
    [file] = publish(local, [[contact(1)]], integration_id="")
    answer(local, file)
    assert done(local).watermarks == {"CONTACT": HIGH}
    assert list(rows_of(ledger(local))) == ["c-1"]


def test_the_integration_could_not_be_looked_up(local: Outbox) -> None:
    [file] = publish(local, [[contact(1)]], integration_id="")
    answer(local, file)
    publish(local, [], object_type="LEAD", set_aside=[aside("x")])
    assert done(local, "").taken == {"CONTACT": 1, "LEAD": 0}
    assert list(rows_of(ledger(local))) == ["c-1"]
    assert keys(ledger(local, "LEAD").open_errors) == [("x", False)]


def test_errors_found_before_there_was_an_integration(outbox: Outbox) -> None:
    publish(outbox, [[contact(1)]], integration_id="", set_aside=[aside("x"), aside("y", version="cd")])
    first = done(outbox, "")
    assert (keys(first.errors), first.watermarks) == ([("x", False), ("y", False)], {})
    publish(outbox, [], run_id=NEXT, integration_id="", set_aside=[aside("x")])
    settled = settle(outbox, INTEGRATION, run_id=NEXT, now=LATER)
    assert keys(settled.errors) == [("y", True)]
    assert settled.errors[0]["detected_at"] == "2026-11-20T14:40:00Z"
    assert keys(ledger(outbox).open_errors) == [("x", False)]
    assert ledger(outbox, integration_id="").open_errors == []


def test_errors_that_were_told_and_not_written_when_there_was_no_integration(local: Outbox) -> None:
    publish(local, [[contact(1)]], integration_id="", set_aside=[aside("x")])
    for integration_id in ("", INTEGRATION):
        settled = settle(local, integration_id, run_id=RUN, now=NOW)
        assert keys(settled.errors) == [("x", False)]


def test_deletions(local: Outbox) -> None:
    publish(local, [], set_aside=[aside("x")])
    [file] = publish(local, [[contact(1), contact(2)]], run_id=NEXT, set_aside=[aside("x")])
    answer(local, file)
    done(local)
    before = ledger(local).mapping
    box = Outbox("deletions", local.url)
    gone = [{"objectId": f"c-{n}", "modifiedDate": "2026-11-20T04:00:00Z", "isDeleted": True} for n in (1, 2)]
    stage = {"objectId": "s", "name": "Won", "isActive": False}
    for object_type, records in (("CONTACT", gone), ("STAGE", [stage])):
        [file] = publish(box, [records], object_type=object_type, mapping="", high="", since="")
        answer(box, file, refused=[(2, "No")] if object_type == "CONTACT" else [])
    settled = done(box)
    assert (keys(settled.errors), settled.watermarks) == ([("c-2", False)], {})
    assert settled.taken == {"STAGE": 1, "CONTACT": 1}
    assert [row["is_deleted"] for row in rows_of(ledger(local)).values()] == [True, False]
    assert rows_of(ledger(local, "STAGE"))["s"]["is_deleted"] is True
    assert ledger(local).mapping == before
    # What one box found the other does not resolve.
    publish(local, [], began="9", set_aside=[aside("x")])
    assert done(local).errors == []
    publish(box, [], began="9", mapping="", high="")
    assert keys(done(box).errors) == [("c-2", True)]


def test_a_source_with_nothing_but_bad_rows(local: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "MOST_ERRORS", 3)
    rows = [aside(f"x{n}", modified=f"2026-11-{19 - n}T00:00:00Z") for n in range(9)]
    for repeat in range(2):
        publish(local, [], set_aside=rows, began=str(repeat))
        settled = done(local)
        assert len(settled.errors) == 3
        assert (settled.set_aside, settled.watermarks) == (
            {"CONTACT": 9},
            {"CONTACT": rows[-1]["modified_date"]},
        )


def test_a_kill_before_the_state_is_written_loses_nothing(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = publish(outbox, [[contact(1), contact(2)]], set_aside=[aside("x")])
    answer(outbox, file, refused=[(2, "No")])
    with monkeypatch.context() as patch:
        patch.setattr(Storage, "put", _die)
        with pytest.raises(KeyboardInterrupt):
            done(outbox)
    assert (rows_of(ledger(outbox)), ledger(outbox).open_errors) == ({}, [])
    settled = done(outbox)
    assert keys(settled.errors) == [("c-2", False), ("x", False)]
    assert settled.taken == {"CONTACT": 1}


def _die(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("high", ["", None])
def test_nothing_was_selected(local: Outbox, high: Any) -> None:
    publish(local, [], high=high)
    settled = done(local)
    assert (settled.watermarks, settled.errors) == ({}, [])
    assert local.leftovers("CONTACT") == []


def test_types_in_gongs_order(local: Outbox) -> None:
    order: Callable[[Settled], list[str]] = lambda settled: list(settled.taken)  # noqa: E731
    for object_type in ("LEAD", "ACCOUNT", "BUSINESS_USER"):
        [file] = publish(local, [[contact(1, emailAddress="a@b.example")]], object_type=object_type)
        answer(local, file)
    assert order(done(local)) == ["BUSINESS_USER", "ACCOUNT", "LEAD"]
