"""The certificate as a page to print: one file of HTML, no scripts, nothing loaded from anywhere.

It shows what the signed JSON says and names that file's SHA-256; the page itself is not signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from include.erasure.page_style import STYLE

_KINDS = {
    "calls": "Calls",
    "emails": "E-mails",
    "meetings": "Meetings",
    "leads_and_contacts": "Leads and contacts",
    "engagement": "Engagement events",
}
_PLACES = {
    "landing": "Landing zone",
    "media": "Media of calls",
    "recordings": "Recordings",
    "crm": "CRM files",
    "tables": "Tables",
    "erasure": "Files of erasures",
}
_IDENTITIES = {"email": ("e-mail address", "e-mail addresses"), "phone": ("phone number", "phone numbers")}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_META = (
    '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
)
_MISSING = "–"


def html(document: Mapping[str, Any], sha256: str) -> str:
    """The page.

    :param document: as `certificate.issue` gives it
    :param sha256: of the JSON file that is signed, hexadecimal
    """
    parts = (
        _header(document),
        _request(document),
        _course(document),
        _in_gong(document["gong"]),
        _in_copies(document["copies"]),
        _listed("What was searched", document["searched"]),
        _listed("What this certificate does not cover", document["not_covered"]),
        _signature(document, sha256),
    )
    body = "\n".join(parts)
    title = f"{escape(document['document'])} {escape(document['erasure'])}"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{_META}<title>{title}</title>\n<style>{STYLE}</style>\n'
        f"</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _header(document: Mapping[str, Any]) -> str:
    day = escape(document["times"]["certified"][:10])
    return (
        f'<header>\n<p class="kind">Personal data · right to erasure</p>\n'
        f"<h1>{escape(document['document'])}</h1>\n"
        "<p>What Gong, and this company’s copies of what Gong has, held about one person has been erased."
        f" Both were searched afterwards and held nothing. Certified on {day}. This document does not name"
        " the person.</p>\n</header>"
    )


def _request(document: Mapping[str, Any]) -> str:
    subject = document["subject"]
    return _facts(
        "Request",
        [
            ("Ticket", escape(document["ticket"])),
            ("Erasure", _code(document["erasure"])),
            ("Person, as keyed hash", _code(subject["hash"])),
            ("Erased under", escape(_people(subject))),
            ("Approved by", escape(document["approved_by"])),
        ],
    )


def _course(document: Mapping[str, Any]) -> str:
    times, looks = document["times"], document["gong"]["looks"]
    steps = [
        ("Requested", times["requested"]),
        ("Approved", times["approved"]),
        ("Kept out from then on", times["suppressed"]),
        ("Gong told to erase", times["gong_told"]),
        (f"Gong verified to hold nothing (look {len(looks)})", times["verified"]),
        ("Copies searched, nothing found", times["searched"]),
        ("Certified", times["certified"]),
    ]
    return _facts("Course", [(_moment(at), escape(what)) for what, at in steps])


def _in_gong(gong: Mapping[str, Any]) -> str:
    rows = [
        (escape(name), f"{gong['found'].get(kind, 0):,}", f"{gong['left'][kind]:,}")
        for kind, name in _named(gong["left"], _KINDS)
    ]
    asked = [
        (
            escape(_identities(one["kind"], 1)),
            _code(one["identity"]),
            _moment(one["sent"]),
            _code(one["request_id"]),
        )
        for one in gong["requests"]
    ]
    counts = _table(("", "Held before", "Left"), rows, numbers=(1, 2), css="narrow")
    told = _table(("Told to erase", "Hash begins with", "Answered", "Gong’s request id"), asked)
    return f"<section>\n<h2>In Gong</h2>\n{counts}\n{_calls(gong)}{told}\n</section>"


def _calls(gong: Mapping[str, Any]) -> str:
    if not gong["calls_noted"]:
        return ""
    note = (
        f"Each of the {gong['calls_noted']:,} calls noted before was asked for by its id and not found;"
        f" {gong['calls_shown']:,} of them could be seen before."
    )
    others, people = (gong["found"].get(name, 0) for name in ("calls_with_others", "other_people"))
    if others:
        note += f" {others:,} had {people:,} other people from outside on them too: Gong erases calls whole."
    return f"<p>{escape(note)}</p>\n"


def _in_copies(copies: Mapping[str, Any]) -> str:
    rows = [
        (
            escape(name),
            escape(_amounts(copies[place]["before"])),
            escape(_amounts(copies[place]["removed"])),
            f"{copies[place]['left']:,}",
        )
        for place, name in _named(copies, _PLACES)
    ]
    head = ("", "Held when approved", "Removed or blanked", "Left")
    return f"<section>\n<h2>In our copies</h2>\n{_table(head, rows, numbers=(3,))}\n</section>"


def _listed(title: str, sentences: Iterable[str]) -> str:
    items = "\n".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<section class="small">\n<h2>{title}</h2>\n<ul>\n{items}\n</ul>\n</section>'


def _signature(document: Mapping[str, Any], sha256: str) -> str:
    signature, name = document["signature"], f"{document['erasure']}.json"
    facts = _facts(
        "Signature",
        [
            ("Signed file", _code(name)),
            ("Its SHA-256", _code(sha256)),
            (escape(f"Signature ({signature['algorithm']})"), _code(signature["value"])),
            ("Key", f"{_code(signature['key_id'])} {_code(signature['public_key'])}"),
            ("Made by", escape(document["software"])),
        ],
        css="small",
    )
    check = f"python -m include.erasure verify {name}"
    note = f"This page shows what the signed file says. To check that file: {_code(check)}"
    return f'{facts}\n<p class="check">{note}</p>'


def _facts(title: str, facts: Sequence[tuple[str, str]], css: str = "") -> str:
    rows = "\n".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'<section class="{css}">\n<h2>{title}</h2>\n<dl>\n{rows}\n</dl>\n</section>'


def _table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = (), css: str = ""
) -> str:
    """A table whose cells are HTML, and whose first column names the row."""

    def number(column: int) -> str:
        return ' class="number"' if column in numbers else ""

    first = "".join(
        f'<th scope="col"{number(column)}>{name}</th>' if name else "<td></td>"
        for column, name in enumerate(head)
    )
    lines = "\n".join(
        f'<tr><th scope="row">{name}</th>'
        + "".join(f"<td{number(column)}>{cell}</td>" for column, cell in enumerate(cells, start=1))
        + "</tr>"
        for name, *cells in rows
    )
    return f'<table class="{css}">\n<thead><tr>{first}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>'


def _named(found: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The members of `found` with what people call them, in the order of `names`."""
    known = [(key, name) for key, name in names.items() if key in found]
    return known + [(key, _words(key).capitalize()) for key in sorted(set(found) - set(names))]


