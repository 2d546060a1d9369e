"""The keys that suppression and certificates rest on, derived from the password of one Airflow connection.

They are two: whoever can check a certificate needs nothing that would tell who is suppressed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from gong_airflow.errors import GongConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gong_airflow.erasure.identity import Form

CONN_ID = "gong_erasure"
LEAST_CHARACTERS = 32
_SUBJECT = b"gong erasure subject"
_CERTIFICATE = b"gong erasure certificate"
_CHECK = b"gong erasure check"
_REMEDY = (
    f"Create the connection {CONN_ID} with a password of at least {LEAST_CHARACTERS} random characters (if"
    " anybody was erased before, with the password that it had then), and start the task again"
)


def secret() -> bytes:
    """The password of the connection.

    :raises GongConfigurationError: there is no such connection, or its password is too short
    """
    from airflow.exceptions import AirflowNotFoundException
    from airflow.sdk import BaseHook

    try:
        password = BaseHook.get_connection(CONN_ID).password or ""
    except AirflowNotFoundException:
        raise GongConfigurationError(f"There is no connection {CONN_ID}", remedy=_REMEDY) from None
    if len(password) < LEAST_CHARACTERS:
        raise GongConfigurationError(
            f"The password of the connection {CONN_ID} has less than {LEAST_CHARACTERS} characters",
            remedy=_REMEDY,
        )
    return password.encode()


def subject_key() -> bytes:
    """The key under which forms are hashed; see `secret` for what is raised."""
    return _derived(secret(), _SUBJECT)


def hashed(form: Form, key: bytes | None = None) -> str:
    """HMAC-SHA256 of a form, hexadecimal: what stands for it where it must not be readable.

    :param key: `subject_key()`, for those who hash many
    """
    return hmac.new(key or subject_key(), form.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def check_of(key: bytes) -> str:
    """Tells one subject key from another without telling it."""
    return hmac.new(key, _CHECK, hashlib.sha256).hexdigest()[:16]


def signing_key() -> Ed25519PrivateKey:
    """The key that signs certificates; see `secret` for what is raised."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(_derived(secret(), _CERTIFICATE))


def _derived(password: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(password)
