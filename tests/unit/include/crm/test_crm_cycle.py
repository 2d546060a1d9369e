"""Select, send, settle, compare: the parts together, as the flows use them; Gong alone is left out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from crm_batches import INTEGRATION, answer

from gong_airflow.crm.objects import OBJECT_TYPES, Field
from include.crm.mapping import CrmMapping, ObjectMapping
from include.crm.outbox import Outbox
from include.crm.selecting import select_rows
from include.crm.settling import Settled, settle
from include.crm.source import Rows
from include.crm.vanished import find_vanished, to_reread, write_deletions

SQL = "SELECT id AS objectId, at AS modifiedDate, mail AS emailAddress, gone AS isDeleted FROM person"
MAPPING = CrmMapping(
    {"CONTACT": ObjectMapping(OBJECT_TYPES["CONTACT"], f"{SQL} WHERE at >= '{{{{ since }}}}'")}
)


class Company:
    """A CRM with persons, and the flows that keep Gong up to date."""

    def __init__(self, url: str) -> None:
        self.mapping = MAPPING
        self.changes, self.deletions = Outbox(url=url), Outbox("deletions", url)
        self.database = sqlite3.connect(":memory:")
        self.database.execute("CREATE TABLE person (id PRIMARY KEY, at, mail, gone)")
        self.watermarks: dict[str, str] = {}
        self.now = datetime(2026, 11, 20, tzinfo=timezone.utc)

    def put(self, *people: str, mail: str = "a@example.com", gone: int = 0) -> None:
        rows = [(person, f"{self.now:%Y-%m-%dT%H:%M:%SZ}", mail, gone) for person in people]
        self.database.executemany("INSERT OR REPLACE INTO person VALUES (?, ?, ?, ?)", rows)

    @contextmanager
    def rows(self, sql: str) -> Iterator[Rows]:
        """As `include.crm.source.Source` reads."""
        cursor = self.database.execute(sql)
        yield Rows([column[0] for column in cursor.description], iter([cursor.fetchall()]))

    def run(self, *, refused: str = "") -> tuple[list[str], Settled]:
        """One run of the flow an hour later: the ids that were sent, and what was settled."""
        self.now += timedelta(hours=1)
        run_id = f"{self.now}"
        files = select_rows(
            self.mapping,
            self,  # type: ignore[arg-type]
            self.changes,
            integration_id=INTEGRATION,
            run_id=run_id,
            watermarks=self.watermarks,
            now=self.now,
            look_back=timedelta(minutes=1),
            most_bad=10,
        )["CONTACT"]
        sent = [object_id for file in files for object_id in self.send(self.changes, file, refused)]
        settled = settle(self.changes, INTEGRATION, run_id=run_id, now=self.now)
        self.watermarks |= settled.watermarks
        settled.clean()
        return sent, settled

    def send(self, outbox: Outbox, file: dict[str, Any], refused: str = "") -> list[str]:
        with outbox.open(file) as lines:
            ids = [json.loads(line)["objectId"] for line in lines]
        bad = [(number, "No") for number, object_id in enumerate(ids, 1) if object_id == refused]
        answer(outbox, file, refused=bad)
        return ids

    def compare(self) -> dict[str, int]:
        given: Any = (MAPPING, self, INTEGRATION, self.deletions)
        return find_vanished(*given, run_id="weekly", now=self.now)["CONTACT"]

    def delete(self) -> list[str]:
        given: Any = (MAPPING, self, INTEGRATION, self.deletions)
        files = write_deletions(*given, run_id="weekly", now=self.now)["CONTACT"]
        sent = [object_id for file in files for object_id in self.send(self.deletions, file)]
        settle(self.deletions, INTEGRATION, run_id="weekly", now=self.now).clean()
        return sent


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(f"file://{tmp_path}/crm")


def test_only_what_changed_is_sent(company: Company) -> None:
    company.put("a", "b", "c")
    assert sorted(company.run()[0]) == ["a", "b", "c"]
    assert company.run()[0] == []
    company.put("b", mail="b@example.com")
    assert company.run()[0] == ["b"]
    company.put("b", gone=1)
    company.put("never", gone=1)
    assert company.run()[0] == ["b"]
    assert company.run()[0] == []


def test_all_is_sent_again_after_a_field_got_another_type(company: Company) -> None:
    """Gong deletes what the field held, in all records, although the lines are the same."""

    def declare(kind: str, label: str = "Floor") -> None:
        sql = MAPPING.objects["CONTACT"].template.replace(" FROM", ", '12' AS floor FROM")
        declared = (Field("floor", kind, label),)
        company.mapping = CrmMapping(
            {"CONTACT": ObjectMapping(OBJECT_TYPES["CONTACT"], sql, declared=declared)}
        )

    company.put("a", "b")
    declare("STRING")
    assert sorted(company.run()[0]) == ["a", "b"]
    declare("STRING", "Storey")
    assert company.run()[0] == [], "a label destroys nothing"
    declare("PHONENUMBER")
    assert sorted(company.run()[0]) == ["a", "b"]
    assert company.run()[0] == []


def test_a_row_that_gong_did_not_take_is_not_passed(company: Company) -> None:
    company.put("a", "b")
    _, settled = company.run(refused="b")
    at = company.watermarks["CONTACT"]
    assert [(row["object_id"], row["checked_by"]) for row in settled.errors] == [("b", "gong")]
    company.put("c", mail="no address")
    sent, settled = company.run()
    assert (sent, [row["object_id"] for row in settled.errors]) == ([], ["c"])
    for _ in range(3):
        assert company.run() == ([], Settled(set_aside={"CONTACT": 1}, watermarks={"CONTACT": at}, **NONE))
    company.put("b", "c")
    sent, settled = company.run()
    assert sorted(sent) == ["b", "c"]
    assert sorted(row["object_id"] for row in settled.errors if row["resolved_at"]) == ["b", "c"]
    assert company.watermarks["CONTACT"] > at
    assert company.run()[1].errors == []


NONE: Any = {"taken": {"CONTACT": 0}, "refused": {"CONTACT": 0}, "undecided": {"CONTACT": 0}}


def test_what_vanished_goes_and_may_come_back(company: Company) -> None:
    company.put("a", "b", "c", "bad")
    company.run()
    assert company.compare() == {"held": 4, "in_source": 4, "vanished": 0, "unseen": 0}
    company.put("bad", mail="no address")
    [row] = company.database.execute("SELECT * FROM person WHERE id = 'a'").fetchall()
    company.database.execute("DELETE FROM person WHERE id = 'a'")
    assert company.compare() == {"held": 4, "in_source": 3, "vanished": 1, "unseen": 0}
    assert company.delete() == ["a"]
    assert company.compare()["vanished"] == 0
    company.put("bad")
    company.run()
    company.now += timedelta(days=1)
    company.put("z")
    company.run()
    # Back with its old modifiedDate, and changed without a new one: the watermark hides both.
    company.database.execute("INSERT INTO person VALUES (?, ?, ?, ?)", row)
    company.database.execute("UPDATE person SET mail = 'silently@example.com' WHERE id = 'c'")
    assert company.run()[0] == []
    counts = company.compare()
    assert counts == {"held": 4, "in_source": 5, "vanished": 0, "unseen": 2}
    for object_type in to_reread({"CONTACT": counts}):
        del company.watermarks[object_type]
    assert sorted(company.run()[0]) == ["a", "c"]
    assert company.compare() == {"held": 5, "in_source": 5, "vanished": 0, "unseen": 0}
