"""Selecting: what Gong does not have, and nothing else, becomes a batch."""

from __future__ import annotations

import hashlib
import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
from crm_batches import INTEGRATION, answer, attempt

from gong_airflow.crm.objects import OBJECT_TYPES, Field
from gong_airflow.errors import GongConfigurationError, GongInputError
from include.crm import database, drafting
from include.crm.ledger import Ledger
from include.crm.mapping import EPOCH, CrmMapping, ObjectMapping
from include.crm.outbox import Batch, Outbox
from include.crm.selecting import collect_ids, select_rows
from include.crm.settling import Settled, settle
from include.crm.source import Rows
from include.erasure.suppression import NOBODY

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
Record = dict[str, Any]


class Tables:
    """A source: the rows of each object type, and what was asked."""

    def __init__(self, **tables: Sequence[Record]) -> None:
        self.tables = {name: list(rows) for name, rows in tables.items()}
        self.asked: list[str] = []

    @contextmanager
    def rows(self, sql: str) -> Iterator[Rows]:
        name, since = sql.split()
        self.asked.append(since)
        rows = self.tables[name]
        columns = list(dict.fromkeys(key for row in rows for key in row)) or [
            field.name for field in OBJECT_TYPES[name].fields
        ]
        yield Rows(columns, iter([[tuple(row.get(column) for column in columns) for row in rows], []]))


class Company:
    """The flow without Gong: what is selected, what Gong would say, what is settled."""

    def __init__(self, folder: Path, **tables: Sequence[Record]) -> None:
        self.source = Tables(**tables)
        self.declared: dict[str, tuple[Field, ...]] = {}
        self.outbox = Outbox(url=f"file://{folder}")
        self.now = NOW
        self.watermarks: dict[str, str] = {}
        self.most_bad = 1000
        self.integration = INTEGRATION

    def mapping(self) -> CrmMapping:
        return CrmMapping(
            {
                name: ObjectMapping(kind, f"{name} {{{{ since }}}}", self.declared.get(name, ()))
                for name, kind in OBJECT_TYPES.items()
                if name in self.source.tables
            }
        )

    def select(self, run_id: str = "", **given: Any) -> dict[str, list[dict[str, Any]]]:
        arguments: dict[str, Any] = {
            "integration_id": self.integration,
            "run_id": run_id or str(self.now),
            "watermarks": self.watermarks,
            "now": self.now,
            "look_back": timedelta(hours=24),
            "most_bad": self.most_bad,
        }
        return select_rows(self.mapping(), self.source, self.outbox, **{**arguments, **given})  # type: ignore[arg-type]

    def batch(self, object_type: str) -> Batch:
        [batch] = self.outbox.leftovers(object_type)
        return batch

    def lines(self, object_type: str) -> list[Record]:
        batch = self.batch(object_type)
        return [record for part in batch.references for record in batch.lines(f"{part['part']}.ldjson")]

    def run(self, refused: Sequence[str] = (), **given: Any) -> dict[str, list[Record]]:
        """A whole run, an hour later: what was sent."""
        self.now += timedelta(hours=1)
        chosen = self.select(**given)
        sent = {name: self.lines(name) for name, files in chosen.items() if files}
        for files in chosen.values():
            for file in files:
                with self.outbox.open(file) as opened:
                    ids = [json.loads(line)["objectId"] for line in opened]
                answer(
                    self.outbox, file, refused=[(n, "no") for n, one in enumerate(ids, 1) if one in refused]
                )
        self.settled: Settled = settle(self.outbox, self.integration, run_id="r", now=self.now)
        self.watermarks |= self.settled.watermarks
        self.settled.clean()
        return sent


def contact(name: str, modified: str = "2026-11-01T10:00:00Z", **fields: Any) -> Record:
    return {"objectId": name, "modifiedDate": modified, **fields}


def ids(records: Sequence[Record]) -> list[str]:
    return [record["objectId"] for record in records]


def counts(batch: Batch) -> dict[str, int]:
    names = ("selected", "unchanged", "older", "set_aside", "held")
    return {name: batch.manifest[name] for name in names if batch.manifest[name]}


