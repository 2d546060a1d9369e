"""The outbox: files of records on their way into Gong, and what is known of their way.

Below `<GONG_CRM_URL>/outbox`, for the batch of one selection:

    changes/ACCOUNT/<batch>/part-0001.ldjson         a file
                            part-0001.facts.json     what happened to it, see gong_airflow.crm.outbox
                            set_aside.ndjson         rows that our checks did not let through
                            held.ndjson              rows that Gong refused before, unchanged and not sent
                            manifest.json            written last: the batch is whole

A batch is named after its run, without telling it. A folder without a manifest is no batch: it is what a
killed task left, and goes with the next draft. The files hold personal data, so local folders are private.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from gong_airflow.crm.outbox import FileReference, RecordOutbox
from gong_airflow.errors import GongInputError
from include import settings
from include.storage import Storage, private_folder

MANIFEST = "manifest.json"
SET_ASIDE = "set_aside.ndjson"
HELD = "held.ndjson"
_DRAFT = ".draft-"
DRAFT_PREFIX = "gong-outbox-"
"""Of the folders in which drafts for an object store are written."""


def crm_storage(url: str, folder: str) -> Storage:
    """The files below `folder` of a CRM place, addressed as `<folder>/…`.

    :param url: ObjectStoragePath URL; empty: the setting `GONG_CRM_URL`
    """
    # A template that finds nothing gives None, an empty text or the word.
    given = (url or "").strip()
    return Storage(f"{(settings.crm_url() if given in ('', 'None') else given).rstrip('/')}/{folder}")


class Batch:
    """What one selection of an object type has put into the outbox.

    :param manifest: as it was published
    """

    def __init__(self, storage: Storage, path: str, manifest: dict[str, Any]) -> None:
        self._storage = storage
        self.path = path
        self.manifest = manifest

    @property
    def name(self) -> str:
        """Tells batches of one object type apart."""
        return self.path.rpartition("/")[2]

    @property
    def references(self) -> list[dict[str, Any]]:
        """References of its files, in order."""
        about = {"object_type": self.manifest["object_type"], "batch": self.name}
        return [{**about, **part} for part in self.manifest["parts"]]

    @property
    def attempted(self) -> bool:
        """Whether a request with one of its files may have been sent."""
        return any(self.facts(part["part"]).get("attempted_at") for part in self.manifest["parts"])

    @property
    def sent_to(self) -> str:
        """The integration that its files went to; empty before the first."""
        ids = (self.facts(part["part"]).get("integration_id") for part in self.manifest["parts"])
        return next((str(found) for found in ids if found), "")

    def facts(self, part: str) -> dict[str, Any]:
        """What was noted about a file."""
        content = self._storage.read(_facts_path(self.path, part))
        return dict(json.loads(content)) if content else {}

    def open(self, name: str) -> BinaryIO:
        """One of its files; FileNotFoundError without it."""
        return self._storage.open(f"{self.path}/{name}")

    def set_aside(self) -> Iterator[dict[str, Any]]:
        """`{"object_id", "version", "reasons", "modified_date"}` of rows that our checks set aside."""
        return self.lines(SET_ASIDE)

    def held(self) -> Iterator[dict[str, Any]]:
        """`{"object_id", "version", "modified_date"}` of rows refused before, unchanged and not sent."""
        return self.lines(HELD)

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of an LDJSON file, none where there is no such file."""
        if self._storage.entry(f"{self.path}/{name}") is None:
            return
        with self.open(name) as file:
            for line in file:
                yield json.loads(line)


