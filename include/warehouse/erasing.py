"""A person out of the tables: which rows go, and which texts lose a mention.

Rows go with the call that they belong to, or with the record of the CRM that is the person's. In all other
rows a mention in a text is blanked. What is counted and what is changed come from one plan.
"""

# ruff: noqa: S608 - names in the SQL are those that tables.py declares; values are parameters

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gong_airflow.erasure.matching import blank_record, is_person, is_whole
from gong_airflow.erasure.spelling import BLANK, Known, blank, holds
from include.warehouse.declaration import SYNCED, Table
from include.warehouse.sieve import Sieve
from include.warehouse.streams import FEEDS, SCOPES
from include.warehouse.tables import ALL

if TYPE_CHECKING:
    from include.erasure.person import Person
    from include.warehouse.destination import Target
    from include.warehouse.store import Store

Key = tuple[Any, ...]
Rows = tuple[Sequence[str], set[Key]]
Statement = tuple[str, str, Sequence[Any]]
_NOTHING: Rows = ((), set())

# Values and texts per statement; a database reads a table once for each.
_CHUNK = 500
_TEXTS = 200
# Whose objects and participants' contexts are persons.
_PERSONS = ("contact", "lead")
# Tables whose rows may be a person's: what tells one record apart. It goes when a text of it is the person's
# address, number or id in the CRM; for uploads that is the object alone.
_RECORDS = {
    "entity_value": ("object_id", "object_type", "integration_id"),
    "engage_task": ("id",),
    "engage_flow_assignment": ("flow_instance_id",),
    "crm_upload_error": ("object_id", "object_type", "version"),
}
# What a user did on a day, call by call: the record is the user's, and an id that Gong made names nobody.
_OF_USERS = {"user_activity_day"}


@dataclass
class Plan:
    """What leaves the tables; its `repr` shows how much alone.

    :param rows: of a table, the columns and the values of the rows that go
    :param texts: of a table and column, the texts that change, each with what it becomes
    :param emptied: the tables that have some of those rows
    """

    rows: dict[str, Rows] = field(default_factory=dict, repr=False)
    texts: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict, repr=False)
    counts: dict[str, int] = field(default_factory=lambda: {"rows": 0, "mentions": 0})
    emptied: set[str] = field(default_factory=set)

    def statements(self) -> Iterator[Statement]:
        """(table, SQL, values) of each change; `{TABLE}` and `{column}` stand for names."""
        for table in sorted(self.emptied):
            for where, values in _parts(*self.rows[table]):
                yield table, f"DELETE FROM {{TABLE}} WHERE {where}", values
        for table, columns in self.texts.items():
            for column, texts in columns.items():
                for some in _chunks(sorted(texts), _TEXTS):
                    cases = " ".join(["WHEN %s THEN %s"] * len(some))
                    sql = (
                        f"UPDATE {{TABLE}} SET {{{column}}} = CASE {{{column}}} {cases} END,"
                        f" {{{SYNCED}}} = CURRENT_TIMESTAMP WHERE {{{column}}} IN ({_marks(some)})"
                    )
                    yield table, sql, [*(part for text in some for part in (text, texts[text])), *some]


@dataclass(frozen=True)
class _Look:
    """Who is looked for in which tables."""

    store: Store
    person: Person
    sieve: Sieve
    stored: dict[str, set[str]]

    @classmethod
    def into(cls, store: Store, person: Person) -> _Look:
        return cls(store, person, Sieve.of(person.forms, store.dialect), store.stored())

    def passing(self, table: str, given: Sequence[str], texts: Sequence[str]) -> Iterator[Key]:
        """`given` and `texts` of the rows in which one of `texts` may mention the person."""
        if table in self.stored and texts:
            yield from self.store.select(table, (*given, *texts), *self.sieve.where(texts))

    def owned(self, table: str, given: Sequence[str], ids: str) -> Iterator[Key]:
        """`given` of the rows whose column `ids` holds an id of the person in the CRM."""
        if table in self.stored:
            for where, values in _parts((ids,), {(id_,) for id_ in self.person.object_ids}):
                yield from self.store.select(table, given, where, values)


def calls_of(store: Store, person: Person) -> set[str]:
    """The ids of the calls in which the person takes part, or whose contact or lead the person is."""
    look, known = _Look.into(store, person), person.known
    found = set()
    for call_id, *texts in look.passing("call_participant", ["call_id"], ["email_address", "phone_number"]):
        if any(holds(text, known) for text in texts if text):
            found.add(call_id)
    for table in ("call_participant_integration", "call_context_integration"):
        for call_id, kind, text in look.passing(table, ["call_id", "object_type"], ["value"]):
            if str(kind).lower() in _PERSONS and is_whole(text, known):
                found.add(call_id)
        for call_id, kind in look.owned(table, ["call_id", "object_type"], "object_id"):
            if str(kind).lower() in _PERSONS:
                found.add(call_id)
    return found - {None}


def plan(store: Store, person: Person) -> Plan:
    """Everything in the tables that has to do with the person; nothing is changed."""
    made, look = Plan(), _Look.into(store, person)
    tables = [table for table in ALL if table.name in look.stored]
    made.rows = {**_of_calls(look, tables), **_of_records(look, tables)}
    made.rows[SCOPES.name] = ("scope",), _scopes(made, person)
    for table in tables:
        for where, values in _parts(*made.rows.get(table.name, _NOTHING)):
            number = int(next(store.select(table.name, (), where, values))[0])
            made.counts["rows"] += number
            made.emptied |= {table.name} if number else set()
        _find_mentions(made, look, table)
    return made


