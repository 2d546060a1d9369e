"""Statistics of activity and interaction: three ways to count the same, by days of the company."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

ZONE = ZoneInfo("America/Los_Angeles")
WHOLE = {"fromDate": "2026-02-20", "toDate": "2026-03-19"}  # all data of the test's emulator
AGGREGATE = ("/v2/stats/activity/aggregate", "usersAggregateActivityStats")
BY_PERIOD = ("/v2/stats/activity/aggregate-by-period", "usersAggregateActivity")
BY_DAY = ("/v2/stats/activity/day-by-day", "usersDetailedActivities")
INTERACTION = ("/v2/stats/interaction", "peopleInteractionStats")
PATHS = [AGGREGATE[0], BY_PERIOD[0], BY_DAY[0], INTERACTION[0]]
NAMES = {"Longest Monologue", "Longest Customer Story", "Interactivity", "Patience", "Question Rate"}


def counts_of(record):
    return {name: value for name, value in record.items() if isinstance(value, int)}


def lists_of(record):
    return {name: value for name, value in record.items() if isinstance(value, list)}


def total(records):
    found = defaultdict(int)
    for record in records:
        for name, value in counts_of(record).items():
            found[name] += value
    return dict(found)


def aggregated(emulator, **given):
    rows = emulator.rows(*AGGREGATE, {"filter": {**WHOLE, **given}})
    return {row["userId"]: row["userAggregateActivityStats"] for row in rows}


def day_by_day(emulator, **given):
    rows = emulator.rows(*BY_DAY, {"filter": {**WHOLE, **given}})
    return {row["userId"]: row["userDailyActivityStats"] for row in rows}


@pytest.mark.parametrize("period", ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])
def test_every_period_adds_up_to_the_aggregate(emulator, period):
    body = {"filter": WHOLE, "aggregationPeriod": period}
    rows = emulator.rows(*BY_PERIOD, body)
    assert {row["userId"]: total(row["userAggregateActivity"]) for row in rows} == aggregated(emulator)


def test_the_lists_of_all_days_are_what_the_aggregate_counts(emulator):
    listed = {}
    for user, days in day_by_day(emulator).items():
        assert all(len(ids) == len(set(ids)) for day in days for ids in lists_of(day).values())
        sizes = [{name: len(ids) for name, ids in lists_of(day).items()} for day in days]
        listed[user] = total(sizes)
    assert listed == aggregated(emulator)
    assert all(any(counts.values()) for counts in listed.values())
    assert all(sum(counts[name] for counts in listed.values()) for name in next(iter(listed.values())))


def test_hosting_attending_and_comments_follow_from_the_calls(emulator):
    selector = {"exposedFields": {"collaboration": {"publicComments": True}, "parties": True}}
    calls = emulator.rows("/v2/calls/extensive", "calls", {"filter": {}, "contentSelector": selector})
    wanted = defaultdict(set)
    for call in calls:
        data, host = call["metaData"], call["metaData"]["primaryUserId"]
        day = data["started"][:10]
        wanted["callsAsHost"].add((host, day, data["id"]))
        for party in call.get("parties", []):
            if party.get("userId") not in (None, host):
                wanted["callsAttended"].add((party["userId"], day, data["id"]))
        for comment in call["collaboration"].get("publicComments", []):
            wanted["callsCommentsGiven"].add((comment["commenterUserId"], comment["posted"][:10], data["id"]))
    found = defaultdict(set)
    for user, days in day_by_day(emulator).items():
        for day in days:
            for name, ids in lists_of(day).items():
                found[name].update((user, day["fromDate"][:10], number) for number in ids)
    assert found["callsAsHost"] == wanted["callsAsHost"]
    assert found["callsCommentsGiven"] == wanted["callsCommentsGiven"]
    assert found["callsAttended"] >= wanted["callsAttended"]  # parties are missing from some calls
    assert len(found["callsAttended"]) < 1.1 * len(wanted["callsAttended"])


def test_a_day_has_the_midnights_of_the_companys_zone(emulator):
    days = next(iter(day_by_day(emulator, fromDate="2026-03-07", toDate="2026-03-10").values()))
    assert [(day["fromDate"], day["toDate"]) for day in days] == [
        ("2026-03-07T00:00:00-08:00", "2026-03-08T00:00:00-08:00"),
        ("2026-03-08T00:00:00-08:00", "2026-03-09T00:00:00-07:00"),
        ("2026-03-09T00:00:00-07:00", "2026-03-10T00:00:00-07:00"),
    ]


def test_every_day_is_listed_but_only_users_with_activity(emulator):
    found = day_by_day(emulator)
    assert {len(days) for days in found.values()} == {27}
    assert any(not any(lists_of(day).values()) for days in found.values() for day in days)
    everybody = {user["id"] for user in emulator.rows("/v2/users", "users")}
    assert found.keys() < everybody
    assert found.keys() == aggregated(emulator).keys()


@pytest.mark.parametrize(
    ("period", "edges"),
    [
        ("WEEK", ["2026-02-25", "2026-03-02", "2026-03-09", "2026-03-12"]),
        ("MONTH", ["2026-02-25", "2026-03-01", "2026-03-12"]),
        ("QUARTER", ["2026-02-25", "2026-03-12"]),
        ("YEAR", ["2026-02-25", "2026-03-12"]),
    ],
)
def test_periods_begin_on_mondays_and_firsts_and_are_clipped(emulator, period, edges):
    body = {"filter": {"fromDate": edges[0], "toDate": edges[-1]}, "aggregationPeriod": period}
    records = [one for row in emulator.rows(*BY_PERIOD, body) for one in row["userAggregateActivity"]]
    spans = {(one["fromDate"][:10], one["toDate"][:10]) for one in records}
    wanted = list(pairwise(edges))
    assert {wanted[-1]} <= spans <= set(wanted)
    assert all(any(counts_of(one).values()) for one in records)


def test_a_week_without_edges_is_the_same_in_every_range(emulator):
    def week(since, before):
        body = {"filter": {"fromDate": since, "toDate": before}, "aggregationPeriod": "WEEK"}
        rows = emulator.rows(*BY_PERIOD, body)
        return {
            (row["userId"], one["fromDate"]): one
            for row in rows
            for one in row["userAggregateActivity"]
            if one["fromDate"].startswith("2026-03-09")
        }

    assert week("2026-03-09", "2026-03-16") == week("2026-02-28", "2026-03-18") != {}


@pytest.mark.parametrize("operation", [AGGREGATE, BY_PERIOD, BY_DAY])
def test_pages_of_100_ascending_by_user(emulator, operation, sentences):
    body = {"filter": WHOLE} | ({"aggregationPeriod": "MONTH"} if operation is BY_PERIOD else {})
    pages = emulator.pages(operation[0], body)
    ids = [int(row["userId"]) for page in pages for row in page[operation[1]]]
    assert len(pages) == 2
    assert len(pages[0][operation[1]]) == 100
    assert ids == sorted(set(ids))
    assert {page["records"]["totalRecords"] for page in pages} == {len(ids)}
    cursor = pages[0]["records"]["cursor"]
    ignored = emulator.post(f"{operation[0]}?cursor={cursor}", body).json()
    assert ignored["records"]["currentPageNumber"] == 0
    for other in ({"fromDate": "2026-03-01"}, {"userIds": [str(ids[0])]}):
        answer = emulator.post(operation[0], {**body, "filter": {**WHOLE, **other}, "cursor": cursor})
        assert (answer.status_code, sentences(answer)) == (400, ["failed to verify cursor"])


WRONG_RANGES = [
    ({"fromDate": None}, "filter.fromDate: must not be null"),
    ({"toDate": None}, "filter.toDate: must not be null"),
    ({"fromDate": "2026-3-01"}, "filter.fromDate: must be a date in the format YYYY-MM-DD"),
    ({"fromDate": "2026-02-30"}, "filter.fromDate: must be a date in the format YYYY-MM-DD"),
    ({"toDate": "2026-03-02T00:00:00Z"}, "filter.toDate: must be a date in the format YYYY-MM-DD"),
    ({"toDate": "2026-03-01"}, "filter.fromDate: must be before toDate"),
    ({"fromDate": "2026-03-09", "toDate": "2026-03-02"}, "filter.fromDate: must be before toDate"),
    ({"userIds": [5]}, "filter.userIds[0]: must be a string"),
]


@pytest.mark.parametrize("path", PATHS)
def test_ranges_are_checked(emulator, sentences, path):
    for given, text in WRONG_RANGES:
        dates = {"fromDate": "2026-03-01", "toDate": "2026-03-02", **given}
        body = {"filter": {name: value for name, value in dates.items() if value is not None}}
        answer = emulator.post(path, body | {"aggregationPeriod": "DAY"})
        assert (answer.status_code, sentences(answer)) == (400, [text])


def test_the_period_stands_beside_the_filter(emulator, sentences):
    inside = emulator.post(BY_PERIOD[0], {"filter": {**WHOLE, "aggregationPeriod": "DAY"}})
    assert sentences(inside) == ["aggregationPeriod: must not be null"]
    unknown = emulator.post(BY_PERIOD[0], {"filter": WHOLE, "aggregationPeriod": "HOUR"})
    assert sentences(unknown) == ["aggregationPeriod: must be one of DAY, WEEK, MONTH, QUARTER, YEAR"]


@pytest.mark.parametrize("path", PATHS)
def test_the_end_may_be_the_companys_current_day_and_no_later(emulator, sentences, path):
    emulator.control("POST", "/time", {"now": "2026-03-12T06:59:00Z"})  # 23:59 of the 11th in California
    body = {"filter": {"fromDate": "2026-03-02", "toDate": "2026-03-11"}, "aggregationPeriod": "DAY"}
    assert emulator.post(path, body).status_code == 200
    body["filter"]["toDate"] = "2026-03-12"
    answer = emulator.post(path, body)
    assert (answer.status_code, sentences(answer)) == (
        400,
        ["filter.toDate: must not be after the current day"],
    )
    emulator.control("POST", "/time", {"now": "2026-03-12T07:00:00Z"})
    assert emulator.post(path, body).status_code == 200


def test_users_can_be_asked_for(emulator, sentences):
    found = aggregated(emulator)
    chosen = sorted(found)[:3]
    assert aggregated(emulator, userIds=chosen) == {user: found[user] for user in chosen}
    assert aggregated(emulator, userIds=[]) == found
    for path in PATHS:
        body = {"filter": {**WHOLE, "userIds": [chosen[0], "12"]}, "aggregationPeriod": "DAY"}
        answer = emulator.post(path, body)
        assert (answer.status_code, sentences(answer)) == (404, ["User not found"])


def test_only_by_period_lists_users_without_activity_if_asked_for(emulator):
    active = aggregated(emulator)
    idle = next(user["id"] for user in emulator.rows("/v2/users", "users") if user["id"] not in active)
    body = {"filter": {**WHOLE, "userIds": [idle]}, "aggregationPeriod": "WEEK"}
    (row,) = emulator.rows(*BY_PERIOD, body)
    assert (row["userId"], row["userAggregateActivity"]) == (idle, [])
    assert aggregated(emulator, userIds=[idle]) == day_by_day(emulator, userIds=[idle]) == {}


def test_a_range_without_activity_is_an_empty_list_or_404_for_interaction(emulator, sentences):
    body = {"filter": {"fromDate": "2020-01-01", "toDate": "2020-02-01"}, "aggregationPeriod": "DAY"}
    for path, array in (AGGREGATE, BY_PERIOD, BY_DAY):
        answer = emulator.post(path, body)
        assert (answer.status_code, answer.json()[array]) == (200, [])
    answer = emulator.post(INTERACTION[0], body)
    text = "No interaction stats found corresponding to the provided filters"
    assert (answer.status_code, sentences(answer)) == (404, [text])


@pytest.mark.parametrize("path", [AGGREGATE[0], INTERACTION[0]])
def test_the_range_and_the_zone_are_echoed(emulator, path):
    answer = emulator.post(path, {"filter": {"fromDate": "2026-03-06", "toDate": "2026-03-10"}}).json()
    assert {name: answer[name] for name in ("fromDateTime", "toDateTime", "timeZone")} == {
        "fromDateTime": "2026-03-06T00:00:00-08:00",
        "toDateTime": "2026-03-10T00:00:00-07:00",
        "timeZone": "US/Pacific",
    }


def test_interaction_is_for_some_hosts_only(emulator):
    rows = emulator.rows(*INTERACTION, {"filter": WHOLE})
    hosts = {user for user, counts in aggregated(emulator).items() if counts["callsAsHost"]}
    assert {row["userId"] for row in rows} < hosts
    assert len(hosts) / 3 < len(rows) < 0.8 * len(hosts)
    stats = [stat for row in rows for stat in row["personInteractionStats"]]
    assert {stat["name"] for stat in stats} == NAMES
    assert {type(stat["value"]) for stat in stats} == {int, float}
    few = [row for row in rows if len(row["personInteractionStats"]) < len(NAMES)]
    assert len(few) < len(rows)


def test_what_is_known_of_a_day_changes_later(emulator):
    emulator.control("POST", "/time", {"now": "2026-03-10T12:00:00Z"})
    day = {"fromDate": "2026-03-09", "toDate": "2026-03-10"}
    early = aggregated(emulator, **day)
    emulator.control("POST", "/time", {"now": "2026-03-20T12:00:00Z"})
    late = aggregated(emulator, **day)
    assert sum(sum(counts.values()) for counts in late.values()) > sum(
        sum(counts.values()) for counts in early.values()
    )
    number = next(
        call["id"] for call in emulator.rows("/v2/calls", "calls") if call["started"].startswith("2026-03-09")
    )
    emulator.control("DELETE", f"/calls/{number}")
    lists = day_by_day(emulator)
    assert number not in str(lists)
    assert aggregated(emulator, **day) != late


def test_calls_that_are_added_count(emulator):
    before = day_by_day(emulator)
    body = {"started": "2026-03-11T20:00:00Z", "appears": "2026-03-11T21:00:00Z"}
    number = emulator.control("POST", "/calls", body)["id"]
    after = day_by_day(emulator)
    assert number not in str(before)
    hosted = [day["fromDate"] for days in after.values() for day in days if number in day["callsAsHost"]]
    assert hosted == ["2026-03-11T00:00:00-07:00"]


def test_by_default_nothing_happens_later(emulator):
    """Whoever compares counts with what was read must not meet another number the next day."""
    emulator.control("POST", "/reset", {"until": "2026-03-13", "days": 30})
    emulator.control("POST", "/time", {"now": "2026-03-15T00:30:00Z"})
    counts = emulator.control("GET", "/counts")
    emulator.control("POST", "/time", {"now": "2026-03-16T23:30:00Z"})
    assert emulator.control("GET", "/counts") == counts


def test_counts_are_what_a_full_read_holds(emulator):
    counts = emulator.control("GET", "/counts")
    first, end = date(2026, 3, 1), date(2026, 3, 19)
    rows = interactions = 0
    for number in range((end - first).days):
        day = first + timedelta(days=number)
        given = {"fromDate": day.isoformat(), "toDate": (day + timedelta(days=1)).isoformat()}
        rows += len(aggregated(emulator, **given))
        if emulator.post(INTERACTION[0], {"filter": given}).status_code == 200:
            found = emulator.rows(*INTERACTION, {"filter": given})
            interactions += sum(len(row["personInteractionStats"]) for row in found)
    weeks = emulator.rows(*BY_PERIOD, {"filter": WHOLE, "aggregationPeriod": "WEEK"})
    ids = [
        len(ids) for days in day_by_day(emulator).values() for day in days for ids in lists_of(day).values()
    ]
    assert counts["user_activity_aggregate"] == rows > 500
    assert counts["user_interaction"] == interactions > 500
    assert counts["user_activity_by_period"] == sum(len(row["userAggregateActivity"]) for row in weeks)
    assert counts["user_activity_day"] == sum(ids)


def test_a_day_counts_from_its_end(emulator):
    emulator.control("POST", "/time", {"now": "2026-03-11T06:30:00Z"})
    today = emulator.control("GET", "/counts")["user_activity_day"]
    emulator.control("POST", "/time", {"now": "2026-03-11T07:30:00Z"})
    assert emulator.control("GET", "/counts")["user_activity_day"] > today + 50


def test_the_same_seed_gives_the_same_rows(emulator):
    first = emulator.rows(*BY_DAY, {"filter": WHOLE})
    emulator.control("POST", "/reset")
    assert emulator.rows(*BY_DAY, {"filter": WHOLE}) == first
    emulator.control("POST", "/reset", {"seed": 2})
    assert emulator.rows(*BY_DAY, {"filter": WHOLE}) != first


def test_scopes(emulator, sentences):
    """Which scope each operation wants is in the OpenAPI document: see the contract tests."""
    emulator.control("POST", "/keys", {"token": "some", "scopes": ["api:stats:user-actions"]})
    for path in (BY_DAY[0], INTERACTION[0], "/v2/stats/activity/scorecards"):
        answer = emulator.post(path, {"filter": {}}, headers={"Authorization": "Bearer some"}, auth=None)
        assert answer.status_code == 401
        assert "You don't have permission to use 'api:stats:" in sentences(answer)[0]
    body = {"filter": WHOLE}
    answer = emulator.post(AGGREGATE[0], body, headers={"Authorization": "Bearer some"}, auth=None)
    assert answer.status_code == 200


def test_a_company_without_calls_or_users_has_no_activity(emulator):
    emulator.control("POST", "/reset", {"calls": 0, "users": 0})
    answer = emulator.post(AGGREGATE[0], {"filter": WHOLE})
    assert (answer.status_code, answer.json()["usersAggregateActivityStats"]) == (200, [])
    assert emulator.control("GET", "/counts")["user_activity_day"] == 0


def test_days_are_those_of_the_call_in_california(emulator):
    started = datetime(2026, 3, 12, 3, 0, tzinfo=ZoneInfo("UTC"))  # the evening of the 11th there
    body = {"started": started.isoformat(), "appears": "2026-03-12T04:00:00Z"}
    number = emulator.control("POST", "/calls", body)["id"]
    given = {"fromDate": "2026-03-11", "toDate": "2026-03-12"}
    hosted = [day["callsAsHost"] for days in day_by_day(emulator, **given).values() for day in days]
    assert any(number in ids for ids in hosted)
    assert started.astimezone(ZONE).date() == date(2026, 3, 11)
