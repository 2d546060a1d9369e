"""What a person reads while the flow runs, when it fails, and at the end."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from include.local import flow, readiness, report
from include.local.api import ApiError
from include.local.errors import FlowError

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)


class Api:
    """Answers by the last known word of a path; of a list, one by one, and its last one for ever."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def get(self, path: str) -> Any:
        self.asked.append(path)
        key = max((key for key in self.answers if key in path), key=path.rfind)
        answer = self.answers[key]
        if isinstance(answer, list) and len(answer) > 1:
            answer = answer.pop(0)
        elif isinstance(answer, list):
            answer = answer[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def all(self, path: str, collection: str) -> Any:
        return self.get(path)[collection]

    def wake(self) -> None:
        self.asked.append("wake")


def task(name: str, state: str | None, started: str | None = None, index: int = -1) -> dict[str, Any]:
    when = {"start_date": started, "end_date": started}
    return {"task_id": name, "state": state, "map_index": index, "try_number": 2, **when}


def nothing() -> None:
    """A supervisor whose components are all there."""


def test_progress_counts_mapped_tasks() -> None:
    extracts = [
        task("extract", state, "2", index) for index, state in enumerate(["success", "success", "running"])
    ]
    tasks = [task("load", None), *extracts, task("plan", "success", "1")]
    assert flow.progress(tasks) == "plan success, extract 3: 2 success 1 running, load waiting"


def test_a_failed_run_names_the_task_and_its_error() -> None:
    log = [
        {"event": "Reading", "level": "info"},
        {
            "event": "Task failed with exception",
            "level": "error",
            "error_detail": [{"exc_type": "GongInputError", "exc_value": "no such field"}],
        },
    ]
    tasks = [
        task("extract", "failed", "2026-11-22T10:00:02Z", 3),
        task("extract", "failed", "2026-11-22T10:00:01Z", 1),
        task("load", "upstream_failed"),
    ]
    api = Api(dagRuns={"state": "failed"}, taskInstances={"task_instances": tasks}, logs={"content": log})
    with pytest.raises(FlowError) as raised:
        flow.follow(api, {"gong_calls": "run:1"}, nothing)  # type: ignore[arg-type]
    assert "Task extract[1] of gong_calls failed (2 tasks failed" in str(raised.value)
    assert "GongInputError: no such field" in str(raised.value)
    assert "Reading" not in str(raised.value)
    assert "/dagRuns/run%3A1/taskInstances/extract/logs/2?map_index=1" in api.asked[-1]


def test_a_log_without_errors_shows_its_end() -> None:
    assert flow.error_lines([{"event": f"line {n}"} for n in range(100)])[-1] == "line 99"
    assert flow.error_lines(["plain text"]) == ["plain text"]


def test_a_run_is_followed_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    states = [{"state": "queued"}, {"state": "success"}]
    api = Api(dagRuns=states, taskInstances={"task_instances": [task("plan", "success", "1")]})
    flow.follow(api, {"gong_calls": "run"}, nothing)  # type: ignore[arg-type]
    assert "plan success" in capsys.readouterr().out


def test_a_dag_file_that_cannot_be_imported_is_shown() -> None:
    errors = {"import_errors": [{"filename": "gong_calls.py", "stack_trace": "NameError: x"}]}
    api = Api(dags=ApiError("not found", 404), importErrors=errors)
    with pytest.raises(FlowError, match=r"gong_calls\.py:\nNameError"):
        readiness.wait_parsed(api, "gong_calls", NOW, nothing)  # type: ignore[arg-type]


def test_only_a_fresh_reading_of_the_dag_file_counts() -> None:
    read = {"has_import_errors": False, "is_stale": False}
    answers = [
        {**read, "last_parsed_time": "2026-11-21T23:59:59Z"},
        {**read, "last_parsed_time": "2026-11-22T00:00:01Z"},
    ]
    api = Api(dags=answers)
    readiness.wait_parsed(api, "gong_calls", NOW, nothing)  # type: ignore[arg-type]
    assert len(api.asked) == 2


def test_airflow_is_ready_when_its_scheduler_is() -> None:
    unhealthy = {"metadatabase": {"status": "healthy"}, "scheduler": {"status": None}}
    healthy = {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy"}}
    api = Api(health=[ApiError("refused", None), ApiError("no table yet", 500), unhealthy, healthy])
    readiness.wait_ready(api, nothing)  # type: ignore[arg-type]
    assert api.asked.count("/monitor/health") == 4


def test_the_report_sets_rows_beside_what_gong_holds() -> None:
    rows = {"call": 1490, "call_topic": 3, "deleted": 0}
    held = {"calls": 1490, "topics": 4, "transcripts": 1400, "unheardOf": 9}
    assert report.differing(rows, held) == ["call_topic"]
    assert report.table(rows, held).splitlines() == [
        "table             rows  Gong holds",
        "call             1,490       1,490",
        "call_topic           3           4  <- differs",
        "deleted              0",
        "Gong holds transcripts of 1,400 calls.",
    ]


def test_counts_are_read_from_behind_warnings() -> None:
    assert report.read_rows('a {warning}\n{\n "call": 3\n}\n') == {"call": 3}


def test_a_table_that_is_not_there_differs_from_what_gong_holds() -> None:
    assert report.differing({}, {"calls": 1}) == ["call"]


def test_a_real_gong_has_no_second_column() -> None:
    assert report.table({"call": 2}, None).splitlines() == ["table        rows", "call           2"]
