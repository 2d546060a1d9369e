"""The search that ends an erasure finds what is left, wherever it hides."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import duckdb
import pytest
from copies_world import EMAIL, OTHERS, PHONE, WRITTEN, World, person

from include.erasure.copies import searching

NOTHING = {"landing": 0, "media": 0, "recordings": 0, "crm": 0, "erasure": 0}
PLACES = {
    "landing": "landing/calls/span/planned/page-00000.calls.ndjson.gz",
    "media": "landing/media/7/audio.json",
    "recordings": "recordings/receipts/0123.json",
    "crm": "crm/outbox/changes/CONTACT/a/part-0001.ldjson",
    "erasure": "erasure/cases/0.json",
}


def test_every_place_is_searched_and_counts_files(world: World) -> None:
    for path in PLACES.values():
        world.put(path, gzip.compress(b"nobody") if path.endswith(".gz") else "nobody")
    assert searching.search(person()) == NOTHING
    for place, path in PLACES.items():
        content = json.dumps({"a": WRITTEN[4], "b": f"or {PHONE}"}).encode()
        world.put(path, gzip.compress(content) if path.endswith(".gz") else content)
        assert searching.search(person()) == {**NOTHING, place: 1}
        world.put(path, b"")


@pytest.mark.parametrize("text", WRITTEN)
def test_nothing_hides_where_a_piece_ends(
    local_world: World, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_PIECE", 10_000)
    noise = bytes(random.Random(1).choices(b"abcdefgh \n", k=30_000))
    for border in (9_990, 10_000, 19_995):
        content = noise[:border] + b" " + text.encode() + b" " + noise[border:]
        local_world.put(PLACES["erasure"], content)
        local_world.put(PLACES["landing"], gzip.compress(content))
        assert searching.search(person()) == {**NOTHING, "landing": 1, "erasure": 1}


def test_a_file_that_is_compressed_in_parts_or_cut_off(local_world: World) -> None:
    noise = bytes(random.Random(1).choices(b"abcdefgh \n", k=90_000))
    local_world.put(PLACES["landing"], gzip.compress(b"a ") + gzip.compress(EMAIL.encode()))
    local_world.put("landing/calls/x/y/.0.part", gzip.compress(EMAIL.encode() + b" " + noise)[:-100])
    assert searching.search(person()) == {**NOTHING, "landing": 2}


def test_names_count_and_media_in_plain_spelling(world: World) -> None:
    binary = bytes(range(256)) * 10
    world.put(f"recordings/done/5/{EMAIL}.wav", binary)
    world.put("recordings/done/6/recording.wav", binary + b"\x01jane.doe@example.com\x00" + binary)
    world.put("recordings/done/7/recording.wav", binary + b"\x014255552671\x00" + binary)
    world.put("recordings/done/8/recording.wav", binary + OTHERS[0].encode() + binary)
    assert searching.search(person()) == {**NOTHING, "recordings": 3}


def test_rows_of_parquet_files_count(world: World, tmp_path: Path) -> None:
    for name, value in (("hers", EMAIL), ("other", OTHERS[0])):
        rows = f"SELECT i::VARCHAR AS object_id, '{value}' AS kept FROM range(9000) t(i)"
        duckdb.execute(f"COPY ({rows}) TO '{tmp_path}/{name}' (FORMAT parquet, COMPRESSION zstd)")
        world.put(f"crm/ledger/1/CONTACT/{name}.parquet", (tmp_path / name).read_bytes())
    assert searching.search(person()) == {**NOTHING, "crm": 1}


def test_times_and_ids_are_no_numbers(local_world: World) -> None:
    who = person()
    short = next(form for form in who.forms if form == "phone:4255552671")
    who.forms = frozenset({short, "phone:5552671"})
    said = {"start": 5552671, "x": [1.5552671, 5552671], "id": "914255552671425555"}
    local_world.put(PLACES["landing"], gzip.compress(json.dumps(said).encode()))
    assert searching.search(who) == NOTHING
    local_world.put(PLACES["landing"], gzip.compress(json.dumps({**said, "n": 4255552671}).encode()))
    assert searching.search(who) == {**NOTHING, "landing": 1}
