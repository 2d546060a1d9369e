"""Nobody who was erased comes in again: what is staged before an erasure is not loaded after it.

An erasure first makes known whom it is about, then purges files, makes known that it has, and then purges the
tables, under the lock of loads. So a load that has read files or receipts by another list than the one that
holds under the lock reads them again there: what it loads is either purged already, or will be after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from gong_airflow.erasure.matching import blank_record, is_person
from include.warehouse.landed import line_of
from include.warehouse.tables import Table

if TYPE_CHECKING:
    from include.erasure.suppression import Suppressed
    from include.warehouse.destination import Target
    from include.warehouse.workspace import Workspace

_T = TypeVar("_T")


def suppressed() -> Suppressed:
    """Who must not come in, at this moment."""
    from include.erasure.suppression import Suppression

    return Suppression().current()


@contextmanager
def staged(
    target: Target,
    stage: Callable[[Workspace, Suppressed], _T],
    needed: Callable[[_T], bool] = lambda _: True,
) -> Iterator[tuple[Workspace, _T]]:
    """Stage in a workspace, then take the lock of loads; the workspace and what `stage` gave.

    :param needed: whether what `stage` gave is worth the lock: for nothing, nothing is opened
    """
    from include.erasure.suppression import Suppression
    from include.warehouse.store import Store
    from include.warehouse.workspace import open_workspace

    suppression = Suppression()
    before = suppression.current()
    with ExitStack() as lock, ExitStack() as opened:
        workspace = opened.enter_context(open_workspace())
        given = stage(workspace, before)
        if not needed(given):
            yield workspace, given
            return
        lock.enter_context(Store.one_load(target))
        now = suppression.current()
        if now.fingerprint != before.fingerprint:
            opened.close()
            workspace = opened.enter_context(open_workspace())
            given = stage(workspace, now)
        yield workspace, given


def admitted(table: Table, records: Sequence[str], without: Suppressed) -> list[str]:
    """Those of `records`, each a JSON text, that may become rows of a keyed table; others' names blanked."""
    if not without:
        return list(records)
    given = (json.loads(record) for record in records)
    return [
        line_of(blank_record(record, without.knows)[0])
        for record in given
        if not _is_about(table, record, without)
    ]


def _is_about(table: Table, record: Any, without: Suppressed) -> bool:
    if not isinstance(record, Mapping):
        return False
    if "call_id" in table.columns and str(record.get("call_id")) in without.call_ids:
        return True
    object_id = str(record.get("object_id") or "") if "object_id" in table.columns else ""
    return is_person(object_id, without.knows)
