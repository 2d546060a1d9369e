"""What a stream is read for: combinations of parents, days, object types and ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from gong_airflow.items import EachRecord, EachStretch, Source, items_of, start_of
from gong_airflow.streams import LOOKUP, OBJECT_TYPES, STREAMS

MANAGER, OTHER = "7782342274025937895", "5005"
USERS = [
    {"id": 1, "emailAddress": "a@x.example", "active": True, "managerId": MANAGER},
    {"id": 2, "emailAddress": "b@x.example", "active": True, "managerId": int(MANAGER), "settings": {}},
    {"id": "3", "emailAddress": "c@x.example", "active": False, "managerId": OTHER},
    {"id": "4", "emailAddress": "d@x.example", "active": True, "settings": {"gongConnectEnabled": False}},
    {"id": "5", "emailAddress": "", "active": True, "managerId": ""},
    {"id": "6", "emailAddress": "f@x.example", "settings": {"gongConnectEnabled": True}, "managerId": None},
    {"id": "1", "emailAddress": "again@x.example", "active": True},
    {"id": "", "emailAddress": "g@x.example", "managerId": "null"},
]
PARENTS: Mapping[str, list[dict[str, Any]]] = {
    "users": USERS,
    "workspaces": [{"id": "10"}, {"id": "11"}],
    "library_folders": [{"id": "20"}, {"id": 20}, {"id": 21}, {"id": True}],
    "permission_profiles": [{"id": "30"}],
    "crm_integrations": [{"integrationId": 18446744073709551615}, {"integrationId": "41"}],
}
DAYS = {"from_date": "2026-10-31", "to_date": "2026-11-03", "period": "WEEK"} | {
    "from": "2026-10-31T07:00:00Z",
    "to": "2026-11-03T08:00:00Z",
}


def items(stream: str, window: Mapping[str, Any] = DAYS, ids: list[str] | None = None) -> list[Any]:
    return items_of(STREAMS[stream].each, Source(window, lambda parent: PARENTS[parent], ids or []))


def ofs(stream: str, **kwargs: Any) -> list[Mapping[str, str]]:
    return [item.of for item in items(stream, **kwargs)]


def test_a_plain_stream_is_read_once() -> None:
    (item,) = items("scorecards")
    assert (item.of, item.query, item.filter, item.whole_body) == ({}, {}, {}, None)


def test_each_parent_once_in_gongs_order_with_ids_as_text() -> None:
    found = items("user_settings_history")
    assert [item.of["user_id"] for item in found] == ["1", "2", "3", "4", "5", "6"]
    assert [item.path for item in found][:2] == [{"id": "1"}, {"id": "2"}]
    assert [item.query for item in items("library_folder_content")] == [
        {"folderId": "20"},
        {"folderId": "21"},
    ]
    assert [item.query for item in items("library_folders")] == [{"workspaceId": "10"}, {"workspaceId": "11"}]


def test_flows_and_tasks_are_asked_for_active_engage_users_with_an_address() -> None:
    flows = items("flows")
    assert [item.of for item in flows] == [{"user_id": "1"}, {"user_id": "2"}, {"user_id": "6"}]
    assert [item.query["flowOwnerEmail"] for item in flows] == ["a@x.example", "b@x.example", "f@x.example"]
    assert [item.filter for item in items("tasks")] == [{"userId": one} for one in ("1", "2", "5", "6")]


def test_coaching_is_asked_for_each_workspace_and_manager() -> None:
    pairs = [(of["workspace_id"], of["manager_id"]) for of in ofs("coaching")]
    assert pairs == [("10", MANAGER), ("10", OTHER), ("11", MANAGER), ("11", OTHER)]
    assert items("coaching")[0].query == {
        "workspace-id": "10",
        "manager-id": MANAGER,
        "from": DAYS["from"],
        "to": DAYS["to"],
    }


def test_object_types_of_each_integration() -> None:
    found = ofs("crm_schema_fields")
    assert [(of["integration_id"], of["object_type"]) for of in found] == [
        (number, kind) for number in ("18446744073709551615", "41") for kind in OBJECT_TYPES
    ]


def test_days_across_the_end_of_summer_time() -> None:
    """Dates only: the 25-hour day is one day, with one item."""
    assert [item.filter for item in items("activity_aggregate")] == [
        {"fromDate": "2026-10-31", "toDate": "2026-11-01"},
        {"fromDate": "2026-11-01", "toDate": "2026-11-02"},
        {"fromDate": "2026-11-02", "toDate": "2026-11-03"},
    ]
    (whole,) = items("activity_day_by_day")
    assert whole.filter == {"fromDate": "2026-10-31", "toDate": "2026-11-03"}
    (scorecards,) = items("answered_scorecards")
    assert scorecards.filter == {"reviewFromDate": "2026-10-31", "reviewToDate": "2026-11-03"}
    assert scorecards.of == {"from_date": "2026-10-31", "to_date": "2026-11-03"}


@pytest.mark.parametrize(
    ("period", "first"),
    [("DAY", "2026-10-31"), ("WEEK", "2026-10-26"), ("MONTH", "2026-10-01"), ("QUARTER", "2026-10-01"),
     ("YEAR", "2026-01-01")],
)  # fmt: skip
def test_periods_are_read_from_their_first_day(period: str, first: str) -> None:
    (item,) = items("activity_by_period", {**DAYS, "period": period})
    assert item.of == {"from_date": first, "to_date": "2026-11-03", "period": period}
    assert item.filter == {"fromDate": first, "toDate": "2026-11-03"}
    assert item.body == {"aggregationPeriod": period}


def test_the_first_day_of_every_period() -> None:
    quarters = [start_of("QUARTER", date(2026, month, 28)).month for month in range(1, 13)]
    assert quarters == [1, 1, 1, 4, 4, 4, 7, 7, 7, 10, 10, 10]
    assert start_of("WEEK", date(2026, 11, 1)) == date(2026, 10, 26)
    assert start_of("WEEK", date(2026, 11, 2)) == date(2026, 11, 2)
    assert start_of("YEAR", date(2024, 2, 29)) == date(2024, 1, 1)


def test_stretches_of_at_most_a_day_leave_nothing_out() -> None:
    window = {"from": "2026-10-31T22:30:00Z", "to": "2026-11-02T00:00:00Z"}
    found = [(item.query["fromDateTime"], item.query["toDateTime"]) for item in items("logs_access", window)]
    assert found == [
        ("2026-10-31T22:30:00Z", "2026-11-01T22:30:00Z"),
        ("2026-11-01T22:30:00Z", "2026-11-02T00:00:00Z"),
    ]
    assert items("logs_access", {"from": window["to"], "to": window["to"]}) == []
    assert [item.of for item in items_of([EachStretch()], Source(window, dict))] == [
        {"from": start, "to": end} for start, end in found
    ]


def test_ids_a_hundred_at_a_time_and_each_once() -> None:
    ids = [f"person{number}@x.example" for number in range(250)]
    access = items("call_user_access", ids=[*ids, ids[0]])
    assert [len(item.filter["callIds"]) for item in access] == [100, 100, 50]
    assert [one for item in access for one in item.filter["callIds"]] == ids
    assert [item.of for item in access] == [{"batch": "0"}, {"batch": "1"}, {"batch": "2"}]
    assert [len(item.body["crmProspectsIds"]) for item in items("flow_assignments", ids=ids)] == [
        100,
        100,
        50,
    ]
    objects = items("crm_objects", ids=ids)
    assert len(objects) == 2 * len(OBJECT_TYPES) * 3
    assert objects[2].of == {"integration_id": "18446744073709551615", "object_type": "ACCOUNT", "batch": "2"}
    assert [len(item.whole_body or ()) for item in objects[:3]] == [100, 100, 50]
    assert "@" not in repr(objects[0])


def test_nothing_to_combine_is_no_item() -> None:
    for stream in LOOKUP:
        assert items(stream.name) == []
    none = EachRecord("users", "user_id", "userId", "query", only=lambda user: False)
    assert items_of([none], Source(DAYS, lambda parent: USERS)) == []


@pytest.mark.parametrize("stream", STREAMS)
def test_no_item_is_told_apart_by_an_address(stream: str) -> None:
    told = ofs(stream, ids=["a@x.example"])
    assert "@" not in json.dumps(told)
    assert len({json.dumps(of, sort_keys=True) for of in told}) == len(told)
    assert all(isinstance(value, str) for of in told for value in of.values())