def _people(subject: Mapping[str, Any]) -> str:
    """`3 e-mail addresses, 1 phone number`."""
    kinds = ", ".join(
        f"{number} {_identities(kind, number)}" for kind, number in subject["identities"].items() if number
    )
    left_out = subject["employees_left_out"]
    return kinds + (f"; {left_out} of Gong’s own users left out" if left_out else "")


def _identities(kind: str, number: int) -> str:
    one, many = _IDENTITIES.get(kind, (_words(kind),) * 2)
    return one if number == 1 else many


def _amounts(counts: Mapping[str, int]) -> str:
    """`12 files, 1 record`; what is none is left out."""
    amounts = (
        f"{number:,} {_words(name) if number > 1 else _words(name).removesuffix('s')}"
        for name, number in sorted(
            counts.items(), key=lambda item: (item[0] in ("files", "mentions"), item[0])
        )
        if number
    )
    return ", ".join(amounts) or _MISSING


def _words(name: str) -> str:
    return name.replace("_", " ")


def _moment(time: str | None) -> str:
    if not time:
        return _MISSING
    return f'<time datetime="{escape(time)}">{escape(time[:10])} {escape(time[11:19])} UTC</time>'


def _code(text: str | None) -> str:
    return f"<code>{escape(text)}</code>" if text else _MISSING
