"""The keys that Airflow's parts share, made once and kept under AIRFLOW_HOME for its owner only."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

KEYS = "keys.json"
PASSWORDS = "passwords.json"
USER = "admin"


@dataclass(frozen=True)
class Keys:
    """Fernet key (encrypts connections), API and JWT secrets, and the password of the UI's user."""

    fernet: str
    api: str
    jwt: str
    password: str
    password_file: Path


def keys(home: Path) -> Keys:
    """The keys of the Airflow in `home`, generated when they are not there yet."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = _kept(home / KEYS, _generate)
    password_file = home / PASSWORDS
    # Airflow would generate this file too, readable by all, and print the password into its log.
    passwords = _kept(password_file, lambda: {USER: secrets.token_urlsafe(12)})
    return Keys(**kept, password=passwords[USER], password_file=password_file)


def _generate() -> dict[str, str]:
    return {
        "fernet": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "api": secrets.token_urlsafe(32),
        "jwt": secrets.token_urlsafe(64),
    }


def _kept(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    if not path.exists():
        # Complete or not there at all: a half-written key would lock the connections for ever.
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(make(), file)
        draft.replace(path)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept
