"""The ledger: what Gong holds, remembered by us, because Gong cannot list it.

Below `<GONG_CRM_URL>/ledger`, for an integration and an object type:

    <integration id>/ACCOUNT/ledger-000007.parquet   a row for each record that Gong was ever sent
                             state.json              names the Parquet file that counts; what else we know

Columns of the Parquet file:

    object_id, id_hash     the record; md5_number_lower(object_id) of DuckDB
    version                md5_number_lower of the line that Gong took last; null: it took none; 0: it is not
                           known which it holds
    refused, refused_at    the same of the line that Gong has refused since, and when (UTC)
    is_deleted             Gong took a deletion last; of a STAGE: it was deactivated because it had vanished
    kept                   of a STAGE its name, of a BUSINESS_USER md5(emailAddress), else null
    taken_at               when Gong took the record last (UTC)

state.json is written in one step and alone says what holds, so a kill leaves the old ledger or the new one.
One task at a time may commit (the pool gong_warehouse). Those who read meanwhile find the file that they
were told of, as a commit leaves its predecessor in place. Folders are private: an id can be an address.

What is known of rows without an integration (there is none yet, or it was deleted) lies under `none`.
"""

from __future__ import annotations

import json
import re
import shutil
import weakref
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.errors import GongTakenOverError
from include.crm.outbox import crm_storage, sync
from include.crm.temporary import temporary_folder
from include.storage import private_folder

NONE = "none"
STATE = "state.json"


class State(TypedDict):
    """The content of state.json.

    :param ledger: name of the Parquet file; None before the first record
    :param parent: digest of the file that was settled last
    :param mapping: digest of the mapping of the last selection that was settled whole
    :param types: of the declared fields, then: with another type Gong deletes what a field holds
    :param open_errors: rows of crm_upload_error that are not resolved, with the box that found them (`box`)
    :param settled: by batch what has been settled of it; see `include.crm.settling`
    """

    ledger: str | None
    parent: str
    mapping: str
    types: dict[str, str]
    open_errors: list[dict[str, Any]]
    settled: dict[str, dict[str, Any]]


