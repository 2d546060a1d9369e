"""Law 8 in the CRM flow: rows of people who were erased are left out, told as a count and nowhere else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from crm_batches import INTEGRATION
from test_crm_selecting import Company, contact, ids

from gong_airflow.erasure.identity import email_identity, phone_identity
from include.crm import drafting, vanished
from include.crm.ledger import Ledger
from include.crm.outbox import Outbox
from include.crm.vanished import find_vanished, to_reread, write_deletions
from include.erasure.suppression import Suppression

EMAIL, PHONE = "jane.doe@acme.example", "+14255552671"
CASE = "0" * 32 + "-0001"


@pytest.fixture(autouse=True)
def suppression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suppression:
    content = {"conn_type": "generic", "password": "s" * 40}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(content))
    monkeypatch.setenv("GONG_ERASURE_URL", f"file://{tmp_path}/erasure")
    return Suppression()


def suppress(suppression: Suppression, *object_ids: str) -> None:
    suppression.add(
        CASE, identities=[email_identity(EMAIL), phone_identity(PHONE)], object_ids=object_ids or ["by-id"]
    )


ROWS = (
    contact("by-email", emailAddress=EMAIL.upper()),
    contact("by-phone", phoneNumber="(425) 555-2671"),
    contact("by-id", title="CFO"),
    contact("free-text", title=f"assistant of {EMAIL}"),
    contact("other", emailAddress="mary." + EMAIL, phoneNumber="+12065550100"),
)


def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "crm", CONTACT=ROWS, ACCOUNT=[{**contact("by-id"), "name": "Acme"}])


def on_disk(folder: Path) -> str:
    return "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


def test_rows_of_the_person_are_left_out_and_counted(
    tmp_path: Path, suppression: Suppression, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    suppress(suppression)
    crm = company(tmp_path)
    crm.select()
    assert ids(crm.lines("CONTACT")) == ["free-text", "other"]
    assert crm.lines("CONTACT")[0]["title"] == f"assistant of {EMAIL}"
    # An account may have the number of somebody's contact.
    assert ids(crm.lines("ACCOUNT")) == ["by-id"]
    manifest = crm.batch("CONTACT").manifest
    assert (manifest["selected"], manifest["suppressed"], manifest["set_aside"]) == (5, 3, 0)
    assert list(crm.batch("CONTACT").set_aside()) == list(crm.batch("CONTACT").held()) == []
    assert "3 of erased people" in caplog.text
    for trace in ("by-email", "by-phone", "2671", EMAIL.upper()):
        assert trace not in on_disk(tmp_path / "crm") + caplog.text


def test_rows_that_break_a_rule_are_left_out_too(tmp_path: Path, suppression: Suppression) -> None:
    suppress(suppression)
    crm = Company(tmp_path / "crm", CONTACT=[contact("bad", emailAddress=EMAIL, url="x"), contact(EMAIL)])
    crm.select()
    assert list(crm.batch("CONTACT").set_aside()) == []
    assert crm.batch("CONTACT").references == []


def test_a_batch_in_the_making_is_made_again_when_somebody_is_suppressed(
    tmp_path: Path, suppression: Suppression, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of the rows and the file; who purges the outbox may have missed it."""
    runs: list[int] = []
    run = drafting.Drafting.run

    def late(self: Any, source: Any, outbox: Outbox, run_id: str) -> Any:
        if runs:
            assert outbox.leftovers("CONTACT") == []
        references = run(self, source, outbox, run_id)
        if not runs:
            suppress(suppression)
        runs.append(1)
        return references

    monkeypatch.setattr(drafting.Drafting, "run", late)
    crm = Company(tmp_path / "crm", CONTACT=ROWS)
    chosen = crm.select()
    assert len(runs) == 2
    assert ids(crm.lines("CONTACT")) == ["free-text", "other"]
    assert [file["rows"] for file in chosen["CONTACT"]] == [2]


def compare(crm: Company) -> dict[str, int]:
    counts = find_vanished(
        crm.mapping(),
        crm.source,
        INTEGRATION,
        crm.outbox,
        run_id="r",
        now=crm.now,  # type: ignore[arg-type]
    )
    return counts["CONTACT"]


def written(crm: Company) -> list[dict[str, Any]]:
    return write_deletions(
        crm.mapping(),
        crm.source,
        INTEGRATION,
        deletions(crm),
        run_id="r",
        now=crm.now,  # type: ignore[arg-type]
    )["CONTACT"]


def deletions(crm: Company) -> Outbox:
    return Outbox("deletions", crm.outbox.url)


@pytest.mark.parametrize("in_source", [True, False])
def test_the_person_has_not_vanished_whether_the_source_has_them_or_not(
    tmp_path: Path, suppression: Suppression, in_source: bool
) -> None:
    """Gong has erased them itself; a deletion would name them to Gong once more."""
    rows = [*ROWS, contact(EMAIL), *(contact(f"c-{number}") for number in range(10))]
    crm = Company(tmp_path / "crm", CONTACT=rows)
    crm.run()
    suppress(suppression, "by-email", "by-phone", "by-id")
    kept = rows if in_source else rows[3:5] + rows[6:]
    crm.source.tables["CONTACT"] = [row for row in kept if row["objectId"] != "c-9"]
    counts = compare(crm)
    assert (counts["vanished"], counts["unseen"]) == (1, 0)
    [file] = written(crm)
    with deletions(crm).open(file) as opened:
        assert [json.loads(line)["objectId"] for line in opened] == ["c-9"]


def test_a_person_whose_id_is_unknown_is_not_taken_for_vanished_or_new(
    tmp_path: Path, suppression: Suppression
) -> None:
    """The row tells who it is, and its id that it is there; nor is it read again each night."""
    crm = Company(tmp_path / "crm", CONTACT=ROWS)
    crm.run()
    suppression.add(CASE, identities=[email_identity(EMAIL)])
    counts = compare(crm)
    assert (counts["in_source"], counts["vanished"], counts["unseen"]) == (5, 0, 0)
    # Also when the ledger has forgotten them.
    fresh = Company(tmp_path / "fresh", CONTACT=ROWS)
    fresh.run()
    assert Ledger(INTEGRATION, "CONTACT", fresh.outbox.url).counts()["held"] == 4
    assert to_reread({"CONTACT": compare(fresh)}) == []


def test_a_list_of_vanished_records_is_made_again_when_somebody_is_suppressed(
    tmp_path: Path, suppression: Suppression, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = Company(tmp_path / "crm", CONTACT=[contact("by-id"), contact("c-1"), contact("c-2")])
    crm.run()
    crm.source.tables["CONTACT"] = [contact("c-2")]
    compared: list[int] = []
    listed = vanished._write_list

    def late(*given: Any) -> None:
        if not compared:
            suppress(suppression)
        compared.append(1)
        listed(*given)

    monkeypatch.setattr(vanished, "_write_list", late)
    assert compare(crm)["vanished"] == 1
    assert len(compared) == 2
    assert "by-id" not in on_disk(tmp_path / "crm" / "outbox")


def test_the_watermark_moves_on_although_rows_are_left_out(tmp_path: Path, suppression: Suppression) -> None:
    suppress(suppression)
    crm = Company(tmp_path / "crm", CONTACT=ROWS)
    crm.run()
    crm.now += timedelta(hours=1)
    assert crm.run() == {}
    assert crm.watermarks["CONTACT"]
