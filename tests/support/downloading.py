"""A window's media downloaded in a process of its own, as a task does: it can be killed, its peak be told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.emulator import KEY, PROJECT, SECRET, Emulator

_DOWNLOAD = """
import json, resource, sys, time
from pathlib import Path
from airflow.sdk import Connection
from gong_airflow.hooks import gong
from gong_airflow.media.download import Downloader
from gong_airflow.media.session import media_session
from gong_airflow.media.window import MediaReader
from gong_airflow.pacer import Pacer
from include.media import LandedMedia

given = json.loads(sys.argv[1])
pacer = Pacer(sleep=lambda seconds: None)
gong.licensed_pacer = lambda pool: pacer
hook = gong.GongHook()
conn = Connection(conn_id="g", conn_type="gong", **given["conn"])
hook.get_connection = lambda conn_id: conn

class Store:
    def load(self): return None
    def save(self, state): pass
    def clear(self): pass

def peak():
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which begins with the peak of the process that started this one.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

hook.call("GET /v2/users")
idle, began = peak(), time.monotonic()
counts = MediaReader(
    window=given["window"], call=hook.call, folder=LandedMedia(given["landing"]), store=Store(),
    downloader=Downloader(media_session()), kinds=["audio"], run_id="run",
).read()
seconds = time.monotonic() - began
print(json.dumps({"seconds": seconds, "above_idle": peak() - idle, "files": counts["files"]}))
"""


@dataclass(frozen=True)
class Downloaded:
    """Seconds of the whole window, bytes of memory at the peak above those before it, files downloaded."""

    seconds: float
    above_idle: int
    files: int


def start_download(emulator: Emulator, window: Mapping[str, Any], landing: Path) -> subprocess.Popen[str]:
    """Begin; the process ends when the window does, or when it is killed."""
    conn = {"host": emulator.url, "login": KEY, "password": SECRET}
    given = {"conn": conn, "window": window, "landing": landing.as_uri()}
    return subprocess.Popen(
        [sys.executable, "-c", _DOWNLOAD, json.dumps(given)],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def download_in_a_process(emulator: Emulator, window: Mapping[str, Any], landing: Path) -> Downloaded:
    """Download the audio of a window of calls."""
    with start_download(emulator, window, landing) as process:
        out, err = process.communicate(timeout=600)
    if process.returncode:
        raise RuntimeError(err[-3000:])
    return Downloaded(**json.loads(out.splitlines()[-1]))
