"""The user operations."""

from __future__ import annotations

import re
from datetime import datetime

CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+02:00")


def test_avatars_only_if_asked_for(emulator):
    assert emulator.get("/v2/users").json()["records"]["totalRecords"] == 130
    assert emulator.get("/v2/users", includeAvatars="true").json()["records"]["totalRecords"] == 132
    for given, total in ((True, 132), (False, 130), (None, 130)):
        body = {"filter": {"includeAvatars": given}}
        assert emulator.post("/v2/users/extensive", body).json()["records"]["totalRecords"] == total
    assert emulator.get("/v2/users", includeAvatars="perhaps").status_code == 400


def test_shape_of_users(emulator):
    users = emulator.rows("/v2/users", "users")
    assert all(CREATED.fullmatch(user["created"]) for user in users)
    assert all("conferencingProviders" in user for user in users)
    assert 0 < sum("emulatorSeatType" in user for user in users) < 5
    assert {user["active"] for user in users} == {True, False}
    ids = {user["id"] for user in users}
    assert all(user["managerId"] is None or user["managerId"] in ids for user in users)


def test_hosts_of_calls_are_active_users(emulator):
    active = {user["id"] for user in emulator.rows("/v2/users", "users") if user["active"]}
    assert {call["primaryUserId"] for call in emulator.rows("/v2/calls", "calls")} <= active


def test_one_user(emulator, sentences):
    user = emulator.get("/v2/users").json()["users"][4]
    assert emulator.get(f"/v2/users/{user['id']}").json()["user"] == user
    answer = emulator.get("/v2/users/12")
    assert (answer.status_code, sentences(answer)) == (404, ["User ID 12 was not found"])


def test_creation_is_a_half_open_range(emulator, sentences):
    users = emulator.rows("/v2/users", "users")
    middle = sorted((user["created"] for user in users), key=datetime.fromisoformat)[65]
    after = emulator.rows("/v2/users/extensive", "users", {"filter": {"createdFromDateTime": middle}})
    before = emulator.rows("/v2/users/extensive", "users", {"filter": {"createdToDateTime": middle}})
    assert (len(before), len(after)) == (65, 65)
    window = {"createdFromDateTime": middle, "createdToDateTime": middle}
    answer = emulator.post("/v2/users/extensive", {"filter": window})
    assert sentences(answer) == ["filter.createdFromDateTime: must be before createdToDateTime"]


def test_empty_filtered_list_is_404_and_empty_company_is_200(emulator, sentences):
    answer = emulator.post("/v2/users/extensive", {"filter": {"userIds": ["1"]}})
    assert (answer.status_code, sentences(answer)) == (
        404,
        ["No users found corresponding to the provided filters"],
    )
    emulator.control("POST", "/reset", {"calls": 0, "users": 0})
    for answer in (emulator.get("/v2/users"), emulator.post("/v2/users/extensive", {"filter": {}})):
        assert answer.status_code == 200
        assert answer.json()["users"] == []
        assert answer.json()["records"] == {"totalRecords": 0, "currentPageSize": 0, "currentPageNumber": 0}


def test_bodies_are_checked(emulator, sentences):
    for body, text in (
        ({}, "filter: must not be null"),
        ({"filter": {"userIds": [7]}}, "filter.userIds[0]: must be a string"),
        ({"filter": {"userIds": []}}, "filter.userIds: must not be empty"),
        ({"filter": {"includeAvatars": "yes"}}, "filter.includeAvatars: must be a boolean"),
    ):
        answer = emulator.post("/v2/users/extensive", body)
        assert (answer.status_code, sentences(answer)) == (400, [text])
