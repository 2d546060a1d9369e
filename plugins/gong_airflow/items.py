"""What a stream is read once for each of: records of another stream, days, object types, ids.

An item is one combination of them. What tells it apart, `of`, holds ids and dates only: it travels through
XComs, logs and manifests, where an e-mail address that Gong asks for must not be.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

Place = Literal["path", "query", "filter"]
# Gong drops the ids after the hundredth without a word.
MOST_IDS = 100


@dataclass(frozen=True)
class Item:
    """One combination.

    :param of: what tells it apart, e.g. `{"user_id": "1"}`
    :param path, query, filter, body: what it adds to the request, by place
    :param whole_body: a body that is a list, instead of filter and body
    """

    of: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    filter: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    whole_body: Sequence[str] | None = field(default=None, repr=False)

    def joined(self, other: Item) -> Item:
        """Both at once."""
        whole = self.whole_body if other.whole_body is None else other.whole_body
        return Item(
            {**self.of, **other.of},
            {**self.path, **other.path},
            {**self.query, **other.query},
            {**self.filter, **other.filter},
            {**self.body, **other.body},
            whole,
        )


@dataclass(frozen=True)
class Source:
    """What items are made from.

    :param window: the window that is read
    :param records: the landed records of a parent stream by its name
    :param ids: ids that a person gave
    """

    window: Mapping[str, Any]
    records: Callable[[str], Iterable[Mapping[str, Any]]]
    ids: Sequence[str] = ()


class Dimension(Protocol):
    """Gives items.

    `parent` names the stream whose records it needs, or is empty; `of_days` says whether it needs a window of
    the company's days.
    """

    @property
    def parent(self) -> str: ...

    @property
    def of_days(self) -> bool: ...

    def items(self, source: Source) -> Iterator[Item]: ...


@dataclass(frozen=True)
class EachRecord:
    """For each record of a parent stream.

    :param label: name of the record's id in `of`
    :param name: the request's parameter
    :param place: where it goes
    :param value: the record's member that Gong wants there
    :param id: the member that tells the record apart
    :param only: which records
    """

    parent: str
    label: str
    name: str
    place: Place
    value: str = "id"
    id: str = "id"
    only: Callable[[Mapping[str, Any]], bool] | None = None
    of_days: bool = False

    def items(self, source: Source) -> Iterator[Item]:
        """One for each different id, in the order in which Gong listed them."""
        seen: set[str] = set()
        for record in source.records(self.parent):
            number, value = _text(record.get(self.id)), _text(record.get(self.value))
            if number in seen or not number or not value or (self.only and not self.only(record)):
                continue
            seen.add(number)
            yield _placed({self.label: number}, self.place, {self.name: value})


@dataclass(frozen=True)
class EachOf:
    """For each of some fixed values, e.g. the object types."""

    label: str
    name: str
    values: tuple[str, ...]
    place: Place = "query"
    parent: str = ""
    of_days: bool = False

    def items(self, source: Source) -> Iterator[Item]:  # noqa: ARG002 - fixed
        """One for each value."""
        for value in self.values:
            yield _placed({self.label: value}, self.place, {self.name: value})


@dataclass(frozen=True)
class EachDay:
    """For each of the company's days in the window: dates [from, to) of one day."""

    names: tuple[str, str] = ("fromDate", "toDate")
    parent: str = ""
    of_days: bool = True

    def items(self, source: Source) -> Iterator[Item]:
        """One for each day, the oldest first."""
        day, end = (date.fromisoformat(source.window[name]) for name in ("from_date", "to_date"))
        while day < end:
            yield _dates(self.names, day, day + timedelta(days=1))
            day += timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """All days of the window at once."""

    names: tuple[str, str] = ("fromDate", "toDate")
    parent: str = ""
    of_days: bool = True

    def items(self, source: Source) -> Iterator[Item]:
        """A single one."""
        window = source.window
        yield _dates(self.names, *(date.fromisoformat(window[name]) for name in ("from_date", "to_date")))


