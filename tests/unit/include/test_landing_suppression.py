"""Law 8 in the landing zone: nobody who was erased lands again, pages in flight included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gong_airflow.erasure.identity import email_identity
from gong_airflow.erasure.spelling import BLANK
from gong_airflow.errors import GongConfigurationError
from include import landing
from include.erasure.suppression import Suppression
from include.landing import LandingZone

EMAIL = "jane.doe@example.com"
CASE = "0" * 32 + "-0001"
WINDOW = {
    "stream": "calls",
    "from": "2026-11-20T00:00:00+00:00",
    "to": "2026-11-21T00:00:00+00:00",
    "planned_at": "2026-11-22T15:00:00.000000+00:00",
}
CALLS: list[dict[str, Any]] = [
    {"metaData": {"id": "1", "title": f"About {EMAIL}"}},
    {"metaData": {"id": "2"}, "parties": [{"emailAddress": EMAIL.upper()}]},
    {"metaData": {"id": "3"}},
]


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"conn_type": "generic", "password": "s" * 40}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(content))


@pytest.fixture
def suppression(tmp_path: Path) -> Suppression:
    return Suppression(f"file://{tmp_path}/erasure")


@pytest.fixture
def zone(tmp_path: Path) -> LandingZone:
    """As a task has it: with a list of its own to read."""
    return LandingZone(f"file://{tmp_path}/landing", suppression=Suppression(f"file://{tmp_path}/erasure"))


def put(zone: LandingZone, records: Any = CALLS, stream: str = "calls") -> list[dict[str, Any]]:
    zone.put_page(WINDOW, page=0, stream=stream, records=records)
    return list(zone.read_page(WINDOW, page=0, stream=stream))


def test_while_nobody_is_suppressed_records_land_as_received(zone: LandingZone) -> None:
    assert put(zone) == CALLS
    assert put(zone, iter(CALLS)) == CALLS


def test_a_suppressed_person_does_not_land(zone: LandingZone, suppression: Suppression) -> None:
    suppression.add(CASE, identities=[email_identity(EMAIL)], call_ids=["3"])
    assert put(zone) == [{"metaData": {"id": "1", "title": f"About {BLANK}"}}]
    assert put(zone, [{"callId": "3"}, {"callId": "4"}], "transcripts") == [{"callId": "4"}]


def test_what_was_admitted_before_the_list_changed_is_looked_at_again(
    zone: LandingZone, suppression: Suppression
) -> None:
    admitted = zone.admitted("calls", CALLS)
    assert zone.admitted("calls", admitted) is admitted
    suppression.add(CASE, call_ids=["3"])
    assert [call["metaData"]["id"] for call in put(zone, admitted)] == ["1", "2"]


def test_a_page_in_flight_is_written_again_when_somebody_is_suppressed(
    zone: LandingZone, suppression: Suppression, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suppressed between the writer's look at the list and the file; whoever purges may have missed it."""
    written, write = [], landing.files.put

    def slow(path: Any, content: bytes) -> None:
        if not written:
            suppression.add(CASE, identities=[email_identity(EMAIL)], call_ids=["3"])
        written.append(path)
        write(path, content)

    monkeypatch.setattr(landing.files, "put", slow)
    assert put(zone) == [{"metaData": {"id": "1", "title": f"About {BLANK}"}}]
    assert len(written) == 2


def test_nothing_lands_when_it_cannot_be_told_who_is_suppressed(
    zone: LandingZone, suppression: Suppression, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppression.add(CASE, call_ids=["3"])
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE")
    with pytest.raises(GongConfigurationError, match="gong_erasure"):
        put(zone)
    assert not zone.folder(WINDOW).exists()


def test_the_list_is_that_of_the_setting_and_not_in_the_serialized_dag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suppression: Suppression
) -> None:
    monkeypatch.setenv("GONG_ERASURE_URL", f"file://{tmp_path}/erasure")
    suppression.add(CASE, call_ids=["3"])
    zone = LandingZone(f"file://{tmp_path}/landing")
    assert len(put(zone)) == 2
    assert repr(zone) == f"LandingZone('file://{tmp_path}/landing')"
