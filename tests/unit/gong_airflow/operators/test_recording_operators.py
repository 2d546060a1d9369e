"""Each step of a recording against the emulator and a real drop folder: progress, refusals, repetition."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred

from gong_airflow.errors import (
    GongCredentialsError,
    GongInputError,
    GongRecordingLostError,
    GongTakenOverError,
    GongUnavailableError,
)
from gong_airflow.hooks.gong import GongHook
from gong_airflow.operators.recordings import (
    CheckRecordingOperator,
    FileRecordingOperator,
    FindRecordingsOperator,
    GongAddCallOperator,
    GongUploadMediaOperator,
    GongWaitForCallOperator,
    ReportRejectedOperator,
)
from include.recordings import DropFolder
from tests.support.emulator import Emulator
from tests.support.recordings import make_media, make_metadata
from tests.support.waiting import wait_until

POST, PUT, GET = "/v2/calls", "/v2/calls/{id}/media", "/v2/calls/{id}"
Make = Callable[..., GongHook]


class Flow:
    """The steps of recordings in one run, as the DAG chains them."""

    def __init__(self, emulator: Emulator, make_hook: Make, folder: Path, run_id: str = "run 1") -> None:
        self.emulator = emulator
        self.make_hook = make_hook
        self.incoming = folder / "incoming"
        self.incoming.mkdir(exist_ok=True)
        self.base = folder
        self.at_work: set[str] = set()
        self.run_id = run_id

    @property
    def folder(self) -> DropFolder:
        """As each task has it: new, with nothing remembered."""
        return DropFolder(self.incoming.as_uri(), settle_seconds=0, marker="")

    @property
    def context(self) -> dict[str, Any]:
        def count(*, dag_id: str, run_ids: list[str], states: list[str]) -> int:
            return len(self.at_work & set(run_ids))

        ti = SimpleNamespace(get_dr_count=count, rendered_map_index="a")
        task = SimpleNamespace(map_index_template=None)
        run = SimpleNamespace(run_id=self.run_id, dag_id="gong_recordings")
        return {"run_id": self.run_id, "dag_run": run, "ti": ti, "task": task}

    @property
    def user(self) -> str:
        return self.emulator.importing_user()

    def put(self, name: str, media: bytes | None = None, *, seed: int = 1, **changes: Any) -> dict[str, Any]:
        document = make_metadata(self.user, seed=seed, **changes)
        (self.incoming / f"{name}.json").write_text(json.dumps(document))
        (self.incoming / f"{name}.wav").write_bytes(make_media("WAV", seed=seed) if media is None else media)
        return document

    def find(self, **kwargs: Any) -> list[dict[str, Any]]:
        return self.run(FindRecordingsOperator(task_id="find", folder=self.folder, **kwargs))

    def run(self, operator: Any) -> Any:
        operator.hook = self.make_hook()
        return operator.execute(self.context)

    def step(self, kind: Any, recording: dict[str, Any], **kwargs: Any) -> Any:
        operator = kind(task_id="step", recording=recording, folder=self.folder, **kwargs)
        self.last = operator
        return self.run(operator)

    def check(self, recording: dict[str, Any], **kwargs: Any) -> Any:
        return self.step(CheckRecordingOperator, recording, **kwargs)

    def add(self, recording: dict[str, Any]) -> str:
        return str(self.step(GongAddCallOperator, recording))

    def upload(self, recording: dict[str, Any], call_id: str) -> None:
        self.step(GongUploadMediaOperator, recording, call_id=call_id)

    def wait(self, recording: dict[str, Any], call_id: str, **kwargs: Any) -> Any:
        return self.step(GongWaitForCallOperator, recording, call_id=call_id, **kwargs)

    def through(self, recording: dict[str, Any]) -> str:
        """All steps up to the upload."""
        self.check(recording)
        call_id = self.add(recording)
        self.upload(recording, call_id)
        return call_id

    def requests(self, template: str) -> list[dict[str, Any]]:
        method = "PUT" if template == PUT else "POST" if template == POST else "GET"
        return [r for r in self.emulator.requests() if (r["method"], r["operation"]) == (method, template)]

    def reasons(self) -> str:
        return "\n".join(path.read_text() for path in (self.base / "rejected").rglob("*.reason.txt"))

    def receipts(self) -> list[dict[str, Any]]:
        return list(self.folder.all_receipts())


@pytest.fixture
def flow(emulator: Emulator, make_hook: Make, tmp_path: Path) -> Flow:
    emulator.upload_settings(processing_seconds=240)
    return Flow(emulator, make_hook, tmp_path)


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which it is served."""
    folder = tmp_path_factory.mktemp("served")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_recording_arrives_as_it_was_dropped(flow: Flow) -> None:
    media = make_media("WAV", seed=7)
    document = flow.put("a", media, tomorrow={"unknown": [1]})
    (recording,) = flow.find()
    call_id = flow.through(recording)
    with pytest.raises(TaskDeferred):
        flow.wait(recording, call_id, first_pause=timedelta(0))
    flow.emulator.advance(240)
    assert flow.wait(recording, call_id, first_pause=timedelta(0)) == call_id
    flow.step(FileRecordingOperator, recording, call_id=call_id)
    digest = hashlib.sha256(media).hexdigest()
    (upload,) = flow.emulator.uploads()
    assert (upload["sha256"], upload["state"], upload["callId"]) == (digest, "visible", call_id)
    assert upload["body"] == {**document, "clientUniqueId": digest}
    assert upload["fileName"] == "recording.wav"
    (receipt,) = flow.receipts()
    assert receipt["status"] == "done"
    assert receipt["call_id"] == call_id
    assert receipt["media_sha256"] == digest
    assert receipt["client_unique_id"] == digest
    assert receipt["media_source"] == "media"
    assert receipt["media_format"] == "WAV"
    assert receipt["was_in_gong"] is False
    assert {"accepted_at", "uploaded_at", "visible_at", "primary_user_id", "actual_start"} <= set(receipt)
    assert (flow.base / "done" / call_id / "recording.wav").read_bytes() == media
    assert list(flow.incoming.iterdir()) == []
    assert len(flow.emulator.requests()) == 4


