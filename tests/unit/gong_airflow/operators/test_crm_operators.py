"""The steps of CRM records against the emulator and a real outbox: progress, refusals, repetition, kills."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.sdk.exceptions import TaskDeferred

from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongInputError,
    GongProtocolError,
    GongUnavailableError,
)
from gong_airflow.hooks.gong import GongHook
from gong_airflow.operators.crm import (
    GongRegisterIntegrationOperator,
    GongUploadRecordsOperator,
    GongWaitForRecordsOperator,
)
from include.crm.outbox import Outbox
from tests.support.emulator import Emulator

UPLOAD, STATUS = "/v2/crm/entities", "/v2/crm/request-status"
Make = Callable[..., GongHook]


class Killed(BaseException):
    """The process ends here."""


class Flow:
    """The steps of files of records in one run, as the DAG chains them."""

    def __init__(self, emulator: Emulator, make_hook: Make, folder: Path) -> None:
        self.emulator = emulator
        self.make_hook = make_hook
        self.url = folder.as_uri()
        self.run_id = "run 1"
        self.hook: Any = None
        self._integration = ""

    @property
    def outbox(self) -> Outbox:
        """As each task has it: new, with nothing remembered."""
        return Outbox(url=self.url)

    @property
    def context(self) -> dict[str, Any]:
        ti = SimpleNamespace(rendered_map_index="a", try_number=1)
        task = SimpleNamespace(map_index_template=None)
        return {"run_id": self.run_id, "ti": ti, "task": task}

    @property
    def integration(self) -> str:
        if not self._integration:
            self._integration = self.run(
                GongRegisterIntegrationOperator(
                    task_id="register", integration_id="", name="Ours", owner_email="jane.doe@example.com"
                )
            )
        return self._integration

    def run(self, operator: Any) -> Any:
        self.last = operator
        operator.hook = self.hook or self.make_hook()
        return operator.execute(self.context)

    def put(self, *lines: Any, object_type: str = "ACCOUNT", digest: str = "ab") -> dict[str, Any]:
        """A file in the outbox; its reference."""
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        content = "".join(f"{text}\n" for text in texts).encode()
        with self.outbox.draft(object_type, self.run_id) as draft:
            (draft.folder / "part-0001.ldjson").write_bytes(content)
            part = {"part": "part-0001", "rows": len(lines), "bytes": len(content), "digest": digest}
            manifest = {"object_type": object_type, "run_id": self.run_id, "began": "b", "parts": [part]}
            (file,) = draft.publish(manifest)
        return file

    def upload(self, file: dict[str, Any]) -> Any:
        return self.run(
            GongUploadRecordsOperator(
                task_id="upload", file=file, outbox=self.outbox, integration_id=self.integration
            )
        )

    def wait(self, file: dict[str, Any], **kwargs: Any) -> Any:
        given = {"first_pause": timedelta(0), **kwargs}
        return self.run(
            GongWaitForRecordsOperator(
                task_id="wait", file=file, outbox=self.outbox, integration_id=self.integration, **given
            )
        )

    def finish(self, file: dict[str, Any]) -> Any:
        """Wait until it is over, however many rounds it takes."""
        while True:
            try:
                return self.wait(file)
            except TaskDeferred:
                self.emulator.advance(60)

    def facts(self, file: dict[str, Any]) -> dict[str, Any]:
        return self.outbox.facts(file)

    def requests(self, path: str, method: str = "") -> list[dict[str, Any]]:
        found = [r for r in self.emulator.requests() if r["operation"] == path]
        return [r for r in found if not method or r["method"] == method]

    def held(self, object_type: str = "ACCOUNT") -> set[str]:
        return set(self.emulator.crm()["objects"][object_type])


def account(number: int, **fields: Any) -> dict[str, Any]:
    return {"objectId": f"a-{number}", "modifiedDate": "2026-11-20T10:00:00Z", **fields}


def bad(number: int) -> dict[str, Any]:
    """Gong wants a time."""
    return account(number, modifiedDate="yesterday")


@pytest.fixture
def flow(emulator: Emulator, make_hook: Make, tmp_path: Path) -> Flow:
    return Flow(emulator, make_hook, tmp_path)


def test_records_arrive_and_counts_come_back(flow: Flow) -> None:
    file = flow.put(*(account(number, name='Ünïcode "quoted"') for number in range(50)))
    assert flow.upload(file) == file
    with pytest.raises(TaskDeferred):
        flow.wait(file)
    counts = flow.finish(file)
    assert counts == {"object_type": "ACCOUNT", "rows": 50, "taken": 50, "refused": 0, "undecided": 0}
    held = flow.emulator.crm()["objects"]["ACCOUNT"]
    assert len(held) == 50
    assert held["a-7"]["name"] == 'Ünïcode "quoted"'
    facts = flow.facts(file)
    assert facts["result"] == {"status": "DONE", "refused": [], "general": [], "undecided": False}
    assert facts["integration_id"] == flow.integration
    assert facts["attempted_at"]
    assert len(flow.requests(UPLOAD)) == 1


def test_every_step_may_be_repeated_as_often_as_one_likes(flow: Flow) -> None:
    file = flow.put(account(1), bad(2))
    for _ in range(3):
        flow.upload(file)
    flow.emulator.advance(60)
    counts = flow.finish(file)
    looks = len(flow.requests(STATUS))
    for _ in range(2):
        flow.upload(file)
        assert flow.finish(file) == counts
    assert (len(flow.requests(UPLOAD)), len(flow.requests(STATUS))) == (1, looks)


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
@pytest.mark.parametrize("path", [UPLOAD, STATUS])
def test_an_answer_that_is_lost_changes_nothing(flow: Flow, path: str, kind: str) -> None:
    file = flow.put(account(1), account(2))
    assert flow.integration
    flow.emulator.fault(kind, path=path)
    flow.upload(file)
    flow.emulator.advance(60)
    assert flow.finish(file)["taken"] == 2
    (request,) = flow.emulator.crm()["requests"]
    assert request["status"] == "DONE"
    assert len(flow.requests(path)) == 2


def test_a_connection_lost_in_the_middle_starts_the_file_again(flow: Flow) -> None:
    file = flow.put(*(account(number, name="x" * 200) for number in range(3000)))
    assert flow.integration
    flow.emulator.fault("reset_request", path=UPLOAD, after_bytes=200_000)
    flow.upload(file)
    assert flow.finish(file)["taken"] == 3000
    assert [request["lines"] for request in flow.emulator.crm()["requests"]] == [3000]


def test_lines_that_gong_refuses_are_those_of_the_file(flow: Flow) -> None:
    lines = [bad(number) if number in (3, 9) else account(number) for number in range(1, 11)]
    file = flow.put(*lines)
    flow.upload(file)
    counts = flow.finish(file)
    assert (counts["taken"], counts["refused"]) == (8, 2)
    refused = flow.facts(file)["result"]["refused"]
    assert [line for line, _ in refused] == [3, 9]
    assert all("modifiedDate" in said for _, said in refused)
    assert flow.held() == {f"a-{number}" for number in range(1, 11) if number not in (3, 9)}
    assert len(flow.requests(UPLOAD)) == 1


def test_fifty_bad_lines_are_all_found_in_three_rounds(flow: Flow) -> None:
    lines = [bad(number) if number % 2 else account(number) for number in range(1, 101)]
    file = flow.put(*lines)
    flow.upload(file)
    counts = flow.finish(file)
    assert (counts["taken"], counts["refused"]) == (50, 50)
    facts = flow.facts(file)
    assert [line for line, _ in facts["result"]["refused"]] == list(range(1, 101, 2))
    assert [len(one["without"]) for one in facts["rounds"]] == [0, 20, 40]
    names = [one["client_request_id"] for one in facts["rounds"]]
    assert [request["clientRequestId"] for request in flow.emulator.crm()["requests"]] == names
    assert [request["lines"] for request in flow.emulator.crm()["requests"]] == [100, 80, 60]
    assert len(flow.held()) == 50


def test_every_round_is_noted_before_it_is_sent(flow: Flow) -> None:
    """Whoever comes after a kill must know what may have been sent, not guess it from Gong's answers."""
    file = flow.put(*(bad(number) for number in range(50)), account(50))
    assert flow.integration
    flow.hook = flow.make_hook()
    call, noted = flow.hook.call, []

    def spying(operation: str, **kwargs: Any) -> Any:
        if operation == f"POST {UPLOAD}":
            facts = flow.facts(file)
            assert facts["attempted_at"]
            assert facts["rounds"][-1]["client_request_id"] == kwargs["params"]["clientRequestId"]
            noted.append(facts["rounds"][-1]["without"])
        return call(operation, **kwargs)

    flow.hook.call = spying
    flow.upload(file)
    assert flow.finish(file)["taken"] == 1
    assert [len(without) for without in noted] == [0, 20, 40]


