"""All places together, in the order that loads and kills ask for."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from copies_world import EMAIL, World, call, call_id, person, transcript, window

from include.erasure import copies
from include.erasure.person import Person

JANE = {"id": "j", "emailAddress": EMAIL}


class Tables:
    """The warehouse as far as it is asked: a call more than the files have, and one row for each call."""

    rows: ClassVar[dict[str, int]] = {}

    def calls_of(self, who: Person) -> set[str]:
        return set(self.rows)

    def survey_person(self, who: Person) -> dict[str, int]:
        return {"rows": len(who.call_ids & self.rows.keys())}

    def purge_person(self, who: Person) -> dict[str, int]:
        counts = self.survey_person(who)
        self.rows.clear()
        return counts


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    monkeypatch.setattr("include.warehouse.Warehouse", Tables)
    Tables.rows = {call_id(1): 1, call_id(3): 1}
    return Tables.rows


def everywhere(world: World) -> None:
    said = [transcript(1, "Hello."), transcript(2, f"Write to {EMAIL}.")]
    world.land(window(1), {"calls": [call(1, JANE), call(2)], "transcripts": said})
    world.put(f"landing/media/{call_id(1)}/audio.mp3", "sound")
    world.put("recordings/incoming/a.json", json.dumps({"parties": [JANE]}))
    world.put("recordings/incoming/a.wav", "sound")
    world.put("recordings/receipts/0123456789abcdef.json", {"name": EMAIL, "call_id": "5", "files": {}})
    world.put(
        "crm/outbox/changes/CONTACT/a/part-0001.ldjson", json.dumps({"objectId": "1", "emailAddress": EMAIL})
    )


def test_a_person_leaves_all_places_and_others_stay(world: World, tables: dict[str, int]) -> None:
    everywhere(world)
    who, order = person(), []
    told = copies.survey(who)
    known = {call_id(1), call_id(3), "5"}
    assert who.call_ids == known
    who = person()
    made = copies.purge(who, lambda: order.append((who.call_ids, len(search(person())), len(tables))))
    assert made == told
    # The files are purged then, and the tables are not yet; all calls are known.
    assert order == [(known, 0, 2)]
    assert told["media"] == {"files": 1}
    assert all(any(counts.values()) for counts in told.values())
    assert not any(any(counts.values()) for counts in copies.survey(person(sorted(known))).values())


def search(who: Person) -> list[str]:
    """Places where something is left; the function can be called again and again."""
    return [place for place, files in copies.search(who).items() if files]


def test_what_waits_for_gong_is_held_back_before_anything_else(world: World) -> None:
    everywhere(world)
    before, who = world.tree(), person()
    assert copies.hold_back(who) == {
        "recordings": {"recordings": 1, "files": 2, "mentions": 0},
        "crm": {"files": 1},
    }
    assert who.call_ids == {call_id(1), call_id(3), "5"}
    gone: set[Any] = before.keys() - world.tree().keys()
    recording = {"recordings/incoming/a.json", "recordings/incoming/a.wav"}
    assert gone == {*recording, "crm/outbox/changes/CONTACT/a/part-0001.ldjson"}
