"""What follows from Gong's answers about a file: who is refused, whether to send it once more, the result.

Gong names at most 20 of the lines that it did not take. The others would stay unknown, so the file is sent
again without those named, round after round, until Gong has named all. Records that it took in an earlier
round it takes again, which changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gong_airflow.crm.requests import GENERAL, MOST_NAMED

MOST_ROUNDS = 10


@dataclass(frozen=True)
class Verdict:
    """What is known of a file after its rounds.

    :param refused: line of the file → Gong's words
    :param general: Gong's words about the file as a whole, or why it is unknown what Gong took
    :param next_without: lines to leave out of the next round; None when there is nothing more to be sent
    """

    refused: Mapping[int, str] = field(default_factory=dict)
    general: tuple[str, ...] = ()
    next_without: tuple[int, ...] | None = None

    def give_up(self, why: str) -> Verdict:
        """It will not be known what Gong took of the lines that it did not name."""
        return replace(self, general=(why,), next_without=None)

    def result(self) -> dict[str, Any]:
        """As `gong_airflow.crm.outbox` describes it; the last word on a file."""
        return {
            "status": "FAILED" if self.refused or self.general else "DONE",
            "refused": [[line, said] for line, said in sorted(self.refused.items())],
            "general": list(self.general),
            "undecided": bool(self.general),
        }


def judge(rounds: Sequence[Mapping[str, Any]], rows: int) -> Verdict:
    """The verdict on a file after `rounds`, of which the last one has ended.

    :param rounds: see `gong_airflow.crm.outbox`
    :param rows: lines of the file
    """
    refused: dict[int, str] = {}
    named: dict[int, str] = {}
    for one in rounds:
        named = _named(one, rows)
        refused.update(named)
    last = rounds[-1]
    said = [error["description"] for error in last.get("errors") or () if error["line"] == GENERAL]
    verdict = Verdict(refused=refused)
    if said:
        return verdict.give_up(said[0] or "Gong gives no reason")
    if _all_named(last, len(named)) or len(refused) >= rows:
        return verdict
    if not named:
        return verdict.give_up("Gong refused lines and did not say which")
    if len(rounds) >= MOST_ROUNDS:
        return verdict.give_up(f"Gong refuses more lines than it names in {MOST_ROUNDS} rounds")
    return replace(verdict, next_without=tuple(sorted(refused)))


def _named(one: Mapping[str, Any], rows: int) -> dict[int, str]:
    """Lines of the file that this round refused; a line that the round did not have is none."""
    without = sorted(one.get("without") or ())
    found: dict[int, str] = {}
    for error in one.get("errors") or ():
        if 1 <= error["line"] <= rows - len(without):
            line = line_of_file(error["line"], without)
            # Of several faults of a line all are told.
            found[line] = "; ".join(filter(None, (found.get(line), error["description"])))
    return found


def _all_named(last: Mapping[str, Any], named: int) -> bool:
    """Whether Gong refused no more lines than it named. (A line with two faults is one line.)"""
    count = last.get("error_count")
    if count is None:
        failed = last.get("status") == "FAILED"
        return named < MOST_NAMED and (named > 0 or not failed)
    if count == 0:
        return named > 0 or last.get("status") != "FAILED"
    return bool(count <= named)


def line_of_file(line: int, without: Sequence[int]) -> int:
    """The line of the file that is line `line` of what was sent of it.

    :param without: the lines that were left out, ascending
    """
    found = line
    while (following := line + bisect_right(without, found)) != found:
        found = following
    return found
