"""What the name of a member, parameter, header or column tells about its value.

Names come as `accessToken`, `access_token`, `X-Access-Token`, `user[access_token]` or `accesstoken`; so they
are taken apart into words, and the words decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


class Kind(Enum):
    """What a value is by its name; the value of the member is the label that takes its place."""

    SECRET = "<secret>"  # noqa: S105 - a label
    TOKEN = "<token>"  # noqa: S105 - a label
    EMAIL = "<e-mail>"
    PHONE = "<phone>"
    IP = "<ip>"
    NAME = "<name>"
    # A token unless it is a constant such as DONE or 404: `code` and `state` are OAuth's names, and others'.
    OPAQUE = "opaque"
    # A person, told by name or by id: `createdBy`, `owner`.
    PERSON = "person"
    # Numbers with dots that are no addresses.
    VERSION = "version"


LABELS = frozenset(kind.value for kind in Kind if kind.value.startswith("<"))

_LABEL = re.compile("|".join(sorted(LABELS)))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")
_LONGEST_CACHED = 64

_SECRET = re.compile(r"passw|passphrase|passcode|secret|credential")
_SECRET_WORDS = frozenset({"pass", "pwd", "creds", "otp", "totp", "pin", "salt"})
_SECRET_KEY = re.compile(
    r"(api|access|private|secret|encryption|signing|auth|master|shared|account|storage|service|license)keys?$"
)
_TOKEN = re.compile(
    r"token|jwt|cookie|session|sessid|saml|assertion|signature|authorization|bearer|csrf|xsrf|nonce|hmac"
)
_TOKEN_WORDS = frozenset({"tkn", "sid", "sig", "sess", "auth", "verifier"})
_CODE_OF = _set(
    "auth authorization access verification confirmation confirm invitation invite device login security"
    " reset activation recovery backup time user challenge mfa"
)
# `tokenType`, `sessionDuration`, `passwordChangedAt` are about a secret and are none.
_ABOUT = _set(
    "type count counts time times timestamp at date expiry expires expiration expire ttl age length size"
    " duration status enabled required policy changed version method provider mode timeout format scheme"
    " limit remaining created updated index seconds minutes ms millis valid"
)

_PHONES = _set("phone phones telephone mobile cell cellphone fax msisdn tel landline phonenumber")
_ADDRESS_OF = _set("ip remote client source peer")
_IP_WORDS = _set("ip ips ipv ipaddress ipaddresses remoteaddr forwarded")
_GLUED_IP = re.compile(r"(client|remote|real|user|source|viewer|server|public|private|peer|origin)ips?$")
_PERSONS = _set(
    "user users impersonator viewer viewers owner owners creator author editor reviewer manager managers"
    " employee participant participants attendee attendees invitee invitees organizer recipient recipients"
    " sender contact contacts speaker speakers actor assignee requester caller callee person persons people"
    " lead leads rep"
)
_NAMES_OF = _set("full first last middle given family sur display nick maiden preferred legal login")
_NAMES = re.compile(r"^(user|full|first|last|middle|given|family|sur|display|nick|login)names?$")
_VERSIONS = _set("version versions ver build release agent ua")
_NAMING = _set("name key field column parameter param header property attribute variable")
_HOLDING = _set("value values val before after old new previous current content data text string")
_THROUGH = _set("change changes column columns row rows")


def kind_of(key: str) -> Kind | None:
    """What the value of `key` is; None when the name tells nothing."""
    return _cached(key) if len(key) <= _LONGEST_CACHED else _kind(words_of(key))


def words_of(key: str) -> list[str]:
    """The words of a name in small letters: `X-SAMLResponse_id` gives x, saml, response, id."""
    return [word.lower() for word in _WORD.findall(_LABEL.sub("", key))]


def names_a_person(key: str, *, person: bool) -> bool:
    """Whether a plain `name`, which may be anything's, is a person's: it is a member of a person."""
    words = words_of(key)
    return person and len(words) == 1 and words[0] in {"name", "names", "first", "last"}


def is_person(key: str) -> bool:
    """Whether members of `key` describe a person, or rows of a table called `key` do."""
    words = words_of(key)
    return bool(words) and words[-1] in _PERSONS


def is_naming(key: str) -> bool:
    """Whether the value of `key` names what its neighbours hold: `{"columnName": …, "newValue": …}`."""
    return _ends(key, _NAMING)


def is_holding(key: str) -> bool:
    """Whether the value of `key` is what a neighbour names."""
    return _ends(key, _HOLDING)


def is_through(key: str) -> bool:
    """Whether the value of `key` is a part of what is around it: the changed columns of a table's rows."""
    return _ends(key, _THROUGH)


def _ends(key: str, ends: frozenset[str]) -> bool:
    words = words_of(key)
    return bool(words) and words[-1] in ends


@lru_cache(maxsize=4096)
def _cached(key: str) -> Kind | None:
    return _kind(words_of(key))


def _kind(words: Sequence[str]) -> Kind | None:
    if not words:
        return None
    for find in (_secret, _contact, _name):
        if kind := find(words):
            return kind
    return Kind.VERSION if not _VERSIONS.isdisjoint(words) else None


def _secret(words: Sequence[str]) -> Kind | None:
    last = words[-1]
    if last in _ABOUT or not {"expires", "expiry", "expiration"}.isdisjoint(words):
        return None
    if any(_SECRET.search(word) or word in _SECRET_WORDS for word in words) or _SECRET_KEY.search(
        "".join(words)
    ):
        return Kind.SECRET
    if any(_TOKEN.search(word) for word in words) or last in _TOKEN_WORDS or words[0] in {"sid", "sess"}:
        return Kind.TOKEN
    if last == "code":
        return Kind.OPAQUE if len(words) == 1 else Kind.TOKEN if words[-2] in _CODE_OF else None
    if last == "state" and (len(words) == 1 or words[-2] in {"relay", "oauth", "auth"}):
        return Kind.OPAQUE
    return None


def _contact(words: Sequence[str]) -> Kind | None:
    last, before = words[-1], set(words[:-1])
    if last in {"address", "addresses", "addr"}:
        if not before.isdisjoint({"email", "mail"}):
            return Kind.EMAIL
        return None if before.isdisjoint(_ADDRESS_OF) else Kind.IP
    if last in {"email", "emails", "mail", "mails", "emailaddress", "emailaddresses", "upn"}:
        return Kind.EMAIL
    if last in _PHONES or (last in {"number", "numbers"} and not before.isdisjoint(_PHONES | {"dialed"})):
        return Kind.PHONE
    if (
        last in _IP_WORDS
        or _GLUED_IP.search(last)
        or words[-2:] in (["forwarded", "for"], ["ipv", "4"], ["ipv", "6"])
    ):
        return Kind.IP
    return None


def _name(words: Sequence[str]) -> Kind | None:
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if _NAMES.search(last) or (last in {"name", "names"} and (before in _NAMES_OF or before in _PERSONS)):
        return Kind.NAME
    # `createdBy`, `sharedWith`; not `sortBy`.
    if last in _PERSONS or (last in {"by", "with"} and before.endswith("ed")):
        return Kind.PERSON
    return None
