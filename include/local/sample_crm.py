"""A small CRM in SQLite for the emulated company: its users, and the customers of its calls.

It has tables and names of its own, as every CRM has; `include/crm/mapping` makes records of Gong of them.
The same options of the emulator give the same rows. Times are UTC, `2026-11-22T10:00:00Z`.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from include.emulator.company import Account, Company, Person, build_company
from include.emulator.ids import crm_id
from include.emulator.options import Options

FILE = "crm.sqlite"
"""Its name in the data folder."""

_TABLES = """
CREATE TABLE crm_user (
  id TEXT PRIMARY KEY, full_name TEXT, email TEXT,
  created_at TEXT, modified_at TEXT, deleted INTEGER);
CREATE TABLE opportunity_stage (
  code TEXT PRIMARY KEY, label TEXT, position INTEGER, in_use INTEGER);
CREATE TABLE account (
  id TEXT PRIMARY KEY, name TEXT, web_domains TEXT, website TEXT, industry TEXT, tier TEXT, employees INTEGER,
  revenue NUMERIC, customer_since TEXT, parent_id TEXT, created_at TEXT, modified_at TEXT, deleted INTEGER);
CREATE TABLE contact (
  id TEXT PRIMARY KEY, account_id TEXT, first_name TEXT, last_name TEXT, email TEXT, phone TEXT,
  job_title TEXT, department TEXT, do_not_call INTEGER, reports_to TEXT,
  created_at TEXT, modified_at TEXT, deleted INTEGER);
CREATE TABLE opportunity (
  id TEXT PRIMARY KEY, account_id TEXT, owner_id TEXT, contact_id TEXT, name TEXT, stage TEXT, amount NUMERIC,
  probability NUMERIC, source TEXT, strategic INTEGER, closes_on TEXT, closed INTEGER, won INTEGER,
  created_at TEXT, modified_at TEXT, deleted INTEGER);
CREATE TABLE lead (
  id TEXT PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, phone TEXT, job_title TEXT, company TEXT,
  rating TEXT, expected_value NUMERIC, owner_id TEXT, last_contact TEXT, became_account TEXT,
  became_contact TEXT, became_opportunity TEXT, created_at TEXT, modified_at TEXT, deleted INTEGER);
"""
# Code, label, position, in use. The labels are those that the emulated calls show.
_STAGES = (
    ("qualification", "Qualification", 1, 1),
    ("discovery", "Discovery", 2, 1),
    ("evaluation", "Evaluation", 3, 1),
    ("proposal", "Proposal", 4, 1),
    ("negotiation", "Negotiation", 5, 1),
    ("closed-won", "Closed Won", 6, 1),
    ("closed-lost", "Closed Lost", 7, 1),
    ("pilot", "Pilot – no longer used", 8, 0),
)
_CODES = {label: code for code, label, *_ in _STAGES}
_HISTORY_DAYS = 700


def make_sample_crm(path: Path, options: Options) -> bool:
    """Make the database at `path` and say so; a file that is there is kept: people change theirs to play."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    rows = _Rows(build_company(options), options)
    with closing(sqlite3.connect(draft)) as database, database:
        database.executescript(_TABLES)
        for table, content in rows.tables.items():
            for row in content:
                database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
    draft.replace(path)
    return True


def owner_email(options: Options) -> str:
    """The address of a user of the emulated company; empty when it has none."""
    hosts = build_company(options).hosts()
    return str(hosts[0].person.email) if hosts else ""


