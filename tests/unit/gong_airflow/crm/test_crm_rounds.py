"""What follows from Gong's answers about a file."""

from __future__ import annotations

from typing import Any

import pytest

from gong_airflow.crm.rounds import MOST_ROUNDS, judge, line_of_file


def a_round(
    status: str, *errors: tuple[int, str], count: int | None = None, without: Any = ()
) -> dict[str, Any]:
    listed = [{"line": line, "description": said} for line, said in errors]
    return {"status": status, "errors": listed, "error_count": count, "without": list(without)}


def bad(*lines: int) -> list[tuple[int, str]]:
    return [(line, f"bad {line}") for line in lines]


@pytest.mark.parametrize("without", [[], [1], [5], [1, 2], [2, 4], [3, 4, 5, 9], [1, 10]])
def test_lines_are_those_of_the_file(without: list[int]) -> None:
    sent = [line for line in range(1, 11) if line not in without]
    assert [line_of_file(place, without) for place in range(1, len(sent) + 1)] == sent


def test_done_is_done() -> None:
    verdict = judge([a_round("DONE", count=0)], 10)
    assert verdict.result() == {"status": "DONE", "refused": [], "general": [], "undecided": False}
    assert verdict.next_without is None


def test_all_named_lines_are_refused_and_the_rest_is_taken() -> None:
    verdict = judge([a_round("FAILED", (9, "b"), (2, "a"), count=2)], 10)
    assert verdict.next_without is None
    assert verdict.result() == {
        "status": "FAILED",
        "refused": [[2, "a"], [9, "b"]],
        "general": [],
        "undecided": False,
    }


def test_lines_that_are_not_named_ask_for_another_round_without_those_that_are() -> None:
    first = a_round("FAILED", *bad(2, 4), count=3)
    assert judge([first], 10).next_without == (2, 4)
    second = a_round("FAILED", (5, "late"), count=1, without=[2, 4])
    assert judge([first, second], 10).result()["refused"] == [[2, "bad 2"], [4, "bad 4"], [7, "late"]]
    assert judge([first, a_round("DONE", count=0, without=[2, 4])], 10).result()["status"] == "FAILED"


def test_a_line_with_two_faults_is_one_line() -> None:
    """Twenty faults of nineteen lines leave one of twenty bad lines without a name."""
    faults = [*bad(*range(1, 20)), (19, "worse")]
    verdict = judge([a_round("FAILED", *faults, count=20)], 50)
    assert verdict.next_without == tuple(range(1, 20))
    assert verdict.refused[19] == "bad 19; worse"


def test_a_count_that_is_missing_is_guessed_from_how_many_gong_names() -> None:
    assert judge([a_round("FAILED", *bad(1))], 50).next_without is None
    assert judge([a_round("FAILED", *bad(*range(1, 21)))], 50).next_without == tuple(range(1, 21))
    assert judge([a_round("DONE")], 50).result()["status"] == "DONE"


def test_done_with_errors_is_not_believed() -> None:
    assert judge([a_round("DONE", *bad(3), count=1)], 10).result()["refused"] == [[3, "bad 3"]]
    assert judge([a_round("DONE", *bad(3), count=2)], 10).next_without == (3,)


def test_a_file_of_bad_lines_only_is_not_sent_again() -> None:
    verdict = judge([a_round("FAILED", *bad(1, 2, 3), count=4)], 3)
    assert (verdict.next_without, verdict.result()["undecided"]) == (None, False)


@pytest.mark.parametrize(
    "last",
    [
        a_round("FAILED", (0, "Broken"), count=1),
        a_round("FAILED", (0, ""), *bad(3), count=2),
        a_round("FAILED", count=7),
        a_round("FAILED", count=0),
        a_round("FAILED"),
        a_round("FAILED", (11, "beyond the end"), (-1, "no line"), count=2),
    ],
)
def test_what_cannot_be_told_is_undecided(last: dict[str, Any]) -> None:
    verdict = judge([last], 10)
    assert verdict.next_without is None
    assert verdict.result()["undecided"] is True
    assert verdict.result()["general"][0]


def test_a_general_error_of_a_later_round_keeps_what_was_refused_before() -> None:
    rounds = [a_round("FAILED", *bad(2), count=3), a_round("FAILED", (0, "Broken"), count=1, without=[2])]
    result = judge(rounds, 10).result()
    assert (result["refused"], result["general"], result["undecided"]) == ([[2, "bad 2"]], ["Broken"], True)


def test_rounds_come_to_an_end() -> None:
    rounds: list[dict[str, Any]] = []
    without: tuple[int, ...] = ()
    while without is not None:
        rounds.append(a_round("FAILED", *bad(1), count=9, without=without))
        without = judge(rounds, 1000).next_without  # type: ignore[assignment]
    assert len(rounds) == MOST_ROUNDS
    result = judge(rounds, 1000).result()
    assert (result["undecided"], len(result["refused"])) == (True, MOST_ROUNDS)
