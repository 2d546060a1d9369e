"""What parsing each DAG file costs, as a whole process, against a file with an empty DAG.

    python -m benchmarks.parse [--runs 7]

The two take turns, so that a machine that gets slower gets slower for both. CPU seconds, not wall time.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
EMPTY = 'from airflow.sdk import DAG\n\nwith DAG("empty"):\n    pass\n'


def cpu_seconds(file: Path) -> float:
    """CPU time of a process that runs `file`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    subprocess.run([sys.executable, str(file)], cwd=PROJECT, env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        cpu_seconds(empty)  # a first run that only warms the caches
        for file in sorted((PROJECT / "dags").glob("gong_*.py")):
            pairs = [(cpu_seconds(file), cpu_seconds(empty)) for _ in range(runs)]
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            ours = statistics.median(pair[0] for pair in pairs)
            print(f"{file.name:24} {ours:.2f} s CPU, {ratio:.2f} times an empty DAG, median of {runs}")


if __name__ == "__main__":
    main()
