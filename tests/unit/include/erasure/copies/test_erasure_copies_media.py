"""Media of a person's calls go, and none comes back, also when it is on its way at that moment."""

from __future__ import annotations

import json
from typing import Any

import pytest
from copies_world import World, person

from include.erasure.copies import media
from include.erasure.suppression import Suppression
from include.media import LandedMedia

FACTS = {"size": 6, "content_type": "audio/mpeg", "extension": "mp3", "etag": '"e"'}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "generic", "password": "x" * 40}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(connection))


def download(call_id: str, *, whole: bool = True, meanwhile: Any = None) -> None:
    with LandedMedia().open(call_id, "audio") as part:
        part.restart(FACTS)
        part.append(b"sou")
        if meanwhile:
            meanwhile()
        if whole:
            part.append(b"nd!")
            part.keep("mp3", {"call_id": call_id, "kind": "audio", "started": "", "run_id": "run 1"})


def everything(world: World) -> dict[str, bytes]:
    return {**world.tree("landing"), **{path.name: b"" for path in LandedMedia().parts_of(["7", "8"])}}


def test_all_of_the_calls_goes_and_nothing_of_others(world: World) -> None:
    for call_id in ("7", "77", "8"):
        download(call_id)
    download("7", whole=False)
    # A file and its receipt, the copy of that, what has arrived of the next one, and its note.
    assert media.survey(person(["7", "9", "../x"])) == {"files": 5}
    assert media.purge(person(["7", "9"])) == {"files": 5}
    left = world.tree("landing")
    kept = (".new/77.audio.json", ".new/8.audio.json", "77/audio.json", "77/audio.mp3", "8/audio.json")
    assert sorted(left) == [f"landing/media/{name}" for name in (*kept, "8/audio.mp3")]
    assert media.purge(person(["7"])) == {"files": 0}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("purged", [True, False])
def test_a_download_that_is_at_work_leaves_nothing(world: World, whole: bool, purged: bool) -> None:
    def erase() -> None:
        Suppression().add("case", call_ids=["7"])
        if purged:
            media.purge(person(["7"]))

    try:
        download("7", whole=whole, meanwhile=erase)
    except FileNotFoundError:
        assert purged
    assert everything(world) == {}


def test_what_is_suppressed_may_not_land(world: World) -> None:
    assert LandedMedia().admits("7")
    Suppression().add("case", call_ids=["7"])
    assert not LandedMedia().admits("7")
    assert LandedMedia().admits("77")
