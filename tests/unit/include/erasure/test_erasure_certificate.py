"""The certificate: what it says, when there can be none, and that it names nobody."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import stat
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from erasure_case import JANE, KEY, NUMBER, case, digest, request

from gong_airflow.errors import GongInputError
from include.erasure import page
from include.erasure.certificate import issue, removed_in_all, write
from include.erasure.signature import check
from include.storage import Storage

NOW = datetime(2027, 1, 1, tzinfo=timezone.utc)


def issued(**facts: Any) -> dict[str, Any]:
    return issue(case(**facts), version="1.2.3", now=NOW, signing_key=KEY)


def shown(**facts: Any) -> str:
    return page.html(issued(**facts), "0" * 64)


def test_it_says_what_was_done() -> None:
    document = issued()
    assert document["erasure"] == case()["case"]
    assert document["ticket"] == "DSR-2026/118"
    assert document["approved_by"] == "Maria Rossi"
    assert document["software"] == "Gong on Airflow 1.2.3"
    assert document["subject"]["hash"] == digest("person")
    assert document["subject"]["given"] == [digest("person")]
    assert document["subject"]["identities"] == {"email": 2, "phone": 1}
    assert document["subject"]["employees_left_out"] == 1
    assert "HMAC-SHA256" in document["subject"]["method"]
    assert document["times"] == {
        "requested": "2026-11-20T09:12:44Z",
        "approved": "2026-11-20T10:03:11Z",
        "suppressed": "2026-11-20T10:03:31Z",
        "gong_told": "2026-11-20T10:04:09Z",
        "verified": "2026-11-20T14:02:08Z",
        "searched": "2026-11-20T14:06:30Z",
        "certified": "2026-11-20T14:06:41Z",
    }


def test_it_counts_before_and_after() -> None:
    document = issued()
    gong = document["gong"]
    assert gong["found"] == case()["found"]
    assert gong["left"] == {
        kind: 0 for kind in ("calls", "emails", "meetings", "leads_and_contacts", "engagement")
    }
    assert (gong["calls_noted"], gong["calls_shown"]) == (40, 38)
    assert [look["left"] for look in gong["looks"]] == [{"calls": 31}, {}]
    assert [one["request_id"] for one in gong["requests"]] == [f"4al018gzaztcr8nbuk{name}" for name in "abc"]
    assert document["copies"]["landing"] == {
        "before": {"files": 86, "records": 80, "mentions": 7},
        "removed": {"files": 88, "records": 82, "mentions": 7},
        "left": 0,
    }
    assert document["copies"]["erasure"] == {"before": {}, "removed": {}, "left": 0}
    assert removed_in_all(document) == {
        "files": 104,
        "records": 82,
        "mentions": 16,
        "recordings": 1,
        "rows": 3107,
    }


def test_it_says_what_it_does_not_cover() -> None:
    said = " ".join(issued()["not_covered"])
    for word in ("CRM", "Backups", "sealed", "Copies that others", "employees", "name, voice"):
        assert word in said


def test_issuing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/erasure"
    first = write(case(), version="1", signing_key=KEY, url=url)
    files = {path.name: path.read_bytes() for path in (tmp_path / "erasure/certificates").iterdir()}
    second = write(copy.deepcopy(case()), version="1", now=NOW, signing_key=KEY, url=url)
    assert second == first
    assert {path.name: path.read_bytes() for path in (tmp_path / "erasure/certificates").iterdir()} == files


def test_the_time_of_the_certificate_is_now_only_where_the_case_has_none() -> None:
    assert issued(certified_at=None)["times"]["certified"] == "2027-01-01T00:00:00Z"


@pytest.mark.parametrize("kind", ["local", "objects"])
def test_json_and_page_are_written(tmp_path: Path, kind: str) -> None:
    url = f"file://{tmp_path}/erasure" if kind == "local" else f"memory://erasure-{uuid.uuid4().hex}/place"
    certificate = write(case(), version="1", signing_key=KEY, url=url)
    storage = Storage(f"{url}/certificates")
    assert sorted(storage.names("certificates")) == [f"{case()['case']}.html", f"{case()['case']}.json"]
    content = storage.read(certificate.path) or b""
    assert hashlib.sha256(content).hexdigest() == certificate.sha256
    assert check(content).document == certificate.document
    shown_page = storage.read(certificate.path.replace(".json", ".html")) or b""
    assert certificate.sha256.encode() in shown_page
    # What is read back is sorted otherwise, and shown alike.
    assert page.html(json.loads(content), certificate.sha256).encode() == shown_page


def test_certificates_are_for_their_owner_and_for_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONG_ERASURE_URL", f"file://{tmp_path}/erasure/")
    write(case(), signing_key=KEY)
    assert stat.S_IMODE((tmp_path / "erasure/certificates").stat().st_mode) == 0o700


def test_the_row_of_the_table(tmp_path: Path) -> None:
    certificate = write(case(), version="1", signing_key=KEY, url=f"file://{tmp_path}/erasure")
    assert certificate.row("manual__1") == {
        "erasure_id": case()["case"],
        "ticket": "DSR-2026/118",
        "subject_hash": digest("person"),
        "kind": "both",
        "status": "erased",
        "dry_run": False,
        "requested_at": "2026-11-20T09:12:44Z",
        "approved_by": "Maria Rossi",
        "approved_at": "2026-11-20T10:03:11Z",
        "erased_at": "2026-11-20T10:04:09Z",
        "verified_at": "2026-11-20T14:02:08Z",
        "certified_at": "2026-11-20T14:06:41Z",
        "gong_calls": 40,
        "gong_emails": 212,
        "gong_meetings": 18,
        "gong_leads_and_contacts": 3,
        "gong_engagement": 57,
        "purged_records": 82,
        "purged_rows": 3107,
        "purged_files": 104,
        "blanked_mentions": 16,
        "certificate": f"certificates/{case()['case']}.json",
        "certificate_sha256": certificate.sha256,
        "run_id": "manual__1",
    }


UNFINISHED: dict[str, tuple[dict[str, Any], str]] = {
    "dry run": ({"dry_run": True}, "it is a dry run"),
    "not approved": ({"approved_by": None, "approved_at": None}, "nobody has approved it"),
    "not suppressed": ({"suppressed_at": None}, "nothing keeps the person out"),
    "one not answered": (
        {"requests": [request("a"), request("b"), request("c", sent_at=None)]},
        "has not answered",
    ),
    "one not told": ({"requests": [request("a"), request("a")]}, "was not told of every address"),
    "not verified": ({"verified_at": None}, "not verified"),
    "not purged": ({"purged": []}, "not purged"),
    "not searched": ({"searched": None}, "not searched"),
    "one place not searched": ({"searched": {"at": "x", "left": {}}, "after": {}}, "not all our copies"),
    "something left": ({"searched": {"at": "x", "left": {"media": 1}}}, "still hold the person"),
    "something counted": ({"after": {"tables": {"rows": 1}}}, "still hold the person"),
}


@pytest.mark.parametrize(("facts", "why"), UNFINISHED.values(), ids=UNFINISHED)
def test_there_is_none_of_what_was_not_done(facts: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(GongInputError, match=f"No certificate.*{why}.*goes on from where it stopped"):
        write(case(**facts), signing_key=KEY, url=f"file://{tmp_path}/erasure")
    assert list(tmp_path.iterdir()) == []


def test_a_request_that_was_sent_again_counts_once_as_answered() -> None:
    lost = request("c", sent_at=None, request_id=None, sending_at="2026-11-20T10:03:59Z")
    document = issued(requests=[request("a"), request("b"), request("c"), lost])
    assert [(one["sent"] is None) for one in document["gong"]["requests"]] == [True, False, False, False]


@pytest.mark.parametrize(
    "approver", [f"<script>alert(1)</script>{JANE}", '"><img src=x onerror=y>', "O’Neil & Co"]
)
def test_the_approvers_name_is_text_wherever_it_stands(approver: str) -> None:
    # Airflow knows colleagues by an address of theirs, often.
    document, html = issued(approved_by=approver), shown(approved_by=approver)
    assert document["approved_by"] == approver
    parsed = _parsed(html)
    assert approver in parsed.text
    assert not parsed.tags & {"script", "img"}


def test_what_cannot_be_seen_in_a_name_is_left_out() -> None:
    name = issued(approved_by="Maria\u202e\x00\ud800\u200b\n  Rossi\x1b[2J" + "x" * 500)["approved_by"]
    assert name.startswith("Maria Rossi [2Jxx")
    assert len(name) == 120


@pytest.mark.parametrize("ticket", [JANE, "<script>", "DSR 1", "x" * 65, "", None, 7, "a\n"])
def test_a_ticket_that_is_none_is_withheld(ticket: Any) -> None:
    assert issued(ticket=ticket)["ticket"] == "(withheld: not in the form of a ticket number)"


def _put(*path: Any) -> Callable[[dict[str, Any], Any], None]:
    def put(given: dict[str, Any], value: Any) -> None:
        for step in path[:-1]:
            given = given[step]
        given[path[-1]] = value

    return put


def _key_of(*path: Any) -> Callable[[dict[str, Any], Any], None]:
    def put(given: dict[str, Any], value: Any) -> None:
        for step in path:
            given = given[step]
        given[value] = 0

    return put


PLACES_FOR_AN_ADDRESS: dict[str, Callable[[dict[str, Any], Any], None]] = {
    **{name: _put(name) for name in ("case", "subject_hash", "requested_at", "certified_at", "verified_at")},
    "given": _put("given", 0),
    "identities": _put("identities", "email"),
    "a kind of identity": _key_of("identities"),
    "employees": _put("employees_left_out"),
    "calls shown": _put("calls_shown"),
    "found": _put("found", "calls"),
    "a kind found": _key_of("found"),
    "the request's kind": _put("requests", 0, "kind"),
    "the request's identity": _put("requests", 0, "identity"),
    "the request's id": _put("requests", 0, "request_id"),
    "the request's time": _put("requests", 0, "sending_at"),
    "a look's time": _put("looks", 0, "at"),
    "a look's kind": _key_of("looks", 0, "left"),
    "a look's count": _put("looks", 0, "left", "calls"),
    "a place": _key_of("searched", "left"),
    "a unit": _key_of("before", "landing"),
    "a purge's unit": _key_of("purged", 0, "media"),
    "a purge's count": _put("purged", 0, "media", "files"),
    "after": _key_of("after", "media"),
}


@pytest.mark.parametrize("hostile", [JANE, NUMBER])
@pytest.mark.parametrize("put", PLACES_FOR_AN_ADDRESS.values(), ids=PLACES_FOR_AN_ADDRESS)
def test_an_address_that_gets_into_a_case_does_not_get_into_a_certificate(
    put: Callable[[dict[str, Any], Any], None], hostile: str
) -> None:
    given = copy.deepcopy(case())
    put(given, hostile)
    with pytest.raises(GongInputError) as error:
        issue(given, version="1", now=NOW, signing_key=KEY)
    shown_error = "".join([str(error.value), repr(error.value.__cause__)])
    assert "of another kind" in shown_error or "No certificate" in shown_error
    assert hostile not in shown_error


def test_facts_that_a_certificate_does_not_know_are_not_in_it() -> None:
    more = {name: JANE for name in ("note", "sealed", "objects", "runs", "keys", "our_call_ids")}
    document = issued(**more)
    assert JANE not in json.dumps(document)
    assert document == issued()


class _Parsed(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _parsed(html: str) -> _Parsed:
    parser = _Parsed()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


def test_the_page_is_whole_and_loads_nothing() -> None:
    html = shown()
    parsed = _parsed(html)
    assert not parsed.tags & {"script", "link", "img", "iframe", "object", "form", "a", "svg"}
    assert not {name for name, _ in parsed.attributes} & {"src", "href", "style", "onload"}
    assert not re.search(r"url\(|@import|https?:", html)
    assert 'lang="en"' in html
    assert html.count("<h1>") == 1
    assert "Content-Security-Policy" in html


def test_the_page_shows_what_the_document_says() -> None:
    text = _parsed(shown()).text
    for said in (
        "DSR-2026/118",
        digest("person"),
        "2 e-mail addresses, 1 phone number; 1 of Gong’s own users left out",
        "2026-11-20 10:03:11 UTC",
        "Gong verified to hold nothing (look 2)",
        "Each of the 40 calls noted before was asked for by its id and not found; 38 of them could be seen",
        "11 had 14 other people from outside on them too",
        "82 records, 88 files, 7 mentions",
        "1 recording, 3 files",
        "3,104 rows",
        "4al018gzaztcr8nbuka",
        "Landing zone",
        KEY.public_key().public_bytes_raw().hex(),
        issued()["signature"]["value"],
    ):
        assert said in text
    for sentence in (*issued()["searched"], *issued()["not_covered"]):
        assert sentence in text


def test_the_page_shows_what_it_does_not_know_by_name() -> None:
    facts = {
        "searched": {"at": "2026-11-20T14:06:30Z", "left": {"other_place": 0}},
        "identities": {"fax_number": 2},
    }
    text = _parsed(shown(**facts)).text
    assert "Other place" in text
    assert "2 fax number" in text