class _Rows:
    """The rows of each table."""

    def __init__(self, company: Company, options: Options) -> None:
        self._rng = random.Random(f"{options.seed}:crm")
        self._until = options.until
        self.tables: dict[str, list[Sequence[Any]]] = {
            name: []
            for name in ("crm_user", "opportunity_stage", "account", "contact", "opportunity", "lead")
        }
        self.tables["opportunity_stage"] += _STAGES
        self._owners: dict[str, str] = {}
        self._add_users(company)
        for number, firm in enumerate(company.accounts):
            self._add_account(number, firm, company.accounts[number - 1] if number % 5 == 4 else None)
        self._add_deleted()

    def _add_users(self, company: Company) -> None:
        """Most users of the company: a CRM knows some of them only, and keeps who has left as deleted."""
        for number, user in enumerate(user for user in company.users if not user.avatar):
            if user.active and number % 6 == 5:
                continue
            who = crm_id(self._rng, "005")
            self._add("crm_user", who, user.person.name, user.person.email, deleted=not user.active)
            if user.active:
                self._owners[user.person.name] = who

    def _add_account(self, number: int, firm: Account, parent: Account | None) -> None:
        known, rng = dict(firm.account_fields), self._rng
        domain = known["Website"].rpartition("www.")[2]
        domains = (domain, f"{domain},mail.{domain}", None)[number % 7 % 3]
        self._add(
            "account",
            firm.account_id,
            f'{firm.name} "Süd" & Søn' if number == 2 else firm.name,
            domains,
            known["Website"],
            known["Industry"],
            known["Account_Tier__c"],
            known["NumberOfEmployees"],
            rng.randrange(10**6, 10**9) / 100 if number % 4 else None,
            self._day(-rng.randrange(30, _HISTORY_DAYS)) if number % 3 else None,
            parent.account_id if parent else None,
        )
        contacts = self._add_people(firm)
        self._add_opportunities(firm, contacts)

    def _add_people(self, firm: Account) -> list[str]:
        """The firm's contacts and leads; some contacts were leads before. The contacts' ids."""
        contacts: list[str] = []
        for person in firm.people:
            if person.crm_type == "Contact":
                self._add_contact(firm, person, contacts[0] if contacts else None)
                contacts.append(str(person.crm_id))
                if self._rng.random() < 0.3:
                    became = (firm.account_id, person.crm_id, firm.opportunity_id)
                    self._add_lead(crm_id(self._rng, "00Q"), person, firm.name, became)
            elif person.crm_type == "Lead":
                self._add_lead(str(person.crm_id), person, firm.name, (None, None, None))
        return contacts

    def _add_contact(self, firm: Account, person: Person, manager: str | None) -> None:
        first, last = person.name.split(" ", 1)
        known = dict(person.crm_fields)
        number = len(self.tables["contact"])
        title = 'Head of "Special Projects",\nD\'Arcy line' if number == 3 else person.title
        phone = person.phone if number % 4 else None
        email = person.email if number % 17 != 9 else None
        who = (person.crm_id, firm.account_id, first, last, email, phone, title)
        self._add("contact", *who, known["Department"], int(known["DoNotCall"]), manager)

    def _add_lead(self, number: str, person: Person, firm: str, became: Sequence[str | None]) -> None:
        first, last = person.name.split(" ", 1)
        rng = self._rng
        who = (number, first, last, person.email, person.phone, person.title, firm)
        rating = rng.choice(("Hot", "Warm", "Cold", None))
        value = rng.randrange(10_000, 10_000_000) / 100 if rng.random() < 0.8 else None
        contacted = self._moment(-rng.uniform(1, 60)) if rng.random() < 0.7 else None
        self._add("lead", *who, rating, value, self._owner(), contacted, *became)

    def _add_opportunities(self, firm: Account, contacts: list[str]) -> None:
        """The one that calls refer to, and up to three that are over."""
        known, rng = dict(firm.opportunity_fields), self._rng
        stage = _CODES[known["StageName"]]
        rest = (known["LeadSource"], int(known["Is_Strategic__c"]), known["CloseDate"], 0, 0)
        contact = contacts[0] if contacts else None
        whose = (firm.account_id, self._owners.get(known["Owner"]), contact)
        self._add(
            "opportunity",
            *(
                firm.opportunity_id,
                *whose,
                known["Name"],
                stage,
                known["Amount"],
                known["Probability"],
                *rest,
            ),
        )
        for year in range(rng.randrange(4)):
            won = rng.random() < 0.6
            amount = rng.randrange(10_000, 20_000_000) / 100 if rng.random() < 0.9 else None
            over = (
                rng.choice(("Web", "Partner", "Event", None)),
                0,
                self._day(-90 - 200 * year),
                1,
                int(won),
            )
            whose = (firm.account_id, self._owner(), rng.choice(contacts) if contacts else None)
            stage = "closed-won" if won else "closed-lost"
            name = f"{firm.name} – renewal {self._until.year - year}"
            values = (name, stage, amount, 100 if won else 0, *over)
            self._add("opportunity", crm_id(rng, "006"), *whose, *values)

    def _add_deleted(self) -> None:
        """A record of each table that was deleted; such a row keeps little more than the mark."""
        for table, prefix, nulls in (
            ("account", "001", 9),
            ("contact", "003", 9),
            ("opportunity", "006", 12),
            ("lead", "00Q", 13),
        ):
            self._add(table, crm_id(self._rng, prefix), *[None] * nulls, deleted=True)

    def _add(self, table: str, *values: Any, deleted: bool = False) -> None:
        created = self._rng.uniform(100, _HISTORY_DAYS)
        # What others of its table refer to was modified before them, so that it is sent before them.
        age = 90 / (1 + len(self.tables[table]) / 25)
        self.tables[table].append((*values, self._moment(-created), self._moment(-age), int(deleted)))

    def _owner(self) -> str | None:
        return self._rng.choice([*self._owners.values(), None])

    def _moment(self, days: float) -> str:
        return _text(self._until + timedelta(days=days))

    def _day(self, days: float) -> str:
        return self._moment(days)[:10]


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
