"""A stream that Gong refuses is skipped and told; everything else fails as ever."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from gong_airflow import unread
from gong_airflow.answers import read_answer
from gong_airflow.errors import GongCredentialsError, GongError, GongTokenExpiredError, GongUnavailableError
from gong_airflow.streams import STREAMS
from gong_airflow.unread import NOT_READ, lacking, report_unread, sentence

USERS, TASKS, COACHING = STREAMS["users"], STREAMS["tasks"], STREAMS["coaching"]
SCOPE = "You don't have permission to use 'api:tasks:read' in your app."
INTERNAL = "Internal server error occurred"


def error_of(status: int, said: str | None, operation: str = TASKS.operation) -> GongError:
    """What the hook makes of an answer; without a sentence it is none of Gong's envelope."""
    body = json.dumps({"requestId": "4al018gzaztcr8nbukw", "errors": [said]}) if said else "<html>502</html>"
    with pytest.raises(GongError) as raised:
        read_answer(operation, status, {}, body.encode())
    return raised.value


def gave_up() -> GongError:
    return GongUnavailableError("Gong did not answer in time", operation=TASKS.operation)


REFUSED = [
    (TASKS, error_of(401, SCOPE), 1, "scope api:tasks:read"),
    (USERS, error_of(401, SCOPE), 1, "scope api:tasks:read"),
    (TASKS, error_of(403, "Forbidden"), 1, "Gong Engage and scope api:tasks:read"),
    (USERS, error_of(403, "Forbidden"), 1, "scope api:users:read"),
    (COACHING, error_of(403, "Access denied"), 2, "Gong's coaching and scope api:coaching:read"),
    (TASKS, error_of(500, INTERNAL), 2, "Gong Engage"),
    (TASKS, error_of(500, INTERNAL), 3, "Gong Engage"),
]
FAILED = [
    (TASKS, error_of(500, INTERNAL), 1),
    (USERS, error_of(500, INTERNAL), 2),
    (TASKS, error_of(500, None), 2),
    (TASKS, error_of(502, None), 2),
    (TASKS, error_of(503, "Service unavailable"), 2),
    (TASKS, error_of(401, "Unauthorized"), 2),
    (TASKS, error_of(400, "Bad request"), 2),
    (TASKS, error_of(404, "User 1 was not found"), 2),
    (TASKS, error_of(404, None), 2),
    (TASKS, error_of(429, "Too many requests"), 2),
    (TASKS, gave_up(), 2),
    (TASKS, GongTokenExpiredError("Gong does not take the access token", status=401), 2),
]


@pytest.mark.parametrize(("stream", "error", "try_number", "wants"), REFUSED)
def test_what_is_a_refusal_for_want_of_something(
    stream: Any, error: GongError, try_number: int, wants: str
) -> None:
    assert lacking(stream, error, try_number) == {
        "stream": stream.name,
        "operation": stream.operation,
        "status": error.status,
        "request_id": "4al018gzaztcr8nbukw",
        "wants": wants,
    }


@pytest.mark.parametrize(("stream", "error", "try_number"), FAILED)
def test_what_is_none(stream: Any, error: GongError, try_number: int) -> None:
    assert lacking(stream, error, try_number) is None


def test_the_sentence_names_stream_status_operation_and_what_gong_wants() -> None:
    refusal = lacking(TASKS, error_of(500, INTERNAL), 2)
    assert refusal is not None
    assert sentence(refusal) == (
        "tasks was not read: Gong answers 500 (POST /v2/tasks, Gong request id 4al018gzaztcr8nbukw)."
        " It wants Gong Engage"
    )


class Run:
    """The end of runs of one flow, and what people were told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept: dict[str, Any] = {}
        self.told: list[list[tuple[str, str]]] = []
        monkeypatch.setattr(unread, "streams_not_read", lambda context, news: self.told.append(list(news)))

    def end(self, refused: dict[str, GongError], read: tuple[str, ...] = ("users",)) -> dict[str, str]:
        """:param refused: error by stream; the others are read"""
        xcoms: dict[tuple[str, str], Any] = {
            (f"extract.{name}", "return_value"): {"records": 1} for name in read
        }
        for name, error in refused.items():
            xcoms[(f"extract.{name}", NOT_READ)] = lacking(STREAMS[name], error, 2)
        ti = SimpleNamespace(xcom_pull=lambda task_ids, key="return_value": xcoms.get((task_ids, key)))
        store = SimpleNamespace(get=self.kept.get, set=self.kept.__setitem__)
        names = [f"extract.{name}" for name in ("users", "tasks", "coaching")]
        return report_unread({"ti": ti, "asset_state_store": {"asset": store}}, "asset", names)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(monkeypatch)


def test_the_run_says_at_its_end_what_was_not_read(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = run.end({"tasks": error_of(500, INTERNAL), "coaching": error_of(403, "Forbidden")})
    assert found == {"tasks": "Gong Engage", "coaching": "Gong's coaching and scope api:coaching:read"}
    assert [line for line in caplog.messages if "was not read" in line] == [
        f"{sentence(lacking(TASKS, error_of(500, INTERNAL), 2) or {})}.",
        f"{sentence(lacking(COACHING, error_of(403, 'Forbidden'), 2) or {})}.",
    ]


def test_what_hangs_on_it_is_told_too(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = run.end({"users": error_of(403, "Forbidden")}, read=("coaching",))
    wants = "scope api:users:read"
    assert found == {"users": wants, "coaching": wants, "tasks": wants}
    assert "tasks was not read either, as it is read for the records of users." in caplog.messages


def test_people_are_told_of_news_only(run: Run) -> None:
    engage, coaching = {"tasks": error_of(500, INTERNAL)}, {"coaching": error_of(403, "Forbidden")}
    run.end(engage)
    run.end(engage)
    assert run.told == [[("tasks", "Gong Engage")]]
    run.end({**engage, **coaching})
    assert run.told[1:] == [[("coaching", "Gong's coaching and scope api:coaching:read")]]
    run.end({}, read=("users", "tasks", "coaching"))
    assert len(run.told) == 2
    assert run.kept[NOT_READ] == {}
    run.end(engage)
    assert len(run.told) == 3


def test_nothing_refused_is_nothing_told(run: Run) -> None:
    assert run.end({}) == {}
    assert (run.told, run.kept) == ([], {})
    assert run.end({}, read=()) == {}


def test_a_run_that_is_refused_everything_fails(run: Run) -> None:
    with pytest.raises(GongCredentialsError, match="refused every stream") as raised:
        run.end({"users": error_of(403, "Forbidden"), "tasks": error_of(403, "Forbidden")}, read=())
    assert raised.value.status == 403
    assert run.told
