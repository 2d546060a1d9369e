"""What becomes of a line of a landed file: it stays as it is, loses mentions, or goes."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gong_airflow.erasure.matching import call_id_of, is_about
from include.erasure.copies.clues import Clues
from include.erasure.copies.texts import blanked_json, blanked_text

if TYPE_CHECKING:
    from include.erasure.person import Person

CALLS = "calls"
_NUMBER = re.compile(rb"[:\[,\s]([0-9]+)(?=[\s,}\]])")
# With these an id may be written in another way.
_ESCAPES = (b"\\u", b"\\/")


class CallIds:
    """Finds ids of calls in JSON that is not parsed yet; what it finds may be something else."""

    def __init__(self, ids: Collection[str]) -> None:
        self._numerals = frozenset(id_.encode() for id_ in ids if id_.isascii() and id_.isdecimal())
        # Gong's are all digits.
        self._others = {id_.encode() for id_ in ids if id_} - self._numerals
        least = min(map(len, self._numerals), default=1)
        self._runs = re.compile(rb"[0-9]{%d,}" % least)

    def within(self, raw: bytes) -> bool:
        """Whether one of them may be in there."""
        if self._numerals and not self._numerals.isdisjoint(self._runs.findall(raw)):
            return True
        return any(id_ in raw for id_ in self._others)


class ObjectIds:
    """Finds ids of the CRM in JSON that is not parsed yet, as whole values; they may be as short as `17`."""

    def __init__(self, ids: Collection[str]) -> None:
        spellings = (json.dumps(id_, ensure_ascii=ascii_) for id_ in ids for ascii_ in (True, False))
        self._quoted = sorted({spelling.encode("utf-8", "replace") for spelling in spellings})
        self._numerals = frozenset(id_.encode() for id_ in ids if id_.isascii() and id_.isdecimal())

    def within(self, raw: bytes) -> bool:
        """Whether one of them may be in there."""
        if any(quoted in raw for quoted in self._quoted):
            return True
        return bool(self._numerals) and not self._numerals.isdisjoint(_NUMBER.findall(raw))


@dataclass(frozen=True)
class Verdict:
    """What becomes of a line.

    :param goes: the whole record
    :param tells: it goes, and it alone may tell whose the call is
    :param line: what takes its place
    :param mentions: blanked in it
    """

    goes: bool = False
    tells: bool = False
    line: bytes = b""
    mentions: int = 0


class Judge:
    """Looks at lines for one person.

    :param person: ids of calls that are added to it later are not looked for
    """

    def __init__(self, person: Person) -> None:
        self._known = person.known
        self._call_ids = frozenset(person.call_ids)
        self._calls = CallIds(self._call_ids)
        self._objects = ObjectIds(person.object_ids)
        self.clues = Clues(person.forms)

    def may_name(self, raw: bytes) -> bool:
        """Whether lines of JSON may hold an id of a call, or of a lead or contact."""
        return (
            self._calls.within(raw) or self._objects.within(raw) or any(escape in raw for escape in _ESCAPES)
        )

    def judge(self, line: bytes, stream: str, *, named: bool = True) -> Verdict | None:
        """What becomes of a line; None when it stays as it is.

        :param stream: empty when it is not known
        :param named: whether ids are to be looked for
        """
        clue = self.clues.in_json(line)
        if not clue and not (named and self.may_name(line)):
            return None
        text = line.decode("utf-8", "surrogateescape")
        try:
            record = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return self._of_text(line, text)
        if isinstance(record, dict) and is_about(stream, record, self._known, self._call_ids):
            return Verdict(goes=True, tells=stream == CALLS and self._takes_part(record))
        return _blanked(text, *blanked_json(text, self._known, self.clues)) if clue else None

    def call_of(self, line: bytes) -> str | None:
        """The id of the landed call, if the person takes part in it."""
        if not (self.clues.in_json(line) or self._objects.within(line) or b"\\u" in line):
            return None
        try:
            record = json.loads(line, strict=False)
        except (ValueError, RecursionError):
            return None
        return call_id_of(CALLS, record) if isinstance(record, dict) and self._takes_part(record) else None

    def _takes_part(self, record: dict[str, Any]) -> bool:
        return is_about(CALLS, record, self._known, ())

    def _of_text(self, line: bytes, text: str) -> Verdict | None:
        # Of a line that is cut off nobody can tell what else of the call it holds.
        if self._calls.within(line):
            return Verdict(goes=True)
        return _blanked(text, *blanked_text(text, self._known, self.clues))


def _blanked(old: str, new: str, count: int) -> Verdict | None:
    return Verdict(line=new.encode("utf-8", "surrogateescape"), mentions=count) if new != old else None