def test_two_bad_parts_are_told_at_once_and_nothing_is_sent(flow: Flow) -> None:
    flow.put("a", b"no media", actualStart="2026-11-20T14:30:00", direction="Sideways")
    (recording,) = flow.find()
    with pytest.raises(AirflowSkipException):
        flow.check(recording)
    for part in ("actualStart: has no time zone", "direction: ", "The media file is not WAV"):
        assert part in flow.reasons()
    assert " - rejected: " in flow.last.label
    assert flow.emulator.requests() == []
    assert flow.find() == []


def test_check_only_tells_and_leaves_everything_where_it_is(flow: Flow) -> None:
    flow.put("a")
    flow.put("b", b"")
    before = sorted(path.name for path in flow.incoming.iterdir())
    verdicts = {}
    for recording in flow.find():
        with pytest.raises(AirflowSkipException):
            flow.check(recording, check_only="True")
        verdicts[recording["label"]] = flow.last.label
    assert verdicts["a"] == "a - would be sent"
    assert verdicts["b"].startswith("b - would be rejected: The media file is empty")
    assert sorted(path.name for path in flow.incoming.iterdir()) == before
    assert len(flow.find()) == 2


@pytest.mark.parametrize("path", [POST, PUT])
@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_an_answer_that_is_lost_changes_nothing(flow: Flow, path: str, kind: str) -> None:
    flow.emulator.fault(kind, path=path)
    flow.put("a")
    (recording,) = flow.find()
    flow.through(recording)
    (upload,) = flow.emulator.uploads()
    assert upload["state"] == "processing"
    assert len(flow.requests(path)) == 2
    assert len(flow.emulator.requests()) == 3


def test_a_connection_lost_in_the_middle_starts_the_media_again_and_nothing_else(flow: Flow) -> None:
    flow.emulator.fault("reset_request", path=PUT, after_bytes=200_000)
    flow.put("a")
    (recording,) = flow.find()
    flow.through(recording)
    (upload,) = flow.emulator.uploads()
    assert upload["sha256"] == hashlib.sha256(make_media("WAV", seed=1)).hexdigest()
    assert [len(flow.requests(path)) for path in (POST, PUT)] == [1, 2]


