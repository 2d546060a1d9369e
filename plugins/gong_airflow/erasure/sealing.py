"""Seals: how the address and the number of a run of `gong_erasure` lie in Airflow's database.

The API server puts `sealed:<key name>:<Fernet token>` in their place before anything is stored (`door`). Each
run has a key of its own, in the Airflow Variable `gong_erasure_key_<16 hex>`. It is destroyed with the case;
from then on nobody can open what conf, audit log and XComs hold.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gong_airflow.erasure.identity import Identity, Kind, identity
from gong_airflow.errors import GongConfigurationError, GongInputError, GongUnavailableError

DAG_ID = "gong_erasure"
FIELDS: dict[str, Kind] = {"email_address": "email", "phone_number": "phone"}
"""The fields of the form that are sealed."""
KEY_PREFIX = "gong_erasure_key_"
SEALED = rf"^sealed:({KEY_PREFIX}[0-9a-f]{{16}}):([A-Za-z0-9_=-]+)$"
"""What Airflow takes as an address or a number, so that a readable one does not get as far as a run."""
_FORM = (
    "Start gong_erasure with its form in the UI or by the REST API: the API server seals the address and the"
    " number before they are stored"
)
# A first task may start in the moment in which the API server stores the key.
_LONGEST_WAIT = 5.0
_PAUSE = 0.5


@dataclass(frozen=True)
class Key:
    """The key of one run; `name` is that of its Variable."""

    name: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> Key:
        """A random one, not yet stored."""
        from cryptography.fernet import Fernet

        return cls(KEY_PREFIX + secrets.token_hex(8), Fernet.generate_key().decode())

    @classmethod
    def stored(cls, name: str, value: str) -> Key:
        """The key that the Variable holds; GongConfigurationError when it holds something else."""
        try:
            return cls(name, str(json.loads(value)["private_key"]))
        except (ValueError, KeyError, TypeError):
            raise _broken(name) from None

    @property
    def value(self) -> str:
        """What the Variable holds. By its name Airflow hides `private_key` in the UI and the API."""
        return json.dumps({"private_key": self.secret})

    def seal(self, text: str) -> str:
        """`text` as only this key opens it."""
        return f"sealed:{self.name}:{self._fernet().encrypt(text.encode()).decode()}"

    def open(self, sealed: str) -> str:
        """The text in `sealed`; GongConfigurationError when it was sealed with another key."""
        from cryptography.fernet import InvalidToken

        found = re.match(SEALED, sealed)
        try:
            if not found or found[1] != self.name:
                raise InvalidToken
            return str(self._fernet().decrypt(found[2]).decode())
        except InvalidToken:
            raise GongConfigurationError(
                f"What was to be opened with {self.name} was sealed with another key, or changed",
                remedy="Start gong_erasure again and enter the address or the number again",
            ) from None

    def _fernet(self) -> Any:
        from cryptography.fernet import Fernet

        try:
            return Fernet(self.secret)
        except ValueError:
            raise _broken(self.name) from None


@dataclass(frozen=True)
class Subject:
    """Whom a run is about, in memory only.

    :param given: what the form gave, one address or one number or both
    :param key: the name of the run's key
    """

    given: tuple[Identity, ...]
    key: str


def open_subject(context: Mapping[str, Any]) -> Subject:
    """Whom the run of this task is about; from now on Airflow masks the values in the task's logs.

    :raises GongInputError: neither address nor number was given
    :raises GongConfigurationError: they lie readable in Airflow's database, or their key is gone
    """
    sealed = _sealed(context)
    if not sealed:
        raise GongInputError("Neither an e-mail address nor a phone number was given", remedy=_FORM)
    names = {found[1] for found in sealed.values()}
    if len(names) > 1:
        raise GongConfigurationError("The address and the number were sealed by different runs", remedy=_FORM)
    key = _key(names.pop(), _LONGEST_WAIT)
    given = tuple(identity(FIELDS[name], key.open(found[0])) for name, found in sealed.items())
    for one in given:
        _mask(one)
    return Subject(given, key.name)


def key_of(context: Mapping[str, Any]) -> str | None:
    """The name of the key of this task's run, without opening anything; None when nothing is sealed."""
    found = (re.match(SEALED, str(context["params"].get(name))) for name in FIELDS)
    return next((one[1] for one in found if one), None)


def seal(text: str, key_name: str) -> str:
    """`text` sealed with a run's key; raises as `unseal` does when that is gone."""
    return _key(key_name).seal(text)


def unseal(text: str, key_name: str) -> str:
    """What `seal` was given.

    :raises GongConfigurationError: the key is gone, or it is not the one that `text` was sealed with
    """
    return _key(key_name).open(text)


def destroy(key_names: Iterable[str]) -> None:
    """Destroy keys, for good; those that are gone already are no fault.

    :raises GongUnavailableError: one of them is still there
    """
    from airflow.sdk import Variable

    for name in key_names:
        Variable.delete(name)
        # Airflow 3.3 does not tell a task that its API server failed to delete; the list of keys does.
        if name in Variable.keys(prefix=name):
            raise GongUnavailableError(
                f"Airflow did not delete Variable {name}, which opens what is sealed",
                remedy="The task tries again; if it keeps failing, delete the Variable in the UI",
            )


def _sealed(context: Mapping[str, Any]) -> dict[str, re.Match[str]]:
    """The sealed values of the run, by their field; GongConfigurationError when one is not sealed."""
    texts = {name: context["params"].get(name) for name in FIELDS}
    found = {name: re.match(SEALED, str(text)) for name, text in texts.items() if text}
    if not all(found.values()):
        raise GongConfigurationError(
            "The address or the number of this run lies readable in Airflow's database",
            remedy=f"Delete the run, and its entry in the audit log. {_FORM}",
        )
    return {name: one for name, one in found.items() if one}


def _key(name: str, longest_wait: float = 0.0) -> Key:
    from gong_airflow.oauth import AirflowVariables

    deadline = time.monotonic() + longest_wait
    while (value := AirflowVariables().get(name, certain=True)) is None:
        if time.monotonic() >= deadline:
            raise GongConfigurationError(
                f"The key {name} is gone: the case is closed, or the API server stopped before it stored it",
                remedy="Start gong_erasure again and enter the address or the number again",
            )
        time.sleep(_PAUSE)
    return Key.stored(name, value)


def _mask(one: Identity) -> None:
    from gong_airflow.connection import mask_everywhere

    spellings = {one.value, *(form.partition(":")[2] for form in one.forms)}
    if one.kind == "phone":
        import phonenumbers

        number = phonenumbers.parse(one.value, None)
        formats = phonenumbers.PhoneNumberFormat
        spellings |= {
            phonenumbers.format_number(number, as_) for as_ in (formats.INTERNATIONAL, formats.NATIONAL)
        }
    for spelling in spellings:
        mask_everywhere(spelling)


def _broken(name: str) -> GongConfigurationError:
    return GongConfigurationError(
        f"Variable {name} does not hold a key",
        remedy="Delete it, start gong_erasure again and enter the address or the number again",
    )
