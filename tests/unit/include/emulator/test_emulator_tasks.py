"""Engage tasks."""

from __future__ import annotations

import pytest

ALL = {
    "types": ["FLOW", "MANUAL"],
    "taskAction": ["CALL"],
    "status": ["OPEN", "DONE", "DISMISSED"],
}


def has_seat(user):
    return user["active"] and user["settings"]["gongConnectEnabled"]


@pytest.fixture
def users(emulator):
    return emulator.rows("/v2/users", "users")


def tasks(emulator, user_id, **given):
    answer = emulator.post("/v2/tasks", {"filter": {**ALL, "userId": user_id, **given}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["crmType"] == "SALESFORCE"
    return answer.json()["tasks"]


def everything(emulator, users):
    return [task for user in users if has_seat(user) for task in tasks(emulator, user["id"])]


def test_ids_are_numbers_beyond_what_a_double_holds(emulator, users):
    found = everything(emulator, users)
    assert len({task["id"] for task in found}) == len(found)
    assert all(type(task["id"]) is int and 2**53 < task["id"] < 2**63 for task in found)
    assert any(float(task["id"]) != task["id"] for task in found)
    assert {str(task["userId"]) for task in found} <= {user["id"] for user in users}
    assert all(type(task["flow"]["step"]["id"]) is int for task in found if task["type"] == "FLOW")


def test_every_user_gets_the_own_tasks_only(emulator, users):
    for user in users:
        if has_seat(user):
            found = tasks(emulator, user["id"])
            assert {str(task["userId"]) for task in found} == {user["id"]}
            assert [task["id"] for task in found] == sorted(task["id"] for task in found)
            assert not any(name.startswith("_") for task in found for name in task)


def test_the_filter_goes_by_type_status_and_workspace(emulator, users):
    seats = [user["id"] for user in users if has_seat(user)][:12]
    found = [task for user in seats for task in tasks(emulator, user)]
    for name, member in (("types", "type"), ("status", "status")):
        for value in ALL[name]:
            some = [task for user in seats for task in tasks(emulator, user, **{name: [value]})]
            assert some == [task for task in found if task[member] == value] != []
    by_workspace = [
        [task for user in seats for task in tasks(emulator, user, workspaceId=row["id"])]
        for row in emulator.get("/v2/workspaces").json()["workspaces"]
    ]
    assert sum(map(len, by_workspace)) == len(found)
    assert len(by_workspace[0]) > len(by_workspace[1]) > len(by_workspace[2]) == 0


def test_tasks_of_flows_name_a_flow_that_the_user_sees(emulator, users):
    user = next(user for user in users if has_seat(user) and tasks(emulator, user["id"], types=["FLOW"]))
    flows = emulator.get("/v2/flows", flowOwnerEmail=user["emailAddress"]).json()["flows"]
    names = {int(flow["id"]): flow["name"] for flow in flows}
    for task in tasks(emulator, user["id"]):
        assert ("title" in task) == (task["type"] == "MANUAL")
        assert ("flow" in task) == (task["type"] == "FLOW")
        assert "flow" not in task or names[task["flow"]["id"]] == task["flow"]["name"]


WRONG = [
    ({}, [f"filter.{name}: must not be null" for name in ("userId", "types", "taskAction", "status")]),
    ({**ALL, "userId": 5}, ["filter.userId: must be a string"]),
    (
        {**ALL, "userId": "5", "status": ["OPEN", "LATER"]},
        ["filter.status[1]: must be one of OPEN, DONE, DISMISSED"],
    ),
    ({**ALL, "userId": "5", "taskAction": ["EMAIL"]}, ["filter.taskAction[0]: must be one of CALL"]),
    ({**ALL, "userId": "5", "types": []}, ["filter.types: size must be between 1 and 2147483647"]),
    ({**ALL, "userId": "5"}, ["filter.userId: unknown user"]),
]


def test_the_body_is_checked(emulator, sentences):
    for given, texts in WRONG:
        answer = emulator.post("/v2/tasks", {"filter": given})
        assert (answer.status_code, sentences(answer)) == (400, texts)


def test_without_engage_it_is_a_fixed_500(emulator, users, sentences):
    fixed = (500, ["Internal server error occurred"])
    seat, none = (next(u["id"] for u in users if bool(has_seat(u)) is wanted) for wanted in (True, False))
    answer = emulator.post("/v2/tasks", {"filter": {**ALL, "userId": none}})
    assert (answer.status_code, sentences(answer)) == fixed
    emulator.control("PUT", "/products", {"engage": False})
    answer = emulator.post("/v2/tasks", {"filter": {**ALL, "userId": seat}})
    assert (answer.status_code, sentences(answer)) == fixed
    assert emulator.control("GET", "/counts")["engage_task"] == 0


def test_counts_are_the_open_tasks_of_a_full_read(emulator, users):
    found = everything(emulator, users)
    still = [task for task in found if task["status"] == "OPEN"]
    assert emulator.control("GET", "/counts")["engage_task"] == len(still) < len(found)
    number = still[0]["id"]
    emulator.control("POST", f"/records/tasks/{number}", {"status": "DONE"})
    emulator.control("DELETE", f"/records/tasks/{still[1]['id']}")
    assert emulator.control("GET", "/counts")["engage_task"] == len(still) - 2
    assert len(everything(emulator, users)) == len(found) - 1
    emulator.control("POST", "/reset")
    assert everything(emulator, users) == found


def test_scope(emulator, sentences):
    emulator.control("POST", "/keys", {"token": "none", "scopes": ["api:tasks:write"]})
    answer = emulator.post("/v2/tasks", {}, headers={"Authorization": "Bearer none"}, auth=None)
    assert answer.status_code == 401
    assert sentences(answer) == ["You don't have permission to use 'api:tasks:read' in your app."]
