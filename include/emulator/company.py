"""Who there is: the company's users, its customers' accounts and their people. Made with Faker, by seed."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from faker import Faker

from include.emulator import phrases
from include.emulator.ids import crm_id, gong_id
from include.emulator.options import Options

DOMAIN = "harborline.example"
NAME = "Harborline Software"
_USER_ZONE = timezone(timedelta(hours=2))
_TITLES = (
    "Account Executive",
    "Senior Account Executive",
    "Solutions Engineer",
    "Sales Development Representative",
)
_STAGES = ("Qualification", "Discovery", "Evaluation", "Proposal", "Negotiation")

Fields = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class Person:
    """Someone who takes part in calls: ``user_id`` for the company's own, ``crm_type`` for customers."""

    name: str
    email: str | None
    phone: str | None
    title: str | None
    user_id: str | None = None
    crm_type: str | None = None
    crm_id: str | None = None
    crm_fields: Fields = ()


@dataclass(slots=True)
class User:
    """A Gong user. ``document`` is its JSON as ``/v2/users`` gives it; ``created`` is aware."""

    id: str
    person: Person
    created: datetime
    active: bool
    avatar: bool
    document: dict[str, Any]

    @property
    def imports_calls(self) -> bool:
        """Whether recordings of this user's telephone calls are taken in."""
        return bool(self.document["settings"]["telephonyCallsImported"])


@dataclass(slots=True)
class Account:
    """A customer, with the CRM records that calls refer to."""

    name: str
    system: str
    account_id: str
    account_fields: Fields
    opportunity_id: str
    opportunity_fields: Fields
    earlier_fields: Fields
    people: list[Person] = field(default_factory=list)


@dataclass(slots=True)
class Company:
    """Everything that exists beside calls."""

    users: list[User]
    accounts: list[Account]
    workspaces: list[str]

    def hosts(self) -> list[User]:
        """The users who can hold a call: active, no avatars."""
        return [user for user in self.users if user.active and not user.avatar]

    def user(self, number: str) -> User | None:
        """The user with this id; Gong's own (avatars) are nobody's hosts."""
        return next((user for user in self.users if user.id == number and not user.avatar), None)

    def copy(self) -> Company:
        """A company whose users may be edited, by giving them other documents."""
        return replace(self, users=[replace(user) for user in self.users])

    def people(self) -> list[Person]:
        """Every person, users (avatars too) first."""
        return [user.person for user in self.users] + [who for firm in self.accounts for who in firm.people]


class _Names:
    """Unique people: names from Faker, addresses and numbers from reserved ranges."""

    def __init__(self, seed: int, rng: random.Random) -> None:
        self._faker = Faker("en_US", use_weighting=False)
        self._other = Faker("de_DE", use_weighting=False)
        self._faker.seed_instance(seed)
        self._other.seed_instance(seed)
        self._rng = rng
        self._taken: set[str] = set()
        self._numbers = 0

    def firm(self) -> str:
        return str(self._faker.company())

    def job(self) -> str:
        return str(self._faker.job())

    def person(self, domain: str) -> Person:
        faker = self._other if self._rng.random() < 0.15 else self._faker
        first, last = str(faker.first_name()), str(faker.last_name())
        stem = ascii_word(f"{first}.{last}")
        email = f"{stem}@{domain}"
        while email in self._taken:
            email = f"{stem}{len(self._taken)}@{domain}"
        self._taken.add(email)
        self._numbers += 1
        area, line = divmod(self._numbers, 100)
        phone = f"+1 {200 + area % 800}-555-01{line:02d}"
        return Person(f"{first} {last}", email, phone, None)