class Ledger:
    """The ledger of an object type. Nothing is opened before the first use; read once and then remembered.

    :param integration_id: empty: a ledger without records
    :param url: ObjectStoragePath URL; empty: the setting `GONG_CRM_URL`
    """

    def __init__(self, integration_id: str, object_type: str, url: str = "") -> None:
        self.integration_id = integration_id
        self.object_type = object_type
        self.url = url
        self._storage = crm_storage(url, "ledger")
        self._folder = f"{_integration_folder(integration_id)}/{object_type}"

    @cached_property
    def state(self) -> State:
        """What state.json says; all empty before the first commit."""
        return self._read_state()

    def _read_state(self) -> State:
        state: State = {
            "ledger": None, "parent": "", "mapping": "", "types": {}, "open_errors": [], "settled": {},
        }  # fmt: skip
        content = self._storage.read(f"{self._folder}/{STATE}")
        if content is not None:
            state.update(json.loads(content))
        return state

    @property
    def parent(self) -> str:
        """Digest of the file that was settled last; empty before the first."""
        return self.state["parent"]

    @property
    def mapping(self) -> str:
        """Digest of the mapping of the last selection that was settled whole; empty before the first."""
        return self.state["mapping"]

    @property
    def open_errors(self) -> list[dict[str, Any]]:
        """Rows of crm_upload_error that are not resolved."""
        return self.state["open_errors"]

    def parquet(self, name: str | None = None) -> Path | None:
        """The Parquet file on this machine; None before the first record. Good while this object lives.

        :param name: one of `others`; default: the one that counts
        """
        name = name or self.state["ledger"]
        if name is None:
            return None
        if self._storage.local:
            return Path(self._storage.full(f"{self._folder}/{name}"))
        path = self._copies / name
        if not path.exists():
            self._storage.fs.get_file(self._storage.full(f"{self._folder}/{name}"), str(path))
        return path

    @cached_property
    def _copies(self) -> Path:
        stack = ExitStack()
        weakref.finalize(self, stack.close)
        return stack.enter_context(temporary_folder())

    def counts(self) -> dict[str, int]:
        """Records that Gong holds (`held`), that it deleted (`deleted`) and that it refuses (`refused`)."""
        path = self.parquet()
        if path is None:
            return {"held": 0, "deleted": 0, "refused": 0}
        from include.crm.database import open_database

        with open_database() as database:
            held, deleted, refused = database.execute(
                "SELECT count(*) FILTER (version IS NOT NULL AND NOT is_deleted),"
                " count(*) FILTER (is_deleted), count(*) FILTER (refused IS NOT NULL) FROM read_parquet(?)",
                [str(path)],
            ).fetchall()[0]
        return {"held": held, "deleted": deleted, "refused": refused}

    def commit(self, state: State, parquet: Path | None = None) -> None:
        """Put `state` in place of the old one, in one step.

        :param state: `ledger` in it does not matter
        :param parquet: the new Parquet file, which is moved away; None: the old one goes on
        :raises GongTakenOverError: another task has committed since this object read its state
        """
        if self._read_state() != self.state:
            raise GongTakenOverError(
                f"Another task has settled {self.object_type} meanwhile",
                remedy="Start this task again; both must be in the pool gong_warehouse",
            )
        old, name = self.state["ledger"], self.state["ledger"]
        if self._storage.local:
            private_folder(self._storage, self._folder)
        if parquet is not None:
            name = _following(old)
            self._put_parquet(parquet, name)
        committed: State = {**state, "ledger": name}
        self._storage.put(f"{self._folder}/{STATE}", json.dumps(committed).encode())
        self.state = committed
        for entry in self._storage.entries(self._folder):
            if entry.path.rpartition("/")[2] not in (STATE, old, name):
                self._storage.remove(entry.path)

    def others(self) -> list[str]:
        """Names of Parquet files that do not count any more, or were never committed."""
        names = sorted(self._storage.names(self._folder))
        return [name for name in names if name not in (STATE, self.state["ledger"])]

    def remove(self, name: str) -> None:
        """Remove one of `others`. Who reads it at this moment fails, and finds the new one later."""
        self._storage.remove(f"{self._folder}/{name}")

    def _put_parquet(self, parquet: Path, name: str) -> None:
        target = self._storage.full(f"{self._folder}/{name}")
        if not self._storage.local:
            self._storage.fs.put_file(str(parquet), target)
            return
        # Complete under its name only, also where the work folder is on another disk.
        beside = Path(f"{target}.part")
        shutil.move(parquet, beside)
        sync(beside)
        beside.replace(target)

    def forget(self) -> None:
        """Remove all but the open errors, which pass to the ledger without an integration."""
        if self.integration_id and self.open_errors:
            stray = Ledger("", self.object_type, self.url)
            stray.commit({**stray.state, "open_errors": merged(stray.open_errors, self.open_errors)})
        self._storage.remove(f"{self._folder}/{STATE}")
        for entry in self._storage.entries(self._folder):
            self._storage.remove(entry.path)
        self.state = self._read_state()


def forget(integration_id: str, url: str = "") -> None:
    """Forget what Gong held of an integration that was deleted; may be repeated after a kill."""
    for object_type in OBJECT_TYPES:
        Ledger(integration_id, object_type, url).forget()


def merged(*lists: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of crm_upload_error of one object type, each once; of two the later one."""
    return list({(row["object_id"], row["version"]): row for rows in lists for row in rows}.values())


def _integration_folder(integration_id: str) -> str:
    if integration_id and not re.fullmatch(r"[A-Za-z0-9-]+", integration_id):
        raise ValueError("An integration id of letters, digits and dashes is needed, as Gong gives it.")
    return f"ledger/{integration_id or NONE}"


def _following(name: str | None) -> str:
    number = int(name.removeprefix("ledger-").removesuffix(".parquet")) if name else 0
    return f"ledger-{number + 1:06d}.parquet"
