"""The landing zone after a purge: nothing of the person, and everything else as it was."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from copies_world import (
    EMAIL,
    OTHERS,
    PHONE,
    WRITTEN,
    World,
    call,
    call_id,
    hashes,
    person,
    same_end_after_kills,
    sentence,
    transcript,
    window,
)

from include.erasure.copies import landing
from include.erasure.copies.searching import search
from include.landing import LandingZone
from include.warehouse import landed

JANE = {"id": "j", "name": "Jane", "emailAddress": "Jane.Doe@example.com"}


def two_windows(world: World) -> None:
    """Calls 1 and 2 are the person's, of 3 they speak, 4 has nothing to do with them."""
    calls = [call(1, JANE), call(2, {"id": "p", "phoneNumber": "(425) 555-2671"}), call(3), call(4)]
    calls[2]["metaData"]["title"] = f"About {EMAIL}"
    said = [transcript(number, "Good morning.") for number in (1, 2, 4)]
    said.insert(2, transcript(3, "Write to jane dot doe at example dot com.", "Or call 425-555-2671!"))
    world.land(window(1), {"calls": calls, "transcripts": said}, private=[call_id(1), call_id(9)])
    # Landed before the person was known to take part.
    world.land(
        window(2), {"calls": [call(1), call(5)], "transcripts": [transcript(1, "x"), transcript(5, "y")]}
    )


def test_calls_of_the_person_go_and_mentions_elsewhere_are_blanked(world: World) -> None:
    two_windows(world)
    who = person()
    counts = landing.purge(who)
    assert [record["metaData"]["id"] for record in world.records(window(1), "calls")] == [
        call_id(3),
        call_id(4),
    ]
    assert [r["callId"] for r in world.records(window(1), "transcripts")] == [call_id(3), call_id(4)]
    assert world.records(window(1), "calls")[0]["metaData"]["title"] == "About [erased]"
    said = world.records(window(1), "transcripts")[0]["transcript"][0]["sentences"]
    assert [one["text"] for one in said] == ["Write to [erased].", "Or call [erased]!"]
    assert [r["metaData"]["id"] for r in world.records(window(2), "calls")] == [call_id(5)]
    assert [r["callId"] for r in world.records(window(2), "transcripts")] == [call_id(5)]
    assert who.call_ids == {call_id(1), call_id(2)}
    # Two calls with transcripts, and both of one of them once more; four pages and a manifest.
    assert counts == {"files": 5, "records": 6, "mentions": 3}


def test_a_survey_counts_the_same_and_changes_nothing(world: World) -> None:
    two_windows(world)
    before = world.tree()
    counts = landing.survey(person())
    assert world.tree() == before
    assert landing.purge(person()) == counts
    assert landing.purge(person()) == landing.survey(person()) == {"files": 0, "records": 0, "mentions": 0}


def test_calls_that_only_our_copies_know_are_found_without_a_change(world: World) -> None:
    two_windows(world)
    before, who = world.tree(), person()
    assert landing.find_calls(who) == who.call_ids == {call_id(1), call_id(2)}
    assert world.tree() == before


def test_manifests_tell_what_the_files_hold_and_load(world: World) -> None:
    two_windows(world)
    landing.purge(person())
    manifest = world.zone.read_manifest(window(1))
    assert manifest is not None
    assert manifest["records"] == manifest["pages"][0]["records"] == {"calls": 2, "transcripts": 2}
    assert manifest["private_ids"] == [call_id(9)]
    complete, incomplete = landed.complete_windows(LandingZone(), [window(1), window(2)])
    assert [len(landed.lines(page)) for page in landed.pages(complete)] == [2, 2, 1, 1]
    assert incomplete == 0


def test_a_file_without_the_person_is_not_touched(local_world: World, tmp_path: Path) -> None:
    two_windows(local_world)
    local_world.land(window(3), {"calls": [call(6)], "transcripts": [transcript(6, *OTHERS)]})
    files = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.rglob("20261003T*/*/*")}
    assert len(files) == 3
    landing.purge(person())
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files} == files


