"""One upload in a process of its own, as a task is: the peak of a process never falls again."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.emulator import KEY, PROJECT, SECRET, Emulator

_UPLOAD = """
import json, resource, sys, time
from airflow.sdk import Connection
from gong_airflow.hooks import gong
from gong_airflow.pacer import Pacer
from gong_airflow.recordings.upload import MediaStream, media_content
from include.storage import Storage

url, key, secret, call_id, media = sys.argv[1:]
pacer = Pacer(sleep=lambda seconds: None)
gong.licensed_pacer = lambda pool: pacer
hook = gong.GongHook()
conn = Connection(conn_id="g", conn_type="gong", host=url, login=key, password=secret)
hook.get_connection = lambda conn_id: conn
hook.call("GET /v2/users")
began = time.monotonic()
if media:
    import requests_toolbelt
    folder, _, name = media.rpartition("/")
    storage = Storage(folder)
    path = f"{storage.incoming}/{name}"
    size = storage.entry(path).size
    with storage.open(path) as file:
        def content():
            file.seek(0)
            return media_content(MediaStream(file, size), extension=".wav", content_type="audio/wav")
        began = time.monotonic()
        hook.call("PUT /v2/calls/{id}/media", path={"id": call_id}, content=content)
seconds = time.monotonic() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"seconds": seconds, "peak": peak}))
"""


@dataclass(frozen=True)
class Upload:
    """What one upload took: seconds of the request, and the peak of the process in bytes."""

    seconds: float
    peak: int


def upload_in_a_process(emulator: Emulator, media: Path | None, *, call_id: str = "") -> Upload:
    """Upload `media` for the call, or do all but that when it is None."""
    where = media.as_uri() if media else ""
    done = subprocess.run(
        [sys.executable, "-c", _UPLOAD, emulator.url, KEY, SECRET, call_id, where],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return Upload(**json.loads(done.stdout.splitlines()[-1]))
