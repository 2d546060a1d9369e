from __future__ import annotations

import pytest

from gong_airflow.errors import GongInputError
from gong_airflow.selectors import ALL_PARTS, PARTS, content_selector, parts_in, parts_of
from gong_airflow.streams import CALLS, STREAMS, TRANSCRIPTS, Stream, count_of


def test_range_and_cursor_of_a_post_go_into_the_body() -> None:
    request = CALLS.request(start="a", end="b", cursor="c", body={"contentSelector": {}})
    assert request == {
        "params": None,
        "json": {"contentSelector": {}, "filter": {"fromDateTime": "a", "toDateTime": "b"}, "cursor": "c"},
    }


def test_range_and_cursor_of_a_get_go_into_the_query() -> None:
    logs = Stream("logs", "GET /v2/logs", "logEntries", ("id",), range_in="query", cursor_in="query")
    request = logs.request(start="a", end="b", cursor="c")
    assert request == {"params": {"fromDateTime": "a", "toDateTime": "b", "cursor": "c"}, "json": None}


def test_ids_select_without_a_range() -> None:
    assert TRANSCRIPTS.request(ids=["1", "2"])["json"] == {"filter": {"callIds": ["1", "2"]}}


def test_a_first_page_has_no_cursor_at_all() -> None:
    assert "cursor" not in CALLS.request(start="a", end="b")["json"]


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"metaData": {"id": "12"}}, "12"),
        ({"metaData": {"id": 99999999999999999999}}, "99999999999999999999"),
        ({"metaData": {"id": None}}, None),
        ({"metaData": None}, None),
        ({"metaData": {"id": ""}}, None),
        ({}, None),
    ],
)
def test_ids_are_text(record: dict, key: str | None) -> None:
    assert CALLS.id_of(record) == key


@pytest.mark.parametrize(
    ("flag", "private"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("true", True),
        ("false", False),
        (1, True),
        ("unheard", True),
    ],
)
def test_a_doubtful_flag_counts_as_private(flag: object, private: bool) -> None:
    assert CALLS.is_private({"metaData": {"id": "1", "isPrivate": flag}}) is private
    assert not CALLS.is_private({"metaData": {"id": "1"}})


@pytest.mark.parametrize(
    ("value", "count"), [(3, 3), ("250", 250), (None, None), (True, None), ("x", None), (2.5, None)]
)
def test_counts(value: object, count: int | None) -> None:
    assert count_of(value) == count


def test_streams_are_found_by_name() -> None:
    assert all(stream.name == name for name, stream in STREAMS.items())


def test_the_full_selector_asks_for_everything_but_media() -> None:
    selector = content_selector()
    assert selector["context"] == "Extended"
    assert selector["exposedFields"]["media"] is False
    assert selector["exposedFields"]["content"]["trackerOccurrences"] is True
    assert parts_in(selector) == ALL_PARTS


@pytest.mark.parametrize("switch", PARTS)
def test_a_switch_asks_for_its_parts_and_no_others(switch: str) -> None:
    parts = parts_of([switch])
    assert parts_in(content_selector(parts)) == parts == PARTS[switch]


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(GongInputError, match="Use some of"):
        parts_of(["everything"])