def test_too_many_bad_lines_end_undecided_and_say_so_again(flow: Flow) -> None:
    file = flow.put(*(bad(number) for number in range(250)))
    flow.upload(file)
    for _ in range(2):
        with pytest.raises(GongInputError, match="not known what Gong took of 50 rows"):
            flow.finish(file)
    result = flow.facts(file)["result"]
    assert (len(result["refused"]), result["undecided"]) == (200, True)
    assert len(flow.requests(UPLOAD)) == 10


def test_a_file_of_bad_lines_only_is_not_sent_again(flow: Flow) -> None:
    file = flow.put(*(bad(number) for number in range(40)))
    flow.upload(file)
    assert flow.finish(file)["refused"] == 40
    assert len(flow.requests(UPLOAD)) == 2


def test_a_general_error_is_told_and_told_again(flow: Flow) -> None:
    flow.emulator.crm_settings(fail_next=1)
    file = flow.put(account(1), account(2))
    flow.upload(file)
    with pytest.raises(GongInputError, match="unexpected error"):
        flow.finish(file)
    looks = len(flow.requests(STATUS))
    with pytest.raises(GongInputError, match="unexpected error"):
        flow.wait(file)
    assert len(flow.requests(STATUS)) == looks
    result = flow.facts(file)["result"]
    assert (result["status"], result["undecided"], result["refused"]) == ("FAILED", True, [])
    assert flow.last.label.startswith("ACCOUNT part 1, 2 rows - ACCOUNT part 1, 2 rows: it is not known")