def purge(target: Target, person: Person) -> dict[str, int]:
    """Carry the plan out, and let nothing be left of it in files; what was removed."""
    from include.warehouse.rewriting import rewrite
    from include.warehouse.store import Store

    file = target.duckdb_file()
    if file is not None and not file.exists():
        return Plan().counts
    with Store.one_load(target):
        with Store.reading(target) as store:
            made = plan(store, person)
        with Store.writing(target) as store:
            store.clear_staging()
            store.change(made.statements())
            store.tidy()
        # As `tidy`, also when nothing was found: an earlier purge may have been killed before this step, and
        # rows that were replaced in the past are in the file still.
        if file is not None:
            rewrite(file, target.lock_timeout)
    return made.counts


def _of_calls(look: _Look, tables: Sequence[Table]) -> dict[str, Rows]:
    """The rows of the person's calls, of every table that names calls, and what belongs to such rows."""
    keys: set[Key] = {(call_id,) for call_id in look.person.call_ids}
    names = {table.name for table in tables}
    found: dict[str, Rows] = {
        table.name: ((table.call_column,), keys)
        for table in tables
        if table.unit or ("call_id" in table.columns and table.name not in _OF_USERS)
    }
    for feed in FEEDS:
        first, key = feed.tables[0], feed.tables[0].key[:1]
        rest = [table.name for table in feed.tables[1:] if table.name in names - found.keys()]
        if first.name in found and rest:
            parents = {
                tuple(row)
                for where, values in _parts(("call_id",), keys)
                for row in look.store.select(first.name, key, where, values)
            }
            found.update((name, (key, parents)) for name in rest)
    return found


def _of_records(look: _Look, tables: Iterable[Table]) -> dict[str, Rows]:
    """The rows of records that are the person's, or belong to the person."""
    found: dict[str, Rows] = {}
    for table in tables:
        if table.name not in _RECORDS:
            continue
        key = _RECORDS[table.name]
        texts = ["object_id"] if table.name == "crm_upload_error" else _texts(look, table)
        keys = {
            row[: len(key)]
            for row in look.passing(table.name, key, texts)
            if any(text and is_person(text, look.person.known) for text in row[len(key) :])
        }
        for text in texts:
            keys |= set(look.owned(table.name, key, text))
        found[table.name] = key, keys
    return found


def _scopes(made: Plan, person: Person) -> set[Key]:
    """The bookkeeping of what was asked for: a hash of an id tells whose it is to whoever knows the id."""
    keys: set[Key] = {(id_,) for id_ in (*person.call_ids, *person.object_ids)}
    keys |= made.rows.get("entity_value", _NOTHING)[1]
    parts = ("\x1f".join(key).encode() for key in keys)
    return {(hashlib.md5(part, usedforsecurity=False).hexdigest(),) for part in parts}


def _texts(look: _Look, table: Table) -> list[str]:
    """The columns that may mention someone: all texts but the ids of calls and hashes."""
    without = {"_content_hash", table.call_column if table.unit else "call_id"}
    held = look.stored[table.name]
    texts = [name for name, kind in table.columns.items() if kind == "text" and name not in without]
    return [name for name in texts if name.casefold() in held and table is not SCOPES]


def _find_mentions(made: Plan, look: _Look, table: Table) -> None:
    """Note the mentions in the rows of a table that stay."""
    columns, gone = made.rows.get(table.name, _NOTHING)
    texts = _texts(look, table)
    for row in look.passing(table.name, columns, texts):
        if row[: len(columns)] in gone:
            continue
        for column, text in zip(texts, row[len(columns) :], strict=True):
            new, number = blanked(text, look.person.known) if text else (text, 0)
            if number:
                made.texts.setdefault(table.name, {}).setdefault(column, {})[text] = new
                made.counts["mentions"] += number


def blanked(text: str, known: Known) -> tuple[str, int]:
    """`text` without mentions, and how many there were. What was JSON is JSON afterwards."""
    new, number = blank(text, known)
    if not (number and text[:1] in ("{", "[") and _is_json(text)) or _is_json(new):
        return new, number

    # A number that stands there without quotation marks.
    def whole(digits: str) -> Any:
        return BLANK if holds(digits, known) else int(digits)

    def fraction(digits: str) -> Any:
        return BLANK if holds(digits, known) else float(digits)

    record, _ = blank_record(json.loads(text, parse_int=whole, parse_float=fraction), known)
    written = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return (new if holds(written, known) else written), number


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _parts(columns: Sequence[str], keys: Iterable[Key]) -> Iterator[tuple[str, list[Any]]]:
    """The conditions, some keys at a time, that a row has one of `keys` in `columns`."""
    for some in _chunks(sorted(keys), _CHUNK):
        if len(columns) == 1:
            yield f"{{{columns[0]}}} IN ({_marks(some)})", [key[0] for key in some]
        else:
            one = " AND ".join(f"{{{column}}} = %s" for column in columns)
            yield " OR ".join([f"({one})"] * len(some)), [value for key in some for value in key]


def _chunks(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (things[start : start + size] for start in range(0, len(things), size))


def _marks(things: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(things))
