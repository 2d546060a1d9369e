"""Walks through an audit row: objects, lists, and all that is written into strings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from gong_airflow.redaction.keys import (
    LABELS,
    Kind,
    is_holding,
    is_naming,
    is_person,
    is_through,
    kind_of,
    names_a_person,
)
from gong_airflow.redaction.patterns import name_pattern, without_emails, without_patterns

# No row is nested as deep, strings in strings included; what is deeper is taken out whole, so that no row
# can exhaust the stack.
DEEPEST = 64
_MOST_ROUNDS = 8

_PLAIN_KEY = re.compile(r"[A-Za-z_.-]{1,40}")
_NOTHING = frozenset({"", "null", "true", "false"})
_ID = re.compile(r"-?\d{1,20}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)*|\d{1,3}")
_ADDRESS = re.compile(r"[^,\s][^,]*")
_HOLDERS = (Kind.SECRET, Kind.TOKEN)

_PAIR = re.compile(r"(?<![\w.\[\]$%-])([\w$%][\w.\[\]$%-]*)\\*[\"']?\s{0,3}(=>|=|:(?!:))\s{0,3}")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*|'(?:[^'\\]|\\.)*|\\+[\"'](?:[^\"'\\]|\\+(?![\\\"']))*", re.DOTALL)
_OPEN_QUOTE = re.compile(r"\\*[\"']")
_LIST = re.compile(r"[\[{][^\]}]*[\]}]?")
_HEADER = re.compile(r"(?i)[\w-]*(?:cookie|authorization)")
_LINE = re.compile(r"[^\r\n\"]+")
_IN_QUERY = re.compile(r"[^&#\s\"'<>]*(?:<[a-z-]+>[^&#\s\"'<>]*)*")
_UP_TO_SPACE = re.compile(r"(?:(?i:bearer|basic|digest|token)\s+)?[^\s\"'&]+")
_UP_TO_COMMA = re.compile(r"(?:(?i:bearer|basic|digest|token)\s+)?[^\s\"'&,;(){}\[\]]+")
_WORDS = re.compile(r"[^\s\"'&,;(){}\[\]]+(?: [A-Z][^\s\"'&,;(){}\[\]]*)*")
_TAG = re.compile(r"<([\w:.-]+)(?:\s[^<>]*)?>([^<]+)(?=</\1>)")
_ATOM = re.compile(r"[^\s\"'<>&=?/#,;|\\(){}\[\]]+")


def redact_record(record: dict[str, Any]) -> dict[str, Any]:
    """The row with labels in place of what must not land.

    Labels are `<e-mail>`, `<ip>`, `<token>`, `<phone>`, `<name>` and `<secret>`. What a value is, its name
    tells first (`clientIp`, `access_token`, `userFullName`; also the parameter of a query, the column beside
    a `newValue`), then what it looks like. JSON, forms, queries and URL-encoding in strings are taken apart
    and put together again. Ids, times, counts, flags and paths stay; structure and types stay but for the
    labels, and a redacted row is redacted to itself.
    """
    names = [
        v for k, v in record.items() if isinstance(v, str) and kind_of(k) is Kind.NAME and v not in LABELS
    ]
    return _Redaction(name_pattern(names)).object(record, None, 0, person=False)


class _AmbiguousError(ValueError):
    """A JSON object that has a member twice; parsing would lose one."""


@dataclass
class _Redaction:
    """Redacts one row.

    :param names: finds the names of those whom the row names
    """

    names: re.Pattern[str] | None

    def value(self, value: Any, kind: Kind | None, depth: int, *, person: bool) -> Any:
        """`value` of JSON, which is of `kind` by its name; `person`: its members describe one."""
        if isinstance(value, str):
            return self.labelled(value, kind, depth)
        if not isinstance(value, (dict, list)):
            return _number(value, kind)
        if depth >= DEEPEST:
            return Kind.SECRET.value
        person = person or kind is Kind.PERSON
        if isinstance(value, dict):
            return self.object(value, kind, depth, person=person)
        return self.list(value, kind, depth, person=person)

    def object(
        self, given: Mapping[str, Any], kind: Kind | None, depth: int, *, person: bool
    ) -> dict[str, Any]:
        held = _held(given, person=person)
        table = given.get("tableName")
        person = person or (isinstance(table, str) and is_person(table))
        free = _Free()
        made: dict[str, Any] = {}
        for key, value in given.items():
            own = kind_of(key) or (Kind.NAME if names_a_person(key, person=person) else None)
            if held and is_holding(key):
                own = held
            if own is None and kind in _HOLDERS:
                own = kind
            within = is_person(key) or (person and is_through(key))
            made[free.of(self.key(key, depth))] = self.value(value, own, depth + 1, person=within)
        return made

    def list(self, given: list[Any], kind: Kind | None, depth: int, *, person: bool) -> list[Any]:
        kinds = [kind] * len(given)
        # ["token", "eyJ…"], as a pair or as two arguments of a command.
        if kind is None and len(given) == 2 and isinstance(given[0], str):
            kinds[1] = kind_of(given[0])
        return [self.value(v, k, depth + 1, person=person) for v, k in zip(given, kinds, strict=True)]

    def key(self, key: str, depth: int) -> str:
        return key if not isinstance(key, str) or _PLAIN_KEY.fullmatch(key) else self.string(key, depth)

    def labelled(self, text: str, kind: Kind | None, depth: int) -> str:
        """A string, by its name, and where that tells nothing by what it looks like."""
        plain = text.strip()
        if kind is None or plain in _NOTHING or plain in LABELS:
            return self.string(text, depth)
        if kind is Kind.VERSION:
            return self.string(text, depth, versions=True)
        if _stays(plain, kind):
            return self.string(text, depth, person=kind is Kind.PERSON)
        if kind is Kind.IP:
            return _ADDRESS.sub(Kind.IP.value, text)
        if kind in (Kind.NAME, Kind.PERSON):
            known = self.string(text, depth)
            return known if known in LABELS else Kind.NAME.value
        return Kind.TOKEN.value if kind is Kind.OPAQUE else kind.value

    def string(self, text: str, depth: int, *, versions: bool = False, person: bool = False) -> str:
        """A string, until there is nothing left to find: what is taken out may have hidden its neighbour."""
        if depth >= DEEPEST:
            return Kind.SECRET.value
        for _ in range(_MOST_ROUNDS):
            redacted = self.once(text, depth, versions=versions, person=person)
            if redacted == text:
                break
            text = redacted
        return text

    def once(self, text: str, depth: int, *, versions: bool, person: bool) -> str:
        """A string that is JSON, or text that may hold pairs, encodings and patterns."""
        if text.lstrip()[:1] in ("{", "[", '"'):
            try:
                parsed = json.loads(text, object_pairs_hook=_object)
            except (ValueError, RecursionError):
                pass
            else:
                redacted = self.value(parsed, None, depth + 1, person=person)
                return text if redacted == parsed else _json(redacted)
        text = without_emails(text)
        text = _TAG.sub(lambda match: self.tag(match, depth), text) if "</" in text else text
        text = self.pairs(text, depth)
        if "%" in text or "+" in text:
            text = _ATOM.sub(lambda match: self.atom(match, depth), text)
        text = without_patterns(text, versions=versions)
        return self.names.sub(Kind.NAME.value, text) if self.names else text

    def pairs(self, text: str, depth: int) -> str:
        """`key=value`, `"key": "value"`, `Header: value` in a text, each value by its name."""
        if "=" not in text and ":" not in text:
            return text
        made, done = [], 0
        for match in _PAIR.finditer(text):
            kind = kind_of(unquote_plus(match[1])) if match.start() >= done else None
            if kind in (None, Kind.VERSION) or _is_tag(text, match):
                continue
            start, end = _extent(text, match, kind)
            raw = text[start:end]
            decoded = unquote_plus(raw) if "%" in raw else raw
            redacted = self.labelled(decoded, kind, depth + 1)
            if redacted != decoded:
                made += [text[done:start], redacted]
                done = end
        return "".join([*made, text[done:]])

    def tag(self, match: re.Match[str], depth: int) -> str:
        """`<password>…</password>`."""
        kind = kind_of(match[1].rpartition(":")[2])
        start = match.start(2) - match.start()
        return match[0][:start] + self.labelled(match[2], kind, depth + 1) if kind else match[0]

    def atom(self, match: re.Match[str], depth: int) -> str:
        """A URL-encoded part of a text: a value of a query, a segment of a path."""
        raw = match[0]
        decoded = unquote_plus(raw)
        if decoded == raw:
            return raw
        redacted = self.string(decoded, depth + 1)
        return raw if redacted == decoded else quote_plus(redacted, safe="<>", errors="replace")


class _Free:
    """Keeps apart keys that are the same once redacted: `<e-mail>`, `<e-mail> 2`."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def of(self, key: str) -> str:
        name = key
        while name in self._taken:
            self._taken[key] = number = self._taken[key] + 1
            name = f"{key} {number}"
        self._taken[name] = 1
        return name


