"""The list of those who must not come in again: complete, unreadable, and never silently empty."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.spelling import BLANK
from gong_airflow.errors import GongConfigurationError
from include.erasure.suppression import NOBODY, SUPPRESSED, Suppressed, Suppression

EMAIL, PHONE = email_identity("jane.doe@example.com"), phone_identity("+14255552671")
CASE, OTHER = "0" * 32 + "-0001", "1" * 32 + "-0001"


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    password(monkeypatch, "s" * 40)


def password(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps({"conn_type": "generic", "password": value}))


@pytest.fixture(params=["local", "objects"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        f"file://{tmp_path}/erasure" if request.param == "local" else f"memory://{uuid.uuid4().hex}/erasure"
    )


def contents(url: str, case: str = CASE) -> dict[str, Any]:
    content = Suppression(url)._storage.read(f"{SUPPRESSED}/{case}.json")
    assert content is not None
    return dict(json.loads(content))


def test_nobody_is_suppressed_at_first_and_no_key_is_needed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE")
    current = Suppression(url).current()
    assert (bool(current), current.fingerprint, current.knows(EMAIL.form)) == (False, "", False)
    records = [{"callId": "1"}]
    assert current.filtered("transcripts", records) == records


def test_all_forms_calls_and_objects_are_known_to_others_at_once(url: str) -> None:
    reader, writer = Suppression(url), Suppression(url)
    assert not reader.current()
    writer.add(CASE, identities=[EMAIL, PHONE], call_ids=["1"], object_ids=["003"])
    current = reader.current()
    assert all(current.knows(form) for one in (EMAIL, PHONE) for form in one.forms)
    assert current.call_ids == {"1"}
    assert current.knows_object("003")
    assert not current.knows_object("004")
    assert not current.knows("email:other@example.com")


def test_several_people_and_later_additions_count_together(url: str) -> None:
    reader = Suppression(url)
    Suppression(url).add(CASE, identities=[EMAIL], call_ids=["1"])
    seen = [reader.current().fingerprint]
    for step in (
        lambda: Suppression(url).add(OTHER, identities=[PHONE], call_ids=["2"]),
        lambda: Suppression(url).add(CASE, call_ids=["3"], object_ids=["003"]),
        lambda: Suppression(url).add(CASE),
        lambda: Suppression(url).add(CASE),
        lambda: Suppression(url).add(OTHER),
    ):
        step()
        seen.append(reader.current().fingerprint)
    assert len(set(seen)) == len(seen)
    current = reader.current()
    assert current.call_ids == {"1", "2", "3"}
    assert current.knows(EMAIL.form)
    assert current.knows(PHONE.form)
    assert current.knows_object("003")
    assert contents(url)["turn"] == 4
    assert current.fingerprint == Suppression(url).current().fingerprint


def test_a_change_is_seen_where_times_are_coarse(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/erasure"
    reader = Suppression(url)
    seen = set()
    for _ in range(12):
        Suppression(url).add(CASE)
        os.utime(tmp_path / "erasure" / SUPPRESSED / f"{CASE}.json", (1_000_000_000, 1_000_000_000))
        seen.add(reader.current().fingerprint)
    assert len(seen) == 12


def test_the_files_name_nobody_and_are_private(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/erasure"
    Suppression(url).add(CASE, identities=[EMAIL, PHONE], call_ids=["77"], object_ids=["jane@example.com"])
    [path] = [path for path in (tmp_path / "erasure").rglob("*") if path.is_file()]
    text = path.read_text()
    assert path.name == f"{CASE}.json"
    assert "jane" not in text
    assert "4255552671" not in text
    assert set(json.loads(text)) == {"key", "forms", "call_ids", "objects", "turn"}
    for folder in (path.parent, path.parent.parent):
        assert folder.stat().st_mode & 0o077 == 0
    current = Suppression(url).current()
    assert "jane" not in f"{current!r} {Suppression(url)!r}"


def test_a_list_without_its_key_lets_nobody_in(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Suppression(url).add(CASE, identities=[EMAIL])
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE")
    with pytest.raises(GongConfigurationError, match="no connection gong_erasure"):
        Suppression(url).current()
    password(monkeypatch, "t" * 40)
    other = Suppression(url)
    for use in (other.current, other.current, lambda: other.add(OTHER, identities=[PHONE])):
        with pytest.raises(GongConfigurationError, match="not the one that keeps erased people out"):
            use()
    password(monkeypatch, "s" * 40)
    assert Suppression(url).current().knows(EMAIL.form)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"key": "x", "forms": 1}', b"\xff"])
def test_a_list_that_cannot_be_read_lets_nobody_in(tmp_path: Path, content: bytes) -> None:
    url = f"file://{tmp_path}/erasure"
    Suppression(url).add(CASE, identities=[EMAIL])
    (tmp_path / "erasure" / SUPPRESSED / f"{OTHER}.json").write_bytes(content)
    with pytest.raises(GongConfigurationError, match="nobody knows whom to keep out"):
        Suppression(url).current()


def test_half_written_files_do_not_count(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/erasure"
    Suppression(url).add(CASE, call_ids=["1"])
    (tmp_path / "erasure" / SUPPRESSED / f".{uuid.uuid4().hex}.part").write_bytes(b"{")
    assert Suppression(url).current().call_ids == {"1"}


def test_each_file_is_read_once_however_many_there_are(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        Suppression(url).add(f"{number:032x}-0001", call_ids=[str(number)])
    reader = Suppression(url)
    read = reader._storage.read
    paths: list[str] = []
    monkeypatch.setattr(reader._storage, "read", lambda path: paths.append(path) or read(path))
    assert len(reader.current().call_ids) == 30
    assert reader.current() is reader.current()
    assert len(paths) == 30
    Suppression(url).add(f"{7:032x}-0001", call_ids=["x"])
    assert "x" in reader.current().call_ids
    assert len(paths) == 31


def test_who_is_taken_off_the_list_by_hand_is_known_no_more(url: str) -> None:
    Suppression(url).add(CASE, call_ids=["1"])
    Suppression(url).add(OTHER, call_ids=["2"])
    reader = Suppression(url)
    assert reader.current().call_ids == {"1", "2"}
    reader._storage.remove(f"{SUPPRESSED}/{OTHER}.json")
    assert reader.current().call_ids == {"1"}
    reader._storage.remove(f"{SUPPRESSED}/{CASE}.json")
    assert reader.current() == NOBODY


def test_records_are_left_out_or_blanked(url: str) -> None:
    suppression = Suppression(url)
    suppression.add(CASE, identities=[EMAIL, PHONE], call_ids=["1"], object_ids=["003"])
    current = suppression.current()
    others = [{"callId": "2", "text": "x"}, {"callId": "3", "text": f"Ask {EMAIL.value}"}]
    kept = current.filtered("transcripts", [{"callId": "1"}, *others])
    assert kept == [others[0], {"callId": "3", "text": f"Ask {BLANK}"}]
    assert kept[0] is others[0]
    assert current.filtered("crm_objects", [{"key": "003"}, {"key": "004"}]) == [{"key": "004"}]
    assert current.filtered("calls", iter([{"parties": [{"phoneNumber": "425-555-2671"}]}])) == []


def test_equal_lists_look_equal_in_a_serialized_dag() -> None:
    assert Suppression("file:///a") == Suppression("file:///a") != Suppression()
    assert hash(Suppression("file:///a")) == hash(Suppression("file:///a"))
    assert repr(Suppression()) == "Suppression(None)"
    assert Suppressed() == NOBODY