def test_the_first_run_writes_everything_sorted(tmp_path: Path) -> None:
    rows = [contact("b", "2026-11-02T00:00:00Z"), contact("c"), contact("a", "2026-11-02T00:00:00Z")]
    company = Company(tmp_path, CONTACT=rows, STAGE=[])
    chosen = company.select("run-1")
    assert list(chosen) == list(OBJECT_TYPES)
    assert [file["rows"] for file in chosen["CONTACT"]] == [3]
    assert ids(company.lines("CONTACT")) == ["c", "a", "b"]
    batch = company.batch("CONTACT")
    [part] = chosen["CONTACT"]
    assert batch.manifest == {
        "object_type": "CONTACT", "run_id": "run-1", "integration_id": INTEGRATION,
        "mapping": company.mapping().objects["CONTACT"].digest, "types": {}, "since": EPOCH, "whole": True,
        "began": "2026-11-20T12:00:00Z", "high": "2026-11-02T00:00:00Z",
        "selected": 3, "suppressed": 0, "unchanged": 0, "older": 0, "set_aside": 0, "held": 0,
        "parts": [{name: part[name] for name in ("part", "rows", "bytes", "digest")}],
    }  # fmt: skip
    with batch.open("part-0001.ldjson") as file:
        content = file.read()
    assert part["digest"] == hashlib.sha256(content).hexdigest()
    assert part["bytes"] == len(content)


def test_a_type_without_rows_has_a_batch_without_files(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[])
    assert company.select()["CONTACT"] == []
    assert company.batch("CONTACT").manifest["high"] is None


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [
        contact(f"c-{number}", f"2026-11-{1 + number % 9:02d}T10:00:00Z", title=str(number))
        for number in range(500)
    ]
    rows += [contact("twin", title="old"), contact("twin", "2026-11-05T10:00:00Z", title="new")]
    contents = set()
    for seed in range(4):
        company = Company(tmp_path / str(seed), CONTACT=random.Random(seed).sample(rows, len(rows)))
        company.select()
        with company.batch("CONTACT").open("part-0001.ldjson") as file:
            contents.add(file.read())
    assert len(contents) == 1


def test_only_changes_are_sent_whatever_is_read(tmp_path: Path) -> None:
    rows = [contact(f"c-{number}") for number in range(200)]
    company = Company(tmp_path, CONTACT=rows)
    assert len(company.run()["CONTACT"]) == 200
    assert company.run(whole=True) == {}
    for row in company.source.tables["CONTACT"][:50]:
        row["modifiedDate"] = "2026-11-20T13:00:00Z"
    assert ids(company.run()["CONTACT"]) == sorted(ids(rows[:50]))
    assert company.run() == {}


def test_of_several_rows_of_a_record_the_newest_counts(tmp_path: Path) -> None:
    rows = [
        contact("a", "2026-11-01T00:00:00Z", title="1"),
        contact("a", "2026-11-03T00:00:00Z", title="3"),
        contact("a", "2026-11-02T00:00:00Z", title="2"),
        contact("b", title="same"),
        contact("b", title="same"),
    ]
    company = Company(tmp_path, CONTACT=rows)
    company.select()
    assert [(row["objectId"], row["title"]) for row in company.lines("CONTACT")] == [
        ("b", "same"),
        ("a", "3"),
    ]
    assert counts(company.batch("CONTACT")) == {"selected": 5, "older": 3}


