"""The drop folder as an object: settings, templates, facts, and reading media in constant memory."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator
from recordings_support import RUN, Box, LocalBox

from gong_airflow.recordings import RecordingFolder
from include import settings
from include.landing import LandingZone
from include.recordings import DropFolder
from include.recordings.errors import RecordingGoneError
from include.settings import SettingError

PROJECT = Path(__file__).resolve().parents[4]


def test_the_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path / "my data"))
    DropFolder().find(run_id=RUN, match="", limit=1, is_over=lambda run_id: True)
    assert (tmp_path / "my data" / "recordings" / "incoming").is_dir()
    monkeypatch.setenv("GONG_RECORDINGS_URL", f"file://{tmp_path}/other/in")
    assert settings.recordings_url() == f"file://{tmp_path}/other/in"
    for url in (None, "", " ", "None"):
        assert DropFolder(url)._storage.incoming == "in"


def test_settle_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DropFolder().settle_seconds == 30
    monkeypatch.setenv("GONG_RECORDINGS_SETTLE_SECONDS", "2.5")
    assert DropFolder().settle_seconds == 2.5
    assert DropFolder(settle_seconds=0).settle_seconds == 0
    monkeypatch.setenv("GONG_RECORDINGS_MARKER", ".done")
    assert DropFolder(settle_seconds=5).settle_seconds == 0
    assert DropFolder(settle_seconds=5, marker="").settle_seconds == 5
    monkeypatch.setenv("GONG_RECORDINGS_SETTLE_SECONDS", "soon")
    with pytest.raises(SettingError, match="GONG_RECORDINGS_SETTLE_SECONDS"):
        _ = DropFolder(marker="").settle_seconds


def test_equal_folders_look_equal() -> None:
    assert repr(DropFolder()) == "DropFolder(None)"
    assert repr(DropFolder("s3://c@b/in", marker=".ok")) == "DropFolder('s3://c@b/in', marker='.ok')"
    assert DropFolder("a", settle_seconds=1) == DropFolder("a", settle_seconds=1)
    assert hash(DropFolder("a")) == hash(DropFolder("a"))
    assert DropFolder("a") != DropFolder("b")
    assert DropFolder("a") != "DropFolder('a')"


class Look(BaseOperator):
    template_fields = ("folder",)

    def __init__(self, *, folder: RecordingFolder, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize(
    ("form", "expected"), [(None, "incoming"), ("", "incoming"), ("file:///x/drop", "drop")]
)
def test_a_template(native: bool, form: Any, expected: str) -> None:
    with DAG("d", render_template_as_native_obj=native) as dag:
        task = Look(task_id="look", folder=DropFolder("{{ params.folder or '' }}"))
    task.render_template_fields({"params": {"folder": form}}, jinja_env=dag.get_template_env())  # type: ignore[typeddict-item]
    assert task.folder._storage.incoming == expected  # type: ignore[attr-defined]


def test_facts(box: Box) -> None:
    box.drop("a")
    recording = box.one()
    assert box.folder().facts(recording, RUN) == {}
    box.folder().note(recording, RUN, call_id="1", posted_at="then")
    box.folder().note(recording, RUN, posted_at="now", sha={"a": [1]})
    facts = {"call_id": "1", "posted_at": "now", "sha": {"a": [1]}}
    assert box.folder().facts(recording, RUN) == facts
    box.folder().reject(recording, RUN, ["no"])
    assert box.folder().facts(recording, RUN) == facts
    assert box.receipt(recording)["call_id"] == "1"
    box.folder().note(recording, RUN, seen=True)
    assert box.folder().facts(recording, RUN) == {**facts, "seen": True}
    assert box.receipt(recording)["reasons"] == ["no"]
    with pytest.raises(ValueError, match="status"):
        box.folder().note(recording, RUN, status="done")


def test_receipts(box: Box) -> None:
    for name in ("a", "b", "c"):
        box.drop(name, name.encode())
    a, b, c = sorted(box.find().recordings, key=lambda recording: str(recording["label"]))
    assert list(box.folder().receipts([a, b, c])) == []
    box.folder().file(a, RUN, "1")
    box.folder().reject(b, RUN, ["no"])
    receipts = list(box.folder().receipts([c, b, a]))
    assert [receipt["recording_id"] for receipt in receipts] == [b["id"], a["id"]]
    box.put("receipts/README.txt", b"x")
    box.put("receipts/0123456789abcdef.json", b"{")
    found = {receipt["recording_id"] for receipt in box.folder().all_receipts()}
    assert found == {a["id"], b["id"]}


def test_a_reference_is_no_path(box: Box) -> None:
    with pytest.raises(ValueError, match="16 hexadecimal digits"):
        box.folder().files({"id": "../../etc/passwd", "label": "", "size": 0}, RUN)


@pytest.mark.parametrize("place", ["incoming", "rejected", "done"])
def test_reading(box: Box, place: str) -> None:
    content = bytes(range(256)) * 5000
    box.drop("a", content, '{"a": 1}')
    recording = box.one()
    if place == "rejected":
        box.folder().reject(recording, RUN, ["no"])
    if place == "done":
        box.folder().file(recording, RUN, "1")
    files = box.folder().files(recording, RUN)
    assert files.read_metadata() == b'{"a": 1}'
    assert files.size == len(content) == recording["size"]
    with files.open_media() as media:
        assert media.read(3) == content[:3]
        media.seek(1_000_000)
        assert media.read(7) == content[1_000_000:1_000_007]
        media.seek(0)
        assert media.read() == content


def test_files_that_there_are_not(box: Box) -> None:
    box.put("incoming/a.json", b"{}")
    box.put("incoming/b.wav", b"1")
    for recording in box.find().recordings:
        files = box.folder().files(recording, RUN)
        with pytest.raises(RecordingGoneError, match=r"no (media|JSON) file"):
            _ = files.open_media() if recording["label"] == "a" else files.read_metadata()


def test_errors_name_no_file(local_box: LocalBox) -> None:
    local_box.drop("ann@example.com +14155550123")
    recording = local_box.one()
    files = local_box.folder().files(recording, RUN)
    for path in list(local_box.own()):
        local_box.remove(path)
    for act in (
        files.open_media,
        files.read_metadata,
        lambda: local_box.folder().files(recording, RUN),
        lambda: local_box.folder().file(recording, RUN, "1"),
    ):
        with pytest.raises(RecordingGoneError) as error:
            act()
        assert "ann" not in str(error.value)
        assert "555" not in str(error.value)


LARGE = """
import resource, sys
import fsspec
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem
from include.storage import Storage