def test_what_is_wrong_with_records_is_logged_without_persons(
    flow: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [account(number, emailAddress=f"{number} jane.doe@example.com x") for number in range(12)]
    file = flow.put(*lines, object_type="LEAD")
    flow.upload(file)
    assert flow.finish(file)["refused"] == 12
    told = capsys.readouterr().out
    assert "jane" not in told + json.dumps(flow.facts(file))
    assert told.count("Gong refused line") == 5
    assert "... and 7 more lines" in told


def test_gong_refuses_the_upload_itself_and_nothing_was_attempted(flow: Flow) -> None:
    file = flow.put(account(1))
    assert flow.integration
    flow.emulator.fault("status", path=UPLOAD, status=413, errors=["Too large"])
    with pytest.raises(GongInputError, match="Too large"):
        flow.upload(file)
    assert flow.outbox.leftovers("ACCOUNT")[0].attempted is False
    assert flow.upload(file) == file
    assert flow.outbox.leftovers("ACCOUNT")[0].attempted is True


@pytest.mark.parametrize(
    ("status", "kind"), [(401, GongCredentialsError), (503, GongUnavailableError), (409, GongInputError)]
)
def test_what_is_no_acceptance_is_an_error(flow: Flow, status: int, kind: Any) -> None:
    file = flow.put(account(1))
    assert flow.integration
    flow.emulator.fault("status", path=UPLOAD, status=status, errors=["Another conflict"], times=None)
    with pytest.raises(kind):
        flow.upload(file)
    assert not any(sent["accepted_at"] for sent in flow.facts(file)["rounds"])
    with pytest.raises(GongInputError, match="was not uploaded") if status == 409 else pytest.raises(kind):
        flow.wait(file)


def test_a_file_goes_to_one_integration_only(flow: Flow) -> None:
    file = flow.put(account(1))
    flow.upload(file)
    sent = len(flow.emulator.requests())
    for other, match in (
        ("123", "is now to go to 123"),
        ("None", "no integration"),
        (None, "no integration"),
    ):
        for kind in (GongUploadRecordsOperator, GongWaitForRecordsOperator):
            made = kind(task_id="other", file=file, outbox=flow.outbox, integration_id=other)
            with pytest.raises(GongConfigurationError, match=match):
                flow.run(made)
    assert len(flow.emulator.requests()) == sent


def test_the_pauses_grow_and_the_deadline_names_the_way_out(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.emulator.crm_settings(hold_next=1)
    file = flow.put(account(1))
    flow.upload(file)
    accepted_at = pendulum.parse(flow.facts(file)["rounds"][0]["accepted_at"])
    now, looks = accepted_at, []
    given = {"first_pause": timedelta(seconds=5)}
    while True:
        monkeypatch.setattr("gong_airflow.operators.crm.wait.pendulum.now", lambda zone, now=now: now)
        try:
            flow.wait(file, **given)
        except TaskDeferred as deferred:
            now = deferred.trigger.moment
            looks.append(round((now - accepted_at).total_seconds(), 1))
        except GongProtocolError as error:
            assert "1 day after it accepted the file" in str(error)
            assert file["batch"] in str(error)
            break
    assert looks[:5] == [5.0, 10.0, 16.0, 25.6, 41.0]
    assert looks[-1] == 24 * 3600
    assert max(later - earlier for earlier, later in itertools.pairwise(looks)) <= 600.1
    assert len(flow.requests(STATUS)) == len(looks) < 170
    # Nothing is decided: the next run goes on with it.
    assert "result" not in flow.facts(file)
    flow.emulator.crm_release()
    flow.emulator.advance(60)
    assert flow.wait(file, **given)["taken"] == 1


def test_a_status_that_nobody_knows_yet_is_waited_for(flow: Flow) -> None:
    file = flow.put(account(1))
    flow.upload(file)
    flow.emulator.advance(60)
    flow.hook = flow.make_hook()
    call = flow.hook.call

    def changed(operation: str, **kwargs: Any) -> Any:
        answer = call(operation, **kwargs)
        answer.body.update(status="Archiving", errors=None)
        return answer

    flow.hook.call = changed
    with pytest.raises(TaskDeferred):
        flow.wait(file)
    assert "ARCHIVING" in flow.last.label
    flow.hook = None
    assert flow.wait(file)["taken"] == 1


def test_a_request_that_gong_does_not_know_is_waited_for_a_while(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = flow.put(account(1))
    flow.upload(file)
    rounds = flow.facts(file)["rounds"]
    flow.outbox.note(file, rounds=[{**rounds[0], "client_request_id": "ACCOUNT-unknown"}])
    with pytest.raises(TaskDeferred):
        flow.wait(file)
    assert "result" not in flow.facts(file)
    later = pendulum.now("UTC").add(minutes=11)
    monkeypatch.setattr("gong_airflow.operators.crm.wait.pendulum.now", lambda zone: later)
    with pytest.raises(GongInputError, match="Gong does not know the request"):
        flow.wait(file)
    assert flow.facts(file)["result"]["undecided"] is True


def test_killed_after_every_request_and_every_note_gong_holds_each_file_once(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """45 bad lines of 60: three rounds. The n-th step of all is the last one, for every n."""
    lines = [bad(number) if number <= 45 else account(number) for number in range(1, 61)]
    assert flow.integration
    note = Outbox.note
    kills = 0
    for last in itertools.count(1):
        flow.run_id = f"run {last}"
        file = flow.put(*lines, digest=f"{last:04x}")
        left = [last]

        def count(done: Any, left: list[int] = left) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return done

        def noting(outbox: Outbox, *args: Any, count: Any = count, **facts: Any) -> None:
            count(note(outbox, *args, **facts))

        flow.hook = flow.make_hook()
        call = flow.hook.call
        flow.hook.call = lambda *args, call=call, count=count, **given: count(call(*args, **given))
        monkeypatch.setattr(Outbox, "note", noting)
        before = len(flow.emulator.crm()["requests"])
        while True:
            try:
                flow.upload(file)
                counts = flow.finish(file)
                break
            except Killed:
                kills += 1
        monkeypatch.setattr(Outbox, "note", note)
        assert (counts["taken"], counts["refused"]) == (15, 45)
        requests = flow.emulator.crm()["requests"][before:]
        assert [request["lines"] for request in requests] == [60, 40, 20]
        assert [len(one["without"]) for one in flow.facts(file)["rounds"]] == [0, 20, 40]
        if left[0] > 0:
            break
    assert kills == last - 1
    assert kills > 10
    assert len(flow.held()) == 15
