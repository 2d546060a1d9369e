"""How well a run uses the company's requests per second, under a real scheduler.

    python -m benchmarks.slots [--calls 20000]

Starts an emulator with a strict sliding second of 3 requests and an Airflow of its own, runs `gong_calls`
over all calls, and prints the requests that the emulator saw from the first to the last, as a ratio
against 3 a second.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from benchmarks.airflow import airflow_for
from tests.support.emulator import Emulator, running_emulator

DAYS = 60
PER_SECOND = 3


def measure(emulator: Emulator, until: Any) -> dict[str, Any]:
    form = {"from": f"{until - timedelta(days=DAYS)}T00:00:00Z", "to": f"{until}T12:00:00Z"}
    with (
        tempfile.TemporaryDirectory() as folder,
        airflow_for(emulator, Path(folder)) as airflow,
    ):
        state = airflow.wait_finished("gong_calls", airflow.trigger("gong_calls", form), timeout=900)
    seen = emulator.requests()
    arrivals = [request["arrived"] for request in seen]
    return {
        "state": state,
        "requests": len(seen),
        "answered 429": sum(request["status"] == 429 for request in seen),
        "most in any sliding second": emulator.max_per_second(),
        "seconds from first to last": round(arrivals[-1] - arrivals[0], 1),
        "ratio against 3 a second": round((len(seen) - 1) / (arrivals[-1] - arrivals[0]) / PER_SECOND, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    until = datetime.now(timezone.utc).date() - timedelta(days=3)
    options = ("--calls", str(calls), "--days", str(DAYS), "--until", until.isoformat())
    with running_emulator(*options) as emulator:
        for name, value in measure(emulator, until).items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