def test_every_step_may_be_repeated_as_often_as_one_likes(flow: Flow) -> None:
    flow.put("a")
    (recording,) = flow.find()
    assert flow.find() == [recording]
    for _ in range(2):
        flow.check(recording)
    call_id = flow.add(recording)
    assert flow.add(recording) == call_id
    for _ in range(2):
        flow.upload(recording, call_id)
    flow.emulator.advance(240)
    for _ in range(2):
        flow.wait(recording, call_id, first_pause=timedelta(0))
    for _ in range(2):
        flow.step(FileRecordingOperator, recording, call_id=call_id)
    assert len(flow.emulator.uploads()) == len(flow.receipts()) == 1
    assert len(flow.requests(PUT)) == 1


def test_a_run_that_died_hands_its_recordings_on_with_what_it_knew(flow: Flow) -> None:
    flow.put("a")
    (recording,) = flow.find()
    call_id = flow.through(recording)
    flow.at_work = {"run 1"}
    flow.run_id = "run 2"
    assert flow.find() == []
    flow.at_work = set()
    assert flow.find() == [recording]
    assert flow.add(recording) == call_id
    flow.upload(recording, call_id)
    assert [len(flow.requests(path)) for path in (POST, PUT)] == [1, 1]
    assert flow.folder.facts(recording, "run 2")["was_in_gong"] is False
    flow.run_id = "run 1"
    with pytest.raises(GongTakenOverError):
        flow.upload(recording, call_id)


def test_a_known_id_gives_the_call_and_the_media_that_it_has(flow: Flow) -> None:
    """The id that Gong quotes may look like its sentence, and be as long as Gong allows."""
    unique = ("has already been posted for the call 666 " * 60)[:2048]
    media = make_media("WAV", seed=1)
    flow.put("a", media, clientUniqueId=unique)
    (first,) = flow.find()
    call_id = flow.through(first)
    flow.put("b", media, clientUniqueId=unique, title="Other")
    (second,) = (r for r in flow.find() if r["label"] == "b")
    assert flow.through(second) == call_id
    assert flow.folder.facts(second, flow.run_id)["was_in_gong"] is True
    assert len(flow.emulator.uploads()) == 1


@pytest.mark.parametrize("bare", [False, True], ids=["with the call", "Bad request"])
def test_the_same_media_under_another_call_is_told_as_what_it_is(flow: Flow, bare: bool) -> None:
    flow.emulator.upload_settings(bare_duplicate_text=bare)
    media = make_media("WAV", seed=1)
    flow.put("a", media, clientUniqueId="one")
    (first,) = flow.find()
    call_id = flow.through(first)
    flow.put("b", media, clientUniqueId="two")
    (second,) = (r for r in flow.find() if r["label"] == "b")
    flow.check(second)
    other = flow.add(second)
    with pytest.raises(AirflowSkipException):
        flow.upload(second, other)
    said = "gives no reason; it answers like this when the same media" if bare else f"as call {call_id}"
    assert said in flow.reasons()


def test_a_primary_user_who_is_not_imported_is_named(flow: Flow) -> None:
    host = flow.user
    flow.put("a")
    flow.emulator.edit_user(host, telephonyCallsImported=False)
    (recording,) = flow.find()
    flow.check(recording)
    with pytest.raises(AirflowSkipException):
        flow.add(recording)
    assert f"The primary user {host} is not set for recording import" in flow.reasons()


@pytest.mark.parametrize(
    ("status", "kind"), [(401, GongCredentialsError), (404, GongInputError), (503, GongUnavailableError)]
)
def test_what_is_not_the_recordings_fault_rejects_nothing(flow: Flow, status: int, kind: Any) -> None:
    flow.put("a")
    (recording,) = flow.find()
    flow.check(recording)
    flow.emulator.fault("status", path=POST, status=status, errors=["Not this recording"], times=None)
    with pytest.raises(kind):
        flow.add(recording)
    assert flow.receipts() == []
    assert len(list(flow.incoming.iterdir())) == 2


def test_a_file_that_grew_after_it_was_found_is_not_sent(flow: Flow) -> None:
    flow.put("a")
    (recording,) = flow.find()
    flow.check(recording)
    call_id = flow.add(recording)
    with (flow.incoming / "a.wav").open("ab") as file:
        file.write(b"more")
    with pytest.raises((GongInputError, AirflowSkipException)):
        flow.upload(recording, call_id)
    assert flow.requests(PUT) == []


