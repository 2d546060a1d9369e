"""How long one person takes out of the landing zone and the tables, against landing and loading them.

    python -m benchmarks.erasure [calls, 2000] [sentences per call, 190]

The person takes part in 40 calls and is mentioned in as many others. The sum of the two purges must not be
more than that of landing and loading, in the same run: the ratio holds on any machine, the seconds do not.
Each step runs in a process of its own, whose processor time and peak memory are told. Making the pages'
content is not counted, nor the imports.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.warehouse import WINDOW, call, transcript

T = TypeVar("T")
# Seconds, and seconds of processor time.
Took = tuple[float, float]
ADDRESS, NUMBER = "jane.doe@example.com", "+14255552671"
MENTION = "write to Jane.Doe (at) example.com or call (425) 555-2671"
CALLS_OF_PERSON = 40


def pages(calls: int, sentences: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Pages of 100 calls with their transcripts, the person in some of them."""
    words, every = random.Random(1), max(2, calls // CALLS_OF_PERSON)
    for first in range(0, calls, 100):
        content: dict[str, list[dict[str, Any]]] = {"calls": [], "transcripts": []}
        for number in range(first, min(first + 100, calls)):
            one, spoken = call(number), transcript(number, sentences, words)
            if number % every == 0:
                one["parties"].append({"id": f"{number}-p", "emailAddress": ADDRESS})
            elif number % every == 1:
                one["content"]["brief"] = MENTION
                spoken["transcript"][0]["sentences"][0]["text"] = MENTION
            content["calls"].append(one)
            content["transcripts"].append(spoken)
        yield content


def land(calls: int, sentences: int) -> tuple[Took, str]:
    """Put all pages; what this took without making them."""
    from include.landing import LandingZone

    zone, listed, seconds, work = LandingZone(), [], 0.0, 0.0
    for page, content in enumerate(pages(calls, sentences)):
        start = time.monotonic()
        before = processor_time()
        files = {
            stream: zone.put_page(WINDOW, page=page, stream=stream, records=records)
            for stream, records in content.items()
        }
        seconds += time.monotonic() - start
        work += processor_time() - before
        listed.append({"page": page, "landed_at": "2026-11-22T15:00:05+00:00", "files": files, "records": {}})
    manifest = {"window": WINDOW, "pages": listed, "completed_at": "2026-11-22T15:10:00+00:00"}
    zone.put_manifest(WINDOW, manifest)
    return (seconds, work), f"{len(listed)} pages"


def load() -> tuple[Took, str]:
    from include.landing import LandingZone
    from include.warehouse import Warehouse

    def loaded() -> str:
        return f"{sum(Warehouse().load_calls(LandingZone(), [WINDOW])['rows'].values()):,} rows"

    return timed(loaded)


def purge_landing(call_ids: set[str]) -> tuple[Took, str]:
    from include.erasure.copies import landing

    return timed(lambda: str(landing.purge(person(call_ids))))


def purge_tables(call_ids: set[str]) -> tuple[Took, str]:
    from include.warehouse import Warehouse

    return timed(lambda: str(Warehouse().purge_person(person(call_ids))))


def survey_tables(call_ids: set[str]) -> tuple[Took, str]:
    from include.warehouse import Warehouse

    return timed(lambda: str(Warehouse().survey_person(person(call_ids))))


def find_calls() -> tuple[Took, set[str]]:
    from include.warehouse import Warehouse

    return timed(lambda: Warehouse().calls_of(person(set())))


def person(call_ids: set[str]) -> Any:
    from gong_airflow.erasure.identity import email_identity, phone_identity
    from include.erasure.person import Person

    return Person.of([email_identity(ADDRESS), phone_identity(NUMBER)], call_ids=call_ids)


def timed(action: Callable[[], T]) -> tuple[Took, T]:
    start, before = time.monotonic(), processor_time()
    result = action()
    return (time.monotonic() - start, processor_time() - before), result


def processor_time() -> float:
    """Of this process and of those that it started and that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def alone(step: Callable[..., Any], *arguments: Any) -> Any:
    """Run a step in a process of its own and print what it took; that, and its result."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=prepare) as process:
        took, result = process.submit(step, *arguments).result()
        peak = process.submit(peak_memory).result()
    shown = f"{len(result)} calls" if isinstance(result, set) else result
    print(f"{step.__name__:16} {took[0]:8.2f} s {took[1]:8.2f} s CPU {peak:8,.0f} MB  {shown}", flush=True)
    return took, result


def prepare() -> None:
    """Imports that are not part of what is measured."""
    import logging

    import dlt  # noqa: F401
    from airflow.sdk import ObjectStoragePath  # noqa: F401

    logging.disable(logging.INFO)


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    given = [int(argument) for argument in sys.argv[1:]]
    calls, sentences = given + [2000, 190][len(given) :]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GONG_DATA_DIR"] = folder
        came = [alone(land, calls, sentences)[0], alone(load)[0]]
        _, call_ids = alone(find_calls)
        alone(survey_tables, call_ids)
        went = [alone(purge_landing, call_ids)[0], alone(purge_tables, call_ids)[0]]
        time_, work = (sum(took[n] for took in went) / sum(took[n] for took in came) for n in range(2))
        print(f"purging takes {time_:.2f} x landing and loading ({work:.2f} x of processor time)")


if __name__ == "__main__":
    main()
