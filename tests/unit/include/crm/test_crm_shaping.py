"""Rows as drivers give them become lines for Gong, or are set aside with every reason."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest

from gong_airflow.crm.objects import OBJECT_TYPES, Field
from gong_airflow.errors import GongConfigurationError
from include.crm.comparing import hash_of
from include.crm.mapping import ObjectMapping
from include.crm.shaping import SetAside, Shaped, Shaper, deletion, version_of
from include.crm.values import clean

NOON = "2026-11-22T12:00:00Z"
DECLARED = (
    Field("size", "NUMBER", label="Size"),
    Field("share", "PERCENT", label="Share"),
    Field("kind", "PICKLIST", label="Kind", values=("A", "b")),
    Field("founded", "DATE", label="Founded"),
    Field("note", "STRING", label="Note"),
)


def shape(object_type: str, *rows: dict[str, Any], declared: tuple[Field, ...] = ()) -> Shaped:
    """All rows have the columns of the first."""
    mapping = ObjectMapping(OBJECT_TYPES[object_type], "SELECT 1", declared)
    return Shaper(mapping, list(rows[0])).shape([tuple(row.values()) for row in rows])


def account(**fields: Any) -> dict[str, Any]:
    return {"objectId": "a-1", "modifiedDate": NOON, **fields}


def one(object_type: str, row: dict[str, Any], **more: Any) -> dict[str, Any]:
    shaped = shape(object_type, row, **more)
    assert shaped.set_aside == []
    return json.loads(shaped.lines[0])


def reasons(object_type: str, row: dict[str, Any], **more: Any) -> list[str]:
    shaped = shape(object_type, row, **more)
    assert shaped.lines == []
    return shaped.set_aside[0].reasons


def value(kind: str, given: Any, **about: Any) -> Any:
    """What stands in the JSON, as text."""
    shaped = shape("ACCOUNT", account(x=given), declared=(Field("x", kind, label="X", **about),))
    assert shaped.set_aside == [], shaped.set_aside
    return shaped.lines[0].partition(b'"x":')[2].removesuffix(b"}").decode()


def fault(kind: str, given: Any, **about: Any) -> str:
    [reason] = reasons("ACCOUNT", account(x=given), declared=(Field("x", kind, label="X", **about),))
    return reason.removeprefix("x: ")


def test_fields_are_in_gongs_order_whatever_the_order_and_the_case_of_the_columns() -> None:
    row = {"NOTE": "n", "NAME": "Acme", "size": 1, "url": "https://crm.example/1", "MODIFIEDDATE": NOON,
           "objectid": "a", "share": 1, "kind": "A", "founded": None}  # fmt: skip
    line = shape("ACCOUNT", row, declared=DECLARED).lines[0]
    assert line == (
        b'{"objectId":"a","modifiedDate":"2026-11-22T12:00:00Z","url":"https://crm.example/1","name":"Acme",'
        b'"size":1,"share":1,"kind":"A","founded":null,"note":"n"}'
    )


def test_null_clears_a_value_but_leaves_gongs_defaults() -> None:
    row = account(isDeleted=None, accountId=None, name=None, status=None, amount=None, closeDate=None)
    assert one("DEAL", row) == account(accountId=None, closeDate=None)
    assert one("STAGE", {"objectId": "s", "name": "New", "isActive": None, "sortOrder": None}) == {
        "objectId": "s",
        "name": "New",
    }


def test_a_default_is_left_out_and_text_that_looks_like_it_is_not() -> None:
    text = 'x,"name":null},{"objectId":"'
    lines = shape(
        "ACCOUNT", account(name=None, note=text), account(name="Acme", note=text), declared=DECLARED[-1:]
    ).lines
    assert [json.loads(line) for line in lines] == [account(note=text), account(name="Acme", note=text)]


def test_a_deleted_record_is_its_id_and_nothing_else_counts() -> None:
    row = account(isDeleted="t", emailAddress=None, url="no url")
    shaped = shape("BUSINESS_USER", row)
    assert shaped.lines == [deletion("a-1", NOON)]
    assert json.loads(shaped.lines[0]) == account(isDeleted=True)
    assert shaped.deleted == [0]


def test_a_deleted_record_needs_an_id_and_a_time() -> None:
    row = {"objectId": None, "modifiedDate": "", "isDeleted": 1, "emailAddress": None}
    assert reasons("BUSINESS_USER", row) == ["objectId: missing", "modifiedDate: missing"]


def test_places_of_deleted_rows_are_those_among_the_good_ones() -> None:
    gone = account(isDeleted=True, name=None)
    shaped = shape("ACCOUNT", account(isDeleted="?", name="x"), gone, account(isDeleted=None, name="y"))
    assert shaped.deleted == [0]
    assert [json.loads(line).get("name") for line in shaped.lines] == [None, "y"]


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22 10:00:00", "2026-11-22T10:00:00Z"),
        ("2026-11-22 10:00:00.999999", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00.5+02:00", "2026-11-22T08:00:00Z"),
        ("2026-11-22 10:00:00+02", "2026-11-22T08:00:00Z"),
        ("2026-11-22T10:00:00-0330", "2026-11-22T13:30:00Z"),
        ("2026-11-22 10:00:00 UTC", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00", "2026-11-22T10:00:00Z"),
        ("2026-11-22", "2026-11-22T00:00:00Z"),
        (date(2026, 11, 22), "2026-11-22T00:00:00Z"),
        (datetime(2026, 11, 22, 10, 0, 0, 999_999), "2026-11-22T10:00:00Z"),  # noqa: DTZ001 - as drivers do
        (datetime(2026, 11, 22, 1, tzinfo=timezone(timedelta(hours=2))), "2026-11-21T23:00:00Z"),
    ],
)
def test_times_are_utc_without_fractions(given: Any, utc: str) -> None:
    assert value("DATETIME", given) == f'"{utc}"'


@pytest.mark.parametrize(
    "given",
    ["2026-02-30T10:00:00Z", "2026-11-22T24:00:00Z", "22.11.2026", "tomorrow", 1_700_000_000, True, b"x",
     "2026-13-01", "0000-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_time(given: Any) -> None:
    assert fault("DATETIME", given) == "not a time"


@pytest.mark.parametrize(
    ("given", "day"),
    [("2026-11-22", "2026-11-22"), ("2026-11-22T23:00:00-05:00", "2026-11-22"),
     (date(2026, 11, 22), "2026-11-22"),
     (datetime(2026, 11, 22, 23, tzinfo=timezone.utc), "2026-11-22")],
)  # fmt: skip
def test_days(given: Any, day: str) -> None:
    assert value("DATE", given) == f'"{day}"'


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (Decimal("0.10"), "0.10"),
        ("12.50", "12.50"),
        (" +5 ", "5"),
        (".5", "0.5"),
        ("007", "7"),
        (2**53 + 1, "9007199254740993"),
        (2**70, str(2**70)),
        (str(2**70), str(2**70)),
        (-3, "-3"),
        (0.1, "0.1"),
        (Decimal("1E+3"), "1E+3"),
        (None, "null"),
        ("", "null"),
    ],
)
def test_numbers_keep_their_digits(given: Any, written: str) -> None:
    assert value("NUMBER", given) == written
    json.loads(written)


@pytest.mark.parametrize(
    "given",
    [float("nan"), float("inf"), Decimal("NaN"), "NaN", "Infinity", "1,000", "1_000", "x", True, [1], b"1"],
)
def test_what_is_no_number(given: Any) -> None:
    assert fault("NUMBER", given) == "not a number"


def test_a_number_that_is_none_is_found_among_others() -> None:
    shaped = shape("DEAL", account(amount=1.5), account(amount=float("nan")), account(amount=2))
    assert [json.loads(line)["amount"] for line in shaped.lines] == [1.5, 2]


def test_percents_are_from_0_to_100() -> None:
    assert [value("PERCENT", given) for given in (0, 100, "99.5")] == ["0", "100", "99.5"]
    assert {fault("PERCENT", given) for given in (-1, 100.1, "101", Decimal("-0.1"))} == {"not from 0 to 100"}


@pytest.mark.parametrize("given", [True, 1, 1.0, Decimal(1), "true", "T", "yes", "1"])
def test_true(given: Any) -> None:
    assert value("BOOLEAN", given) == "true"


@pytest.mark.parametrize("given", [False, 0, "false", "f", "No", "0"])
def test_false(given: Any) -> None:
    assert value("BOOLEAN", given) == "false"


@pytest.mark.parametrize("given", [2, "maybe", b"1", [True]])
def test_what_is_neither(given: Any) -> None:
    assert fault("BOOLEAN", given) == "not true or false"


@pytest.mark.parametrize(
    "given", ["abc", "a" * 64, "0-9", "jane.doe@acme.example", 12345, UUID(int=7), Decimal(12), 5.0]
)
def test_ids(given: Any) -> None:
    wanted = str(int(given)) if isinstance(given, (Decimal, float)) else str(given)
    assert value("REFERENCE", given, refers_to="ACCOUNT") == f'"{wanted}"'


@pytest.mark.parametrize(
    "given", ["a b", "a_b", "ä", "a\nb", " a", "@", "a@b", True, 1.5, float("nan"), ["a"]]
)
def test_what_is_no_id(given: Any) -> None:
    assert fault("REFERENCE", given, refers_to="ACCOUNT")


def test_an_id_is_not_too_long() -> None:
    assert fault("REFERENCE", "a" * 65, refers_to="ACCOUNT") == "longer than 64 characters"


@pytest.mark.parametrize("given", ["jane@acme.example", "jörg@müller.example", "o'neil+x@a-b.co.uk"])
def test_addresses(given: str) -> None:
    assert json.loads(value("EMAILADDRESS", given)) == given


@pytest.mark.parametrize(
    "given",
    ["jane", "jane@", "@acme.example", "a b@acme.example", "a@b", "a@@b.c", "a@b..c", "a@b.c,d@e.f", 5],
)
def test_what_is_no_address(given: Any) -> None:
    assert fault("EMAILADDRESS", given) == "not an e-mail address"


def test_urls() -> None:
    assert value("URL", "http://crm.example/ä?x=1") == '"http://crm.example/ä?x=1"'
    for given in ("crm.example", "ftp://crm.example", "https://", "javascript:alert(1)", "http://a b"):
        assert fault("URL", given) == "not a URL that begins with http:// or https://"


def test_list_values() -> None:
    assert value("PICKLIST", "b", values=("A", "b")) == '"b"'
    assert fault("PICKLIST", "a", values=("A", "b")) == "not one of the list values"
    assert one("DEAL", account(status="won"))["status"] == "WON"
    assert reasons("DEAL", account(status="lost it")) == ["status: not one of the list values"]


@pytest.mark.parametrize(
    "given",
    [
        ["a.example", "b.example"],
        '["a.example", "b.example"]',
        "a.example, b.example,",
        ("a.example", "b.example"),
    ],
)
def test_domains(given: Any) -> None:
    assert one("ACCOUNT", account(domains=given))["domains"] == ["a.example", "b.example"]


def test_what_is_no_list() -> None:
    assert reasons("ACCOUNT", account(domains="[1")) == ["domains: not a list"]
    assert reasons("ACCOUNT", account(domains=[["a"]])) == ["domains: not a list"]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("", '""'),
        (5, '"5"'),
        (Decimal("1.50"), '"1.50"'),
        (True, '"true"'),
        (b"text", '"text"'),
        (memoryview(b"text"), '"text"'),
        ({"a": [1]}, '"{\\"a\\": [1]}"'),
        (date(2026, 1, 2), '"2026-01-02"'),
        ('say "hi"\n\\', '"say \\"hi\\"\\n\\\\"'),
        ("Zoë \u2028 \U0001f600", '"Zoë \u2028 \U0001f600"'),
    ],
)
def test_anything_can_be_text(given: Any, written: str) -> None:
    assert value("STRING", given) == written


def test_what_cannot_be_text() -> None:
    assert fault("STRING", b"\xff") == "not text"
    assert fault("STRING", "\ud800") == "not text: it holds half a character"


def test_half_a_character_sets_aside_its_row_alone() -> None:
    shaped = shape("ACCOUNT", account(name="a"), account(name="\ud800"), account(name="c"))
    assert [json.loads(line)["name"] for line in shaped.lines] == ["a", "c"]


def test_rows_without_an_id_leave_the_others_alone() -> None:
    rows = [account(name=str(number)) | ({} if number % 3 else {"objectId": None}) for number in range(2000)]
    shaped = shape("ACCOUNT", *rows)
    assert [json.loads(line) for line in shaped.lines] == [row for row in rows if row["objectId"]]
    assert len(shaped.set_aside) == 667


def test_all_reasons_of_a_row_are_told_and_no_value() -> None:
    row = {
        "objectId": "jane doe",
        "modifiedDate": "soon",
        "emailAddress": "jane",
        "url": "x",
        "firstName": "Jane",
    }
    [aside] = shape("CONTACT", row).set_aside
    assert aside.reasons == [
        "objectId: has characters beside letters, digits and dashes, and is no e-mail address",
        "modifiedDate: not a time",
        "url: not a URL that begins with http:// or https://",
        "emailAddress: not an e-mail address",
    ]
    assert (aside.object_id, aside.modified_date) == ("jane doe", None)


def test_a_row_that_is_set_aside_has_a_version_that_only_a_change_changes() -> None:
    def aside(title: Any) -> SetAside:
        row = {"objectId": "a", "modifiedDate": NOON, "url": "x", "title": title}
        return shape("CONTACT", row).set_aside[0]

    # Each is another object, of which Python tells the address.
    views = memoryview(b"t"), memoryview(b"t")
    assert aside(views[0]) == aside(views[1])
    assert aside(views[0]).version != aside(memoryview(b"u")).version
    assert json.loads(aside("t").line())["modified_date"] == NOON


@pytest.mark.parametrize("missing", [None, "", "  "])
def test_mandatory_fields(missing: Any) -> None:
    assert reasons("BUSINESS_USER", account(emailAddress=missing)) == ["emailAddress: missing"]


def test_a_stage_without_a_name_is_set_aside() -> None:
    assert reasons("STAGE", {"objectId": "s", "name": ""}) == ["name: missing"]


def test_columns_that_are_not_declared_are_an_error() -> None:
    with pytest.raises(GongConfigurationError, match="shoe_size"):
        shape("ACCOUNT", account(shoe_size=1))


def test_stages_sort_by_their_order() -> None:
    orders = [3, -2, -5, None, "1.5", 10, 0]
    shaped = shape("STAGE", *({"objectId": "s", "name": "n", "sortOrder": order} for order in orders))
    by_prefix = [
        order for _, order in sorted(zip(shaped.prefixes, orders, strict=True), key=lambda pair: pair[0])
    ]
    assert by_prefix == [-5, -2, 0, None, "1.5", 3, 10]
    assert {len(prefix) for prefix in shaped.prefixes} == {20}


@pytest.mark.parametrize(
    ("kind", "given"),
    [("NUMBER", 1e22), ("NUMBER", 1e-7), ("NUMBER", 5.0), ("NUMBER", 2**63 - 1), ("DATETIME", NOON),
     ("EMAILADDRESS", "a@b.example"), ("URL", "https://a"), ("ID", "x"), ("DATE", "2026-01-01"),
     ("BOOLEAN", True)],
)  # fmt: skip
def test_a_line_does_not_depend_on_the_rows_beside_it(kind: str, given: Any) -> None:
    """Else its version would change, and it would be sent again."""
    field = Field("x", kind, label="X")
    alone = shape("ACCOUNT", account(x=given), declared=(field,)).lines
    beside = shape("ACCOUNT", account(x=given), account(x="?!"), declared=(field,))
    assert beside.lines == alone
    assert len(beside.set_aside) == 1


def test_columns_that_are_clean_stay_as_they_are() -> None:
    """What makes a million rows quick."""
    for kind, column in {
        "ID": ("a", None),
        "DATETIME": (NOON, NOON),
        "NUMBER": (1, 2.5, None),
        "STRING": ("a", None, ""),
        "EMAILADDRESS": ("a@b.example", None),
        "URL": ("https://a.example/b",),
        "BOOLEAN": (True, None),
    }.items():
        assert clean(Field("x", kind), column)[0] is column, kind


def test_hashes_are_those_of_the_ledger() -> None:
    line = b'{"objectId":"\xc3\xa4"}'
    with duckdb.connect() as database:
        [hashes] = database.execute(
            "SELECT md5_number_lower(?), md5_number_lower(?)", [line.decode(), "a-1"]
        ).fetchall()
    assert hashes == (version_of(line), hash_of("a-1"))