def test_lines_that_stay_are_not_written_anew(world: World) -> None:
    odd = b'{"metaData": {"id": 7000000000000000003, "time": 1.50, "n": 12345678901234567890}, "x":"\\u00e9"}'
    mention = odd.replace(b'"x":"', b'"m": 4255552671, "x":"jane.doe@example.com ')
    broken = b'{"metaData": {"id": "5", "title": "jane.doe@example.com'
    page = gzip.compress(b"\n".join([odd, mention, broken, json.dumps(call(1, JANE)).encode(), b""]))
    path = "landing/calls/span/planned/page-00000.calls.ndjson.gz"
    world.put(path, page)
    assert landing.purge(person()) == {"files": 1, "records": 1, "mentions": 3}
    blanked = odd.replace(b'"x":"', b'"m": "[erased]", "x":"[erased] ')
    expected = [odd, blanked, b'{"metaData": {"id": "5", "title": "[erased]', b""]
    assert gzip.decompress(world.read(path) or b"").split(b"\n") == expected


def test_of_a_broken_line_about_a_call_of_the_person_nothing_stays(world: World) -> None:
    broken = json.dumps(transcript(1, "Good morning."))[:-9].encode()
    path = "landing/calls/span/planned/page-00000.transcripts.ndjson.gz"
    world.put(path, gzip.compress(broken + b"\n{}\n"))
    assert landing.purge(person([call_id(1)]))["records"] == 1
    assert gzip.decompress(world.read(path) or b"") == b"{}\n"


