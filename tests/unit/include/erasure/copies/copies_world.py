"""Our copies in small, with a person in them, and what else must not change."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from gong_airflow.erasure.identity import email_identity, phone_identity
from include.erasure.person import Person
from include.landing import LandingZone
from include.storage import Storage

EMAIL, PHONE = "jane.doe@example.com", "+14255552671"
WRITTEN = (
    "jane.doe@example.com",
    "Jane.Doe@Example.COM",
    "<mailto:JANE.DOE@example.com>",
    "jane.doe%40example.com",
    "jane.doe&#64;example.com",
    "jane.doe (at) example.com",
    "jane.doe[at]example[dot]com",
    "jane dot doe at example dot com",
    "jane.doe at example.com",
    "ｊａｎｅ．ｄｏｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    "+1 (425) 555-2671",
    "+14255552671",
    "001 425 555 2671",
    "1-425-555-2671",
    "(425) 555-2671",
    "425.555.2671",
    "425\u00a0555\u20112671",
    "tel:+1-425-555-2671",
)
"""Spellings of the person that everything has to know."""
OTHERS = (
    "mary.jane.doe@example.com",
    "jane.doe@example.com.au",
    "john@example.com",
    "jane.doe@examples.com",
    "+44 425 555 2671",
    "+1 425 555 2672",
    "914255552671425555",
)
"""What is not the person."""
PLANNED = "2026-11-22T15:00:00+00:00"
Record = dict[str, Any]


def person(call_ids: Sequence[str] = (), object_ids: Sequence[str] = ()) -> Person:
    return Person.of([email_identity(EMAIL), phone_identity(PHONE)], call_ids, object_ids)


def call(number: int, *parties: Record, **more: Any) -> Record:
    """A landed call; ids are 19 digits long."""
    meta = {"id": call_id(number), "title": f"Call {number}", "duration": 1800, **more}
    return {"metaData": meta, "parties": [{"id": str(number), "name": "Somebody"}, *parties]}


def call_id(number: int) -> str:
    return str(7_000_000_000_000_000_000 + number)


def transcript(number: int, *sentences: str) -> Record:
    said = [{"start": i * 900, "end": i * 900 + 800, "text": text} for i, text in enumerate(sentences)]
    return {"callId": call_id(number), "transcript": [{"speakerId": "1", "sentences": said}]}


def window(day: int = 1, stream: str = "calls", planned: str = PLANNED) -> Record:
    span = {"from": f"2026-10-{day:02d}T00:00:00+00:00", "to": f"2026-10-{day + 1:02d}T00:00:00+00:00"}
    return {"stream": stream, **span, "planned_at": planned, "name": "w"}


class World:
    """All places of our copies.

    :param base: URL of the folder around them
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self.storage = Storage(f"{base}/landing")
        self.zone = LandingZone()

    def land(
        self, window: Mapping[str, Any], *pages: Mapping[str, Sequence[Record]], private: Sequence[str] = ()
    ) -> None:
        """A complete window of pages, each with the records of some streams."""
        about = []
        for number, streams in enumerate(pages):
            names = {
                stream: self.zone.put_page(window, page=number, stream=stream, records=records)
                for stream, records in streams.items()
            }
            counts = {stream: len(records) for stream, records in streams.items()}
            about.append({"page": number, "landed_at": PLANNED, "files": names, "records": counts})
        totals: Counter[str] = Counter()
        for page in about:
            totals.update(page["records"])  # type: ignore[arg-type]
        manifest = {"version": 1, "stream": window["stream"], "window": dict(window), "pages": about}
        manifest |= {"records": dict(totals), "private_ids": list(private), "include_private": False}
        self.zone.put_manifest(window, manifest)

    def records(self, window: Mapping[str, Any], stream: str, page: int = 0) -> list[Record]:
        return list(self.zone.read_page(window, page=page, stream=stream))

    def put(self, path: str, content: bytes | str | Record) -> None:
        """Any file, e.g. `recordings/done/5/recording.wav`."""
        if isinstance(content, dict):
            content = json.dumps(content)
        self.storage.put(path, content.encode() if isinstance(content, str) else content)

    def read(self, path: str) -> bytes | None:
        return self.storage.read(path)

    def tree(self, folder: str = "") -> dict[str, bytes]:
        """Path to content of all files."""
        paths = sorted(entry.path for entry in self.storage.entries(folder))
        return {path: self.storage.read(path) or b"" for path in paths if not path.startswith("tmp/")}


class KilledError(BaseException):
    """Stands for `kill -9`: nothing in between may catch it."""


@contextmanager
def killed_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """A block whose process dies when `steps` files were written or removed; gives how many are left."""
    left = [steps]

    def dying(name: str) -> Callable[..., Any]:
        real = getattr(Storage, name)

        def step(self: Storage, *args: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise KilledError
            return real(self, *args)

        return step

    with monkeypatch.context() as patched:
        for name in ("put", "remove"):
            patched.setattr(Storage, name, dying(name))
        yield lambda: left[0]


def same_end_after_kills(
    build: Callable[[], World],
    purge: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    seen: Callable[[World], Any] = lambda world: world.tree(),
) -> int:
    """Kill a purge before each of its steps, repeat it, and compare what is seen; the number of steps."""
    world = build()
    purge()
    expected, steps = seen(world), 0
    while True:
        world = build()
        with killed_after(steps, monkeypatch):
            try:
                purge()
            except KilledError:
                pass
            else:
                return steps
        purge()
        assert seen(world) == expected, f"killed before step {steps + 1}"
        steps += 1


def hashes(records: Sequence[Record]) -> Counter[str]:
    return Counter(
        hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest() for record in records
    )


WORDS = ["we", "could", "look", "at", "the", "pricing", "dot", "com", "example", "jane", "doe", "(0)", "425"]
WORDS += ["555", "2671"]


def sentence(rng: random.Random, *, mention: str = "") -> str:
    words = rng.choices(WORDS, k=rng.randrange(3, 10))
    if mention:
        # Between words that are none of it.
        words = ["so", *rng.choices(("well", "yes", "fine"), k=3), "write", mention, "soon", "please"]
    return " ".join(words)
