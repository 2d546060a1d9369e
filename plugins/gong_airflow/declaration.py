"""What the catalogue declares: a stream, by its operation, its answer and what it is read for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from gong_airflow.items import Dimension, Item

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
    :param each: what it is read once for each of; all combinations of several. See `gong_airflow.items`
    :param params: query parameters that never change
    :param filter: members of `filter` that never change
    :param is_map: the answer holds no array but an object; a record is `{"key", "value"}`
    :param documented_array: name of the array in Gong's document, where recorded answers have another
    :param keeps: members beside the array that the manifest keeps for each page
    :param clean: what a record goes through before it lands
    :param scope: scope that Gong asks for, for what is said when it is missing
    :param product: product of Gong without which the operation is refused
    :param nothing_is_404: any 404 in Gong's envelope means that nothing was found: nothing is named in the
        request that could be missing. Gong's sentence for it is known of some operations only
    :param kept_for: how long Gong keeps the records
    """

    name: str
    operation: str
    array: str
    key: tuple[str, ...] = ()
    time: tuple[str, ...] | None = None
    range_in: Literal["filter", "query"] | None = None
    cursor_in: Literal["body", "query"] = "body"
    private: tuple[str, ...] | None = None
    signed_urls: tuple[tuple[str, ...], ...] = ()
    follow_up: Stream | None = None
    ids_in_filter: str | None = None
    each: tuple[Dimension, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    filter: Mapping[str, Any] = field(default_factory=dict)
    is_map: bool = False
    documented_array: str | None = None
    keeps: tuple[str, ...] = ()
    clean: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    scope: str = ""
    product: str = ""
    nothing_is_404: bool = False
    kept_for: timedelta | None = None

    def request(
        self,
        *,
        start: str | None = None,
        end: str | None = None,
        cursor: str | None = None,
        ids: Sequence[str] | None = None,
        body: Mapping[str, Any] | None = None,
        item: Item | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Arguments `path`, `params` and `json` of `GongHook.call` for one page.

        :param start: ISO 8601, inclusive
        :param end: ISO 8601, exclusive
        :param body: members beside `filter`, e.g. `contentSelector`
        :param item: what the stream is read for this time
        :param query: query parameters besides those of stream and item
        """
        item = item or Item()
        params: dict[str, Any] = {**self.params, **(query or {}), **item.query}
        json: dict[str, Any] = {**(body or {}), **item.body}
        dates = {"fromDateTime": start, "toDateTime": end} if self.range_in and start else {}
        if self.range_in == "query":
            params.update(dates)
        chosen = {**self.filter, **(dates if self.range_in == "filter" else {}), **item.filter}
        if ids is not None and self.ids_in_filter:
            chosen[self.ids_in_filter] = list(ids)
        if chosen or self.range_in == "filter":
            json["filter"] = chosen
        if cursor:
            (json if self.cursor_in == "body" else params)["cursor"] = cursor
        made: dict[str, Any] = {"params": params or None, "json": json or None}
        if item.whole_body is not None:
            made["json"] = list(item.whole_body)
        return {**made, "path": item.path} if item.path else made

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of the streams that have to land before this one."""
        return tuple(dict.fromkeys(d.parent for d in self.each if d.parent))

    @property
    def of_days(self) -> bool:
        """Whether its window is one of the company's days."""
        return any(dimension.of_days for dimension in self.each)

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

    def landed(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record as received, but for signatures of URLs (whoever has them has the media) and secrets."""
        for path in self.signed_urls:
            urls = member(record, path)
            if isinstance(urls, dict):
                bare = {k: v.split("?")[0] if isinstance(v, str) else v for k, v in urls.items()}
                member(record, path[:-1])[path[-1]] = bare
        return self.clean(record) if self.clean else record


def member(record: Any, path: Sequence[str]) -> Any:
    """The value at `path` in nested objects, None where the path ends early."""
    for name in path:
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


def count_of(value: Any) -> int | None:
    """A count that Gong sends as a number, or as the text of one; None for anything else."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