@dataclass(frozen=True)
class Periods:
    """All days of the window, from the first day of their first calendar period on.

    Gong clips the periods at both ends to the dates that it is asked for, so a period whose beginning is
    left out would be counted short.
    """

    parent: str = ""
    of_days: bool = True

    def items(self, source: Source) -> Iterator[Item]:
        """A single one; the window says which `period`."""
        first, end = (date.fromisoformat(source.window[name]) for name in ("from_date", "to_date"))
        period = str(source.window["period"])
        item = _dates(("fromDate", "toDate"), start_of(period, first), end)
        yield replace(item, of={**item.of, "period": period}, body={"aggregationPeriod": period})


@dataclass(frozen=True)
class EachStretch:
    """For each stretch of at most a day of the window: as short as to end long before its cursor dies."""

    names: tuple[str, str] = ("fromDateTime", "toDateTime")
    parent: str = ""
    of_days: bool = False

    def items(self, source: Source) -> Iterator[Item]:
        """One for each stretch, the oldest first."""
        start, end = (datetime.fromisoformat(_offset(source.window[name])) for name in ("from", "to"))
        while start < end:
            until = min(start + timedelta(days=1), end)
            span = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (start, until)]
            yield Item(of=_pairs(("from", "to"), span), query=_pairs(self.names, span))
            start = until


@dataclass(frozen=True)
class Moments:
    """The whole window as two times in the query."""

    names: tuple[str, str]
    parent: str = ""
    of_days: bool = True

    def items(self, source: Source) -> Iterator[Item]:
        """A single one, which `of` does not tell apart."""
        span = [str(source.window[name]) for name in ("from", "to")]
        yield Item(query=_pairs(self.names, span))


@dataclass(frozen=True)
class EachIds:
    """For each hundred of the given ids.

    :param name: the member of `filter` or of the body; empty when the ids are the whole body
    """

    name: str = ""
    place: Literal["filter", "body"] = "filter"
    parent: str = ""
    of_days: bool = False

    def items(self, source: Source) -> Iterator[Item]:
        """One for each batch; `of` has its number, as an id may be an e-mail address."""
        ids = list(dict.fromkeys(source.ids))
        for number, start in enumerate(range(0, len(ids), MOST_IDS)):
            some, of = ids[start : start + MOST_IDS], {"batch": str(number)}
            if not self.name:
                yield Item(of=of, whole_body=some)
            elif self.place == "filter":
                yield Item(of=of, filter={self.name: some})
            else:
                yield Item(of=of, body={self.name: some})


def items_of(dimensions: Sequence[Dimension], source: Source) -> list[Item]:
    """All combinations; the one empty item when there is nothing to combine."""
    items = [Item()]
    for dimension in dimensions:
        further = list(dimension.items(source))
        items = [item.joined(other) for item, other in itertools.product(items, further)]
    return items


def start_of(period: str, day: date) -> date:
    """The first day of the calendar period that holds `day`; weeks begin on Monday, as Gong's do."""
    if period == "WEEK":
        return day - timedelta(days=day.weekday())
    month = {"MONTH": day.month, "QUARTER": 3 * ((day.month - 1) // 3) + 1, "YEAR": 1}.get(period)
    return day.replace(month=month, day=1) if month else day


def _text(value: Any) -> str:
    """An id or address as text; empty for none, which recorded answers also write as "null"."""
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "null":
        return ""
    return str(value)


def _placed(of: Mapping[str, str], place: Place, values: Mapping[str, str]) -> Item:
    if place == "path":
        return Item(of=of, path=values)
    return Item(of=of, query=values) if place == "query" else Item(of=of, filter=values)


def _dates(names: tuple[str, str], start: date, end: date) -> Item:
    span = (start.isoformat(), end.isoformat())
    return Item(of=_pairs(("from_date", "to_date"), span), filter=_pairs(names, span))


def _offset(time: Any) -> str:
    return str(time).replace("Z", "+00:00")


def _pairs(names: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    return dict(zip(names, values, strict=True))
