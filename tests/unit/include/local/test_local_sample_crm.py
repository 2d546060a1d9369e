"""The sample CRM: belongs to the emulated company, has something of everything, obeys Gong's rules."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from gong_airflow.crm.objects import REFERRED
from include.airflow_settings import crm_source
from include.crm.mapping import EPOCH, load_mapping
from include.crm.source import Source
from include.emulator.company import build_company
from include.emulator.options import Options
from include.local import supervisor
from include.local.company import Calendar
from include.local.sample_crm import FILE, make_sample_crm, owner_email

OPTIONS = Options(until=datetime(2026, 11, 20, tzinfo=timezone.utc))
Record = dict[str, Any]


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def read_records(path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Record]]:
    """What the shipped mapping makes of it: records by object type and id."""
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SOURCE", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    found: dict[str, dict[str, Record]] = {}
    for name, one in load_mapping().objects.items():
        with Source().rows(one.sql(EPOCH)) as rows:
            fields = [field.name for field in one.arrange(rows.columns)]
            records = [dict(zip(fields, row, strict=True)) for batch in rows for row in batch]
        found[name] = {record["objectId"]: record for record in records}
        assert len(found[name]) == len(records)
    return found


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Record]]:
    path = tmp_path_factory.mktemp("crm") / FILE
    assert make_sample_crm(path, OPTIONS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        return read_records(path, monkeypatch)


def gone(record: Record) -> bool:
    return bool(record.get("isDeleted"))


def test_the_same_options_make_the_same_rows(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_sample_crm(tmp_path / name, OPTIONS)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    other = Options(until=OPTIONS.until, seed=2)
    make_sample_crm(tmp_path / "c", other)
    assert content(tmp_path / "c") != content(tmp_path / "a")


def test_a_changed_file_is_kept_and_a_half_made_one_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / FILE
    path.parent.mkdir()
    path.with_name(f".{FILE}.part").write_bytes(b"of a process that was killed")
    assert make_sample_crm(path, OPTIONS)
    assert [file.name for file in path.parent.iterdir()] == [FILE]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM lead")
    before = content(path)
    assert not make_sample_crm(path, OPTIONS)
    assert content(path) == before


def test_it_belongs_to_the_emulated_company(records: dict[str, dict[str, Record]]) -> None:
    company = build_company(OPTIONS)
    users = {user.person.email: user for user in company.users if not user.avatar}
    known = {record["emailAddress"]: record for record in records["BUSINESS_USER"].values()}
    assert set(known) < set(users)
    assert all(gone(record) != users[email].active for email, record in known.items())
    assert {firm.account_id for firm in company.accounts} <= set(records["ACCOUNT"])
    assert {firm.opportunity_id for firm in company.accounts} <= set(records["DEAL"])
    for kind in ("Contact", "Lead"):
        people = {who.crm_id for who in company.people() if who.crm_type == kind}
        assert people <= set(records[kind.upper()])
    for firm in company.accounts:
        for who in firm.people:
            if who.crm_type == "Contact":
                assert records["CONTACT"][str(who.crm_id)]["accountId"] == firm.account_id
    stages = {record["name"]: key for key, record in records["STAGE"].items()}
    for firm in company.accounts:
        fields = dict(firm.opportunity_fields)
        deal = records["DEAL"][firm.opportunity_id]
        assert (deal["stage"], deal["amount"], deal["status"]) == (
            stages[fields["StageName"]],
            fields["Amount"],
            "OPEN",
        )


def test_something_of_everything(records: dict[str, dict[str, Record]]) -> None:
    assert sum(map(len, records.values())) > 150
    for name, one in load_mapping().objects.items():
        kept = [record for record in records[name].values() if not gone(record)]
        for field in (*one.object_type.fields, *one.declared):
            values = [record[field.name] for record in kept]
            assert any(value is not None for value in values), (name, field.name)
            if field.values:
                assert set(values) - {None} == set(field.values), (name, field.name)
        if name != "STAGE":
            assert any(map(gone, records[name].values())), name
        assert name in ("BUSINESS_USER", "STAGE") or any(None in record.values() for record in kept)
    assert {record["isActive"] for record in records["STAGE"].values()} == {0, 1}
    texts = "".join(
        str(value) for kind in records.values() for one in kind.values() for value in one.values()
    )
    assert {'"', "'", "\n", "ü", "–", ","} <= set(texts)
    domains = [record["domains"] for record in records["ACCOUNT"].values()]
    assert any("," in str(one) for one in domains)


RULES = {
    "DATETIME": r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?",
    "DATE": r"\d{4}-\d\d-\d\d",
    "PERCENT": r"\d|\d\d|100",
    "URL": r"https://\S+",
    "EMAILADDRESS": r"[^@ ]+@[^@ ]+\.example",
    "ID": r"[A-Za-z0-9-]{1,64}",
    "BOOLEAN": "[01]",
}


def test_gongs_rules(records: dict[str, dict[str, Record]]) -> None:
    for name, one in load_mapping().objects.items():
        for record in records[name].values():
            for field in (*one.object_type.fields, *one.declared):
                value = record[field.name]
                assert value is not None or not field.mandatory or gone(record)
                if value is not None:
                    assert re.fullmatch(RULES.get(field.type, r"[\s\S]+"), str(value)), (field, value)


def test_references_lead_to_records_that_are_kept(records: dict[str, dict[str, Record]]) -> None:
    for name, one in load_mapping().objects.items():
        for field in (*one.object_type.fields, *one.declared):
            for record in records[name].values():
                if field.refers_to and record[field.name]:
                    leads_to = records[REFERRED[field.refers_to]][record[field.name]]
                    assert leads_to is not record
                    assert not gone(leads_to), (name, field.name)


def test_what_others_refer_to_was_modified_before(records: dict[str, dict[str, Record]]) -> None:
    for name, field in (("ACCOUNT", "parentAccount"), ("CONTACT", "reportsTo")):
        for record in records[name].values():
            if record[field]:
                assert records[name][record[field]]["modifiedDate"] < record["modifiedDate"]
    latest = max(str(one.get("modifiedDate", "")) for kind in records.values() for one in kind.values())
    assert latest <= "2026-11-20T00:00:00Z"


@pytest.mark.parametrize(("calls", "users"), [(0, 0), (1, 1), (3000, 60)])
def test_companies_of_any_size(
    calls: int, users: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(until=OPTIONS.until, calls=calls, users=users, seed=7)
    make_sample_crm(tmp_path / FILE, options)
    found = read_records(tmp_path / FILE, monkeypatch)
    assert len(found["ACCOUNT"]) == max(8, calls // 25) + 1
    assert bool(owner_email(options)) == bool(users)


def test_the_owner_is_a_user_who_is_there() -> None:
    hosts = build_company(OPTIONS).hosts()
    assert owner_email(OPTIONS) in [user.person.email for user in hosts]


class TestLocal:
    """What `make up` does with it."""

    @pytest.fixture
    def session(self) -> Any:
        from airflow.models.connection import Connection

        engine = create_engine("sqlite://")
        Connection.__table__.create(engine)
        with Session(engine) as opened:
            yield opened

    def stored(self, session: Session) -> Any:
        from airflow.models.connection import Connection

        session.flush()
        return session.scalar(select(Connection).where(Connection.conn_id == "crm_source"))

    @pytest.mark.parametrize("name", ["data", "größe 1", "50%20 #1?"])
    def test_the_connection_leads_to_it_and_makes_no_file(
        self, name: str, tmp_path: Path, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / name / FILE
        path.parent.mkdir()
        assert crm_source.write(path, session) == "connection crm_source: written, the sample CRM"
        monkeypatch.setenv("AIRFLOW_CONN_CRM_SOURCE", self.stored(session).as_json())
        with pytest.raises(Exception, match="cannot be reached"), Source().rows("SELECT 1"):
            pass
        assert not path.exists()
        make_sample_crm(path, OPTIONS)
        with Source().rows("SELECT count(*) FROM account") as rows:
            assert list(rows) == [[(21,)]]

    def test_a_persons_connection_is_kept(self, tmp_path: Path, session: Session) -> None:
        crm_source.write(tmp_path / "a", session)
        assert crm_source.write(tmp_path / "a", session) == "connection crm_source: kept, the sample CRM"
        assert "written" in crm_source.write(tmp_path / "b", session)
        for attribute, value in (
            ("host", "/company.sqlite"),
            ("conn_type", "postgres"),
            ("description", "Ours"),
        ):
            own = self.stored(session)
            before = getattr(own, attribute)
            setattr(own, attribute, value)
            assert crm_source.write(tmp_path / "a", session) == "connection crm_source: kept, a person's"
            assert getattr(self.stored(session), attribute) == value
            setattr(own, attribute, before)

    def test_the_supervisor_makes_it_in_the_data_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
        variables: dict[str, str] = {}
        calendar = Calendar(until="2026-11-20")
        assert supervisor._sample_crm(calendar, variables) == tmp_path / FILE
        make_sample_crm(tmp_path / "same", OPTIONS)
        assert content(tmp_path / FILE) == content(tmp_path / "same")
        assert variables == {"GONG_CRM_OWNER_EMAIL": owner_email(OPTIONS)}
        monkeypatch.setenv("GONG_CRM_OWNER_EMAIL", "me@company.example")
        own: dict[str, str] = {}
        supervisor._sample_crm(calendar, own)
        assert own == {}