def ascii_word(text: str) -> str:
    """Lower-case ASCII letters, digits and dots of ``text``: what may stand in an address."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum() or letter == ".")


@lru_cache(maxsize=2)
def build_company(options: Options) -> Company:
    """The company of ``options``: by seed, numbers and ``until``. Kept: nothing ever changes it."""
    rng = random.Random(f"{options.seed}:company")
    names = _Names(options.seed, rng)
    users = _users(options, rng, names)
    wanted = max(8, options.calls // 25) if options.calls else 8
    accounts = [_account(options.until, rng, names, users) for _ in range(wanted)]
    return Company(users, accounts, [gong_id(rng), gong_id(rng)])


def _users(options: Options, rng: random.Random, names: _Names) -> list[User]:
    earliest = options.until - timedelta(days=options.days + 800)
    made: list[User] = []
    for number in range(options.users + (2 if options.users else 0)):
        avatar = number >= options.users
        person = names.person("gong.example" if avatar else DOMAIN)
        person.user_id = gong_id(rng)
        person.title = "VP Sales" if number == 0 else rng.choice(_TITLES)
        created = (earliest + timedelta(milliseconds=rng.randrange(790 * 86_400_000))).astimezone(_USER_ZONE)
        active = avatar or number % 9 != 8
        manager = made[0].id if made and not avatar else None
        document = _user_document(rng, person, created, active=active, manager=manager, number=number)
        made.append(User(person.user_id, person, created, active, avatar, document))
    return sorted(made, key=lambda user: int(user.id))


def _user_document(
    rng: random.Random, person: Person, created: datetime, *, active: bool, manager: str | None, number: int
) -> dict[str, Any]:
    """A user as recorded in June 2026: nulls are present, and ``conferencingProviders`` is in no document."""
    first, last = person.name.split(" ", 1)
    language = {"language": rng.choice(("en-US", "en-GB", "de-DE")), "primary": True}
    document: dict[str, Any] = {
        "id": person.user_id,
        "emailAddress": person.email,
        "created": created.isoformat(timespec="milliseconds"),
        "active": active,
        "emailAliases": [ascii_word(f"{first[0]}{last}") + f"@{DOMAIN}"] if number % 3 == 0 else [],
        "trustedEmailAddress": None,
        "firstName": first,
        "lastName": last,
        "title": person.title,
        "phoneNumber": person.phone,
        "extension": str(100 + number) if number % 4 == 0 else None,
        "personalMeetingUrls": [f"https://zoom.example/my/{ascii_word(first)}"] if number % 2 == 0 else [],
        "settings": {
            "webConferencesRecorded": True,
            "preventWebConferenceRecording": False,
            "telephonyCallsImported": number % 5 != 4,
            "emailsImported": True,
            "preventEmailImport": False,
            "nonRecordedMeetingsImported": True,
            "gongConnectEnabled": number % 2 == 0,
        },
        "managerId": manager,
        "meetingConsentPageUrl": f"https://join.gong.example/harborline/{ascii_word(first)}.{number}",
        "spokenLanguages": [language] if number % 3 else [],
        "conferencingProviders": None,
    }
    if number % 64 == 1:
        document["emulatorSeatType"] = {"name": "Foundation", "since": "2025-01-01"}
    return document


def _account(until: datetime, rng: random.Random, names: _Names, users: list[User]) -> Account:
    name = names.firm()
    domain = f"{ascii_word(name)[:24]}.example"
    amount = rng.randrange(8, 400) * 500
    close = (until + timedelta(days=rng.randrange(5, 120))).date().isoformat()
    stage = rng.randrange(1, len(_STAGES))
    owner = rng.choice(users).person.name if users else None
    firm = Account(
        name,
        rng.choices(("Salesforce", "HubSpot"), (4, 1))[0],
        crm_id(rng, "001"),
        (
            ("Name", name),
            ("Website", f"https://www.{domain}"),
            ("Industry", rng.choice(("Software", "Logistics", "Healthcare", "Retail", None))),
            ("NumberOfEmployees", rng.randrange(20, 9_000)),
            ("Account_Tier__c", rng.choice(("A", "B", "C"))),
        ),
        crm_id(rng, "006"),
        (
            ("Name", f"{name} – new business"),
            ("LeadSource", rng.choice(("Web", "Partner", "Event", None))),
            ("Type", "New Business"),
            ("StageName", _STAGES[stage]),
            ("Probability", 10.0 + 20 * stage),
            ("Amount", float(amount)),
            ("CloseDate", close),
            ("Owner", owner),
            ("Is_Strategic__c", rng.random() < 0.2),
        ),
        (("StageName", _STAGES[stage - 1]), ("Amount", amount * 0.8), ("CloseDate", close)),
    )
    for _ in range(rng.randrange(2, 6)):
        firm.people.append(_contact(rng, names, domain, name))
    return firm


def _contact(rng: random.Random, names: _Names, domain: str, firm: str) -> Person:
    person = names.person(domain)
    person.title = names.job() if rng.random() < 0.8 else None
    if rng.random() < 0.85:
        lead = rng.random() < 0.25
        person.crm_type = "Lead" if lead else "Contact"
        person.crm_id = crm_id(rng, "00Q" if lead else "003")
        fields: list[tuple[str, Any]] = [
            ("Name", person.name),
            ("Email", person.email),
            ("Title", person.title),
        ]
        if lead:
            fields += [("Company", firm), ("Status", "Working"), ("Rating", None)]
        else:
            fields += [("Department", rng.choice(phrases.TEAMS)), ("DoNotCall", rng.random() < 0.1)]
        person.crm_fields = tuple(fields)
    return person
