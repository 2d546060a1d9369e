"""What a recording of 500 MB costs: time beside curl, memory, bytes when interrupted.

    python -m benchmarks.media [--megabytes 500] [--rounds 3]

1. The same file from the same emulator, by `curl` and by the task's own reader, in turn; the reader also asks
   for the address, hashes the file and writes the receipt. Prints the ratio of the medians.
2. The peak memory of that process above what it held before.
3. The connection cut at three fifths, and the process killed at three fifths: bytes that the storage sent in
   all, beside the size of the file.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import requests

from tests.support.downloading import download_in_a_process, start_download
from tests.support.emulator import KEY, SECRET, Emulator, running_emulator
from tests.support.waiting import wait_until

BODY: dict[str, Any] = {"filter": {}, "contentSelector": {"exposedFields": {"media": True}}}
SPAN = {"from": "2020-01-01T00:00:00Z", "to": "2040-01-01T00:00:00Z"}
WINDOW = {"stream": "calls", **SPAN, "planned_at": "2026-11-22T15:00:00.000000+00:00", "name": "all"}


def offered(emulator: Emulator) -> dict[str, str]:
    """Addresses of audio by call id, of public calls."""
    answer = requests.post(f"{emulator.url}/v2/calls/extensive", json=BODY, auth=(KEY, SECRET), timeout=60)
    return {
        call["metaData"]["id"]: call["media"]["audioUrl"]
        for call in answer.json()["calls"]
        if "media" in call and not call["metaData"]["isPrivate"]
    }


def curl(emulator: Emulator, call_id: str, target: Path) -> float:
    """Seconds of one download by curl, to the disk."""
    command = ["curl", "--silent", "--fail", "--output", str(target), "--write-out", "%{time_total}"]
    done = subprocess.run([*command, offered(emulator)[call_id]], capture_output=True, text=True, check=True)
    target.unlink()
    return float(done.stdout)


def large(emulator: Emulator, size: int) -> str:
    """The call whose audio has `size` bytes; the others have one."""
    emulator.reset()
    call_id = next(iter(offered(emulator)))
    emulator.control("PUT", "media", {"bytes": 1, "calls": {call_id: size}})
    return call_id


def compared(emulator: Emulator, size: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Parts 1 and 2."""
    theirs, ours, small, peaks = [], [], [], []
    for number in range(rounds):
        call_id = large(emulator, size)
        theirs.append(curl(emulator, call_id, folder / "curl"))
        done = download_in_a_process(emulator, WINDOW, folder / f"{number}")
        emulator.control("PUT", "media", {"calls": {}})
        nothing = download_in_a_process(emulator, WINDOW, folder / f"{number}-small")
        ours.append(done.seconds)
        small.append(nothing.seconds)
        peaks.append(done.above_idle)
        for file in folder.rglob("audio.mp3"):
            file.unlink()
    file_alone = statistics.median(ours) - statistics.median(small)
    return {
        "curl, seconds": [round(second, 2) for second in theirs],
        "window, seconds": [round(second, 2) for second in ours],
        "without the file, seconds": [round(second, 2) for second in small],
        "ratio of the medians": round(statistics.median(ours) / statistics.median(theirs), 2),
        "ratio of the file alone": round(file_alone / statistics.median(theirs), 2),
        "peak above idle, MB": round(max(peaks) / 1e6, 1),
    }


def _holds(part: Path, size: int) -> bool:
    return part.exists() and part.stat().st_size > size


def interrupted(emulator: Emulator, size: int, folder: Path) -> dict[str, Any]:
    """Part 3."""
    told: dict[str, Any] = {}
    stop = size * 3 // 5
    for kind in ("cut", "stall"):
        call_id = large(emulator, size)
        fault = {"kind": kind, "call_id": call_id, "after_bytes": stop}
        emulator.control("POST", "media/faults", fault)
        landing = folder / kind
        if kind == "stall":
            part = landing / "media" / call_id / ".audio.part"
            with start_download(emulator, WINDOW, landing) as process:
                wait_until("the part", partial(_holds, part, stop - (1 << 18)))
                process.kill()
        download_in_a_process(emulator, WINDOW, landing)
        entries = emulator.control("GET", "media")["requests"]
        sent = sum(entry["bytes"] for entry in entries if call_id in entry["path"])
        if (landing / "media" / call_id / "audio.mp3").stat().st_size != size:
            raise RuntimeError("the file is not whole")
        told[f"{'killed' if kind == 'stall' else 'cut'}, bytes above the size"] = sent - size
    return told


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=float, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    size = int(given.megabytes * 1e6)
    options = ("--per-second", "0", "--per-day", "0", "--calls", "5")
    with running_emulator(*options) as emulator, tempfile.TemporaryDirectory() as folder:
        results = compared(emulator, size, given.rounds, Path(folder))
        results |= interrupted(emulator, size, Path(folder))
    for name, value in results.items():
        print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