class Draft:
    """A batch that is being written; use `Outbox.draft`.

    :param folder: where its files are written: local and private
    """

    def __init__(self, storage: Storage, path: str, folder: Path) -> None:
        self._storage = storage
        self._path = path
        self.folder = folder

    def publish(self, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Put the batch into the outbox, in place of one of the same run; the references of its files.

        :param manifest: at least `object_type`, `run_id`, `began` (UTC text) and `parts`: a list of
            `{"part": "part-0001", "rows", "bytes", "digest"}`
        """
        content = json.dumps(manifest, indent=1).encode() + b"\n"
        remove_batch(self._storage, self._path)
        if self._storage.local:
            (self.folder / MANIFEST).write_bytes(content)
            for file in self.folder.iterdir():
                sync(file)
            self.folder.rename(self._storage.full(self._path))
        else:
            for file in sorted(self.folder.iterdir()):
                self._storage.fs.put_file(str(file), self._storage.full(f"{self._path}/{file.name}"))
            self._storage.put(f"{self._path}/{MANIFEST}", content)
        return Batch(self._storage, self._path, dict(manifest)).references


class Outbox(RecordOutbox):
    """One box of the outbox, at any ObjectStoragePath.

    Nothing is opened before the first use. In a template field of an operator, `url` may be a template.

    :param box: `changes`, `deletions`, …: batches of different boxes have nothing to do with each other
    :param url: e.g. `file:///data/crm` or `s3://conn@bucket/crm`. Empty: the setting `GONG_CRM_URL`.
    """

    template_fields: Sequence[str] = ("url",)

    def __init__(self, box: str = "changes", url: str = "") -> None:
        self.box = box
        self.url = url

    def __repr__(self) -> str:
        # No address: equal objects must look equal in the serialized DAG.
        return f"Outbox({self.box!r}, {self.url!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other) if isinstance(other, Outbox) else NotImplemented

    def __hash__(self) -> int:
        return hash(repr(self))

    @cached_property
    def _storage(self) -> Storage:
        return crm_storage(self.url, "outbox")

    def _folder(self, object_type: str) -> str:
        return f"outbox/{self.box}/{object_type}"

    def _batch_path(self, file: FileReference) -> str:
        return f"{self._folder(file['object_type'])}/{file['batch']}"

    def open(self, file: FileReference) -> BinaryIO:
        """The file's bytes; GongInputError when it is no longer there."""
        try:
            return self._storage.open(f"{self._batch_path(file)}/{file['part']}.ldjson")
        except FileNotFoundError:
            raise _gone(file) from None

    def note(self, file: FileReference, **facts: Any) -> None:
        """Keep JSON-able facts about the file, in one step, beside and in place of those noted before.

        :raises GongInputError: the file is no longer there
        """
        path = self._batch_path(file)
        if self._storage.entry(f"{path}/{MANIFEST}") is None:
            raise _gone(file)
        content = json.dumps({**self.facts(file), **facts}).encode()
        self._storage.put(_facts_path(path, file["part"]), content)

    def facts(self, file: FileReference) -> dict[str, Any]:
        """What was noted; empty at first."""
        content = self._storage.read(_facts_path(self._batch_path(file), file["part"]))
        return dict(json.loads(content)) if content else {}

    def leftovers(self, object_type: str) -> list[Batch]:
        """The batches of an object type that are still here, the oldest first."""
        batches = []
        for path in self._paths(object_type):
            content = self._storage.read(f"{path}/{MANIFEST}")
            if content is not None:
                batches.append(Batch(self._storage, path, json.loads(content)))
        return sorted(batches, key=lambda batch: (batch.manifest["began"], batch.name))

    def remove(self, batch: Batch) -> None:
        """Remove a batch; may be repeated after a kill."""
        remove_batch(self._storage, batch.path)

    def remove_all(self, object_type: str) -> None:
        """Remove all batches of an object type."""
        for batch in self.leftovers(object_type):
            self.remove(batch)

    @contextmanager
    def draft(self, object_type: str, run_id: str) -> Iterator[Draft]:
        """A new batch of this run: write its files, then publish it; without that nothing is left of it.

        One process at a time may write drafts of an object type: what others left is taken for the work of
        killed tasks.
        """
        self._clear(object_type)
        if self._storage.local:
            parent, prefix = private_folder(self._storage, self._folder(object_type)), _DRAFT
        else:
            parent, prefix = Path(tempfile.gettempdir()), self._temporary(object_type)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        name = hashlib.sha256(run_id.encode()).hexdigest()[:16]
        try:
            yield Draft(self._storage, f"{self._folder(object_type)}/{name}", folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _paths(self, object_type: str) -> list[str]:
        folder = self._folder(object_type)
        names = self._storage.names(folder)
        return [f"{folder}/{name}" for name in sorted(names) if not name.startswith(_DRAFT)]

    def _clear(self, object_type: str) -> None:
        """Remove what killed tasks left: half a draft, half a published or half a removed batch."""
        for path in self._paths(object_type):
            if self._storage.entry(f"{path}/{MANIFEST}") is None:
                remove_batch(self._storage, path)
        if self._storage.local:
            drafts = Path(self._storage.full(self._folder(object_type))).glob(f"{_DRAFT}*")
        else:
            drafts = Path(tempfile.gettempdir()).glob(f"{self._temporary(object_type)}*")
        for draft in drafts:
            shutil.rmtree(draft, ignore_errors=True)

    def _temporary(self, object_type: str) -> str:
        place = hashlib.sha256(self._storage.full(self._folder(object_type)).encode()).hexdigest()[:16]
        return f"{DRAFT_PREFIX}{place}-"


def _facts_path(batch: str, part: str) -> str:
    return f"{batch}/{part}.facts.json"


def remove_batch(storage: Storage, batch: str) -> None:
    """Remove the folder of a batch or of a draft; may be repeated after a kill."""
    # The manifest first: half a batch must not look whole.
    storage.remove(f"{batch}/{MANIFEST}")
    for entry in storage.entries(batch):
        storage.remove(entry.path)
    if storage.local:
        shutil.rmtree(storage.full(batch), ignore_errors=True)


def sync(file: Path) -> None:
    """Have what was written survive a loss of power."""
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _gone(file: FileReference) -> GongInputError:
    return GongInputError(
        f"{file['part']} of {file['object_type']} is no longer in the outbox: it was settled or removed",
        remedy="Nothing to do: the next run sends what Gong does not have",
    )
