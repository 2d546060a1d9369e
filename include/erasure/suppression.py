"""Who must not come in again, and what is kept out.

    <GONG_ERASURE_URL>/suppressed/<case id>.json
        {"key": "…", "forms": ["<hash>"], "call_ids": ["…"], "objects": ["<hash>"], "turn": 3}

Addresses, numbers and ids in the CRM are there as keyed hashes; ids of calls, which Gong made, as they are.

A writer writes, then reads the list again, and writes once more if it has changed meanwhile. Whoever erases
adds to the list first and searches then. So of a page in flight either the writer sees the new list or the
search sees the page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from gong_airflow.erasure.matching import blank_record, is_about, object_form
from gong_airflow.errors import GongConfigurationError
from include import settings
from include.erasure.key import CONN_ID, check_of, hashed, subject_key

if TYPE_CHECKING:
    from gong_airflow.erasure.identity import Form, Identity
    from include.storage import Entry, Storage

SUPPRESSED = "suppressed"
_HASHES_KEPT = 1 << 16
# Each writing has another length than the last ones: some file systems tell times in whole seconds.
_LENGTHS = 61


def _nobody(_: str) -> str:
    return ""


@dataclass(frozen=True, repr=False)
class Suppressed:
    """The list at one moment; false while it is empty.

    :param fingerprint: another one whenever the list has changed; empty while it is empty
    :param hashes: of forms and of CRM ids
    """

    fingerprint: str = ""
    call_ids: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()
    hash_of: Callable[[Form], str] = field(default=_nobody, compare=False)

    def __bool__(self) -> bool:
        return bool(self.fingerprint)

    def __repr__(self) -> str:
        return f"Suppressed({len(self.hashes)} hashes, {len(self.call_ids)} calls)"

    def knows(self, form: Form) -> bool:
        """Whether the form is that of a suppressed person."""
        return bool(self.hashes) and self.hash_of(form) in self.hashes

    def knows_object(self, object_id: str) -> bool:
        """Whether it is the CRM id of a suppressed person's lead or contact."""
        return self.knows(object_form(object_id))

    def filtered(self, stream: str, records: Iterable[Mapping[str, Any]]) -> list[Any]:
        """Records of a stream without those about a suppressed person, and with mentions blanked."""
        if not self:
            return list(records)
        admitted = (r for r in records if not is_about(stream, r, self.knows, self.call_ids))
        return [blank_record(record, self.knows)[0] for record in admitted]


NOBODY = Suppressed()


class Suppression:
    """The list, at any ObjectStoragePath. Nothing is opened before the first use.

    :param url: the place of erasures; default: the setting `GONG_ERASURE_URL`
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url
        self._contents: dict[Entry, dict[str, Any]] = {}
        self._current = NOBODY

    def __repr__(self) -> str:
        # No address: equal objects must look equal in the serialized DAG.
        return f"Suppression({self.url!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other) if isinstance(other, Suppression) else NotImplemented

    def __hash__(self) -> int:
        return hash(repr(self))

    @cached_property
    def _storage(self) -> Storage:
        from include.storage import Storage

        return Storage(f"{(self.url or settings.erasure_url()).rstrip('/')}/{SUPPRESSED}")

    @cached_property
    def _key(self) -> bytes:
        return subject_key()

    @cached_property
    def _hash_of(self) -> Callable[[Form], str]:
        return lru_cache(_HASHES_KEPT)(lambda form: hashed(form, self._key))

    def current(self) -> Suppressed:
        """The list as it is now: one listing, and a reading of each file that has changed.

        :raises GongConfigurationError: somebody is suppressed, and the connection that would tell who is
            missing or has another password: rather nothing comes in than an erased person
        """
        entries = [e for e in self._storage.entries(SUPPRESSED) if _is_case(e.path)]
        if not entries:
            return NOBODY
        known = {entry: self._contents.get(entry) for entry in entries}
        if None not in known.values() and len(known) == len(self._contents):
            return self._current
        missing = [entry for entry, content in known.items() if content is None]
        for entry, content in zip(missing, self._storage.each(self._read_of, missing), strict=True):
            known[entry] = content
        contents = {entry: content for entry, content in known.items() if content is not None}
        # Kept together, and only when they are good: what raises must raise again.
        self._current, self._contents = self._united(contents), contents
        return self._current

    def add(
        self,
        case_id: str,
        *,
        identities: Iterable[Identity] = (),
        call_ids: Iterable[str] = (),
        object_ids: Iterable[str] = (),
    ) -> None:
        """Keep these out from now on, beside what was added before; in one atomic step. One task at a time.

        Even with nothing new the fingerprint changes: what was staged for the tables before is staged again.
        """
        from include.storage import private_folder

        if self._storage.local:
            private_folder(self._storage, SUPPRESSED)
        # With another key than the others' nobody would be known any more.
        self.current()
        forms = {form for identity in identities for form in identity.forms}
        more = {
            "forms": [hashed(form, self._key) for form in forms],
            "call_ids": [str(call_id) for call_id in call_ids],
            "objects": [hashed(object_form(object_id), self._key) for object_id in object_ids],
        }
        path = f"{SUPPRESSED}/{case_id}.json"
        content = self._storage.read(path)
        kept: dict[str, Any] = {} if content is None else _parsed(content)
        turn = kept.get("turn", 0) + 1
        lists = {name: sorted({*kept.get(name, ()), *more[name]}) for name in _LISTS}
        made = json.dumps({"key": check_of(self._key), **lists, "turn": turn}).encode()
        self._storage.put(path, made + b"\n" * (1 + turn % _LENGTHS))

    def _read_of(self, entry: Entry) -> dict[str, Any] | None:
        content = self._storage.read(entry.path)
        return None if content is None else _parsed(content)

    def _united(self, found: Mapping[Entry, dict[str, Any]]) -> Suppressed:
        contents = [found[entry] for entry in sorted(found, key=lambda entry: entry.path)]
        if not contents:
            return NOBODY
        if any(content["key"] != check_of(self._key) for content in contents):
            raise GongConfigurationError(
                f"The password of the connection {CONN_ID} is not the one that keeps erased people out",
                remedy="Give the connection the password that it had before; with another one they would come"
                " in again",
            )
        return Suppressed(
            fingerprint=hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()[:32],
            call_ids=frozenset(call_id for content in contents for call_id in content["call_ids"]),
            hashes=frozenset(h for content in contents for h in (*content["forms"], *content["objects"])),
            hash_of=self._hash_of,
        )


_LISTS = ("forms", "call_ids", "objects")


def _is_case(path: str) -> bool:
    # A file that is being written has another name.
    name = path.rpartition("/")[2]
    return name.endswith(".json") and not name.startswith(".")


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
        lists = {name: [str(one) for one in parsed[name]] for name in _LISTS}
        return {"key": str(parsed["key"]), **lists, "turn": int(parsed["turn"])}
    except (ValueError, KeyError, TypeError) as error:
        raise GongConfigurationError(
            "A file of the list of suppressed people cannot be read, so nobody knows whom to keep out",
            remedy=f"Restore the folder {SUPPRESSED} of GONG_ERASURE_URL from a copy",
        ) from error