def _held(given: Mapping[str, Any], *, person: bool) -> Kind | None:
    """What `{"columnName": "password", "newValue": …}` says about its values."""
    for key, value in given.items():
        if isinstance(value, str) and isinstance(key, str) and is_naming(key):
            kind = kind_of(value) or (Kind.NAME if names_a_person(value, person=person) else None)
            if kind:
                return kind
    return None


def _stays(text: str, kind: Kind) -> bool:
    """Whether a text is none of what its name suggests."""
    if kind is Kind.OPAQUE:
        return bool(_CONSTANT.fullmatch(text))
    if kind is Kind.PERSON:
        return bool(_ID.fullmatch(text) or _CONSTANT.fullmatch(text)) or text[0] in "{["
    if kind is Kind.PHONE:
        return sum(c.isdigit() for c in text) < 4
    return kind is Kind.TOKEN and text.isdecimal() and len(text) < 4


def _number(value: Any, kind: Kind | None) -> Any:
    """Counts and flags stay; an address or a telephone number may come as a number."""
    least = {Kind.SECRET: 0, Kind.TOKEN: 1000, Kind.OPAQUE: 1000, Kind.PHONE: 10**6, Kind.IP: 2**24}
    if kind not in least or isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if abs(value) < least[kind]:
        return value
    return Kind.TOKEN.value if kind is Kind.OPAQUE else kind.value


def _extent(text: str, match: re.Match[str], kind: Kind) -> tuple[int, int]:
    """Where the value of a pair in a text begins and ends."""
    start = match.end()
    if quoted := _QUOTED.match(text, start):
        quote = _OPEN_QUOTE.match(text, start)
        return (quote.end() if quote else start), quoted.end()
    if kind in _HOLDERS and (found := _LIST.match(text, start)):
        return start, found.end()
    before = text[match.start() - 1] if match.start() else "&"
    if match[2] == "=" and before in "?&":
        pattern = _IN_QUERY
    elif match[2] == ":" and _HEADER.fullmatch(match[1]):
        pattern = _LINE
    elif kind is Kind.SECRET:
        pattern = _UP_TO_SPACE
    else:
        pattern = _WORDS if kind in (Kind.NAME, Kind.PERSON) else _UP_TO_COMMA
    found = pattern.match(text, start)
    return start, found.end() if found else start


def _is_tag(text: str, match: re.Match[str]) -> bool:
    """Whether what looks like a pair is the name of an element: `<saml:Assertion>`."""
    before = text[max(0, match.start() - 2) : match.start()]
    return before.endswith(("<", "</")) and match[1].lower().startswith("saml")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _AmbiguousError
    return made


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
