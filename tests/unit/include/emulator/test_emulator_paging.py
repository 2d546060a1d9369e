"""Pages, cursors, their hour, and what they are bound to."""

from __future__ import annotations

import base64
import json

import pytest

LISTS = [
    ("/v2/calls", "calls", None),
    ("/v2/calls/extensive", "calls", {"filter": {}}),
    ("/v2/calls/transcript", "callTranscripts", {"filter": {}}),
    ("/v2/users", "users", None),
    ("/v2/users/extensive", "users", {"filter": {}}),
]


def payload(cursor: str) -> dict[str, object]:
    part = cursor.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def ask(emulator, path, body, cursor):
    if body is None:
        return emulator.get(path, cursor=cursor)
    return emulator.post(path, {**body, "cursor": cursor})


@pytest.mark.parametrize(("path", "array", "body"), LISTS)
def test_pages_hold_100_and_end_without_a_cursor(emulator, path, array, body):
    pages = emulator.pages(path, body)
    total = pages[0]["records"]["totalRecords"]
    sizes = [len(page[array]) for page in pages]
    assert sizes == [100] * (total // 100) + [total % 100]
    assert [page["records"]["currentPageNumber"] for page in pages] == list(range(len(pages)))
    assert [page["records"]["currentPageSize"] for page in pages] == sizes
    assert {page["records"]["totalRecords"] for page in pages} == {total}
    assert ["cursor" in page["records"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert list(pages[0]) == ["requestId", "records", array]


def test_cursor_of_calls_is_a_keyset_token(emulator):
    first, second = emulator.pages("/v2/calls")[:2]
    here, there = payload(first["records"]["cursor"]), payload(second["records"]["cursor"])
    assert base64.urlsafe_b64decode(first["records"]["cursor"].split(".")[0] + "==") == b'{"alg":"HS256"}'
    assert set(here) == {"callId", "total", "pageNumber", "pageSize", "time", "exp"}
    assert here["callId"] == int(first["calls"][-1]["id"])
    assert (here["pageNumber"], here["pageSize"], here["total"]) == (0, 100, 330)
    assert there["exp"] == here["exp"]


def test_cursor_of_users_is_a_keyset_token(emulator):
    cursor = emulator.get("/v2/users").json()["records"]["cursor"]
    assert set(payload(cursor)) == {"userId", "total", "pageNumber", "pageSize", "exp"}


@pytest.mark.parametrize(("path", "array", "body"), LISTS)
def test_an_hour_after_the_first_page_every_cursor_is_dead(emulator, sentences, path, array, body):
    cursor = emulator.pages(path, body)[0]["records"]["cursor"]
    emulator.control("POST", "/time", {"advance_seconds": 3590})
    answer = ask(emulator, path, body, cursor)
    assert answer.status_code == 200
    emulator.control("POST", "/time", {"advance_seconds": 10})
    for token in (cursor, answer.json()["records"].get("cursor", cursor)):
        late = ask(emulator, path, body, token)
        assert late.status_code == 400
        assert "cursor has expired" in sentences(late)[0]


@pytest.mark.parametrize("case", LISTS)
@pytest.mark.parametrize("spoil", [lambda c: c[:-3] + "AAA", lambda c: "nonsense", lambda c: c.upper()])
def test_tampered_cursors_fail(emulator, sentences, case, spoil):
    path, _, body = case
    cursor = emulator.pages(path, body)[0]["records"]["cursor"]
    answer = ask(emulator, path, body, spoil(cursor))
    assert answer.status_code == 400
    assert "failed to verify cursor" in sentences(answer)[0]


def test_cursors_are_bound_to_operation_and_filter(emulator, sentences):
    cursor = emulator.post("/v2/calls/extensive", {"filter": {}}).json()["records"]["cursor"]
    moved = {"filter": {"fromDateTime": "2026-03-01T00:00:00Z"}, "cursor": cursor}
    same = {"filter": {"unknown": 1}, "cursor": cursor}
    for path, body, status in (
        ("/v2/calls/transcript", {"filter": {}, "cursor": cursor}, 400),
        ("/v2/users/extensive", {"filter": {}, "cursor": cursor}, 400),
        ("/v2/calls/extensive", moved, 400),
        ("/v2/calls/extensive", same, 200),
    ):
        assert emulator.post(path, body).status_code == status
    assert "failed to verify cursor" in sentences(emulator.get("/v2/calls", cursor=cursor))[0]


def test_a_cursor_in_the_query_of_a_post_is_ignored(emulator):
    first = emulator.post("/v2/calls/extensive", {"filter": {}}).json()
    params = {"cursor": first["records"]["cursor"], "fromDateTime": "2030-01-01T00:00:00Z"}
    again = emulator.post("/v2/calls/extensive", {"filter": {}}, params=params).json()
    assert again["records"]["currentPageNumber"] == 0
    assert again["calls"] == first["calls"]


def test_the_total_is_frozen_and_the_keyset_stands_still(emulator):
    first = emulator.get("/v2/calls").json()
    seen = [call["id"] for call in first["calls"]]
    emulator.control("DELETE", f"/calls/{seen[0]}")
    early = emulator.control("POST", "/calls", {"started": "2026-03-02T00:20:00Z", "durationSeconds": 60})[
        "id"
    ]
    second = emulator.get("/v2/calls", cursor=first["records"]["cursor"]).json()
    ids = [call["id"] for call in second["calls"]]
    assert second["records"]["totalRecords"] == 330
    assert not set(ids) & set(seen)
    assert early not in ids


def test_calls_of_one_moment_are_ordered_by_id(emulator):
    for _ in range(150):
        emulator.control("POST", "/calls", {"started": "2026-03-10T09:00:00Z", "durationSeconds": 60})
    window = {"fromDateTime": "2026-03-10T09:00:00Z", "toDateTime": "2026-03-10T09:00:01Z"}
    rows = emulator.rows("/v2/calls/extensive", "calls", {"filter": window})
    ids = [int(row["metaData"]["id"]) for row in rows]
    assert len(ids) >= 150
    assert ids == sorted(set(ids))
