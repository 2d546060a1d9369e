"""Records that have vanished from the source without a mark: found by comparing all rows with the ledger.

Three steps, with a person between the first two where much has vanished: `find_vanished` counts and puts the
ids into the box `vanished` of the outbox (an id can be an e-mail address, so none goes into an XCom),
`asks` says whether to ask, `write_deletions` compares once more and writes what is still missing into the
box `deletions`. From there it goes to Gong like all files.
"""

# ruff: noqa: S608 - what is formatted into the SQL are constants and numbers

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from gong_airflow.crm.objects import OBJECT_TYPES
from include.crm.database import id_ranges, open_database
from include.crm.ledger import Ledger
from include.crm.outbox import Batch, Draft, Outbox
from include.crm.selecting import collect_ids
from include.crm.shaping import deletion
from include.crm.suppressing import remove_suppressed, unchanged
from include.crm.writing import MOST_BYTES, Parts
from include.erasure.suppression import Suppression

if TYPE_CHECKING:
    import duckdb

    from include.crm.mapping import CrmMapping, ObjectMapping
    from include.crm.source import Source
    from include.erasure.suppression import Suppressed

log = logging.getLogger(__name__)

BOX = "vanished"
LIST = "vanished.ndjson"
# More of an object type than this is not deleted without asking.
MOST_SHARE = 0.1
# Rows at once: orjson takes some KB for each line that is kept.
_CHUNK = 1000
_HELD = "version IS NOT NULL AND NOT is_deleted"


def find_vanished(
    mapping: CrmMapping,
    source: Source,
    integration_id: str,
    outbox: Outbox,
    *,
    run_id: str,
    now: datetime,
    ledger_url: str = "",
    suppression: Suppression | None = None,
) -> dict[str, dict[str, int]]:
    """Compare all rows of the source with what Gong holds; remember the ids for `write_deletions`.

    An object type without an SQL file is not compared: nothing of it has vanished. A row that breaks a rule
    is there.

    :param outbox: its box does not matter
    :param suppression: whose records have not vanished, whatever the source holds; default: the list at the
        setting `GONG_ERASURE_URL`
    :returns: by object type `held` (by Gong), `in_source`, `vanished` and `unseen`: records of the source
        that Gong has never been sent as they are, see `to_reread`
    """
    drop_lists(outbox)
    lists, counts = Outbox(BOX, outbox.url), {}
    suppression = suppression or Suppression()
    for object_type, objects in mapping.objects.items():
        ledger = Ledger(integration_id, object_type, ledger_url or outbox.url)
        manifest = _manifest(object_type, run_id, integration_id, now, [])
        counts[object_type] = unchanged(
            suppression,
            partial(_listed, objects=objects, source=source, ledger=ledger, lists=lists, manifest=manifest),
            partial(lists.remove_all, object_type),
        )
        log.info("%s: %s", object_type, counts[object_type])
    return counts


def _listed(
    suppressed: Suppressed,
    *,
    objects: ObjectMapping,
    source: Source,
    ledger: Ledger,
    lists: Outbox,
    manifest: Mapping[str, Any],
) -> dict[str, int]:
    """Counts of one object type; what has vanished is in the box `vanished`."""
    with open_database() as database:
        counts = _compare(database, objects, source, ledger, suppressed)
        if counts["vanished"]:
            with lists.draft(manifest["object_type"], manifest["run_id"]) as draft:
                _write_list(draft, database)
                draft.publish(manifest)
    return counts


def drop_lists(outbox: Outbox) -> None:
    """Remove the ids that `find_vanished` has written, when they are not needed any more."""
    lists = Outbox(BOX, outbox.url)
    for object_type in OBJECT_TYPES:
        lists.remove_all(object_type)


def asks(counts: Mapping[str, Mapping[str, int]], unasked: int) -> bool:
    """Whether a person has to approve the deletions.

    :param counts: of `find_vanished`
    :param unasked: so many records in all may be deleted without asking
    """
    return sum(count["vanished"] for count in counts.values()) > unasked or any(
        count["vanished"] > MOST_SHARE * count["held"] or (count["held"] and not count["in_source"])
        for count in counts.values()
    )


