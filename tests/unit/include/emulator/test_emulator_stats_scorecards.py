"""Answered scorecards: four dates, the method of review, ids as strings."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

PATH, ARRAY = "/v2/stats/activity/scorecards", "answeredScorecards"
NONE = "No answered scorecards found corresponding to the provided filters."
ZONE = ZoneInfo("America/Los_Angeles")
EVERYTHING = {"reviewMethod": "BOTH"}


def answered(emulator, **given):
    return emulator.rows(PATH, ARRAY, {"filter": given})


def local_day(text):
    return datetime.fromisoformat(text).astimezone(ZONE).date().isoformat()


def test_automatic_reviews_are_left_out_unless_asked_for(emulator):
    both, manual = answered(emulator, **EVERYTHING), answered(emulator)
    automatic = answered(emulator, reviewMethod="AUTOMATIC")
    assert (
        manual
        == answered(emulator, reviewMethod="MANUAL")
        == [row for row in both if row["reviewMethod"] == "MANUAL"]
    )
    assert automatic == [row for row in both if row["reviewMethod"] == "AUTOMATIC"]
    assert len(both) == len(manual) + len(automatic)
    assert automatic
    assert all((row["reviewerUserId"] is None) == (row["reviewMethod"] == "AUTOMATIC") for row in both)


def test_what_is_answered_fits_scorecards_and_calls(emulator):
    cards = {
        card["scorecardId"]: card for card in emulator.get("/v2/settings/scorecards").json()["scorecards"]
    }
    calls = {call["id"]: call for call in emulator.rows("/v2/calls", "calls")}
    for row in answered(emulator, **EVERYTHING):
        card, call = cards[row["scorecardId"]], calls[row["callId"]]
        assert (row["scorecardName"], row["reviewMethod"]) == (card["scorecardName"], card["reviewMethod"])
        assert (row["callStartTime"], row["reviewedUserId"]) == (call["started"], call["primaryUserId"])
        assert row["reviewTime"] > row["callStartTime"]
        questions = {question["questionId"]: question for question in card["questions"]}
        assert [answer["questionId"] for answer in row["answers"]] == list(questions)
        for answer in row["answers"]:
            assert_answers(answer, questions[answer["questionId"]])


def assert_answers(answer, question):
    names = ("score", "answerText", "selectedOptions")
    given = [name for name in names if answer[name] is not None]
    assert len(given) == (0 if answer["notApplicable"] else 1)
    if given == ["score"]:
        assert int(question["minRange"]) <= answer["score"] <= int(question["maxRange"])
    if given == ["selectedOptions"]:
        assert set(answer["selectedOptions"]) <= {str(one["id"]) for one in question["answerOptions"]}


def test_ids_are_strings_and_times_carry_the_companys_offset(emulator):
    rows = answered(emulator, **EVERYTHING)
    names = ("answeredScorecardId", "scorecardId", "callId", "reviewedUserId")
    assert all(re.fullmatch(r"\d{17,20}", row[name]) for row in rows for name in names)
    answers = [answer for row in rows for answer in row["answers"]]
    assert all(isinstance(answer["questionId"], str) for answer in answers)
    assert {row["reviewTime"][-6:] for row in rows} == {"-08:00", "-07:00"}
    assert len({len(row["reviewTime"]) for row in rows}) == 2  # with and without a fraction
    assert {row["visibilityType"] for row in rows} == {"PUBLIC", "PRIVATE", "OPT_IN_USERS"}
    assert {row["editorUserId"] is None for row in rows} == {True, False}
    assert 0 < sum("emulatorCalibrated" in row for row in rows) < len(rows) / 20


@pytest.mark.parametrize(("name", "member"), [("review", "reviewTime"), ("call", "callStartTime")])
def test_dates_are_days_of_the_company_and_half_open(emulator, name, member):
    given = {f"{name}FromDate": "2026-03-07", f"{name}ToDate": "2026-03-09"}
    wanted = [row for row in answered(emulator, **EVERYTHING) if "07" <= local_day(row[member])[8:] < "09"]
    wanted = [row for row in wanted if local_day(row[member]).startswith("2026-03")]
    assert answered(emulator, **EVERYTHING, **given) == wanted != []


def test_an_end_may_be_missing_or_in_the_future(emulator):
    everything = answered(emulator, **EVERYTHING)
    late = answered(emulator, **EVERYTHING, reviewFromDate="2026-03-10")
    early = answered(emulator, **EVERYTHING, reviewToDate="2026-03-10")
    key = "answeredScorecardId"
    assert sorted([*late, *early], key=lambda row: int(row[key])) == everything
    assert answered(emulator, **EVERYTHING, reviewToDate="2090-01-01") == everything


def test_a_range_of_no_day_is_404_with_a_full_stop(emulator, sentences):
    for given in (
        {"reviewFromDate": "2026-03-09", "reviewToDate": "2026-03-09"},
        {"callFromDate": "2020-01-01", "callToDate": "2020-01-02"},
        {"scorecardIds": ["5"]},
        {"reviewedUserIds": ["5"]},
    ):
        answer = emulator.post(PATH, {"filter": given})
        assert (answer.status_code, sentences(answer)) == (404, [NONE])
    assert answered(emulator, **EVERYTHING, reviewFromDate="2026-03-09", reviewToDate="2026-03-10")


WRONG = [
    ({"reviewFromDate": "09.03.2026"}, "filter.reviewFromDate: must be a date in the format YYYY-MM-DD"),
    ({"callToDate": "2026-13-01"}, "filter.callToDate: must be a date in the format YYYY-MM-DD"),
    (
        {"callFromDate": "2026-03-09", "callToDate": "2026-03-08"},
        "filter.callFromDate: must be before callToDate",
    ),
    ({"reviewMethod": "ALL"}, "filter.reviewMethod: must be one of AUTOMATIC, MANUAL, BOTH"),
]


def test_filters_are_checked(emulator, sentences):
    for given, text in WRONG:
        answer = emulator.post(PATH, {"filter": given})
        assert (answer.status_code, sentences(answer)) == (400, [text])
    assert sentences(emulator.post(PATH, {})) == ["filter: must not be null"]


def test_users_and_scorecards_can_be_asked_for(emulator):
    everything = answered(emulator, **EVERYTHING)
    users = Counter(row["reviewedUserId"] for row in everything)
    card = everything[0]["scorecardId"]
    (user, times), *_ = users.most_common(1)
    assert len(answered(emulator, **EVERYTHING, reviewedUserIds=[user])) == times
    chosen = answered(emulator, **EVERYTHING, scorecardIds=[card])
    assert chosen == [row for row in everything if row["scorecardId"] == card]


def test_pages_of_100_ascending_by_id(emulator):
    pages = emulator.pages(PATH, {"filter": EVERYTHING})
    ids = [int(row["answeredScorecardId"]) for page in pages for row in page[ARRAY]]
    assert len(pages) == 2
    assert ids == sorted(set(ids))
    cursor = pages[0]["records"]["cursor"]
    assert emulator.post(PATH, {"filter": {}, "cursor": cursor}).status_code == 400


def test_manual_reviews_are_activity(emulator):
    rows = answered(emulator)
    body = {"filter": {"fromDate": "2026-02-20", "toDate": "2026-03-19"}}
    array = "usersDetailedActivities"
    filled, received = set(), set()
    for user in emulator.rows("/v2/stats/activity/day-by-day", array, body):
        for day in user["userDailyActivityStats"]:
            where = (user["userId"], day["fromDate"][:10])
            filled.update((*where, number) for number in day["callsScorecardsFilled"])
            received.update((*where, number) for number in day["callsScorecardsReceived"])
    days = [local_day(row["reviewTime"]) for row in rows]
    made = zip(rows, days, strict=True)
    assert filled == {(row["reviewerUserId"], day, row["callId"]) for row, day in made}
    made = zip(rows, days, strict=True)
    assert received == {(row["reviewedUserId"], day, row["callId"]) for row, day in made}


def test_what_is_deleted_is_gone_and_not_counted(emulator):
    rows = answered(emulator, **EVERYTHING)
    emulator.control("DELETE", f"/records/answered_scorecards/{rows[0]['answeredScorecardId']}")
    emulator.control("DELETE", f"/calls/{rows[1]['callId']}")
    left = answered(emulator, **EVERYTHING)
    assert [row for row in rows if row["callId"] != rows[1]["callId"]][1:] == left
    counts = emulator.control("GET", "/counts")
    assert counts["answered_scorecard"] == len(left)
    assert counts["answered_scorecard_answer"] == sum(len(row["answers"]) for row in left)
    emulator.control("POST", "/reset")
    assert answered(emulator, **EVERYTHING) == rows


def test_a_review_is_counted_when_its_day_is_over(emulator):
    emulator.control("POST", "/time", {"now": "2026-03-11T06:30:00Z"})
    shown, counted = answered(emulator, **EVERYTHING), emulator.control("GET", "/counts")
    assert counted["answered_scorecard"] < len(shown)
    assert all(row["reviewTime"] < "2026-03-11" for row in shown)


def test_a_record_can_be_changed(emulator):
    number = answered(emulator)[0]["answeredScorecardId"]
    emulator.control("POST", f"/records/answered_scorecards/{number}", {"editorUserId": "17"})
    assert answered(emulator)[0]["editorUserId"] == "17"
