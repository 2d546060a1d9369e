"""The ledger: rows for lines, and commits that are done or not done."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from crm_batches import (
    INTEGRATION,
    NOW,
    Record,
    aside,
    contact,
    line_of,
    object_store_url,
    rows_of,
    version_of,
)

from gong_airflow.errors import GongTakenOverError
from include.crm import database, ledger_rows
from include.crm.database import open_database
from include.crm.ledger import Ledger, forget, merged
from include.crm.ledger_rows import REFUSED, TAKEN, UNDECIDED, LedgerRows
from include.storage import Storage

LATER = NOW.replace(hour=20)


@pytest.fixture(params=["local", "objects"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path}/crm" if request.param == "local" else object_store_url()


def commit(
    url: str,
    *lines: tuple[Sequence[Record], str],
    object_type: str = "CONTACT",
    deletions: bool = False,
    now: datetime = NOW,
    **state: Any,
) -> dict[str, Record]:
    """Commit what became of some records; the rows of the ledger then."""
    ledger = Ledger(INTEGRATION, object_type, url)
    with open_database() as connection:
        rows = LedgerRows(connection, object_type, deletions=deletions)
        for records, outcome in lines:
            assert rows.add(map(line_of, records), outcome) == len(records)
        ledger.commit({**ledger.state, **state}, rows.write(ledger.parquet(), now))  # type: ignore[typeddict-item]
    return rows_of(Ledger(INTEGRATION, object_type, url))


def test_before_the_first_commit_it_is_empty(url: str) -> None:
    for ledger in (Ledger(INTEGRATION, "CONTACT", url), Ledger("", "CONTACT", url)):
        assert ledger.parquet() is None
        assert (ledger.parent, ledger.mapping, ledger.open_errors) == ("", "", [])
        assert ledger.counts() == {"held": 0, "deleted": 0, "refused": 0}


def test_a_row_says_what_gong_took_last(url: str) -> None:
    row = commit(url, ([contact(1)], TAKEN))["c-1"]
    assert row == {
        "object_id": "c-1",
        "id_hash": row["id_hash"],
        "version": version_of(contact(1)),
        "refused": None,
        "is_deleted": False,
        "kept": None,
        "taken_at": "2026-11-20 14:40:00",
        "refused_at": None,
    }
    changed = contact(1, title="x", isDeleted=False)
    row = commit(url, ([changed], REFUSED), now=LATER)["c-1"]
    assert (row["version"], row["refused"]) == (version_of(contact(1)), version_of(changed))
    assert (row["taken_at"], row["refused_at"]) == ("2026-11-20 14:40:00", "2026-11-20 20:40:00")
    row = commit(url, ([changed], TAKEN), now=LATER)["c-1"]
    assert (row["version"], row["refused"], row["refused_at"]) == (version_of(changed), None, None)
    assert row["taken_at"] == "2026-11-20 20:40:00"
    gone = contact(1, isDeleted=True)
    assert commit(url, ([gone], REFUSED))["c-1"]["is_deleted"] is False
    assert commit(url, ([gone], TAKEN))["c-1"]["is_deleted"] is True
    assert commit(url, ([changed], REFUSED))["c-1"]["is_deleted"] is True
    assert commit(url, ([changed], TAKEN))["c-1"]["is_deleted"] is False


def test_records_that_gong_never_took(url: str) -> None:
    rows = commit(url, ([contact(1)], REFUSED), ([contact(2)], UNDECIDED), ([contact(3)], TAKEN))
    assert (rows["c-1"]["version"], rows["c-1"]["refused"]) == (None, version_of(contact(1)))
    # Gong may hold it, in which version nobody knows: one that no line has.
    assert (rows["c-2"]["version"], rows["c-2"]["refused"], rows["c-2"]["taken_at"]) == (0, None, None)
    assert Ledger(INTEGRATION, "CONTACT", url).counts() == {"held": 2, "deleted": 0, "refused": 1}
    rows = commit(url, ([contact(3, title="x")], UNDECIDED))
    assert (rows["c-3"]["version"], rows["c-3"]["taken_at"]) == (0, "2026-11-20 14:40:00")
    assert rows["c-1"]["refused"] == version_of(contact(1))


def test_what_is_kept_of_users_and_stages(url: str) -> None:
    def user(address: str | None, **fields: Any) -> Record:
        return {"objectId": "u", "modifiedDate": "2026-11-01T00:00:00Z", "emailAddress": address, **fields}

    def kept(address: str) -> str:
        return hashlib.md5(address.encode()).hexdigest()  # noqa: S324

    rows = commit(url, ([user("a@example.com")], TAKEN), object_type="BUSINESS_USER")
    assert rows["u"]["kept"] == kept("a@example.com")
    for outcome in (REFUSED, UNDECIDED):
        rows = commit(url, ([user("b@example.com")], outcome), object_type="BUSINESS_USER")
        assert rows["u"]["kept"] == kept("a@example.com")
    rows = commit(url, ([user(None, isDeleted=True)], TAKEN), object_type="BUSINESS_USER")
    assert (rows["u"]["kept"], rows["u"]["is_deleted"]) == (None, True)

    stage = {"objectId": "s", "name": "Über", "isActive": False}
    rows = commit(url, ([stage], TAKEN), object_type="STAGE")
    assert (rows["s"]["kept"], rows["s"]["is_deleted"]) == ("Über", False)
    rows = commit(url, ([stage], TAKEN), object_type="STAGE", deletions=True)
    assert (rows["s"]["kept"], rows["s"]["is_deleted"]) == ("Über", True)
    assert commit(url, ([stage], TAKEN), object_type="STAGE")["s"]["is_deleted"] is False


def test_every_character_of_a_line_counts(url: str) -> None:
    odd = [
        contact(1, lastName='q " \\ \n \t \u0000 \u2028 😀'),
        contact(2, lastName=""),
        contact(3, title=None, isDeletedNot=True),
        contact(4, amount=12345678901234567890),
    ]
    rows = commit(url, (odd, TAKEN))
    assert {row["object_id"]: row["version"] for row in rows.values()} == {
        record["objectId"]: version_of(record) for record in odd
    }


def test_many_records_range_after_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_RANGE_ROWS", 7)
    monkeypatch.setattr(ledger_rows, "_CHUNK", 1000)
    url = f"file://{tmp_path}/crm"
    first, second = [contact(n) for n in range(200)], [contact(n, title="x") for n in range(100, 300)]
    commit(url, (first, TAKEN))
    rows = commit(url, (second, TAKEN))
    expected = {record["objectId"]: version_of(record) for record in (*first, *second)}
    assert {name: row["version"] for name, row in rows.items()} == expected


def test_a_commit_is_done_or_not_done(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(url, ([contact(1)], TAKEN), parent="p1")
    ledger = Ledger(INTEGRATION, "CONTACT", url)
    assert ledger.parent == "p1"
    with monkeypatch.context() as patch:
        patch.setattr(Storage, "put", _die)
        with pytest.raises(KeyboardInterrupt):
            commit(url, ([contact(2)], TAKEN), parent="p2")
    again = Ledger(INTEGRATION, "CONTACT", url)
    assert (list(rows_of(again)), again.parent) == (["c-1"], "p1")
    assert list(commit(url, ([contact(2)], TAKEN), parent="p2")) == ["c-1", "c-2"]
    # Who has begun to read goes on reading, though not for ever.
    assert list(rows_of(ledger)) == ["c-1"]
    commit(url, ([contact(3)], TAKEN), parent="p3")
    names = [entry.path.rpartition("/")[2] for entry in ledger._storage.entries("ledger")]
    assert sorted(names) == ["ledger-000002.parquet", "ledger-000003.parquet", "state.json"]


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_who_commit_at_once(url: str) -> None:
    one, other = Ledger(INTEGRATION, "CONTACT", url), Ledger(INTEGRATION, "CONTACT", url)
    assert one.state == other.state
    one.commit({**one.state, "parent": "p1"})
    with pytest.raises(GongTakenOverError, match="Another task has settled CONTACT"):
        other.commit({**other.state, "parent": "p2"})
    one.commit({**one.state, "parent": "p3"})
    assert Ledger(INTEGRATION, "CONTACT", url).parent == "p3"


def test_what_is_forgotten(url: str) -> None:
    error = {**aside("x"), "box": "changes"}
    other = Ledger("99", "CONTACT", url)
    other.commit({**other.state, "parent": "p9"})
    commit(url, ([contact(1)], TAKEN), parent="p1", open_errors=[error])
    for _ in range(2):
        forget(INTEGRATION, url)
        ledger = Ledger(INTEGRATION, "CONTACT", url)
        assert (ledger.parquet(), ledger.parent, ledger.open_errors) == (None, "", [])
        # Rows of the table that somebody has to resolve one day.
        assert Ledger("", "CONTACT", url).open_errors == [error]
        assert not ledger._storage.entries(f"ledger/{INTEGRATION}")
    assert Ledger("99", "CONTACT", url).parent == "p9"
    commit(url, ([contact(2)], TAKEN))
    assert list(rows_of(Ledger(INTEGRATION, "CONTACT", url))) == ["c-2"]


def test_errors_are_merged_by_record_and_version() -> None:
    rows = [{**aside("a"), "n": 1}, {**aside("a", version="other"), "n": 2}, {**aside("b"), "n": 3}]
    assert merged(rows, [{**aside("a"), "n": 4}]) == [{**aside("a"), "n": 4}, *rows[1:]]


def test_local_folders_are_private(tmp_path: Path) -> None:
    commit(f"file://{tmp_path}/crm", ([contact(1)], TAKEN))
    folder = tmp_path / "crm" / "ledger" / INTEGRATION / "CONTACT"
    for private in (folder, *list(folder.parents)[:3]):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


@pytest.mark.parametrize("integration_id", ["../x", "a/b", " "])
def test_an_id_that_is_none(integration_id: str) -> None:
    with pytest.raises(ValueError, match="An integration id"):
        Ledger(integration_id, "CONTACT", "memory://x/y")
