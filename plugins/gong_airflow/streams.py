"""The catalogue of streams: what can be read from Gong, by declaration.

A stream names its operation, how its range is given, where its cursor goes, its array and its key.
One operator extracts them all; a new stream is a new declaration here and a shape in the warehouse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

# No operation has a page-size parameter; all paged ones answer with at most 100 rows.
PAGE_SIZE = 100


@dataclass(frozen=True)
class Stream:
    """One kind of record.

    :param name: name of the stream in landing zone, logs and manifests
    :param operation: method and path template
    :param array: name of the array of records in the answer
    :param key: where a record keeps its id, as a path of member names
    :param time: path of the time by which the range selects
    :param range_in: where the range [from, to) goes: `filter` of the body, `query`, or None without range
    :param cursor_in: where the cursor goes; Gong ignores a cursor in the query of a POST without a word
    :param private: path of the flag of records that are left out unless asked for
    :param signed_urls: paths of objects whose values are signed URLs: their queries never land
    :param follow_up: stream read for exactly the ids of each page
    :param ids_in_filter: member of `filter` that selects records by id
    """

    name: str
    operation: str
    array: str
    key: tuple[str, ...]
    time: tuple[str, ...] | None = None
    range_in: Literal["filter", "query"] | None = None
    cursor_in: Literal["body", "query"] = "body"
    private: tuple[str, ...] | None = None
    signed_urls: tuple[tuple[str, ...], ...] = ()
    follow_up: Stream | None = None
    ids_in_filter: str | None = None

    def request(
        self,
        *,
        start: str | None = None,
        end: str | None = None,
        cursor: str | None = None,
        ids: Sequence[str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Arguments `params` and `json` of `GongHook.call` for one page.

        :param start: ISO 8601, inclusive
        :param end: ISO 8601, exclusive
        :param body: members beside `filter`, e.g. `contentSelector`
        """
        params: dict[str, Any] = {}
        json: dict[str, Any] = dict(body or {})
        dates = {"fromDateTime": start, "toDateTime": end} if self.range_in and start else {}
        if self.operation.startswith("POST"):
            json["filter"] = dict(dates if self.range_in == "filter" else {})
            if ids is not None and self.ids_in_filter:
                json["filter"][self.ids_in_filter] = list(ids)
        if self.range_in == "query":
            params.update(dates)
        if cursor:
            (json if self.cursor_in == "body" else params)["cursor"] = cursor
        return {"params": params or None, "json": json if self.operation.startswith("POST") else None}

    def id_of(self, record: Mapping[str, Any]) -> str | None:
        """The record's id as text; None when it has none."""
        value = member(record, self.key)
        return str(value) if isinstance(value, (str, int)) and value != "" else None

    def is_private(self, record: Mapping[str, Any]) -> bool:
        """Whether Gong flags the record as private; a flag of unknown kind counts as private."""
        if self.private is None:
            return False
        flag = member(record, self.private)
        return flag not in (None, False, "false", "False", 0, "0", "")


def member(record: Any, path: Sequence[str]) -> Any:
    """The value at `path` in nested objects, None where the path ends early."""
    for name in path:
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


TRANSCRIPTS = Stream(
    name="transcripts",
    operation="POST /v2/calls/transcript",
    array="callTranscripts",
    key=("callId",),
    range_in="filter",
    ids_in_filter="callIds",
)

# /v2/calls/extensive holds all that /v2/calls has, and filters by the time a call started, whereas
# /v2/calls filters web conferences by the scheduled time: two listings would disagree at the edges.
CALLS = Stream(
    name="calls",
    operation="POST /v2/calls/extensive",
    array="calls",
    key=("metaData", "id"),
    time=("metaData", "started"),
    range_in="filter",
    private=("metaData", "isPrivate"),
    signed_urls=(("media",),),
    follow_up=TRANSCRIPTS,
    ids_in_filter="callIds",
)

STREAMS: Mapping[str, Stream] = {stream.name: stream for stream in (CALLS, TRANSCRIPTS)}


def count_of(value: Any) -> int | None:
    """A count that Gong sends as a number, or as the text of one; None for anything else."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
