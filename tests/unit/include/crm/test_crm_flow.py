"""What the tasks of the CRM flows do around selecting and settling."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from airflow.sdk.exceptions import AirflowSkipException
from crm_batches import INTEGRATION, RUN, answer, aside, contact, publish

from gong_airflow.assets import CRM_RECORDS
from gong_airflow.errors import GongConfigurationError
from include.crm import flow
from include.crm.outbox import Outbox

Told = list[list[tuple[str, str]]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    """What people were told; everything lies below `tmp_path`."""
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
    messages: Told = []
    monkeypatch.setattr("gong_airflow.alerts.rows_not_taken", lambda _, rows: messages.append(rows))
    return messages


def context(store: dict[str, Any]) -> dict[str, Any]:
    state = SimpleNamespace(get=store.get, set=store.__setitem__, delete=store.pop)
    return {"run_id": RUN, "asset_state_store": {CRM_RECORDS: state}}


def test_a_report_fills_the_table_moves_the_watermark_and_tells_what_is_new(
    told: Told, tmp_path: Path
) -> None:
    outbox, store = Outbox(), dict[str, Any]()
    [file] = publish(outbox, [[contact(n) for n in range(3)]], set_aside=[aside("x")])
    answer(outbox, file, refused=[(2, "No")])

    counts = flow.report(context(store), CRM_RECORDS, outbox, INTEGRATION)

    assert (counts["taken"], counts["refused"]) == ({"CONTACT": 2}, {"CONTACT": 1})
    assert store == {"watermark.CONTACT": "2026-11-02T10:00:00Z"}
    assert outbox.leftovers("CONTACT") == []
    assert [[kind for kind, _ in rows] for rows in told] == [["CONTACT", "CONTACT"]]
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as tables:
        rows = tables.execute("SELECT object_id, checked_by FROM gong.crm_upload_error").fetchall()
    assert sorted(rows) == [("c-1", "gong"), ("x", "check")]


def test_a_report_of_nothing_is_no_event(told: Told) -> None:
    with pytest.raises(AirflowSkipException):
        flow.report(context({}), CRM_RECORDS, Outbox(), INTEGRATION)
    assert told == []


@pytest.mark.parametrize("there", [True, False])
def test_a_scheduled_run_without_a_crm_does_nothing_and_one_by_hand_says_why(
    there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow.Source, "exists", lambda _: there)
    scheduled, by_hand = ({"dag_run": SimpleNamespace(run_type=kind)} for kind in ("scheduled", "manual"))
    assert flow.source_is_there(scheduled) is there
    if there:
        assert flow.source_is_there(by_hand)
    else:
        with pytest.raises(GongConfigurationError, match="crm_source"):
            flow.source_is_there(by_hand)


@pytest.mark.parametrize(
    ("held", "vanished", "after"),
    [(1000, 0, []), (1000, 10, ["delete"]), (1000, 11, ["approve"]), (40, 5, ["approve"])],
)
def test_a_person_is_asked_when_it_is_much(held: int, vanished: int, after: list[str]) -> None:
    counts = {"LEAD": {"held": held, "in_source": held - vanished, "vanished": vanished, "unseen": 0}}
    assert flow.next_after(counts, 10, ask="approve", delete="delete") == after
