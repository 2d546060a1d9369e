"""Calls that Gong still shows, asked for by their ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gong_airflow.declaration import PAGE_SIZE
from gong_airflow.erasure.reading import all_records
from gong_airflow.erasure.references import Call
from gong_airflow.streams import CALLS

# Enough to tell who was on a call, and no more: CRM objects without their fields.
WITH_PARTIES: Mapping[str, Any] = {
    "contentSelector": {"context": "Basic", "exposedFields": {"parties": True, "media": False}}
}


def shown_calls(
    call: Call, call_ids: Collection[str], body: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Id and record of each of the calls that Gong shows; a request for each hundred ids.

    :param call: sends a request, `GongHook.call`
    :param body: members of the request beside the filter
    """
    ids = sorted(set(call_ids))
    for start in range(0, len(ids), PAGE_SIZE):
        asked = ids[start : start + PAGE_SIZE]
        shown = {CALLS.id_of(one): one for one in all_records(call, CALLS, ids=asked, body=body)}
        yield from ((number, shown[number]) for number in asked if number in shown)
