"""The CRM files after a purge of one person: their rows are gone, and the sync of all others goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from crm_batches import (
    INTEGRATION,
    NOW,
    RUN,
    answer,
    aside,
    attempt,
    contact,
    object_store_url,
    publish,
    rows_of,
)
from test_crm_cycle import Company

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.errors import GongTakenOverError
from include.crm.ledger import Ledger
from include.crm.outbox import Outbox, crm_storage
from include.crm.settling import settle
from include.erasure.copies import crm
from include.erasure.copies.searching import search
from include.erasure.person import Person

EMAIL, PHONE = "jane.doe@example.com", "+14255552671"


def person(*object_ids: str) -> Person:
    return Person.of([email_identity(EMAIL), phone_identity(PHONE)], object_ids=object_ids)


@pytest.fixture(params=["local", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"file://{tmp_path}/crm" if request.param == "local" else object_store_url()
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GONG_CRM_URL", url)
    return url


def tree(url: str) -> dict[str, bytes]:
    storage = crm_storage(url, "outbox")
    entries = [entry for folder in ("outbox", "ledger") for entry in storage.entries(folder)]
    return {entry.path: storage.read(entry.path) or b"" for entry in entries}


def settled(records: list[dict[str, Any]], object_type: str = "CONTACT", **given: Any) -> Ledger:
    """A ledger that has these records."""
    box = Outbox("settled")
    for file in publish(box, [records], object_type=object_type, **given):
        answer(box, file, refused=[(1, f"{EMAIL} is taken")] if given.get("set_aside") else [])
    settle(box, INTEGRATION, run_id=RUN, now=NOW).clean()
    return Ledger(INTEGRATION, object_type)


def test_a_batch_that_holds_the_person_goes_and_others_stay(url: str) -> None:
    hers = contact(1, emailAddress="Jane.Doe@Example.com")
    about: dict[str, Any] = {
        "sent": {"parts": [[contact(2)], [hers]]},
        "by-id": {"parts": [[contact(17)]]},
        "aside": {"parts": [[contact(3)]], "set_aside": [aside("425-555-2671")]},
        "held": {
            "parts": [[contact(3)]],
            "held": [{"object_id": EMAIL, "version": "1", "modified_date": None}],
        },
        "other": {"parts": [[contact(4, emailAddress=f"mary.{EMAIL}")]], "set_aside": [aside("c-170")]},
    }
    for run_id, given in about.items():
        publish(Outbox(), run_id=run_id, **given)
    publish(Outbox(), [[contact(17)]], object_type="ACCOUNT", run_id="other")
    publish(Outbox("vanished"), [[{"object_id": "c-17"}]], run_id="weekly")
    [file] = publish(Outbox(), [[contact(5)]], run_id="told")
    answer(Outbox(), file, refused=[(1, f"{EMAIL} is taken by another")])
    before = tree(url)
    counts = crm.survey(person("c-17"))
    assert tree(url) == before
    assert crm.purge(person("c-17")) == counts
    assert [batch.manifest["run_id"] for batch in Outbox().leftovers("CONTACT")] == ["other"]
    assert len(Outbox().leftovers("ACCOUNT")) == 1
    left = tree(url)
    assert counts == {"rows": 0, "files": len(before) - len(left), "mentions": 0}
    assert {path: before[path] for path in left} == left
    assert search(person("c-17"))["crm"] == 0


def test_half_a_batch_and_a_draft_go_too(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # An address begins in one block and ends in the next.
    monkeypatch.setattr("include.erasure.copies.batches._BLOCK", 64)
    storage = crm_storage(url, "outbox")
    line = json.dumps(contact(1, emailAddress=EMAIL)).encode() + b"\n"
    storage.put("outbox/changes/CONTACT/0123/part-0001.ldjson", b"{}\n" * 5 + line)
    storage.put("outbox/changes/CONTACT/4567/part-0001.ldjson", b"{}\n" * 10)
    with pytest.raises(FileNotFoundError), Outbox().draft("LEAD", "run") as draft:
        (draft.folder / "part-0001.ldjson").write_bytes(line)
        assert crm.hold_back(person()) == {"files": 2}
        assert not draft.folder.exists()
        draft.publish({"object_type": "LEAD", "run_id": "run", "began": "", "parts": []})
    assert list(tree(url)) == ["outbox/changes/CONTACT/4567/part-0001.ldjson"]


def test_the_other_rows_of_a_batch_are_selected_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company(url)
    company.put("a", "b", "c")
    company.run()
    company.put("d", "e", mail="new@example.com")
    company.put("jane", mail=EMAIL)
    watermarks = dict(company.watermarks)
    with monkeypatch.context() as begun:
        # Sent, and Gong has not answered yet.
        begun.setattr(company, "send", lambda outbox, file, refused: attempt(outbox, file) or [])
        company.run()
    [batch] = company.changes.leftovers("CONTACT")
    assert batch.attempted
    crm.purge(person())
    assert company.changes.leftovers("CONTACT") == []
    assert company.watermarks == watermarks
    company.database.execute("DELETE FROM person WHERE id = 'jane'")
    assert sorted(company.run()[0]) == ["d", "e"]
    assert sorted(rows_of(Ledger(INTEGRATION, "CONTACT"))) == ["a", "b", "c", "d", "e"]


def test_rows_leave_the_ledger_and_all_others_stay(url: str) -> None:
    ledger = settled([contact(number) for number in range(3000)] + [contact(0, objectId=EMAIL.upper())])
    before = rows_of(ledger)
    order = [
        row[0]
        for row in duckdb.execute("SELECT object_id FROM read_parquet(?)", [str(ledger.parquet())]).fetchall()
    ]
    told = crm.survey(person("c-17", "c-99"))
    assert rows_of(Ledger(INTEGRATION, "CONTACT")) == before
    assert crm.purge(person("c-17", "c-99")) == told == {"rows": 3, "files": 1, "mentions": 0}
    after = Ledger(INTEGRATION, "CONTACT")
    gone = {"c-17", "c-99", EMAIL.upper()}
    assert rows_of(after) == {key: row for key, row in before.items() if key not in gone}
    rows = duckdb.execute("SELECT object_id FROM read_parquet(?)", [str(after.parquet())]).fetchall()
    assert [row[0] for row in rows] == [key for key in order if key not in gone]
    assert after.others() == []
    assert {**after.state, "ledger": ""} == {**ledger.state, "ledger": ""}
    assert set(crm.purge(person("c-17", "c-99")).values()) == {0}
    assert search(person("c-17"))["crm"] == 0


def test_another_object_type_with_the_same_id_is_no_person(url: str) -> None:
    before = rows_of(settled([contact(17)], "ACCOUNT"))
    crm.purge(person("c-17"))
    assert rows_of(Ledger(INTEGRATION, "ACCOUNT")) == before


def test_errors_of_the_person_are_forgotten_and_mentions_in_others_blanked(url: str) -> None:
    settled([contact(1), contact(2)], set_aside=[aside("c-17"), aside(PHONE), aside("c-18")])
    ledger = Ledger(INTEGRATION, "CONTACT")
    state = {**ledger.state, "open_errors": [{**row, "reason": f"see {EMAIL}"} for row in ledger.open_errors]}
    ledger.commit(state)  # type: ignore[arg-type]
    assert {row["object_id"] for row in ledger.open_errors} == {"c-1", "c-17", PHONE, "c-18"}
    counts = crm.purge(person("c-17"))
    after = Ledger(INTEGRATION, "CONTACT")
    assert {(row["object_id"], row["reason"]) for row in after.open_errors} == {
        ("c-1", "see [erased]"), ("c-18", "see [erased]"),
    }  # fmt: skip
    [note] = after.state["settled"].values()
    assert {row["object_id"] for row in note["errors"]} == {"c-1", "c-18"}
    assert (counts["rows"], counts["mentions"]) == (4, 2)
    assert sorted(rows_of(after)) == ["c-1", "c-2"]


def test_killed_before_the_old_file_is_removed_the_next_purge_does_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled([contact(number) for number in range(20)])

    class KilledError(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(Ledger, "remove", killed)
        crm.purge(person("c-17"))
    assert len(Ledger(INTEGRATION, "CONTACT").others()) == 1
    assert crm.purge(person("c-17")) == {"rows": 0, "files": 1, "mentions": 0}
    assert Ledger(INTEGRATION, "CONTACT").others() == []
    assert len(rows_of(Ledger(INTEGRATION, "CONTACT"))) == 19


def test_a_ledger_that_is_committed_meanwhile_is_left_to_the_next_try(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled([contact(1), contact(17)])
    real = crm.rows_without

    def meanwhile(*given: Any) -> Any:
        other = Ledger(INTEGRATION, "CONTACT")
        other.commit({**other.state, "mapping": "m2"})
        return real(*given)

    with monkeypatch.context() as patched, pytest.raises(GongTakenOverError):
        patched.setattr(crm, "rows_without", meanwhile)
        crm.purge(person("c-17"))
    assert crm.purge(person("c-17"))["rows"] == 1
    assert Ledger(INTEGRATION, "CONTACT").mapping == "m2"