def test_an_older_row_is_not_sent_when_gong_has_the_newest(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", "2026-11-03T00:00:00Z")])
    company.run()
    company.source.tables["CONTACT"].append(contact("a", "2026-11-01T00:00:00Z"))
    assert company.run(whole=True) == {}


def test_rows_that_contradict_each_other_are_set_aside(tmp_path: Path) -> None:
    rows = [
        contact("a", title="1"),
        contact("a", title="2"),
        contact("a", "2026-10-01T00:00:00Z"),
        contact("b"),
    ]
    company = Company(tmp_path, CONTACT=rows)
    company.select()
    assert ids(company.lines("CONTACT")) == ["b"]
    batch = company.batch("CONTACT")
    assert counts(batch) == {"selected": 4, "older": 1, "set_aside": 2}
    aside = list(batch.set_aside())
    assert [row["object_id"] for row in aside] == ["a", "a"]
    assert {row["modified_date"] for row in aside} == {"2026-11-01T10:00:00Z"}
    assert len({row["version"] for row in aside}) == 2
    assert aside[0]["reasons"] == ["objectId: another row of this record contradicts this one"]


def test_rows_that_contradict_each_other_do_so_whatever_gong_has(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", title="1")])
    company.run()
    company.source.tables["CONTACT"].append(contact("a", title="2"))
    company.select(whole=True)
    assert counts(company.batch("CONTACT")) == {"selected": 2, "set_aside": 2}


def test_stages_without_time_contradict_each_other_too(tmp_path: Path) -> None:
    stages = [{"objectId": "s", "name": name, "sortOrder": n} for n, name in enumerate(("New", "Newer"))]
    company = Company(tmp_path, STAGE=[*stages, {"objectId": "t", "name": "Won", "sortOrder": 9}])
    company.select()
    assert ids(company.lines("STAGE")) == ["t"]
    assert company.batch("STAGE").manifest["high"] is None


def test_bad_rows_are_set_aside_and_hold_nothing_back(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a"), contact("b", emailAddress="x"), contact("c")])
    assert ids(company.run()["CONTACT"]) == ["a", "c"]
    [error] = company.settled.errors
    assert (error["object_id"], error["reason"]) == ("b", "emailAddress: not an e-mail address")
    assert company.watermarks["CONTACT"] == "2026-11-01T10:00:00Z"
    company.source.tables["CONTACT"][1]["emailAddress"] = "b@acme.example"
    assert ids(company.run()["CONTACT"]) == ["b"]


def test_too_many_bad_rows_stop_the_run_after_all_is_written(tmp_path: Path) -> None:
    company = Company(
        tmp_path,
        ACCOUNT=[contact("a", url="x"), contact("jane@acme.example", url="x")],
        CONTACT=[contact("c"), contact("d", emailAddress="jane")],
    )
    company.most_bad = 2
    with pytest.raises(GongInputError) as raised:
        company.select()
    message = str(raised.value)
    assert "3 rows break a rule (2 of ACCOUNT, 1 of CONTACT), and at most 2 may" in message
    assert "ACCOUNT url: not a URL that begins with http:// or https:// (2)" in message
    assert "jane" not in message
    assert len(list(company.batch("ACCOUNT").set_aside())) == 2
    company.most_bad = 3
    assert len(company.select("run-2")["CONTACT"]) == 1


def test_rows_that_contradict_each_other_count_as_bad(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", title="1"), contact("a", title="2")])
    company.most_bad = 1
    with pytest.raises(GongInputError, match="2 of CONTACT"):
        company.select()


def test_what_gong_refused_is_held_until_it_changes(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", title=""), contact("b", title="")])
    company.run(refused=["b"])
    company.now += timedelta(hours=1)
    assert company.select(whole=True)["CONTACT"] == []
    batch = company.batch("CONTACT")
    assert counts(batch) == {"selected": 2, "unchanged": 1, "held": 1}
    [held] = batch.held()
    [error] = Ledger(INTEGRATION, "CONTACT", company.outbox.url).open_errors
    assert held == {"object_id": "b", "version": error["version"], "modified_date": "2026-11-01T10:00:00Z"}
    company.source.tables["CONTACT"][1]["title"] = "CEO"
    assert ids(company.run(whole=True)["CONTACT"]) == ["b"]


def test_what_gong_refused_is_sent_again_once_it_took_what_the_row_refers_to(tmp_path: Path) -> None:
    accounts, people = (
        [contact("a-1"), contact("a-2")],
        [contact("c", accountId="a-2"), contact("d", accountId="a-1")],
    )
    company = Company(tmp_path, ACCOUNT=accounts, CONTACT=people)
    company.run(refused=["a-2", "c", "d"])
    assert company.run() == {}
    accounts[1]["name"] = "Acme"
    company.source.tables["ACCOUNT"][1] = {**accounts[1], "modifiedDate": "2026-11-20T14:00:00Z"}
    assert {name: ids(rows) for name, rows in company.run().items()} == {"ACCOUNT": ["a-2"]}
    assert {name: ids(rows) for name, rows in company.run().items()} == {"CONTACT": ["c"]}
    assert company.run() == {}


def test_a_deletion_goes_out_once_and_only_for_what_gong_holds(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", isDeleted=0), contact("never", isDeleted=1)])
    assert ids(company.run()["CONTACT"]) == ["a"]
    company.source.tables["CONTACT"][0] |= {"isDeleted": 1, "modifiedDate": "2026-11-20T13:00:00Z"}
    gone = {"objectId": "a", "modifiedDate": "2026-11-20T13:00:00Z", "isDeleted": True}
    assert company.run() == {"CONTACT": [gone]}
    company.source.tables["CONTACT"][0]["modifiedDate"] = "2026-11-20T14:00:00Z"
    assert company.run() == {}
    company.source.tables["CONTACT"][0] |= {"isDeleted": 0, "modifiedDate": "2026-11-20T15:00:00Z"}
    assert ids(company.run()["CONTACT"]) == ["a"]


def test_what_gong_may_hold_is_deleted(tmp_path: Path) -> None:
    """It was deleted, and then it stayed open what became of it."""
    company = Company(tmp_path, CONTACT=[contact("a", isDeleted=0)])
    company.run()
    company.source.tables["CONTACT"] = [contact("a", isDeleted=1)]
    company.run(whole=True)
    company.source.tables["CONTACT"] = [contact("a", isDeleted=0)]
    [file] = company.select("undecided", whole=True)["CONTACT"]
    answer(company.outbox, file, undecided=True)
    settle(company.outbox, INTEGRATION, run_id="r", now=company.now).clean()
    company.source.tables["CONTACT"] = [contact("a", "2026-11-02T10:00:00Z", isDeleted=1)]
    assert [record["isDeleted"] for record in company.run(whole=True)["CONTACT"]] == [True]


def test_a_newest_row_that_deletes_what_gong_never_had_keeps_older_rows_back(tmp_path: Path) -> None:
    rows = [contact("a", isDeleted=0), contact("a", "2026-11-02T00:00:00Z", isDeleted=1)]
    company = Company(tmp_path, CONTACT=rows)
    assert company.run() == {}


def test_a_user_with_another_address_is_deleted_and_then_added(tmp_path: Path) -> None:
    users = [contact("u", emailAddress="old@acme.example"), contact("v", emailAddress="v@acme.example")]
    company = Company(tmp_path, BUSINESS_USER=users)
    company.run()
    company.source.tables["BUSINESS_USER"][0] |= {
        "emailAddress": "new@acme.example", "modifiedDate": "2026-11-20T13:00:00Z",
    }  # fmt: skip
    company.source.tables["BUSINESS_USER"][1] |= {"modifiedDate": "2026-11-20T13:30:00Z"}
    first = company.run()["BUSINESS_USER"]
    assert first[0] == {"objectId": "u", "modifiedDate": "2026-11-20T13:00:00Z", "isDeleted": True}
    assert ids(first) == ["u", "v"]
    assert company.watermarks["BUSINESS_USER"] == "2026-11-20T13:00:00Z"
    assert company.run() == {"BUSINESS_USER": [company.source.tables["BUSINESS_USER"][0]]}
    assert company.run() == {}


def test_a_refused_deletion_of_a_user_is_held(tmp_path: Path) -> None:
    company = Company(tmp_path, BUSINESS_USER=[contact("u", emailAddress="old@acme.example")])
    company.run()
    company.source.tables["BUSINESS_USER"][0]["emailAddress"] = "new@acme.example"
    assert len(company.run(refused=["u"], whole=True)["BUSINESS_USER"]) == 1
    [error] = [row for row in company.settled.errors if not row["resolved_at"]]
    company.now += timedelta(hours=1)
    assert company.select(whole=True)["BUSINESS_USER"] == []
    [held] = company.batch("BUSINESS_USER").held()
    assert held["version"] == error["version"]


def test_all_rows_are_read_until_it_is_known_which_gong_has(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", "2026-11-20T10:00:00Z")])
    company.watermarks = {"CONTACT": "2026-11-20T10:00:00Z"}
    company.run()
    company.run()
    company.run(whole=True)
    company.declared["CONTACT"] = (Field("size", "NUMBER", label="Size"),)
    company.source.tables["CONTACT"][0]["size"] = 1
    company.run()
    company.run()
    company.integration = "77"
    company.run()
    narrow = "2026-11-19T10:00:00Z"
    assert company.source.asked == [EPOCH, narrow, EPOCH, EPOCH, narrow, EPOCH]


def test_the_look_back_ends_where_time_begins(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a")])
    company.run()
    company.watermarks = {"CONTACT": "1970-01-01T05:00:00Z"}
    company.run()
    assert company.source.asked[-1] == EPOCH


def test_a_watermark_that_is_no_time_is_an_error(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a")])
    company.run()
    company.watermarks = {"CONTACT": "soon"}
    with pytest.raises(GongConfigurationError, match="watermark of CONTACT"):
        company.run()


def test_a_time_in_the_future_does_not_carry_the_watermark_along(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", "2099-01-01T00:00:00Z")])
    company.select()
    assert company.batch("CONTACT").manifest["high"] == "2026-11-20T12:00:00Z"


def test_a_batch_that_was_sent_in_part_is_gone_on_with(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a")])
    [file] = company.select("run-1")["CONTACT"]
    attempt(company.outbox, file)
    company.source.tables["CONTACT"].append(contact("b"))
    assert company.select("run-2")["CONTACT"] == [file]
    assert len(company.source.asked) == 1


def test_a_batch_for_another_integration_is_not(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a")])
    [file] = company.select("run-1")["CONTACT"]
    attempt(company.outbox, file, "77")
    [other] = company.select("run-2")["CONTACT"]
    assert other["batch"] != file["batch"]
    assert company.batch("CONTACT").name == other["batch"]


def test_a_batch_that_was_not_sent_is_selected_anew(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a")])
    company.select("run-1")
    company.source.tables["CONTACT"].append(contact("b"))
    company.select("run-2")
    assert ids(company.lines("CONTACT")) == ["a", "b"]


def test_the_digest_of_the_same_file_differs_after_another_was_settled(tmp_path: Path) -> None:
    company = Company(tmp_path, CONTACT=[contact("a", title="1")])
    digests = []
    for title in ("1", "2", "1"):
        company.source.tables["CONTACT"][0]["title"] = title
        company.now += timedelta(hours=1)
        [file] = company.select(whole=True)["CONTACT"]
        digests.append(file["digest"])
        answer(company.outbox, file)
        settle(company.outbox, INTEGRATION, run_id="r", now=company.now).clean()
    assert len(set(digests)) == 3


def test_nothing_is_left_of_a_selection_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company(tmp_path / "crm", CONTACT=[contact("a"), {"shoe_size": 5}])
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with pytest.raises(GongConfigurationError, match="shoe_size"):
        company.select()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("rows_at_once", [1, 7, 1000])
def test_many_rows_of_all_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    """Against the same rules in plain words, over several ranges of ids and slices of rows."""
    monkeypatch.setattr(drafting, "ROWS", rows_at_once)
    monkeypatch.setattr(database, "_RANGE_ROWS", 30)
    chance = random.Random(rows_at_once)
    company = Company(tmp_path, CONTACT=[])
    gong: dict[str, Record] = {}
    for step in range(6):
        rows = [
            contact(f"c-{chance.randrange(120)}", f"2026-11-{chance.randrange(1, 20):02d}T00:00:00Z",
                    title=f"{step}", isDeleted=chance.random() < 0.2)
            for _ in range(90)
        ]  # fmt: skip
        company.source.tables["CONTACT"] = rows
        expected: dict[str, Record] = {}
        for name in {row["objectId"] for row in rows}:
            mine = [row for row in rows if row["objectId"] == name]
            newest = max(row["modifiedDate"] for row in mine)
            saying = {json.dumps(as_sent(row)) for row in mine if row["modifiedDate"] == newest}
            if len(saying) == 1:
                record = json.loads(saying.pop())
                held = gong.get(name)
                if record != held and not (record.get("isDeleted") and (not held or held.get("isDeleted"))):
                    expected[name] = record
        sent = company.run(whole=True).get("CONTACT", [])
        assert {record["objectId"]: record for record in sent} == expected
        assert len(sent) == len(expected)
        gong |= expected
    assert len(gong) > 60


def as_sent(row: Record) -> Record:
    if row["isDeleted"]:
        return {"objectId": row["objectId"], "modifiedDate": row["modifiedDate"], "isDeleted": True}
    return {
        "objectId": row["objectId"],
        "modifiedDate": row["modifiedDate"],
        "isDeleted": False,
        "title": row["title"],
    }


def test_ids_are_collected_with_the_versions_that_the_ledger_knows(tmp_path: Path) -> None:
    company = Company(
        tmp_path, CONTACT=[contact("a"), contact("b", url="x"), contact("c"), {"title": "no id"}]
    )
    company.run()
    with database.open_database() as opened:
        objects = company.mapping().objects["CONTACT"]
        assert collect_ids(objects, company.source, opened, "there", NOBODY) == 4  # type: ignore[arg-type]
        found = opened.execute("SELECT id_hash, version FROM there").fetchall()
    ledger = Ledger(INTEGRATION, "CONTACT", company.outbox.url).parquet()
    known = duckdb.execute("SELECT id_hash, version FROM read_parquet(?)", [str(ledger)]).fetchall()
    [(bad,)] = duckdb.execute("SELECT md5_number_lower('b')").fetchall()
    assert sorted(found, key=str) == sorted([*known, (bad, None)], key=str)


def test_no_file_name_and_no_log_tells_a_person(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    company = Company(tmp_path, CONTACT=[contact("jane@acme.example", emailAddress="jane@acme.example")])
    with caplog.at_level("DEBUG"):
        company.select()
    names = " ".join(str(path) for path in tmp_path.rglob("*"))
    assert not re.search("jane|acme", caplog.text + names)
