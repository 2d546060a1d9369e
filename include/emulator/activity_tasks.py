"""Engage tasks: documents as ``POST /v2/tasks`` gives them, by seed. Ids are JSON numbers beyond 2^53."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from include.emulator.clock import to_micros
from include.emulator.company import Account, Company, Person, User, ascii_word
from include.emulator.directory import visible_to
from include.emulator.directory_making import engage_users
from include.emulator.ids import gong_id
from include.emulator.kinds import Record, Records
from include.emulator.rendering import instant

_STATUSES = ("OPEN", "OPEN", "OPEN", "DONE", "DISMISSED")
_STEPS = ("First call", "Second call", "Last try")
_TITLES = ("Call back about the quote", "Ask who signs", "Book the technical session")
_PRIORITIES = ((1, "high", 100), (2, "medium", 50), (3, "low", 10))
_CRM = "https://crm.example"


def make_tasks(seed: int, company: Company, flows: Records, until: datetime) -> Records:
    """Two to six tasks for each Engage user; ``_workspaceId`` is not shown."""
    rng = random.Random(f"{seed}:tasks")
    made: Records = []
    for user in engage_users(company.users):
        seen = visible_to(flows, user.id)
        for _ in range(rng.randrange(2, 7)):
            flow = rng.choice(seen) if seen and rng.random() < 0.6 else None
            made.append(_task(rng, user, rng.choice(company.accounts), flow, until))
            made[-1]["_workspaceId"] = company.workspaces[rng.random() < 0.1]
    return made


def _task(rng: random.Random, user: User, account: Account, flow: Record | None, until: datetime) -> Record:
    created = until - timedelta(seconds=rng.randrange(20 * 86_400), milliseconds=rng.randrange(1_000))
    due = until + timedelta(hours=rng.randrange(-72, 240))
    number = int(gong_id(rng)) % 2**62 + 2**54
    contacts = rng.sample(account.people, min(len(account.people), rng.randrange(1, 3)))
    document: Record = {
        "id": number,
        "userId": int(user.id),
        "created": _written(created),
        "updated": _written(created + timedelta(minutes=rng.randrange(600))),
        "status": rng.choice(_STATUSES),
        "type": "FLOW" if flow else "MANUAL",
        "actions": ["CALL"],
        "account": {
            "crmId": account.account_id,
            "name": account.name,
            "crmUrl": f"{_CRM}/{account.account_id}",
        },
        "dueDate": _written(due),
        "contact": _contact(rng, contacts[0], account),
        "additionalContacts": [_contact(rng, who, account) for who in contacts[1:]],
        "priority": dict(zip(("id", "name", "weight"), rng.choice(_PRIORITIES), strict=True)),
    }
    if rng.random() < 0.6:
        document["opportunity"] = _opportunity(account)
    if flow is None:
        document["title"] = rng.choice(_TITLES)
    else:
        document["flow"] = _flow(rng, flow)
    if number % 61 == 0:
        document["emulatorSnoozed"] = 2
    return document


def _flow(rng: random.Random, flow: Record) -> Record:
    place = rng.randrange(len(_STEPS))
    step = {"id": int(flow["id"]) // 3 + place, "name": _STEPS[place], "stepNumber": place + 1}
    return {"id": int(flow["id"]), "name": flow["name"], "step": step}


def _opportunity(account: Account) -> Record:
    fields: dict[str, Any] = dict(account.opportunity_fields)
    return {
        "crmId": account.opportunity_id,
        "name": fields["Name"],
        "crmUrl": f"{_CRM}/{account.opportunity_id}",
        "status": "OPEN",
        "stage": fields["StageName"],
        "amount": str(fields["Amount"]),
        "probability": str(fields["Probability"]),
        "closeDate": fields["CloseDate"],
    }


def _contact(rng: random.Random, person: Person, account: Account) -> Record:
    first, _, last = person.name.partition(" ")
    return {
        "crmId": person.crm_id,
        "type": "LEAD" if person.crm_type == "Lead" else "CONTACT",
        "data": {
            "firstName": first,
            "lastName": last,
            "crmUrl": f"{_CRM}/{person.crm_id}",
            "companyName": account.name,
            "affiliation": "Them",
            "emails": [{"email": person.email}] if person.email else [],
            "title": person.title,
            "timezone": "US/Pacific",
            "phoneNumbers": [_phone(person.phone)] if person.phone else [],
            "city": "Portland",
            "country": "US",
            "state": "Oregon",
            "zipcode": "97201",
            "optOutChannels": rng.choice(([], ["CALLS"], ["EMAILS"])),
            "linkedinProfile": f"https://linkedin.example/in/{ascii_word(person.name)}",
        },
    }


def _phone(number: str) -> Record:
    digits = "+" + "".join(letter for letter in number if letter.isdigit())
    return {
        "raw": number,
        "extension": "12" if int(digits) % 3 == 0 else None,
        "countryCode": 1,
        "normalized": digits,
        "label": "work",
        "isVerified": True,
    }


def _written(moment: datetime) -> str:
    return instant(to_micros(moment))
