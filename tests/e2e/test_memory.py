"""A window takes the same memory whatever its length, a recording whatever its size."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.emulator import KEY, PROJECT, SECRET, Emulator, running_emulator
from tests.support.recordings import big_media, post_call
from tests.support.uploading import upload_in_a_process

pytestmark = pytest.mark.e2e

UNTIL = date(2026, 3, 1)
# A process of its own, as a task is: the peak of a process never falls again.
READ = """
import json, os, resource, sys
from airflow.sdk import Connection
from gong_airflow.extraction import WindowReader
from gong_airflow.hooks import gong
from gong_airflow.pacer import Pacer
from gong_airflow.selectors import content_selector
from gong_airflow.streams import CALLS
from include.landing import LandingZone

url, key, secret, folder, start, end = sys.argv[1:]
pacer = Pacer(sleep=lambda seconds: None)
gong.licensed_pacer = lambda pool: pacer
hook = gong.GongHook()
conn = Connection(conn_id="g", conn_type="gong", host=url, login=key, password=secret)
hook.get_connection = lambda conn_id: conn

class Store:
    state = None
    def load(self): return self.state
    def save(self, state): self.state = json.loads(json.dumps(state))
    def clear(self): self.state = None

window = {"stream": "calls", "from": start, "to": end, "planned_at": end, "name": "all"}
body = {"contentSelector": content_selector()}
manifest = WindowReader(CALLS, window, hook.call, LandingZone(folder), Store(), body=body).read()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if os.path.exists("/proc/self/status"):
    # On Linux a child's ru_maxrss begins with its parent's peak.
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(len(manifest["pages"]), peak)
"""


def peak(emulator: Emulator, folder: Path, start: date, end: date) -> tuple[int, int]:
    """Pages read, and the most memory that the process held."""
    span = [f"{day}T00:00:00Z" for day in (start, end)]
    done = subprocess.run(
        [sys.executable, "-c", READ, emulator.url, KEY, SECRET, folder.as_uri(), *span],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    pages, memory = done.stdout.split()[-2:]
    return int(pages), int(memory)


def test_forty_pages_take_no_more_memory_than_four(tmp_path: Path) -> None:
    options = (
        "--calls",
        "4000",
        "--days",
        "60",
        "--until",
        UNTIL.isoformat(),
        "--per-second",
        "0",
        "--per-day",
        "0",
    )
    with running_emulator(*options) as emulator:
        few, least = peak(emulator, tmp_path / "few", UNTIL - timedelta(days=8), UNTIL - timedelta(days=1))
        many, most = peak(emulator, tmp_path / "many", UNTIL - timedelta(days=61), UNTIL + timedelta(days=1))
    assert 2 <= few <= 8
    assert many == 40
    assert most <= 1.1 * least


def test_the_largest_recording_takes_a_few_megabytes(tmp_path: Path) -> None:
    size, most_above_idle = 1_400_000_000, 60_000_000
    media = tmp_path / "recording.wav"
    big_media(media, size, seed=1)
    with running_emulator("--per-second", "0", "--calls", "5") as emulator:
        idle = upload_in_a_process(emulator, None)
        sent = upload_in_a_process(emulator, media, call_id=post_call(emulator, seed=1))
        (upload,) = emulator.uploads()
    assert upload["bytes"] == size
    assert sent.peak - idle.peak < most_above_idle
