from __future__ import annotations

import http.server
import io
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from gong_airflow.errors import GongRecordingError
from gong_airflow.recordings.media import inspect_media
from gong_airflow.recordings.metadata import read_metadata
from include import settings
from include.local import samples
from tests.support.emulator import Emulator, running_emulator
from tests.support.recordings import FORMATS, FURTHER_BAD, TWELVE_BAD, make_metadata, put_good
from tests.support.waiting import free_port

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
USER = "2345994848"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running_emulator("--per-second", "0", "--calls", "10") as running:
        yield running


def judge(folder: Path, name: str) -> list[str]:
    """What is wrong with a recording, as the flow would find it."""
    (media,) = [path for path in folder.glob(f"{name}.*") if path.suffix != ".json"] or [None]
    found: list[str] = []
    try:
        if not (folder / f"{name}.json").exists():
            return ["no JSON"]
        document = read_metadata((folder / f"{name}.json").read_bytes())
        if media is None and "downloadMediaUrl" not in document:
            return ["no media"]
    except GongRecordingError as error:
        found += error.reasons
    if media is not None:
        try:
            with media.open("rb") as file:
                inspect_media(file, size=media.stat().st_size, name=media.name)
        except GongRecordingError as error:
            found += error.reasons
    return found


def test_five_good_and_two_bad_recordings_of_an_importing_user(emulator: Emulator, tmp_path: Path) -> None:
    names = samples.put_samples(str(tmp_path / "recordings" / "incoming"), emulator.url, NOW)
    folder = tmp_path / "recordings" / "incoming"
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    stems = sorted({Path(name).stem for name in names})
    faults = [judge(folder, stem) for stem in stems]
    assert faults[:5] == [[]] * 5
    assert "has no time zone" in faults[5][0]
    assert "web page" in faults[6][0]
    formats = []
    for stem in stems[:5]:
        media = next(path for path in folder.glob(f"{stem}.*") if path.suffix != ".json")
        formats.append(
            inspect_media(io.BytesIO(media.read_bytes()), size=media.stat().st_size, name="a").format
        )
        document = json.loads((folder / f"{stem}.json").read_text())
        assert document["actualStart"] < "2026-11-22T12:00:00Z"
        assert document["primaryUser"] == samples.importing_user(emulator.url)
    assert formats == list(FORMATS)


def test_the_user_is_active_and_gong_imports_its_recordings(emulator: Emulator) -> None:
    seen = []
    for change in ({"telephonyCallsImported": False}, {"active": False}):
        seen.append(samples.importing_user(emulator.url))
        emulator.control("PATCH", f"users/{seen[-1]}", change)
    assert samples.importing_user(emulator.url) not in seen
    assert len(set(seen)) == 2


def test_another_run_makes_other_bytes(emulator: Emulator, tmp_path: Path) -> None:
    later = NOW.replace(microsecond=9000)
    contents = [
        (tmp_path / folder / name).read_bytes()
        for folder, now in (("one", NOW), ("two", later))
        for name in samples.put_samples(str(tmp_path / folder), emulator.url, now)
        if not name.endswith(".json") and "-7." not in name
    ]
    assert len(set(contents)) == len(contents) == 12


def test_a_folder_may_be_a_url_and_a_marker_is_written(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONG_RECORDINGS_MARKER", ".done")
    names = samples.put_samples((tmp_path / "a").as_uri(), emulator.url, NOW)
    assert len(names) == 21
    assert len(list((tmp_path / "a").glob("*.done"))) == 7
    monkeypatch.delenv("GONG_RECORDINGS_MARKER")
    remote = samples.put_samples("memory://samples/incoming", emulator.url, NOW)
    from airflow.sdk import ObjectStoragePath

    assert sorted(path.name for path in ObjectStoragePath("memory://samples/incoming").iterdir()) == sorted(
        remote
    )


class _Gong(http.server.BaseHTTPRequestHandler):
    """No emulator: it has no control plane, and answers 200 to whatever it does not know."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'"ok"' if self.server.as_json else b"<html></html>")  # type: ignore[attr-defined]

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_is_made_for_a_real_gong(tmp_path: Path, as_json: bool) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Gong) as server:
        server.as_json = as_json  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(settings.SettingError, match="no emulator at the address"):
            samples.put_samples(str(tmp_path / "in"), f"http://127.0.0.1:{server.server_port}", NOW)
        server.shutdown()
    assert not (tmp_path / "in").exists()


def test_the_address_is_that_of_the_environment(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("EMULATOR_PORT", emulator.url.rpartition(":")[2])
    monkeypatch.setenv("GONG_BASE_URL", f"http://127.0.0.1:{free_port()}")
    assert samples.main([]) == 2
    assert "no emulator at the address" in capsys.readouterr().err
    monkeypatch.delenv("GONG_BASE_URL")
    assert samples.main([]) == 0
    assert len(list((tmp_path / "recordings" / "incoming").iterdir())) == 14
    (tmp_path / "gong.json").write_text("{}")
    assert samples.main([]) == 2
    assert "belongs to a real Gong" in capsys.readouterr().err
    assert samples.main(["--base-url", "file:///etc/passwd"]) == 2


@pytest.mark.parametrize("kind", {**TWELVE_BAD, **FURTHER_BAD})
def test_every_kind_of_bad_recording_is_bad_in_one_way(kind: str, tmp_path: Path) -> None:
    {**TWELVE_BAD, **FURTHER_BAD}[kind](tmp_path, "call", USER, 7)
    assert len(judge(tmp_path, "call")) == 1


def test_the_twelve_have_twelve_different_reasons(tmp_path: Path) -> None:
    for kind, put in TWELVE_BAD.items():
        put(tmp_path, kind, USER, 1)
    assert len({judge(tmp_path, kind)[0] for kind in TWELVE_BAD}) == 12


@pytest.mark.parametrize("seed", [0, 1, 9_999, 10**13])
@pytest.mark.parametrize("format_name", FORMATS)
def test_good_recordings_are_good(seed: int, format_name: str, tmp_path: Path) -> None:
    put_good(tmp_path, "call", USER, seed, format_name=format_name, duration=65.0, clientUniqueId=None)
    assert judge(tmp_path, "call") == []
    assert make_metadata(USER, seed=seed, title=None).keys() >= {"actualStart", "parties"}
