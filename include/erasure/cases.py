"""The cases of erasures: what is known about each, from the form to the certificate.

Below `<GONG_ERASURE_URL>/cases`, JSON and text written in one step each, readable to their owner alone:

    <case id>.json     the case: ids, counts, times, hashes
    .<hash>-run-0001   which run is at work on this person; of several files the highest number holds

A case id is the first 32 hexadecimal digits of the person's hash, and a number. Nothing in here names the
person, but for the member `sealed`, which only the run's key opens and which goes when the case is closed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gong_airflow.errors import GongInputError
from include import settings
from include.storage import Storage, private_folder

if TYPE_CHECKING:
    from gong_airflow.erasure.sealing import Subject

CASES = "cases"
OPEN = "open"
_PERSON = 32  # hexadecimal digits of the person's hash
_CASE_ID = re.compile(r"[0-9a-f]{32}-[0-9]{4,}")
_AT_WORK = ("queued", "running")


def utc(time: datetime) -> str:
    """The time as cases hold it: `2026-11-20T14:30:00Z`. The time must have a zone."""
    return f"{time.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def run_is_over(run_id: str) -> bool:
    """Whether that run of the present task's DAG will do nothing more; one that was deleted will not."""
    from airflow.sdk import get_current_context

    ti: Any = get_current_context()["ti"]
    return not ti.get_dr_count(dag_id=ti.dag_id, run_ids=[run_id], states=list(_AT_WORK))