def to_reread(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The object types that the next selection has to read whole: drop their watermarks.

    They hold rows that were changed without a new modifiedDate, or that are back after they had vanished.
    (Also rows changed since the last selection: these are read with or without a watermark.)
    """
    return [object_type for object_type, count in counts.items() if count["unseen"]]


def write_deletions(
    mapping: CrmMapping,
    source: Source,
    integration_id: str,
    outbox: Outbox,
    *,
    run_id: str,
    now: datetime,
    ledger_url: str = "",
    suppression: Suppression | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Files that delete in Gong what `find_vanished` of this run found and is missing still.

    Files of an earlier run that Gong may have got are returned instead of new ones: what became of them has
    to be known first.

    :param outbox: box `deletions`
    :param now: the records' modifiedDate
    :returns: by object type, in Gong's order, references of the files
    """
    files: dict[str, list[dict[str, Any]]] = {object_type: [] for object_type in mapping.objects}
    for object_type, objects in mapping.objects.items():
        adopted = _adopted(outbox, object_type, integration_id)
        approved = [
            batch
            for batch in Outbox(BOX, outbox.url).leftovers(object_type)
            if batch.manifest["run_id"] == run_id and batch.manifest["integration_id"] == integration_id
        ]
        if adopted:
            files[object_type] = adopted
        elif approved:
            ledger = Ledger(integration_id, object_type, ledger_url or outbox.url)
            manifest = _manifest(object_type, run_id, integration_id, now, [])
            files[object_type] = unchanged(
                suppression or Suppression(),
                partial(
                    _written,
                    objects=objects,
                    source=source,
                    ledger=ledger,
                    approved=approved[0],
                    outbox=outbox,
                    manifest=manifest,
                    now=now,
                ),
                partial(outbox.remove_all, object_type),
            )
    return files


def _written(
    suppressed: Suppressed,
    *,
    objects: ObjectMapping,
    source: Source,
    ledger: Ledger,
    approved: Batch,
    outbox: Outbox,
    manifest: Mapping[str, Any],
    now: datetime,
) -> list[dict[str, Any]]:
    """References of the files that delete what was approved and is missing still."""
    object_type = manifest["object_type"]
    with open_database() as database:
        _compare(database, objects, source, ledger, suppressed)
        with outbox.draft(object_type, manifest["run_id"]) as draft:
            parts = Parts(draft.folder, ledger.parent, MOST_BYTES)
            for chunk in _missing_still(database, approved):
                parts.write([_deletion(object_type, *record, now) for record in chunk])
            written = parts.finish()
            return draft.publish({**manifest, "parts": written}) if written else []


def _adopted(outbox: Outbox, object_type: str, integration_id: str) -> list[dict[str, Any]]:
    found = []
    for batch in outbox.leftovers(object_type):
        if batch.attempted and batch.manifest["integration_id"] == integration_id:
            found += batch.references
        else:
            outbox.remove(batch)
    return found


def _manifest(
    object_type: str, run_id: str, integration_id: str, now: datetime, parts: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "object_type": object_type,
        "run_id": run_id,
        "integration_id": integration_id,
        "began": _text(now),
        "parts": parts,
    }


def _text(time: datetime) -> str:
    return f"{time.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _compare(
    database: duckdb.DuckDBPyConnection,
    objects: ObjectMapping,
    source: Source,
    ledger: Ledger,
    suppressed: Suppressed,
) -> dict[str, int]:
    """Counts; the table `vanished` (id_hash, object_id, kept) holds what is missing in the source."""
    path = ledger.parquet()
    database.execute("CREATE TABLE vanished (id_hash UBIGINT, object_id VARCHAR, kept VARCHAR)")
    counts = {"held": 0, "in_source": 0}
    counts["in_source"] = collect_ids(objects, source, database, "in_source", suppressed)
    if path is None:
        # Nothing was sent yet: gong_crm reads everything anyway.
        return {**counts, "vanished": 0, "unseen": 0}
    values = {"ledger": str(path)}
    counts["held"] = _value(database, f"SELECT count(*) FROM read_parquet($ledger) WHERE {_HELD}", values)
    counts["unseen"] = 0
    rows = counts["in_source"] + _value(database, "SELECT count(*) FROM read_parquet($ledger)", values)
    for within in id_ranges(rows):
        database.execute(_VANISHED.format(within=within), values)
        counts["unseen"] += _value(database, _UNSEEN.format(within=within), values)
    remove_suppressed(database, "vanished", ledger.object_type, suppressed)
    return {**counts, "vanished": _value(database, "SELECT count(*) FROM vanished")}


_VANISHED = f"""
INSERT INTO vanished SELECT id_hash, object_id, kept
FROM (FROM read_parquet($ledger) WHERE {{within}} AND {_HELD}) l
ANTI JOIN (SELECT id_hash FROM in_source WHERE {{within}}) s USING (id_hash)
"""
# A record may have several rows, of which Gong has been sent the newest.
_UNSEEN = """
SELECT count(*) FROM (
    SELECT id_hash FROM (FROM in_source WHERE {within} AND version IS NOT NULL) s
    LEFT JOIN (FROM read_parquet($ledger) WHERE {within}) l USING (id_hash)
    GROUP BY id_hash
    HAVING NOT bool_or(coalesce(s.version = l.version, false) OR coalesce(s.version = l.refused, false))
)
"""


def _value(database: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None) -> int:
    [(value,)] = database.execute(sql, values).fetchall()
    return int(value)


def _write_list(draft: Draft, database: duckdb.DuckDBPyConnection) -> None:
    rows = database.execute("SELECT object_id FROM vanished")
    with (draft.folder / LIST).open("wb") as file:
        while chunk := rows.fetchmany(_CHUNK):
            file.writelines(orjson.dumps({"object_id": object_id}) + b"\n" for (object_id,) in chunk)


def _missing_still(
    database: duckdb.DuckDBPyConnection, approved: Batch
) -> Iterator[list[tuple[str, str | None]]]:
    """Some at a time, (object_id, kept) of what was approved and is in the table `vanished`."""
    database.execute("CREATE TABLE approved (id_hash UBIGINT)")
    rows = 0
    with approved.open(LIST) as file:
        while chunk := list(itertools.islice(file, _CHUNK)):
            rows += len(chunk)
            database.execute(
                "INSERT INTO approved SELECT md5_number_lower(line ->> '$.object_id')"
                " FROM (SELECT unnest(string_split(?, chr(10))) AS line)",
                [b"".join(chunk).decode().removesuffix("\n")],
            )
    for within in id_ranges(rows + _value(database, "SELECT count(*) FROM vanished")):
        # Sorted: the same records give the same file.
        result = database.execute(
            f"SELECT object_id, kept FROM (FROM vanished WHERE {within})"
            f" SEMI JOIN (FROM approved WHERE {within}) USING (id_hash) ORDER BY id_hash"
        )
        while chunk := result.fetchmany(_CHUNK):
            yield chunk


def _deletion(object_type: str, object_id: str, kept: str | None, now: datetime) -> bytes:
    if object_type == "STAGE":
        # Gong cannot delete a stage, and requires its name.
        return orjson.dumps({"objectId": object_id, "name": kept, "isActive": False})
    return deletion(object_id, _text(now))
