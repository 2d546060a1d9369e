"""Records that vanished from the source: found, asked about, deleted; never those of an emptied source."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from crm_batches import (
    INTEGRATION,
    NOW,
    RUN,
    Record,
    answer,
    attempt,
    contact,
    object_store_url,
    publish,
    rows_of,
    version_of,
)

from include.crm import database, vanished
from include.crm.ledger import Ledger
from include.crm.outbox import Outbox
from include.crm.settling import settle
from include.crm.vanished import asks, drop_lists, find_vanished, to_reread, write_deletions

BAD = None
Source = dict[str, dict[str, Record | None]]


class Crm:
    """A source, and what Gong was sent of it."""

    def __init__(self, url: str) -> None:
        self.changes, self.deletions = Outbox(url=url), Outbox("deletions", url)
        self.rows: Source = {"STAGE": {}, "CONTACT": {}}
        self.began = itertools.count(1)

    def send(self, object_type: str, *records: Record, refused: int = 0) -> None:
        """Records that Gong takes, but the first ones."""
        [file] = publish(
            self.changes,
            [records],
            object_type=object_type,
            run_id=f"send {next(self.began)}",
            began=str(next(self.began)),
        )
        answer(self.changes, file, refused=[(line, "No") for line in range(1, refused + 1)])
        settle(self.changes, INTEGRATION, run_id=RUN, now=NOW).clean()
        self.rows[object_type] |= {record["objectId"]: record for record in records}

    def find(self, run_id: str = RUN) -> dict[str, dict[str, int]]:
        return find_vanished(self.mapping, self, INTEGRATION, self.deletions, run_id=run_id, now=NOW)  # type: ignore[arg-type]

    def write(self, run_id: str = RUN) -> dict[str, list[Record]]:
        return write_deletions(self.mapping, self, INTEGRATION, self.deletions, run_id=run_id, now=NOW)  # type: ignore[arg-type]

    @property
    def mapping(self) -> Any:
        return SimpleNamespace(objects=dict(zip(self.rows, self.rows, strict=True)))

    def lines(self, file: Record) -> list[Record]:
        with self.deletions.open(file) as opened:
            return [json.loads(line) for line in opened]

    def settle(self) -> None:
        settle(self.deletions, INTEGRATION, run_id=RUN, now=NOW).clean()

    def counts(self, object_type: str = "CONTACT") -> dict[str, int]:
        return Ledger(INTEGRATION, object_type, self.changes.url).counts()


def collect_ids(object_type: Any, source: Any, connection: Any, table: str, _: Any) -> int:
    """As the real one gives it."""
    connection.execute(f"CREATE TABLE {table} (id_hash UBIGINT, version UBIGINT)")
    for object_id, record in source.rows[object_type].items():
        version = None if record is BAD else version_of(record)
        connection.execute(f"INSERT INTO {table} VALUES (md5_number_lower(?), ?)", [object_id, version])
    return len(source.rows[object_type])


@pytest.fixture(params=["local", "objects"])
def crm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crm:
    monkeypatch.setattr(vanished, "collect_ids", collect_ids)
    return Crm(f"file://{tmp_path}/crm" if request.param == "local" else object_store_url())


def test_what_vanished_is_deleted(crm: Crm) -> None:
    stages = [{"objectId": name, "name": f"Étape {name}"} for name in ("s1", "s2")]
    crm.send("STAGE", *stages)
    crm.send("CONTACT", *(contact(n) for n in range(6)))
    del crm.rows["STAGE"]["s2"], crm.rows["CONTACT"]["c-0"], crm.rows["CONTACT"]["c-5"]
    assert crm.find() == {
        "STAGE": {"held": 2, "in_source": 1, "vanished": 1, "unseen": 0},
        "CONTACT": {"held": 6, "in_source": 4, "vanished": 2, "unseen": 0},
    }
    files = crm.write()
    assert list(files) == ["STAGE", "CONTACT"]
    assert crm.lines(files["STAGE"][0]) == [{"objectId": "s2", "name": "Étape s2", "isActive": False}]
    [file] = files["CONTACT"]
    assert sorted(record["objectId"] for record in crm.lines(file)) == ["c-0", "c-5"]
    assert {**crm.lines(file)[0], "objectId": ""} == {
        "objectId": "",
        "modifiedDate": "2026-11-20T14:40:00Z",
        "isDeleted": True,
    }
    assert (file["rows"], len(file["digest"])) == (2, 64)
    for sent in (*files["STAGE"], file):
        answer(crm.deletions, sent)
    crm.settle()
    assert (crm.counts(), crm.counts("STAGE")) == (
        {"held": 4, "deleted": 2, "refused": 0},
        {"held": 1, "deleted": 1, "refused": 0},
    )
    assert [count["vanished"] for count in crm.find().values()] == [0, 0]


def test_what_is_bad_or_was_never_taken_has_not_vanished(crm: Crm) -> None:
    crm.send("CONTACT", *(contact(n) for n in range(5)), refused=2)
    crm.rows["CONTACT"] = {"c-2": contact(2), "c-3": BAD, "c-4": contact(4)}
    assert crm.find()["CONTACT"] == {"held": 3, "in_source": 3, "vanished": 0, "unseen": 0}
    assert crm.write() == {"STAGE": [], "CONTACT": []}


def test_a_type_without_a_file_is_not_compared(crm: Crm) -> None:
    crm.send("CONTACT", contact(1))
    del crm.rows["CONTACT"]
    assert list(crm.find()) == ["STAGE"]
    assert crm.write() == {"STAGE": []}


def test_only_what_was_approved_and_is_missing_still_is_deleted(crm: Crm) -> None:
    crm.send("CONTACT", *(contact(n) for n in range(6)))
    for number in (1, 2, 3):
        del crm.rows["CONTACT"][f"c-{number}"]
    assert crm.find()["CONTACT"]["vanished"] == 3
    # Meanwhile one came back, one was deleted by another way, and another one vanished.
    crm.rows["CONTACT"]["c-1"] = contact(1)
    crm.send("CONTACT", contact(2, isDeleted=True))
    del crm.rows["CONTACT"]["c-2"], crm.rows["CONTACT"]["c-5"]
    [file] = crm.write()["CONTACT"]
    assert [record["objectId"] for record in crm.lines(file)] == ["c-3"]


def test_the_list_of_another_run_approves_nothing(crm: Crm) -> None:
    crm.send("CONTACT", contact(1), contact(2))
    del crm.rows["CONTACT"]["c-1"]
    crm.find("another")
    assert crm.write()["CONTACT"] == []
    crm.find()
    lists = Outbox(vanished.BOX, crm.changes.url)
    assert [batch.manifest["run_id"] for batch in lists.leftovers("CONTACT")] == [RUN]
    drop_lists(crm.deletions)
    assert crm.write()["CONTACT"] == lists.leftovers("CONTACT") == []


def test_a_repeat_writes_the_same_until_it_may_have_been_sent(crm: Crm) -> None:
    crm.send("CONTACT", *(contact(n) for n in range(9)))
    for number in range(4):
        del crm.rows["CONTACT"][f"c-{number}"]
    crm.find()
    first = crm.write()
    assert crm.write() == first
    attempt(crm.deletions, first["CONTACT"][0])
    crm.rows["CONTACT"]["c-1"] = contact(1)
    assert crm.write() == first
    # Also in the next run: what became of it has to be known before anything else is sent.
    crm.find("next")
    assert crm.write("next") == first


def test_what_an_earlier_run_wrote_and_did_not_send_is_not_sent_unapproved(crm: Crm) -> None:
    crm.send("CONTACT", contact(1), contact(2), contact(3))
    del crm.rows["CONTACT"]["c-1"], crm.rows["CONTACT"]["c-2"]
    crm.find("earlier")
    crm.write("earlier")
    crm.rows["CONTACT"]["c-1"] = contact(1)
    crm.find()
    [file] = crm.write()["CONTACT"]
    assert [record["objectId"] for record in crm.lines(file)] == ["c-2"]
    crm.rows["CONTACT"]["c-2"] = contact(2)
    crm.find("later")
    assert crm.write("later")["CONTACT"] == []
    assert crm.deletions.leftovers("CONTACT") == []


def test_the_same_deletion_after_something_else_was_sent_has_another_digest(crm: Crm) -> None:
    digests = set()
    for title in ("a", "b"):
        crm.send("CONTACT", contact(1, title=title))
        crm.rows["CONTACT"] = {"c-2": contact(2)}
        crm.find()
        [file] = crm.write()["CONTACT"]
        answer(crm.deletions, file)
        crm.settle()
        digests.add(file["digest"])
    assert len(digests) == 2


def test_large_lists_make_several_files(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_RANGE_ROWS", 4)
    monkeypatch.setattr(vanished, "_CHUNK", 3)
    crm.send("CONTACT", *(contact(n) for n in range(20)))
    crm.rows["CONTACT"] = {"c-0": contact(0)}
    assert crm.find()["CONTACT"] == {"held": 20, "in_source": 1, "vanished": 19, "unseen": 0}
    monkeypatch.setattr(vanished, "MOST_BYTES", 500)
    files = crm.write()["CONTACT"]
    assert [file["part"] for file in files] == [f"part-{n:04d}" for n in range(1, len(files) + 1)]
    assert len(files) > 2
    ids = [record["objectId"] for file in files for record in crm.lines(file)]
    assert sorted(ids) == sorted(f"c-{n}" for n in range(1, 20))
    for file in files:
        with crm.deletions.open(file) as opened:
            assert len(opened.read()) == file["bytes"] <= 500


def test_rows_that_gong_has_never_seen_as_they_are(crm: Crm) -> None:
    crm.send("CONTACT", *(contact(n) for n in range(4)), refused=1)
    assert to_reread(crm.find()) == []
    crm.rows["CONTACT"]["c-3"] = contact(3, title="changed without a mark")
    assert crm.find()["CONTACT"]["unseen"] == 1
    assert to_reread(crm.find()) == ["CONTACT"]
    crm.rows["CONTACT"]["c-3"] = BAD
    assert to_reread(crm.find()) == []
    crm.rows["CONTACT"]["new"] = contact(77)
    assert crm.find()["CONTACT"]["unseen"] == 1


def test_a_record_that_is_back_is_sent_again(crm: Crm) -> None:
    crm.send("CONTACT", contact(1), contact(2))
    gone = crm.rows["CONTACT"].pop("c-1")
    crm.find()
    [file] = crm.write()["CONTACT"]
    answer(crm.deletions, file)
    crm.settle()
    assert to_reread(crm.find()) == []
    crm.rows["CONTACT"]["c-1"] = gone
    assert to_reread(crm.find()) == ["CONTACT"]
    assert rows_of(Ledger(INTEGRATION, "CONTACT", crm.changes.url))["c-1"]["is_deleted"]


@pytest.mark.parametrize(
    ("held", "in_source", "gone", "expected"),
    [
        (1000, 1000, 0, False),
        (1000, 990, 10, False),
        (1000, 989, 11, True),  # more than may go unasked
        (100, 90, 10, False),
        (99, 89, 10, True),  # more than a tenth
        (5, 4, 1, True),
        (3, 0, 0, True),  # an empty source
        (0, 0, 0, False),
    ],
)
def test_when_a_person_is_asked(held: int, in_source: int, gone: int, expected: bool) -> None:
    counts = {"held": held, "in_source": in_source, "vanished": gone, "unseen": 0}
    nothing = {"held": 50, "in_source": 50, "vanished": 0, "unseen": 9}
    assert asks({"ACCOUNT": nothing, "CONTACT": counts}, 10) is expected


def test_many_types_together(crm: Crm) -> None:
    some = {"held": 1000, "in_source": 994, "vanished": 6, "unseen": 0}
    assert not asks({"ACCOUNT": some}, 10)
    assert asks({"ACCOUNT": some, "CONTACT": some}, 10)
    assert asks({"ACCOUNT": some}, 5)
    assert not asks({}, 0)