def test_gong_fetches_what_it_is_given_an_address_for(flow: Flow, served: tuple[Path, str]) -> None:
    folder, url = served
    media = make_media("WAV", seed=1)
    (folder / "call.wav").write_bytes(media)
    document = make_metadata(flow.user, seed=1, downloadMediaUrl=f"{url}/call.wav?signature=secret")
    (flow.incoming / "a.json").write_text(json.dumps(document))
    (recording,) = flow.find()
    call_id = flow.through(recording)
    assert flow.requests(PUT) == []
    wait_until("Gong to fetch it", lambda: flow.emulator.uploads()[0]["sha256"], every=0.05)
    flow.emulator.advance(240)
    flow.wait(recording, call_id, first_pause=timedelta(0))
    flow.step(FileRecordingOperator, recording, call_id=call_id)
    (upload,) = flow.emulator.uploads()
    assert (upload["sha256"], upload["state"]) == (hashlib.sha256(media).hexdigest(), "visible")
    (receipt,) = flow.receipts()
    assert (receipt["status"], receipt["media_source"]) == ("done", "downloadMediaUrl")
    assert [path.name for path in (flow.base / "done" / call_id).iterdir()] == ["metadata.json"]


def test_the_pauses_grow_with_the_time_that_has_passed(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.put("a")
    (recording,) = flow.find()
    call_id = flow.through(recording)
    uploaded_at = pendulum.parse(flow.folder.facts(recording, flow.run_id)["uploaded_at"])
    now, looks = uploaded_at, []
    while True:
        monkeypatch.setattr("gong_airflow.operators.recordings.wait.pendulum.now", lambda zone, now=now: now)
        try:
            flow.wait(recording, call_id)
        except TaskDeferred as deferred:
            now = deferred.trigger.moment
            looks.append(round((now - uploaded_at).total_seconds() / 60, 1))
        except GongRecordingLostError as error:
            assert "does not show it 1 day later" in str(error)
            for reason in ("too short", "silence", "no human speech", "import", "came before"):
                assert reason in str(error)
            break
    assert looks[:5] == [1.0, 2.0, 3.2, 5.1, 8.2]
    assert looks[-1] == 24 * 60
    pauses = [later - earlier for earlier, later in itertools.pairwise(looks)]
    assert max(pauses) <= 60.1
    assert len(flow.requests(GET)) == len(looks) < 40
    # What Gong has lost lies beside its reason; if it turns up after all, clearing the task files it.
    assert "too short" in flow.reasons()
    flow.emulator.advance(240)
    assert flow.wait(recording, call_id) == call_id
    flow.step(FileRecordingOperator, recording, call_id=call_id)
    assert flow.reasons() == ""
    assert [receipt["status"] for receipt in flow.receipts()] == ["done"]


def test_files_that_still_change_are_looked_at_twice(flow: Flow) -> None:
    flow.put("a")
    operator = FindRecordingsOperator(
        task_id="find", folder=DropFolder(flow.incoming.as_uri(), settle_seconds=3600, marker="")
    )
    with pytest.raises(TaskDeferred) as deferred:
        flow.run(operator)
    assert deferred.value.method_name == "wake"
    assert (deferred.value.trigger.moment - pendulum.now("UTC")).total_seconds() == pytest.approx(
        3600, abs=60
    )
    # Still not an hour: the next run will see.
    assert operator.wake(flow.context, {}) == []


def test_the_report_tells_people_once_of_all_that_was_rejected(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("gong_airflow.alerts.deliver", lambda alert, context: told.append(alert))
    for name in ("a", "b +15550104242"):
        flow.put(name, b"")
    flow.put("c")
    recordings = flow.find()
    for recording in recordings[:2]:
        with pytest.raises(AirflowSkipException):
            flow.check(recording)
    report = ReportRejectedOperator(task_id="report", recordings=recordings, folder=flow.folder)
    context = {**flow.context, "dag": SimpleNamespace(dag_id="gong_recordings")}
    assert report.execute(context) == 2
    (alert,) = told
    assert alert.subject == "Gong: gong_recordings rejected 2 recordings"
    assert "The media file is empty" in alert.text
    assert "5550104242" not in alert.text + alert.html
    # Another run's rejections are that run's news.
    flow.run_id = "run 2"
    assert report.execute({**context, "run_id": "run 2"}) == 0
    assert len(told) == 1