class Cases:
    """The cases below one place. Nothing is opened before the first use.

    One task at a time works on a case: `update` and `close` read the file and put another in its place.

    :param url: ObjectStoragePath URL; default: the setting `GONG_ERASURE_URL`
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url

    def __repr__(self) -> str:
        # No address: equal objects must look equal in the serialized DAG.
        return f"Cases({self.url!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other) if isinstance(other, Cases) else NotImplemented

    def __hash__(self) -> int:
        return hash(repr(self))

    def begin(
        self,
        subject: Subject,
        *,
        ticket: str,
        run_id: str,
        dry_run: bool,
        now: datetime,
        is_over: Callable[[str], bool] = run_is_over,
    ) -> dict[str, Any]:
        """The person's open case, or else a new one; with this run and its key in it.

        A dry run never goes on with the case of a run that was none. The other way round it may: nothing was
        done in a dry one yet. A try of the same run gets the same case.

        :param is_over: whether the run of that id will do nothing more
        :raises GongInputError: another run is at work on this person; or the ticket or the run id tells who
            it is
        """
        _refuse_naming(subject, ticket, run_id)
        given, subject_hash = self._hashes(subject)
        person = subject_hash[:_PERSON]
        self._take_over(person, run_id, is_over)
        ids = self._ids(person)
        case = self._open(ids, dry_run) or {
            "case": f"{person}-{max(map(_number, ids), default=0) + 1:04d}",
            "subject_hash": subject_hash,
            "given": given,
            "status": OPEN,
            **{name: [] for name in ("runs", "keys", "requests", "looks", "purged")},
        }
        if case.get("dry_run", True) and not (dry_run and case["runs"]):
            case["requested_at"] = utc(now)
        case.update(ticket=ticket, dry_run=dry_run)
        case["runs"] = [*dict.fromkeys([*case["runs"], run_id])]
        case["keys"] = [*dict.fromkeys([*case["keys"], subject.key])]
        return self._put(case)

    def read(self, case_id: str) -> dict[str, Any]:
        """The case; GongInputError where there is none of this id."""
        content = self._storage.read(_path(case_id))
        if content is None:
            raise GongInputError(
                f"There is no erasure case {case_id} below GONG_ERASURE_URL",
                remedy="Check that setting: it must be the same for all tasks",
            )
        return dict(json.loads(content))

    def update(self, case_id: str, **facts: Any) -> dict[str, Any]:
        """Put `facts` in place of the members of these names, in one atomic step; the case then."""
        return self._put({**self.read(case_id), **facts})

    def close(self, case_id: str, status: str) -> dict[str, Any]:
        """Note how the case ended, and forget for good whom it was about; may be repeated.

        :param status: anything but `open`
        """
        if status == OPEN:
            raise ValueError("A case that is closed has another status than open.")
        case = {**self.read(case_id), "status": status}
        case.pop("sealed", None)
        return self._put(case)

    def hashed(self, form: str) -> str:
        """The keyed hash that stands for an address or a number in cases and certificates."""
        from include.erasure.key import hashed

        return hashed(form)

    @cached_property
    def _storage(self) -> Storage:
        return Storage(f"{(self.url or settings.erasure_url()).rstrip('/')}/{CASES}")

    def _hashes(self, subject: Subject) -> tuple[list[str], str]:
        """Of each address and number that the form gave, and of all together; of one alone it is the same."""
        forms = sorted({identity.form for identity in subject.given})
        return sorted(map(self.hashed, forms)), self.hashed("\n".join(forms))

    def _put(self, case: dict[str, Any]) -> dict[str, Any]:
        self._storage.put(_path(case["case"]), json.dumps(case, indent=1, sort_keys=True).encode() + b"\n")
        return case

    def _ids(self, person: str) -> list[str]:
        """The ids of the person's cases, in the order in which they were begun."""
        names = (name.removesuffix(".json") for name in self._storage.names(CASES))
        ids = (name for name in names if name.startswith(person) and _CASE_ID.fullmatch(name))
        return sorted(ids, key=_number)

    def _open(self, ids: list[str], dry_run: bool) -> dict[str, Any] | None:
        """The case to go on with; what Gong may have been told of comes before a dry one."""
        cases = [case for case in self._storage.each(self.read, ids) if case["status"] == OPEN]
        dry = [case for case in cases if case["dry_run"]]
        fitting = dry if dry_run else dry + [case for case in cases if not case["dry_run"]]
        return fitting[-1] if fitting else None

    def _take_over(self, person: str, run_id: str, is_over: Callable[[str], bool]) -> None:
        """Make this run the one that is at work on the person; of several at once one succeeds."""
        if self._storage.local:
            private_folder(self._storage, CASES)
        prefix = f".{person}-run-"
        marks = (name.removeprefix(prefix) for name in self._storage.names(CASES) if name.startswith(prefix))
        number = max((int(mark) for mark in marks if mark.isdecimal()), default=0)
        while True:
            owner = (self._storage.read(f"{CASES}/{prefix}{number:04d}") or b"").decode()
            if owner == run_id:
                return
            if owner and not is_over(owner):
                raise _at_work(owner)
            number += 1
            if self._storage.create(f"{CASES}/{prefix}{number:04d}", run_id.encode()):
                return


def _refuse_naming(subject: Subject, ticket: str, run_id: str) -> None:
    from gong_airflow.erasure.spelling import holds

    person = {form for identity in subject.given for form in identity.forms}
    if holds(ticket, person.__contains__) or holds(run_id, person.__contains__):
        raise GongInputError(
            "The ticket or the run id holds the address or number of the person who is to be erased, and"
            " Airflow and the certificate would keep it",
            remedy="Delete this run in Airflow and start gong_erasure again with another",
        )


def _at_work(run_id: str) -> GongInputError:
    return GongInputError(
        f"Run {run_id} is at work on the same person",
        remedy="Let it end. If it cannot, mark it as failed and start gong_erasure again, which goes on from"
        " where it stopped",
    )


def _number(case_id: str) -> int:
    return int(case_id.rpartition("-")[2])


def _path(case_id: str) -> str:
    if not _CASE_ID.fullmatch(case_id):
        raise ValueError(
            "A case id has 32 hexadecimal digits, a dash and a number: pass on what begin() gave."
        )
    return f"{CASES}/{case_id}.json"
