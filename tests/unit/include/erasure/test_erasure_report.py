"""What a person approves by: every count, and what has to be minded."""

from __future__ import annotations

from typing import Any

from include.erasure import report

CASE: dict[str, Any] = {
    "ticket": "GDPR-1",
    "identities": {"email": 1, "phone": 2},
    "employees_left_out": 1,
    "found": {"calls": 5, "calls_with_others": 4, "other_people": 7, "emails": 3},
    "calls_shown": 2,
    "before": {"landing": {"files": 2, "records": 9, "mentions": 0}, "tables": {"rows": 40}},
    "requests": [{"sending_at": "2026-11-20T10:00:00Z", "sent_at": None}],
}


def test_it_tells_counts_and_what_to_mind() -> None:
    made = report.of(CASE)
    assert made["subject"] == "1 e-mail address and 2 phone numbers of one person"
    assert list(made["gong"].values()) == [5, 4, 7, 3, 0, 0, 0]
    assert made["copies"]["landing zone"] == "2 files, 9 records"
    assert made["copies"]["media"] == "nothing"
    said = " ".join(made["remarks"])
    for words in ("switchboard", "1 linked", "3 of the calls are not shown", "last at 2026-11-20T10:00:00Z"):
        assert words in said
    assert len(list(report.lines(made))) == 2 + 5 + 4


def test_one_address_that_leads_nowhere_needs_no_remark() -> None:
    plain = {**CASE, "identities": {"email": 1}, "employees_left_out": 0, "calls_shown": 5, "requests": []}
    assert report.of(plain)["remarks"] == []
