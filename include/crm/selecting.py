"""Selecting: the rows that Gong does not have become batches of files in the outbox. Nothing is sent here."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.errors import GongConfigurationError, GongInputError
from include.crm.comparing import hash_of, insert_lists
from include.crm.drafting import Drafting, slices
from include.crm.ledger import Ledger
from include.crm.mapping import EPOCH
from include.crm.outbox import Batch, Outbox
from include.crm.shaping import Shaper, version_of
from include.crm.suppressing import Gate, unchanged
from include.erasure.suppression import Suppression

if TYPE_CHECKING:
    import duckdb

    from include.crm.mapping import CrmMapping, ObjectMapping
    from include.crm.source import Source
    from include.erasure.suppression import Suppressed

log = logging.getLogger(__name__)

_REASONS_NAMED = 5


def select_rows(
    mapping: CrmMapping,
    source: Source,
    outbox: Outbox,
    *,
    integration_id: str,
    run_id: str,
    watermarks: Mapping[str, str],
    now: datetime,
    whole: bool = False,
    look_back: timedelta,
    most_bad: int,
    ledger_url: str = "",
    suppression: Suppression | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """References of the files to be sent, by object type, for all of Gong's in its order.

    A batch of an earlier run that was sent in part is gone on with, instead of a new selection of that
    object type. Batches that were not sent at all are removed: their rows are selected again.

    :param integration_id: empty: there is none yet
    :param watermarks: by object type, UTC text like `2026-11-22T10:00:00Z`; without one all rows are read
    :param whole: read all rows of every object type
    :param look_back: how far before its watermark an object type is read again
    :param most_bad: how many rows, of all these object types, may break a rule
    :param ledger_url: default: that of the outbox
    :param suppression: whose rows are left out; default: the list at the setting `GONG_ERASURE_URL`
    :raises GongInputError: more do; the batches are in the outbox, so that the report tells of the rows
    :raises GongConfigurationError: the SQL, its columns or the connection
    """
    chosen: dict[str, list[dict[str, Any]]] = {name: [] for name in OBJECT_TYPES}
    reasons: dict[str, Counter[str]] = {}
    bad: dict[str, int] = {}
    for name, objects in mapping.objects.items():
        if batch := _unfinished(outbox, name, integration_id):
            log.info("%s: going on with %d files of an earlier run", name, len(batch.references))
            chosen[name] = batch.references
            continue
        ledger = Ledger(integration_id, name, ledger_url or outbox.url)
        since = EPOCH if whole else _since(objects, ledger, watermarks.get(name), look_back)
        draft = partial(Drafting, objects, ledger, since, now)
        drafting, chosen[name] = unchanged(
            suppression or Suppression(),
            partial(_drafted, draft, source, outbox, run_id),
            partial(outbox.remove_all, name),
        )
        reasons[name], bad[name] = drafting.reasons, drafting.counts["set_aside"]
    if sum(bad.values()) > most_bad:
        raise _too_many(bad, reasons, most_bad)
    return chosen


def _drafted(
    draft: Callable[[Suppressed], Drafting],
    source: Source,
    outbox: Outbox,
    run_id: str,
    suppressed: Suppressed,
) -> tuple[Drafting, list[dict[str, Any]]]:
    drafting = draft(suppressed)
    return drafting, drafting.run(source, outbox, run_id)


def collect_ids(
    objects: ObjectMapping,
    source: Source,
    database: duckdb.DuckDBPyConnection,
    table: str,
    suppressed: Suppressed,
) -> int:
    """Read all rows of the source; the number of rows.

    Creates `table` (id_hash UBIGINT, version UBIGINT) with what the ledger would know a row by: an entry for
    each row that has an id. Where the row breaks a rule, or is one's who was erased, its version is null.
    """
    database.execute(f'CREATE TABLE "{table}" (id_hash UBIGINT, version UBIGINT)')
    database.begin()
    count = 0
    with source.rows(objects.sql(EPOCH)) as rows:
        shaper = Shaper(objects, rows.columns)
        gate = Gate(suppressed, objects.object_type.name, shaper.id_position)
        for batch in slices(rows):
            count += len(batch)
            passing, left_out = gate.parted(batch)
            shaped, never_sent = shaper.shape(passing), shaper.shape(left_out)
            set_aside = (*shaped.set_aside, *never_sent.set_aside)
            bad = [*never_sent.ids, *(row.object_id for row in set_aside if row.object_id)]
            versions = [version_of(line) for line in shaped.lines]
            insert_lists(
                database,
                f'"{table}"',
                ("UBIGINT", [hash_of(object_id) for object_id in (*shaped.ids, *bad)]),
                ("UBIGINT", [*versions, *([None] * len(bad))]),
            )
    database.commit()
    return count


def _unfinished(outbox: Outbox, object_type: str, integration_id: str) -> Batch | None:
    """The batch that is to be gone on with; others, of which nothing can come any more, are removed."""
    found = None
    for batch in outbox.leftovers(object_type):
        if (
            found is None
            and batch.attempted
            and (batch.sent_to or batch.manifest["integration_id"]) == integration_id
        ):
            found = batch
        else:
            outbox.remove(batch)
    return found


def _since(objects: ObjectMapping, ledger: Ledger, watermark: str | None, look_back: timedelta) -> str:
    """From when on rows are read; all of them when it is not known which Gong has been sent."""
    if not watermark or ledger.mapping != objects.digest:
        return EPOCH
    try:
        reached = datetime.fromisoformat(watermark.replace("Z", "+00:00")).astimezone(timezone.utc)
    except ValueError as error:
        raise GongConfigurationError(
            f"The watermark of {objects.object_type.name} is not a time",
            remedy="Delete it from the state of the CRM's asset: all rows are read then",
        ) from error
    if reached - datetime(1970, 1, 1, tzinfo=timezone.utc) <= look_back:
        return EPOCH
    return f"{reached - look_back:%Y-%m-%dT%H:%M:%SZ}"


def _too_many(bad: Mapping[str, int], reasons: Mapping[str, Counter[str]], most_bad: int) -> GongInputError:
    each = ", ".join(f"{count} of {name}" for name, count in bad.items() if count)
    frequent: Counter[str] = Counter()
    for name, counted in reasons.items():
        frequent.update({f"{name} {reason}": count for reason, count in counted.items()})
    named = "; ".join(f"{reason} ({count})" for reason, count in frequent.most_common(_REASONS_NAMED))
    return GongInputError(
        f"{sum(bad.values())} rows break a rule ({each}), and at most {most_bad} may. Most frequent: {named}",
        remedy="Correct the rows, which the table crm_upload_error names, or the SQL of the mapping, or raise"
        " GONG_CRM_MAX_BAD_ROWS; nothing new was sent",
    )