SIZE = 400_000_000

class Made(AbstractFileSystem):
    protocol = "made"
    def info(self, path, **kwargs):
        return {"name": path, "size": SIZE, "type": "file"}
    def _open(self, path, mode="rb", **kwargs):
        return MadeFile(self, path, mode, size=SIZE, **kwargs)

class MadeFile(AbstractBufferedFile):
    def _fetch_range(self, start, end):
        return b"x" * (end - start)

fsspec.register_implementation("made", Made)
storage = Storage("made://bucket/incoming")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with storage.open("incoming/a.wav") as file:
    total = 0
    while block := file.read(1 << 16):
        total += len(block)
    assert total == SIZE, total
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(peak // (1024 if sys.platform != "darwin" else 1024 * 1024))
"""


def test_media_in_a_store_are_read_in_constant_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LARGE],
        capture_output=True, text=True, check=False, cwd=PROJECT, timeout=120,
        env={**os.environ, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'plugins'}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) <= 20, "MB more than before, of 400 MB read"


def test_the_landing_zone_takes_a_folder_with_a_space(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path / "my data"))
    window = {"stream": "calls", "from": "2026-10-01", "to": "2026-10-02", "planned_at": "2026-11-22"}
    LandingZone().put_manifest(window, {})
    assert len(list((tmp_path / "my data" / "landing").rglob("manifest.json"))) == 1


def test_of_media_that_is_called_json_only_the_beginning_is_read(box: Box) -> None:
    box.put("incoming/a.json", b"x" * 17_000_000)
    (recording,) = box.find().recordings
    assert len(box.folder().files(recording, RUN).read_metadata()) == 16_000_000


def test_receipts_that_are_new_and_those_of_the_run(box: Box) -> None:
    for name in "abc":
        box.drop(name)
    recordings = box.find().recordings
    for recording in recordings:
        box.folder().reject(recording, RUN, ["Wrong"])
    ids = {recording["id"] for recording in recordings}

    def new(own: Any, since: datetime | None) -> set[str]:
        return {receipt["recording_id"] for receipt in box.folder().new_receipts(own, since)}

    now = datetime.now(timezone.utc)
    assert new([], None) == new([], now) == ids
    later = now + timedelta(hours=2)
    assert new([], later) == set()
    assert new(recordings[:1], later) == {recordings[0]["id"]}
