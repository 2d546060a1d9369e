"""The outbox of CRM records, on a local disk and in an object store."""

from __future__ import annotations

import json
import stat
import tempfile
from pathlib import Path

import pytest
from crm_batches import INTEGRATION, RUN, answer, aside, attempt, contact, object_store_url, publish

from gong_airflow.errors import GongInputError
from include import settings
from include.crm import outbox as module
from include.crm.outbox import Outbox
from include.storage import Storage

LATER = "manual__2026-11-20T15:00:00+00:00"


@pytest.fixture(params=["local", "objects"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return f"file://{tmp_path}/a b/crm" if request.param == "local" else object_store_url()


@pytest.fixture
def outbox(url: str) -> Outbox:
    return Outbox(url=url)


def everything(outbox: Outbox) -> list[str]:
    return sorted(entry.path for entry in outbox._storage.entries("outbox"))


def test_what_is_published_can_be_read(outbox: Outbox) -> None:
    first, second = publish(
        outbox, [[contact(1), contact(2)], [contact(3)]], set_aside=[aside("x")], held=[{"object_id": "y"}]
    )
    assert {"object_type": "CONTACT", "part": "part-0001", "rows": 2}.items() <= first.items()
    assert set(first) == {"object_type", "batch", "part", "rows", "bytes", "digest"}
    with outbox.open(first) as file:
        assert [json.loads(line) for line in file] == [contact(1), contact(2)]
    [batch] = outbox.leftovers("CONTACT")
    assert batch.references == [first, second]
    assert batch.manifest["integration_id"] == INTEGRATION
    assert (list(batch.set_aside()), list(batch.held())) == ([aside("x")], [{"object_id": "y"}])
    assert list(batch.lines("vanished.ndjson")) == []
    assert outbox.leftovers("ACCOUNT") == Outbox("deletions", outbox.url).leftovers("CONTACT") == []


def test_facts_stand_beside_each_other(outbox: Outbox) -> None:
    first, second = publish(outbox, [[contact(1)], [contact(2)]])
    assert outbox.facts(first) == {}
    assert not outbox.leftovers("CONTACT")[0].attempted
    attempt(outbox, second)
    answer(outbox, second, refused=[(1, "no")])
    facts = outbox.facts(second)
    assert (facts["integration_id"], facts["result"]["refused"]) == (INTEGRATION, [[1, "no"]])
    [batch] = outbox.leftovers("CONTACT")
    assert batch.attempted
    assert batch.facts("part-0002") == facts
    assert batch.facts("part-0001") == outbox.facts(first) == {}


def test_a_draft_that_is_not_published_leaves_nothing(outbox: Outbox, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), outbox.draft("CONTACT", RUN) as draft:
        assert stat.S_IMODE(draft.folder.stat().st_mode) == 0o700
        (draft.folder / "part-0001.ldjson").write_bytes(b"{}\n")
        raise RuntimeError
    with outbox.draft("CONTACT", RUN):
        pass
    assert everything(outbox) == []
    assert not draft.folder.exists()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_killed_tasks_left_goes_with_the_next_draft(outbox: Outbox) -> None:
    [file] = publish(outbox, [[contact(1)]], run_id=LATER)
    with outbox.draft("ACCOUNT", RUN):  # of another object type: not touched
        killed = outbox.draft("CONTACT", RUN)
        abandoned = killed.__enter__()
        (abandoned.folder / "part-0001.ldjson").write_bytes(b"{}\n")
        outbox._storage.put("outbox/changes/CONTACT/half/part-0001.ldjson", b"{}\n")
        assert [batch.name for batch in outbox.leftovers("CONTACT")] == [file["batch"]]
        with outbox.draft("CONTACT", RUN) as draft:
            assert not abandoned.folder.exists()
            assert draft.folder.exists()
    assert {path.split("/")[3] for path in everything(outbox)} == {file["batch"]}
    del killed


@pytest.mark.parametrize("steps", range(4))
def test_a_removal_that_was_killed_can_be_repeated(
    outbox: Outbox, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = publish(outbox, [[contact(1)]])
    [batch] = outbox.leftovers("CONTACT")
    attempt(outbox, file)
    left = iter(range(steps))
    remove = Storage.remove

    def dying(self: Storage, path: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        remove(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "remove", dying)
        with pytest.raises(KeyboardInterrupt):
            outbox.remove(batch)
    # As a batch it is whole or it is none.
    assert [b.attempted for b in outbox.leftovers("CONTACT")] == ([] if steps else [True])
    for _ in range(2):
        outbox.remove(batch)
        assert everything(outbox) == []


def test_a_run_that_selects_again_replaces_its_batch(outbox: Outbox) -> None:
    [old] = publish(outbox, [[contact(1)]])
    attempt(outbox, old)
    [new] = publish(outbox, [[contact(2)]])
    assert (new["batch"], outbox.facts(new)) == (old["batch"], {})
    with outbox.open(new) as file:
        assert json.loads(file.read()) == contact(2)


def test_a_publication_that_is_killed_is_no_batch(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest comes last; on a local disk all comes at once."""
    storage = outbox._storage
    with monkeypatch.context() as patch:
        if storage.local:
            patch.setattr(module, "sync", _die)
        else:
            patch.setattr(Storage, "put", _die)
        with pytest.raises(KeyboardInterrupt):
            publish(outbox, [[contact(1)]])
    assert outbox.leftovers("CONTACT") == []
    publish(outbox, [[contact(1)]])
    assert len(outbox.leftovers("CONTACT")) == 1


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_oldest_comes_first(outbox: Outbox) -> None:
    for run in ("c", "a", "b"):
        publish(outbox, [], run_id=run, began=f"2026-11-20T14:30:0{'abc'.index(run)}Z")
    assert [batch.manifest["run_id"] for batch in outbox.leftovers("CONTACT")] == ["a", "b", "c"]


def test_a_file_that_is_gone_is_told_and_not_noted_anew(outbox: Outbox) -> None:
    [file] = publish(outbox, [[contact(1)]])
    outbox.remove(outbox.leftovers("CONTACT")[0])
    for use in (lambda: outbox.open(file), lambda: outbox.note(file, attempted_at="now")):
        with pytest.raises(GongInputError, match="part-0001 of CONTACT is no longer in the outbox"):
            use()
    assert everything(outbox) == []


def test_no_name_tells_a_run(outbox: Outbox) -> None:
    publish(outbox, [[contact(1)]], run_id="manual__jane.doe@example.com")
    assert not [path for path in everything(outbox) if "jane" in path]


def test_local_files_are_private_and_not_copied(tmp_path: Path) -> None:
    outbox = Outbox(url=f"file://{tmp_path}/deep/crm")
    with outbox.draft("CONTACT", RUN) as draft:
        (draft.folder / "part-0001.ldjson").write_bytes(b"{}\n")
        number = (draft.folder / "part-0001.ldjson").stat().st_ino
        part = {"part": "part-0001", "rows": 1, "bytes": 3, "digest": "d"}
        [file] = draft.publish({"object_type": "CONTACT", "run_id": RUN, "began": "", "parts": [part]})
    attempt(outbox, file)
    folder = tmp_path / "deep/crm/outbox/changes/CONTACT" / file["batch"]
    assert (folder / "part-0001.ldjson").stat().st_ino == number
    for private in (folder, *list(folder.parents)[:4]):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700, private
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) != 0o700


def test_as_the_argument_of_an_operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Outbox("changes", "s3://a/b") == Outbox(url="s3://a/b") != Outbox("deletions", "s3://a/b")
    assert len({Outbox(), Outbox(), Outbox("deletions")}) == 2
    assert repr(Outbox()) == "Outbox('changes', '')"
    assert Outbox.template_fields == ("url",)
    monkeypatch.setenv("GONG_CRM_URL", f"file://{tmp_path}/set/")
    for url in ("", "None", " "):
        assert Outbox(url=url)._storage.full("outbox") == f"{tmp_path}/set/outbox"
    assert settings.crm_url().endswith("/set/")
