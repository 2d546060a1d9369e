"""Finds e-mail addresses in text, written or spoken; see `gong_airflow.erasure.spelling`.

Around each sign or word that may stand for @ the text is read in both directions. A connection is hard where
the address surely goes on (`.`, ` dot `, ` (dot) `, ` underscore `): only the whole counts. It is soft where
a sentence may begin or end (`. `, ` dash `, a blank in speech): with and without are both candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from gong_airflow.erasure.identity import Form, normal_address

_HIDDEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_NAME = rf"[\w{_HIDDEN}-]"
_DOT = r"[.\uff0e\u3002\uff61]"
_DOT_WORD = r"(?:[dD][oO][tT]|[pP]oint|[pP]unkt|[pP]unto|[pP]onto)"
_SIGN = r"[@\uff20\ufe6b]|%(?:25)?40|&#0*64;?|&#[xX]0*40;?|&commat;|\\u0040"
_AT_WORD = r"(?:[aA][tT]|[aA]rroba|[aA]robase|[cC]hiocciola)"
# Quick, as most texts hold nothing; a sign begins where it matches, or one character before or after.
_HINT = re.compile(
    r"[@\uff20\ufe6b](?!@)|%(?=25|40)|&(?=[#c])|\\(?=u0040)|[\s(\[{<][aA][tTrR][\s)\]}>ro]|[\s(\[{<][cC]hiocc"
)
# Without what looks like a domain behind it nothing else is worth a look.
_AT = re.compile(
    rf"(?:(?P<sign>{_SIGN})|[(\[{{<]\s?(?:{_AT_WORD}|[@\uff20])\s?[)\]}}>]|(?<=\s)(?P<word>{_AT_WORD})(?=\s))"
    rf"(?=\s{{0,2}}{_NAME}{{1,63}}\s{{0,2}}(?:{_DOT}|[(\[{{<]|{_DOT_WORD}\s))"
)
_DOTS = (
    rf"\s?[(\[{{<]\s?(?:{_DOT_WORD}|{_DOT})\s?[)\]}}>]\s?"
    rf"|\s{{0,2}}{_DOT}\s{{0,2}}|\s{{1,2}}{_DOT_WORD}\s{{1,2}}"
)
_DOMAIN = re.compile(rf"\s{{0,2}}({_NAME}{{1,63}}(?:(?:{_DOTS}){_NAME}{{1,63}}(?!{_NAME})){{1,40}})")
_SPLIT = re.compile(rf"({_DOTS})")
_SOFT_DOT = re.compile(rf"\s*{_DOT}\s+|\s+{_DOT}\s*")
_LONGEST_DOMAIN = 253

# Read backwards: the text before the sign is turned round, and so are the words.
_LOCAL_RUN = re.compile(rf"[\w.!#$%&'*+/=?^`{{|}}~\uff0e{_HIDDEN}-]{{1,100}}")
_BACK_HARD = re.compile(
    r"\s?[)\]}>]\s?(?P<braced>tod|tknup|erocsrednu|\.)\s?[(\[{<]\s?|\s{1,2}(?P<word>tod|erocsrednu)(?=\s)\s{1,2}",
    re.IGNORECASE,
)
_BACK_SOFT = re.compile(
    r"\s{1,2}(?P<word>tniop|tknup|otnup|otnop|hsad|nehpyh|sunim|sulp)(?=\s)\s{1,2}|\s{1,2}", re.IGNORECASE
)
_MEANT = {"erocsrednu": "_", "hsad": "-", "nehpyh": "-", "sunim": "-", "sulp": "+"}
_LONGEST_BACK = 160
_MOST_PIECES = 12
# Speech is written with blanks within a name, or letter by letter.
_MOST_WORDS = 3
# What stands before an address in URLs, mark-up and program text.
_BOUNDARY = re.compile(r"%[0-9a-fA-F]{2}|[=/?&|{}*#^`~!$]")
_LEADING = f".'_+-{chr(0xFF0E)}"
_ESCAPE = re.compile(r"u[0-9a-fA-F]{4}|[nrtbf]")


def addresses(text: str) -> Iterator[tuple[int, int, Form]]:
    """Candidates: beginning and end in `text`, and the form."""
    for hint in _HINT.finditer(text):
        start = hint.start()
        places = (start, start + 1, max(0, start - 1))
        sign = next((found for place in places if (found := _AT.match(text, place))), None)
        if sign is None:
            continue
        spoken = sign["word"] is not None
        encoded = (sign["sign"] or "").startswith("%")
        domains = list(_domains(text, sign.end()))
        if not domains:
            continue
        for start, local in _locals(text, sign.start(), spoken=spoken, encoded=encoded):
            for end, domain in domains:
                if (address := normal_address(f"{local}@{domain}")) is not None:
                    yield start, end, f"email:{address}"


def _domains(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Where a domain that begins at `start` may end, and the domain."""
    found = _DOMAIN.match(text, start)
    if found is None:
        return
    # Labels at even places, what connects them between.
    parts = _SPLIT.split(found[1])
    end, domain = found.start(1), ""
    for number in range(0, len(parts), 2):
        label = parts[number]
        domain += f".{label}" if number else label
        end += len(label)
        if len(domain) > _LONGEST_DOMAIN:
            return
        following = parts[number + 1] if number + 1 < len(parts) else None
        if number and (following is None or _SOFT_DOT.fullmatch(following)):
            ended = domain.rstrip("_-")
            yield end - (len(domain) - len(ended)), ended
        end += len(following or "")


def _locals(text: str, end: int, *, spoken: bool, encoded: bool) -> Iterator[tuple[int, str]]:
    """Where what stands before the sign may begin, and that."""
    back = text[max(0, end - _LONGEST_BACK) : end][::-1]
    place = len(back) - len(back.lstrip())
    if place > 2:
        return
    local, words = "", 0
    for _ in range(_MOST_PIECES):
        run = _LOCAL_RUN.match(back, place)
        if run is None:
            return
        piece = run[0][::-1]
        place = run.end()
        whole = place - run.start() < 100
        hard = _BACK_HARD.match(back, place)
        inner = _begin(piece, encoded=encoded)
        begins = [inner] if inner else []
        if whole and not hard:
            escaped = _ESCAPE.match(piece) if back[place : place + 1] == "\\" else None
            begins += [0, escaped.end()] if escaped else [0]
        for begin in begins:
            found = piece[begin:].lstrip(_LEADING)
            joined = (found + local).rstrip(".")
            if found:
                yield end - place + len(piece) - len(found), joined
                if "%" in joined:
                    yield end - place + len(piece) - len(found), unquote(joined)
        words += len(piece) > 1 and not hard
        joint = hard or (_BACK_SOFT.match(back, place) if spoken and words < _MOST_WORDS else None)
        if inner or not whole or joint is None:
            return
        local = _meaning(joint) + piece + local
        place = joint.end()


def _begin(piece: str, *, encoded: bool) -> int:
    """Where in a run of characters an address may begin besides its beginning; 0 for nowhere."""
    begin = 0
    for boundary in _BOUNDARY.finditer(piece):
        # %2B is a plus, which is a part of an address.
        if boundary[0].lower() != "%2b":
            begin = boundary.end()
    return max(begin, piece.rfind("+") + 1) if encoded else begin


def _meaning(joint: re.Match[str]) -> str:
    named = joint.groupdict()
    word = (named.get("word") or named.get("braced") or "").lower()
    return _MEANT.get(word, ".") if word else ""
