"""What looks like an address, a number or a token, wherever it stands in a text.

Each pattern takes linear time on any text: what may be long begins only where its run of characters begins,
and everything else is bounded.
"""

from __future__ import annotations

import re

from gong_airflow.redaction.keys import Kind

_AT = r"(?:@|\\u0040|&#(?:64|x40);|＠|﹫)"
_LOCAL = r"\s\"<>()\[\]{},;:=&?/\\|@＠﹫"
_DOMAIN = rf"{_LOCAL}'.%#"
_SOME_AT = re.compile(_AT)
# Also `root@host`; and what stands before the sign may be quoted, what follows an address in brackets.
_EMAIL = re.compile(
    rf"(?:(?<![^{_LOCAL}])[^{_LOCAL}]+|\"[^\"@\n]{{1,64}}\"){_AT}"
    rf"(?:\[[^\]\s]{{1,64}}\]|(?:[^{_DOMAIN}]|\.)*[^{_DOMAIN}])"
)
# Jon Snow <jon@…>
_MAILBOX = re.compile(rf"(?<![\w'’.-])(?:[^\W\d_a-z][\w'’.-]*\s){{1,4}}(?=<{Kind.EMAIL.value}>)")
_URL_LOGIN = re.compile(r"(?<=://)[^\s/@?#\"'<>]+@")

_SCHEME = re.compile(r"(?i)\b(bearer|negotiate|ntlm|ssws)(\s+|%20|\+)[^\s<>\"',;&]+")
_VAGUE_SCHEME = re.compile(r"(?i)\b(basic|token|digest|oauth|apikey)(\s+|%20|\+)([\w.~+/-]{8,}=*)")
_NO_WORD = re.compile(r"\d|=|[a-z][A-Z]")
# JSON web tokens, and all other base64 of a JSON object.
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{7,}(?:\.[\w-]*)*")
_LONG = re.compile(r"(?<![A-Za-z0-9_+-])[A-Za-z0-9_+-]{32,}={0,2}")
# Letters of both sizes and digits without a break: not a slug, not a hash, not a UUID.
_RUN = re.compile(r"[A-Za-z0-9]{16,}")

_OCTET = r"(?:25[0-5]|2[0-4]\d|[01]?\d?\d)"
_QUAD = rf"(?:{_OCTET}\.){{3}}{_OCTET}(?!\d|\.\d)"
_BROWSERS = ("Chrome", "Chromium", "CriOS", "Edg", "EdgA", "OPR", "Safari", "Version", "Firefox", "Electron")
# Versions look alike. Those of browsers, mostly of the kind Chrome/120.0.0.0, stand in all sorts of texts;
# as an address, that would be a network's.
_IPV4 = re.compile(
    rf"(?<!\d)(?<!\d\.)(?<!\b[vV])(?!\d+\.0\.0\.0(?!\d))"
    rf"{''.join(f'(?<!{name}/)' for name in _BROWSERS)}{_QUAD}"
)
_BARE_IPV4 = re.compile(rf"(?<!\d)(?<!\d\.)(?<!\b[vV])(?<![A-Za-z]/){_QUAD}")
_ONLY_VERSION = re.compile(r"[vV]?\d+(?:\.\d+)+")
_GROUP = r"[0-9A-Fa-f]{1,4}"
_GROUPS = rf"{_GROUP}(?::{_GROUP}){{0,6}}(?:(?:\.\d{{1,3}}){{3}})?"
_IPV6 = re.compile(
    rf"(?:(?<!\w)(?:{_GROUP}:){{6}}{_QUAD}"
    rf"|(?<!\w)(?:{_GROUP}:){{7}}{_GROUP}"
    rf"|(?<!\w)(?:{_GROUP}:){{1,7}}:(?:{_GROUPS})?"
    rf"|(?<![\w:])::{_GROUPS})(?!\w)(?:%(?:25)?[A-Za-z][\w.-]{{0,15}})?"
)

_PHONES = (
    # +1 (555) 010-0199, 0044 20 7946 0958; at most 15 digits, an id of Gong has more.
    re.compile(r"(?<![\w+.])(?:\+|00(?=[1-9]))(?:[ ().\-/\u00a0]{0,3}\d){7,15}(?![\w])"),
    # (555) 010-0199, 1-555-010-0199
    re.compile(r"(?<![\w.+-])(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w]|[-.]\d)"),
    # 0171 2345678, 020 7946 0958
    re.compile(
        r"(?<![\w.+:/-])(?=(?:[ /-]?\d){9,15}(?![\w]))0\d{1,4}[ /-]\d{3,8}(?:[ -]\d{2,8}){0,3}(?![\w])"
    ),
)


def without_emails(text: str) -> str:
    """`text` without e-mail addresses, the names before them, and the logins of URLs."""
    text = _URL_LOGIN.sub(f"{Kind.SECRET.value}@", text) if "://" in text else text
    if not _SOME_AT.search(text):
        return text
    return _MAILBOX.sub(f"{Kind.NAME.value} ", _EMAIL.sub(Kind.EMAIL.value, text))


def without_patterns(text: str, *, versions: bool = False) -> str:
    """`text` with labels in place of what looks like an IP address, a telephone number or a token.

    :param versions: numbers of four parts are versions when they are all of the text or follow a product
    """
    text = _SCHEME.sub(rf"\1\2{Kind.TOKEN.value}", text)
    text = _VAGUE_SCHEME.sub(_vague, text)
    text = _JWT.sub(Kind.TOKEN.value, text)
    text = _LONG.sub(_long, text)
    if ":" in text:
        text = _IPV6.sub(Kind.IP.value, text)
    if not versions:
        text = _IPV4.sub(Kind.IP.value, text)
    elif not _ONLY_VERSION.fullmatch(text):
        text = _BARE_IPV4.sub(Kind.IP.value, text)
    for phone in _PHONES:
        text = phone.sub(Kind.PHONE.value, text)
    return text


def name_pattern(names: list[str]) -> re.Pattern[str] | None:
    """Finds names of persons of two words or more, also as `jon.snow`, `Jon%20Snow` and `Snow, Jon`."""
    found = []
    for name in names:
        parts = [re.escape(part) for part in name.split()]
        if 1 < len(parts) < 10:
            found.append(_BETWEEN.join(parts))
            found.append(rf"{parts[-1]},?{_BETWEEN}{_BETWEEN.join(parts[:-1])}")
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(found)})(?!\w)") if found else None


_BETWEEN = r"(?:[\s+._-]|%20){1,3}"


def _vague(match: re.Match[str]) -> str:
    """`Basic dXNlcjpwYXNz` is a credential, `basic authentication` is not."""
    if not _NO_WORD.search(match[3]):
        return match[0]
    return f"{match[1]}{match[2]}{Kind.TOKEN.value}"


def _long(match: re.Match[str]) -> str:
    for run in _RUN.findall(match[0]):
        if any(c.isdigit() for c in run) and not run.islower() and not run.isupper():
            return Kind.TOKEN.value
    return match[0]