def test_windows_in_flight_and_what_killed_tasks_left_are_purged_too(world: World) -> None:
    page = gzip.compress(json.dumps(call(1, JANE)).encode() + b"\n" + json.dumps(call(2)).encode() + b"\n")
    folder = "landing/calls/span/planned"
    world.put(f"{folder}/page-00000.calls.ndjson.gz", page)
    world.put(f"{folder}/page-00001.calls.ndjson.gz", page[: len(page) // 2])
    world.put(f"{folder}/.0123.part", page[:-4])
    world.put(f"{folder}/.4567.part", gzip.compress(b"nobody"))
    world.put(f"{folder}/part-00000.json", {"pages": [], "private_ids": [call_id(1), call_id(8)]})
    assert landing.survey(person())["files"] == 4
    assert landing.purge(person())["files"] == 4
    left = world.tree("landing")
    assert sorted(path.rpartition("/")[2] for path in left) == [
        ".4567.part", "page-00000.calls.ndjson.gz", "part-00000.json",
    ]  # fmt: skip
    assert json.loads(left[f"{folder}/part-00000.json"])["private_ids"] == [call_id(8)]


def test_other_streams_lose_the_records_of_calls_and_people(world: World) -> None:
    access = [{"callId": call_id(1), "users": []}, {"callId": call_id(2), "users": []}]
    objects = [{"key": "c-17", "value": {"Email": EMAIL}}, {"key": "c-18", "value": {"Email": "a@b.example"}}]
    log = [{"user": "1", "text": f"searched for {PHONE}"}]
    users = [{"id": "1", "emailAddress": "me@company.example", "title": f"not {EMAIL}"}]
    streams = {"call_user_access": access, "crm_objects": objects, "logs_user_activity": log, "users": users}
    for stream, records in streams.items():
        world.land(window(1, stream), {stream: records})
    assert landing.purge(person([call_id(1)])) == {"files": 4, "records": 2, "mentions": 2}
    assert world.records(window(1, "call_user_access"), "call_user_access") == access[1:]
    assert world.records(window(1, "crm_objects"), "crm_objects") == objects[1:]
    assert world.records(window(1, "logs_user_activity"), "logs_user_activity")[0]["text"].endswith(
        "[erased]"
    )
    assert world.records(window(1, "users"), "users")[0]["title"] == "not [erased]"


def test_by_the_id_of_a_contact_calls_are_found_too(world: World) -> None:
    linked = call(1)
    linked["parties"][0]["context"] = [{"objects": [{"objectType": "Contact", "objectId": "17"}]}]
    other = call(2)
    other["parties"][0]["context"] = [{"objects": [{"objectType": "Account", "objectId": "17"}]}]
    world.land(window(1), {"calls": [linked, other]})
    who = person(object_ids=["17"])
    assert landing.purge(who)["records"] == 1
    assert who.call_ids == {call_id(1)}


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_killed_at_any_step_the_end_is_the_same(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 0

    def build() -> World:
        nonlocal number
        number += 1
        base = f"file://{tmp_path}/{number}" if kind == "local" else f"memory://{tmp_path.name}-{number}"
        monkeypatch.setenv("GONG_LANDING_URL", f"{base}/landing")
        world = World(base)
        two_windows(world)
        # Each of two pages tells whose the call of the other is.
        told = [call(7, JANE), call(8)], [call(8, JANE), call(7)]
        for day, calls in enumerate(told, 4):
            world.land(
                window(day), {"calls": list(calls), "transcripts": [transcript(7, "a"), transcript(8, "b")]}
            )
        return world

    assert same_end_after_kills(build, lambda: landing.purge(person()), monkeypatch) > 10


def test_a_page_that_is_extracted_anew_at_that_moment_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_windows(world)
    newer = [call(4, duration=3600), call(1, JANE)]
    real, path = type(world.storage).read, []

    def read(self: Any, name: str, *args: Any) -> Any:
        content = real(self, name, *args)
        if name.endswith("page-00000.calls.ndjson.gz") and "20261001" in name:
            path.append(name)
            if len(path) == 3:  # to find calls, to count, to change
                world.zone.put_page(window(1), page=0, stream="calls", records=newer)
        return content

    monkeypatch.setattr(type(world.storage), "read", read)
    landing.purge(person())
    assert world.records(window(1), "calls") == newer[:1]


@pytest.mark.parametrize("seed", range(6))
def test_of_any_landing_zone_only_the_person_goes(world: World, seed: int) -> None:
    rng = random.Random(seed)
    expected: dict[int, dict[str, list[dict[str, Any]]]] = {}
    spellings = list(WRITTEN)
    rng.shuffle(spellings)
    for day in range(1, 4):
        numbers = rng.sample(range(day * 100, day * 100 + 60), 12)
        whose = {number: rng.choice(("theirs", "mention", "other")) for number in numbers}
        calls, said = [], []
        for number, kind in whose.items():
            party = (
                {"emailAddress": rng.choice(WRITTEN[:2])} if kind == "theirs" else {"emailAddress": OTHERS[0]}
            )
            mention = spellings.pop() if kind == "mention" and spellings else ""
            calls.append(call(number, party, ratio=rng.random()))
            said.append(transcript(number, rng.choice(OTHERS), sentence(rng, mention=mention), sentence(rng)))
        world.land(
            window(day),
            {"calls": calls[:6], "transcripts": said[:6]},
            {"calls": calls[6:], "transcripts": said[6:]},
        )
        kept = [n for n, kind in enumerate(whose.values()) if kind != "theirs"]
        expected[day] = {"calls": [calls[n] for n in kept], "transcripts": [said[n] for n in kept]}
    assert search(person())["landing"]
    landing.purge(person())
    for day, streams in expected.items():
        for stream, records in streams.items():
            left = [r for page in (0, 1) for r in world.records(window(day), stream, page)]
            assert len(left) == len(records)
            blanked = {i for i, (old, new) in enumerate(zip(records, left, strict=True)) if old != new}
            assert all("[erased]" in json.dumps(left[i]) for i in blanked)
            same = [i for i in range(len(records)) if i not in blanked]
            assert hashes([records[i] for i in same]) == hashes([left[i] for i in same])
    assert search(person())["landing"] == 0
