"""The signature on a certificate: Ed25519, over the whole document but the signature's own value.

What is signed is the document as JSON with sorted keys, without blanks, in UTF-8 (RFC 8785, as it holds no
fractions). The public key is a part of it. The file is the same document, indented; any other way of writing
it down is taken for a change, so that no byte of the file can be another one.

Without this software: `jq -cjS 'del(.signature.value)' CERTIFICATE` prints what is signed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "Ed25519"
_MOST_BYTES = 1_000_000


class InvalidCertificateError(ValueError):
    """The file is no certificate, or not as it was signed; the message says which, and quotes nothing."""


@dataclass(frozen=True)
class Signed:
    """A document whose signature holds.

    :param public_key: 64 hexadecimal digits
    """

    document: dict[str, Any]
    public_key: str

    @property
    def key_id(self) -> str:
        """What people compare: the first 16 hexadecimal digits of the public key's SHA-256."""
        return key_id(self.public_key)


def sign(document: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """`document`, JSON-able, with a member `signature`. The same key gives the same signature."""
    public = public_hex(key.public_key())
    signature = {"algorithm": ALGORITHM, "key_id": key_id(public), "public_key": public}
    unsigned = {**document, "signature": signature}
    return {**document, "signature": {**signature, "value": key.sign(_canonical(unsigned)).hex()}}


def render(document: Mapping[str, Any]) -> bytes:
    """The content of the file of a signed document."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def check(content: bytes) -> Signed:
    """The document that the content of a file holds, exactly as it was signed.

    Whose key it is remains to be asked: anybody can sign with a key of their own.

    :raises InvalidCertificateError: it is none, or anything in it was changed
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    document = _parsed(content)
    signature = dict(document["signature"])
    public, value = _hex(signature.get("public_key"), 64), _hex(signature.pop("value", None), 128)
    changed = InvalidCertificateError("It was changed after it was signed, or signed with another key.")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(value), _canonical({**document, "signature": signature}))
    except (InvalidSignature, ValueError):
        raise changed from None
    if render(document) != content or signature.get("key_id") != key_id(public):
        raise changed
    return Signed(document, public)


def public_hex(key: Ed25519PublicKey) -> str:
    """The public key as 64 hexadecimal digits."""
    return key.public_bytes_raw().hex()


def key_id(public_key: str) -> str:
    """The short name of a public key that is given as hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def pem(key: Ed25519PublicKey) -> str:
    """The public key as OpenSSL reads it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > _MOST_BYTES:
        raise InvalidCertificateError("It is no certificate: it is too long.")
    try:
        document = json.loads(content.decode())
        render(document)
    except (ValueError, RecursionError):
        raise InvalidCertificateError("It is no certificate: it is not JSON.") from None
    if not isinstance(document, dict) or not isinstance(document.get("signature"), dict):
        raise InvalidCertificateError("It is no certificate: it has no signature.")
    return document


def _hex(text: Any, digits: int) -> str:
    if not isinstance(text, str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", text):
        raise InvalidCertificateError("Its signature is not written as one.")
    return text
