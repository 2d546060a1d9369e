"""What a recording of 1.4 GB costs: time beside curl, memory beside an idle task, and what others feel.

    python -m benchmarks.uploads [--gigabytes 1.4] [--rounds 3] [--skip-flows]

1. The same bytes to the same emulator, by `curl -F` and by `GongHook`, in turn. Prints the ratio of the
   medians, of the transfer alone: neither the start of a process nor the pool's first second counts.
2. The peak memory of that process beside one that does the same without the upload.
3. Under a real scheduler: `gong_calls` of 200 requests alone, and again while `gong_recordings` streams the
   recording to an emulator that reads slowly. Prints the ratio, first request to last.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.airflow import airflow_for
from tests.e2e.airflow_process import AirflowProcess
from tests.support.emulator import KEY, SECRET, Emulator, running_emulator
from tests.support.recordings import big_media, make_metadata, post_call
from tests.support.uploading import upload_in_a_process
from tests.support.waiting import wait_until

DAYS = 60


def curl(emulator: Emulator, media: Path, seed: int) -> float:
    """Seconds of one upload by curl."""
    call_id = post_call(emulator, seed)
    done = subprocess.run(
        [
            "curl", "--silent", "--fail", "--output", "/dev/null", "--write-out", "%{time_total}",
            "--user", f"{KEY}:{SECRET}", "--request", "PUT", "--header", "Expect:",
            "--form", f"mediaFile=@{media};type=audio/wav", f"{emulator.url}/v2/calls/{call_id}/media",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


def transfer(size: int, rounds: int) -> dict[str, Any]:
    """Parts 1 and 2."""
    theirs, ours, peaks, idle = [], [], [], []
    with (
        running_emulator("--per-second", "0", "--per-day", "0", "--calls", "5") as emulator,
        tempfile.TemporaryDirectory() as folder,
    ):
        media = Path(folder) / "recording.wav"
        big_media(media, size, seed=0)
        with media.open("rb") as file:
            while file.read(1 << 20):
                pass  # into the page cache, for both alike
        for seed in range(rounds):
            big_media(media, size, seed=2 * seed)
            theirs.append(curl(emulator, media, 2 * seed))
            idle.append(upload_in_a_process(emulator, None, call_id="").peak)
            big_media(media, size, seed=2 * seed + 1)
            sent = upload_in_a_process(emulator, media, call_id=post_call(emulator, 2 * seed + 1))
            ours.append(sent.seconds)
            peaks.append(sent.peak)
    return {
        "curl, seconds": [round(second, 2) for second in theirs],
        "GongHook, seconds": [round(second, 2) for second in ours],
        "ratio of the medians": round(statistics.median(ours) / statistics.median(theirs), 2),
        "peak above an idle process, MB": round((max(peaks) - min(idle)) / 1e6, 1),
    }


def flows(size: int) -> dict[str, Any]:
    """Part 3."""
    until = datetime.now(timezone.utc).date() - timedelta(days=3)
    form = {"from": f"{until - timedelta(days=DAYS)}T00:00:00Z", "to": f"{until}T12:00:00Z"}
    options = ("--calls", "10000", "--days", str(DAYS), "--until", until.isoformat())
    with running_emulator(*options) as emulator, tempfile.TemporaryDirectory() as folder:
        incoming = Path(folder) / "data" / "recordings" / "incoming"
        incoming.mkdir(parents=True)
        with airflow_for(emulator, Path(folder), GONG_RECORDINGS_SETTLE_SECONDS="0") as airflow:
            alone = _calls(emulator, airflow, form)
            big_media(incoming / "long.wav", size, seed=1)
            metadata = make_metadata(emulator.importing_user(), seed=1)
            (incoming / "long.json").write_text(json.dumps(metadata))
            # Longer than the calls take: 4 MB/s are nearly six minutes.
            emulator.upload_settings(read_bytes_per_second=4_000_000, processing_seconds=0)
            upload = airflow.trigger("gong_recordings", {})
            wait_until("the upload", lambda: _begun(emulator), timeout=120)
            beside = _calls(emulator, airflow, form)
            still = airflow.run_state("gong_recordings", upload) == "running" and not _arrived(emulator)
            emulator.upload_settings(read_bytes_per_second=None)
            wait_until("the recording", lambda: _arrived(emulator), timeout=300)
    return {
        "gong_calls alone": f"{alone[0]} requests, {alone[1]} s, {alone[2]} answered 429",
        "beside a slow upload": f"{beside[0]} requests, {beside[1]} s, {beside[2]} answered 429",
        "ratio": round(beside[1] / alone[1], 2),
        "the upload lasted all the while": still,
    }


def _begun(emulator: Emulator) -> bool:
    return any(request["method"] == "PUT" for request in emulator.requests())


def _arrived(emulator: Emulator) -> bool:
    return any(upload["sha256"] for upload in emulator.uploads())


def _calls(emulator: Emulator, airflow: AirflowProcess, form: dict[str, str]) -> tuple[int, float, int]:
    """Requests of a run of `gong_calls`, its seconds from begin to end, and its answers 429."""
    seen = len(emulator.requests())
    run_id = airflow.trigger("gong_calls", form)
    state = airflow.wait_finished("gong_calls", run_id, timeout=900)
    if state != "success":
        raise RuntimeError(f"gong_calls ended as {state}")
    run = airflow.api("GET", f"/dags/gong_calls/dagRuns/{quote(run_id, safe='')}")
    begin, end = (
        datetime.fromisoformat(run[key].replace("Z", "+00:00")) for key in ("start_date", "end_date")
    )
    sent = [request for request in emulator.requests()[seen:] if request["method"] == "POST"]
    refused = sum(request["status"] == 429 for request in sent)
    return len(sent), round((end - begin).total_seconds(), 1), refused


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gigabytes", type=float, default=1.4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-flows", action="store_true")
    given = parser.parse_args()
    size = int(given.gigabytes * 1e9)
    results = transfer(size, given.rounds)
    if not given.skip_flows:
        results |= flows(size)
    for name, value in results.items():
        print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
