"""The drop folder and what lies beside it after a purge."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from copies_world import EMAIL, OTHERS, PHONE, WRITTEN, World, person, same_end_after_kills

from include.erasure.copies import recordings
from include.erasure.copies.searching import search
from include.recordings import DropFolder

RUN = "manual__2026-11-20"


def metadata(*addresses: str, **more: Any) -> str:
    parties = [{"emailAddress": address, "partyId": str(number)} for number, address in enumerate(addresses)]
    return json.dumps({"title": "Demo", "parties": parties, **more})


def drop(world: World, name: str, document: str, media: str = "sound") -> None:
    world.put(f"recordings/incoming/{name}.wav", media)
    world.put(f"recordings/incoming/{name}.json", document)


def settle(ids: dict[str, str | None]) -> None:
    """Everything in the drop folder is filed under the call id that its name has here, or rejected."""
    folder = DropFolder(settle_seconds=0)
    found = folder.find(run_id=RUN, match="*", limit=100, is_over=lambda run_id: True).recordings
    for recording in found:
        name = folder._notes.claim(recording["id"]).name  # type: ignore[union-attr]
        call_id = ids.get(name)
        if call_id:
            folder.file(recording, RUN, call_id)
        else:
            folder.reject(recording, RUN, ["title is too long"])


def of_all_kinds(world: World) -> None:
    drop(world, "hers", metadata("a@b.example", "Jane.Doe@Example.com"))
    drop(world, "by-phone", metadata(parties=[{"phoneNumber": "(425) 555-2671"}]))
    drop(world, "linked", metadata("a@b.example"))
    drop(world, "mentioned", metadata("a@b.example", purpose=f"as {EMAIL} asked"))
    drop(world, f"in/20261120_{EMAIL}_out", metadata("a@b.example"))
    drop(world, "bad", '{"parties": [{"emailAddress": "jane.doe@example.com"')
    drop(world, "theirs", metadata(*OTHERS[:4]))
    drop(world, OTHERS[0], metadata(OTHERS[0]))
    settle({"hers": "5", "by-phone": None, "linked": "6", "mentioned": "8", f"in/20261120_{EMAIL}_out": "7",
            "theirs": "9"})  # fmt: skip
    drop(world, "waiting", metadata(EMAIL))
    drop(world, "waiting too", metadata("a@b.example"))
    world.put("recordings/incoming/list.csv", f"name;{EMAIL}\n")
    world.put("recordings/done/5/note.txt", "whatever")


def test_what_is_the_persons_goes_and_the_rest_stays(world: World) -> None:
    of_all_kinds(world)
    before = world.tree("recordings")
    who = person(["6"])
    counts = recordings.purge(who)
    left = world.tree("recordings")
    kept = {path for path in left if "/.claims/" not in path and "/.looks" not in path}
    places = {path.removeprefix("recordings/") for path in kept if "/receipts/" not in path}
    assert places == {
        *(f"done/8/{name}" for name in ("metadata.json", "recording.wav")),
        *(f"done/9/{name}" for name in ("metadata.json", "recording.wav")),
        *(f"rejected/{OTHERS[0]}{ending}" for ending in (".json", ".wav", ".reason.txt")),
        "incoming/waiting too.wav", "incoming/waiting too.json", "incoming/list.csv",
    }  # fmt: skip
    assert sum("/receipts/" in path for path in kept) == 3
    changed = {path for path in kept if left[path] != before[path]}
    assert changed == {"recordings/done/8/metadata.json", "recordings/incoming/list.csv"}
    assert json.loads(left["recordings/done/8/metadata.json"])["purpose"] == "as [erased] asked"
    # The calls of her recordings are to be looked for in Gong, too.
    assert who.call_ids == {"5", "6", "7"}
    gone = len(before) - len(left)
    assert counts == {"recordings": 6, "files": gone + 2, "mentions": 2}


def test_a_survey_counts_the_same_and_changes_nothing(world: World) -> None:
    of_all_kinds(world)
    before, who = world.tree(), person(["6"])
    counts = recordings.survey(who)
    assert (world.tree(), who.call_ids) == (before, {"5", "6", "7"})
    assert recordings.find_calls(person(["6"])) == {"5", "7"}
    assert recordings.purge(person(["6"])) == counts
    assert set(recordings.purge(person(["6"])).values()) == {0}


def test_held_back_is_what_waits_in_the_drop_folder(world: World) -> None:
    of_all_kinds(world)
    before = world.tree("recordings")
    assert recordings.hold_back(person(["6"])) == {"recordings": 1, "files": 2, "mentions": 0}
    assert before.keys() - world.tree("recordings").keys() == {
        "recordings/incoming/waiting.wav", "recordings/incoming/waiting.json",
    }  # fmt: skip


def test_claims_receipts_and_reasons_are_looked_at_too(world: World) -> None:
    receipt = {"recording_id": "0" * 16, "name": "x", "files": {"media": None, "metadata": None}}
    world.put("recordings/receipts/0000000000000000.json", {**receipt, "reasons": [f"not {PHONE}"]})
    world.put("recordings/receipts/1111111111111111.json", {**receipt, "name": f"in/{EMAIL}"})
    world.put("recordings/receipts/2222222222222222.json", {**receipt, "call_id": "5", "reasons": []})
    entry = {"path": "incoming/a.wav", "size": 1, "time": 1, "tag": ""}
    claim = {"id": "3" * 16, "name": "a", "media": [entry], "metadata": None, "facts": {"call_id": "5"}}
    world.put("recordings/.claims/3333333333333333.json", claim)
    world.put("recordings/.claims/4444444444444444.place", "3" * 16)
    world.put("recordings/.claims/.0123.part", f'{{"name": "{EMAIL}')
    world.put("recordings/incoming/a.wav", "sound")
    world.put("recordings/rejected/x.reason.txt", "This was rejected: jane.doe@example.com is not an address")
    assert recordings.purge(person(["5"])) == {"recordings": 1, "files": 8, "mentions": 2}
    left = world.tree("recordings")
    assert sorted(left) == ["recordings/receipts/0000000000000000.json", "recordings/rejected/x.reason.txt"]
    assert left["recordings/rejected/x.reason.txt"].startswith(b"This was rejected: [erased] is not")
    assert json.loads(left["recordings/receipts/0000000000000000.json"])["reasons"] == ["not [erased]"]


def test_a_contact_by_its_id(world: World) -> None:
    linked = [{"context": [{"system": "Generic", "objects": [{"objectType": "Contact", "objectId": "17"}]}]}]
    drop(world, "a", metadata(parties=linked))
    other = [{"context": [{"objects": [{"objectType": "Account", "objectId": "17"}]}]}]
    drop(world, "b", metadata(parties=other))
    assert recordings.purge(person(object_ids=["17"]))["recordings"] == 1
    assert "recordings/incoming/b.wav" in world.tree()


def test_folders_named_after_the_person_go_when_they_are_empty(local_world: World, tmp_path: Path) -> None:
    drop(local_world, f"{EMAIL}/a", metadata("a@b.example"))
    recordings.purge(person())
    assert list((tmp_path / "recordings" / "incoming").iterdir()) == []


def test_media_that_are_called_json_do_no_harm(world: World) -> None:
    world.put("recordings/incoming/a.json", bytes(range(256)) * 100)
    assert set(recordings.purge(person()).values()) == {0}


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_killed_at_any_step_the_end_is_the_same(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 0

    def build() -> World:
        nonlocal number
        number += 1
        base = f"file://{tmp_path}/{number}" if kind == "local" else f"memory://{tmp_path.name}-{number}"
        monkeypatch.setenv("GONG_RECORDINGS_URL", f"{base}/recordings/incoming")
        world = World(base)
        drop(world, "hers", metadata(EMAIL))
        drop(world, "again", metadata("a@b.example"))
        drop(world, f"{EMAIL}", metadata("a@b.example", purpose="x"))
        drop(world, "mentioned", metadata("a@b.example", purpose=f"as {EMAIL} asked"))
        drop(world, "rejected", metadata(EMAIL))
        # Sent under one clientUniqueId, two recordings are one call.
        settle({"hers": "5", "again": "5", EMAIL: "6", "mentioned": "7"})
        return world

    def seen(world: World) -> Any:
        """Ids of recordings are made of times, and are others each time."""
        tree = world.tree("recordings")
        files = {path: content for path, content in tree.items() if "/receipts/" not in path}
        receipts = [json.loads(tree[path])["name"] for path in tree.keys() - files.keys()]
        return sorted(path for path in files if "/.claims/" not in path), sorted(receipts)

    assert same_end_after_kills(build, lambda: recordings.purge(person()), monkeypatch, seen) > 10


@pytest.mark.parametrize("seed", range(4))
def test_of_any_drop_folder_only_the_person_goes(world: World, seed: int) -> None:
    rng = random.Random(seed)
    for number in range(12):
        who = rng.choice([WRITTEN[:2], OTHERS[:4]])
        more = {"purpose": f"so {rng.choice(WRITTEN)}, yes"} if rng.random() < 0.3 else {}
        drop(world, f"r{number}", metadata(rng.choice(who), **more), media=f"sound {number}")
    before = world.tree("recordings")
    hers = {path for path, content in before.items() if b'"jane.doe@example.com"' in content.lower()}
    mentioned = {path for path, content in before.items() if b"purpose" in content} - hers
    settle({f"r{number}": rng.choice([None, str(100 + number)]) for number in range(12)})
    recordings.purge(person())
    left = world.tree("recordings")
    sounds = {content for path, content in left.items() if path.endswith(".wav")}
    others = (path for path in before if path.endswith(".wav") and path.replace("wav", "json") not in hers)
    assert sounds == {before[path] for path in others}
    documents = [
        content for path, content in left.items() if path.endswith(".json") and b"parties" in content
    ]
    same = [c for p, c in before.items() if p.endswith(".json") and p not in hers | mentioned]
    assert sorted(c for c in documents if b"erased" not in c) == sorted(same)
    assert sum(b"erased" in c for c in documents) == len(mentioned)
    assert search(person())["recordings"] == 0
