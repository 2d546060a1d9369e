"""Temporary folders of the CRM flows: what a killed process left goes with the next."""

from __future__ import annotations

import gc
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from crm_batches import INTEGRATION, NOW, answer, contact, object_store_url, publish, rows_of

from include.crm.ledger import Ledger
from include.crm.outbox import Outbox
from include.crm.settling import settle
from include.crm.temporary import temporary_folder

ROOT = Path(__file__).resolve().parents[4]
HOLDING = """
import sys
from include.crm.temporary import temporary_folder
with temporary_folder() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_private_and_goes_at_the_end(place: Path) -> None:
    with temporary_folder() as one, temporary_folder() as other:
        (one / "rows").write_bytes(b"x")
        assert stat.S_IMODE(one.stat().st_mode) == 0o700
        assert one != other
        assert one.exists()
    assert list(place.iterdir()) == []


def test_those_of_others_stay_while_they_live(place: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)}
    command = [sys.executable, "-c", HOLDING]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:  # type: ignore[call-overload]
        folder = Path(process.stdout.readline().strip())
        with temporary_folder():
            assert folder.exists()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert folder.exists()
        with temporary_folder() as mine:
            assert list(place.iterdir()) == [mine]


def test_copies_of_a_ledger_live_as_long_as_it(place: Path) -> None:
    outbox = Outbox(url=object_store_url())
    [file] = publish(outbox, [[contact(1)]])
    answer(outbox, file)
    settle(outbox, INTEGRATION, run_id="r", now=NOW).clean()
    ledger = Ledger(INTEGRATION, "CONTACT", outbox.url)
    assert list(rows_of(ledger)) == ["c-1"]
    assert len(list(place.iterdir())) == 1
    del ledger
    gc.collect()
    assert list(place.iterdir()) == []
