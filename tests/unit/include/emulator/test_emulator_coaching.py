"""Coaching: what a manager did with the calls of her reports."""

from __future__ import annotations

import pytest

WHOLE = {"from": "2026-02-20T00:00:00Z", "to": "2026-03-19T00:00:00Z"}


@pytest.fixture
def manager(emulator):
    return next(user["managerId"] for user in emulator.rows("/v2/users", "users") if user["managerId"])


def coaching(emulator, workspace, manager, **given):
    params = {"workspace-id": workspace, "manager-id": manager, **WHOLE, **given}
    answer = emulator.get("/v2/coaching", **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["coachingData"]


def workspaces(emulator):
    return [row["id"] for row in emulator.get("/v2/workspaces").json()["workspaces"]]


def values(data):
    return {
        (reported["report"]["id"], name, value)
        for one in data
        for reported in one["directReportsMetrics"]
        for name, listed in reported["metrics"].items()
        for value in listed
    }


def test_all_direct_reports_are_listed(emulator, manager):
    users = {user["id"]: user for user in emulator.rows("/v2/users", "users")}
    (data,) = coaching(emulator, workspaces(emulator)[0], manager)
    names = ("id", "emailAddress", "firstName", "lastName", "title")
    assert data["manager"] == {name: users[manager][name] for name in names}
    reports = [reported["report"] for reported in data["directReportsMetrics"]]
    wanted = [user for user in users.values() if user["managerId"] == manager]
    assert reports == [{name: user[name] for name in names} for user in wanted]
    assert {bool(reported["metrics"]) for reported in data["directReportsMetrics"]} == {True, False}


def test_values_are_calls_of_the_workspace_that_the_report_hosted(emulator, manager):
    calls = {call["id"]: call for call in emulator.rows("/v2/calls", "calls")}
    found = {}
    for workspace in workspaces(emulator):
        found[workspace] = values(coaching(emulator, workspace, manager))
        for report, _, number in found[workspace]:
            assert (calls[number]["primaryUserId"], calls[number]["workspaceId"]) == (report, workspace)
    first, second, third = found.values()
    assert len(first) > len(second) > len(third) == 0
    assert len({name for _, name, _ in first}) == 5


def test_it_agrees_with_the_activity_of_the_manager(emulator, manager):
    body = {"filter": {"fromDate": "2026-02-20", "toDate": "2026-03-19", "userIds": [manager]}}
    (row,) = emulator.rows("/v2/stats/activity/day-by-day", "usersDetailedActivities", body)
    listened = {number for day in row["userDailyActivityStats"] for number in day["othersCallsListenedTo"]}
    coached = set()
    for workspace in workspaces(emulator):
        coached |= values(coaching(emulator, workspace, manager))
    assert {number for _, name, number in coached if name == "Listened to calls"} == listened


def test_the_range_is_half_open(emulator, manager):
    selector = {"exposedFields": {"collaboration": {"publicComments": True}}}
    calls = emulator.rows("/v2/calls/extensive", "calls", {"filter": {}, "contentSelector": selector})
    where, number, posted = next(
        (call["metaData"]["workspaceId"], call["metaData"]["id"], comment["posted"])
        for call in calls
        for comment in call["collaboration"].get("publicComments", [])
        if comment["commenterUserId"] == manager != call["metaData"]["primaryUserId"]
    )
    for given, known in (({"to": posted}, False), ({"from": posted}, True)):
        data = coaching(emulator, where, manager, **given)
        commented = {value for _, name, value in values(data) if name == "Commented on calls"}
        assert (number in commented) == known


def test_two_ranges_make_one(emulator, manager):
    workspace = workspaces(emulator)[0]
    middle = "2026-03-10T09:30:00-07:00"
    early = values(coaching(emulator, workspace, manager, to=middle))
    late = values(coaching(emulator, workspace, manager, **{"from": middle}))
    assert early | late == values(coaching(emulator, workspace, manager))
    assert early != late
    assert early
    assert late
    assert values(coaching(emulator, workspace, manager, to="2026-02-21T00:00:00Z")) == set()
    absurd = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}
    assert values(coaching(emulator, workspace, manager, **absurd)) == early | late


def test_who_manages_nobody_has_nothing(emulator, manager):
    report = next(user["id"] for user in emulator.rows("/v2/users", "users") if user["managerId"] == manager)
    assert coaching(emulator, workspaces(emulator)[0], report) == []


WRONG = [
    ({}, [f"{name}: must not be null" for name in ("workspace-id", "manager-id", "from", "to")]),
    ({"workspace-id": "x", "manager-id": "1", **WHOLE}, ["workspace-id: must be an integer"]),
    ({"workspace-id": "1", "manager-id": "1.5", **WHOLE}, ["manager-id: must be an integer"]),
    ({"workspace-id": "1", "manager-id": "1", **WHOLE}, ["manager-id: unknown user"]),
    (
        {"workspace-id": "1", "manager-id": "1", **WHOLE, "from": "2026-03-01"},
        ["from: must be an ISO-8601 date and time with Z or an offset"],
    ),
    (
        {"workspace-id": "1", "manager-id": "1", "from": WHOLE["to"], "to": WHOLE["from"]},
        ["from: must be before to"],
    ),
    (
        {"workspaceId": "1", "managerId": "1", **WHOLE},
        ["workspace-id: must not be null", "manager-id: must not be null"],
    ),
]


def test_parameters_are_checked(emulator, sentences):
    for given, texts in WRONG:
        answer = emulator.get("/v2/coaching", **given)
        assert (answer.status_code, sentences(answer)) == (400, texts)


def test_an_unknown_workspace_is_refused(emulator, manager, sentences):
    params = {"workspace-id": "1", "manager-id": manager, **WHOLE}
    answer = emulator.get("/v2/coaching", **params)
    assert (answer.status_code, sentences(answer)) == (400, ["workspace-id: unknown workspace"])


def test_counts_are_what_a_full_read_holds(emulator, manager):
    read = {
        (workspace, *value)
        for workspace in workspaces(emulator)
        for value in values(coaching(emulator, workspace, manager))
    }
    assert emulator.control("GET", "/counts")["coaching"] == len(read) > 50


def test_without_the_product_it_is_403(emulator, manager, sentences):
    emulator.control("PUT", "/products", {"coaching": False})
    params = {"workspace-id": workspaces(emulator)[0], "manager-id": manager, **WHOLE}
    answer = emulator.get("/v2/coaching", **params)
    assert (answer.status_code, sentences(answer)) == (403, ["Access denied"])
    assert emulator.control("GET", "/counts")["coaching"] == 0


def test_scope(emulator, sentences):
    emulator.control("POST", "/keys", {"token": "none", "scopes": []})
    answer = emulator.http.get("/v2/coaching", headers={"Authorization": "Bearer none"}, auth=None)
    assert sentences(answer) == ["You don't have permission to use 'api:coaching:read' in your app."]
