"""The declared fields against Gong's: what is sent, what is kept, what would destroy data."""

from __future__ import annotations

from typing import Any

import pytest

from gong_airflow.crm.objects import Field
from gong_airflow.crm.schema import SchemaPlan, plan_schema

NOW = "2026-11-22T10:00:00Z"
INDUSTRY = Field("industry", "PICKLIST", "Industry", ("Software", "Logistics"))
PARENT = Field("parentAccount", "REFERENCE", "Parent account", refers_to="ACCOUNT")


def held(name: str, type_: str = "STRING", label: str = "", **more: Any) -> dict[str, Any]:
    """A field as Gong answers it, with nulls."""
    nulls = {"lastModified": None, "isDeleted": False, "referenceTo": None, "orderedValueList": None}
    return {"uniqueName": name, "label": label or name, "type": type_, **nulls, **more}


def plan(in_gong: list[dict[str, Any]], *ours: Field, may: Any = ()) -> SchemaPlan:
    return plan_schema("ACCOUNT", in_gong, ours, may, NOW)


def test_new_fields_are_sent_as_gong_wants_them() -> None:
    made = plan([], INDUSTRY, PARENT, Field("size", "NUMBER"))
    assert made.changed
    assert made.entries == [
        {
            "uniqueName": "industry",
            "label": "Industry",
            "type": "PICKLIST",
            "lastModified": NOW,
            "orderedValueList": ["Software", "Logistics"],
        },
        {
            "uniqueName": "parentAccount",
            "label": "Parent account",
            "type": "REFERENCE",
            "lastModified": NOW,
            "referenceTo": "ACCOUNT",
        },
        {"uniqueName": "size", "label": "size", "type": "NUMBER", "lastModified": NOW},
    ]


@pytest.mark.parametrize("key", ["uniqueName", "name"])
def test_what_gong_has_already_is_no_change(key: str) -> None:
    sent = plan([], INDUSTRY, PARENT).entries
    answered = [{**entry, key: entry["uniqueName"], "newInGong": [1]} for entry in sent]
    if key == "name":
        for entry in answered:
            del entry["uniqueName"]
    later = plan_schema("ACCOUNT", answered, [PARENT, INDUSTRY], (), "2027-01-01T00:00:00Z")
    assert not later.changed
    assert later.entries == sent


def test_nothing_on_either_side_is_no_change() -> None:
    assert not plan([]).changed


def test_a_field_that_is_not_declared_is_kept_in_its_place() -> None:
    in_gong = [held("old", label="Old", lastModified="2020-11-11T08:11:34.123+01:00"), held("size", "NUMBER")]
    made = plan(in_gong, INDUSTRY, Field("size", "NUMBER", "size"))
    assert [entry["uniqueName"] for entry in made.entries] == ["old", "size", "industry"]
    assert made.entries[0] == {
        "uniqueName": "old",
        "label": "Old",
        "type": "STRING",
        "lastModified": "2020-11-11T08:11:34+01:00",
    }
    assert made.changed
    assert not made.destroys
    assert not plan(in_gong).changed


def test_gongs_own_arrays_are_kept_and_what_it_has_deleted_is_not() -> None:
    in_gong = [held("domains", "STRINGARRAY"), held("gone", isDeleted=True)]
    made = plan(in_gong, INDUSTRY)
    assert [(entry["uniqueName"], entry["type"]) for entry in made.entries] == [
        ("domains", "STRINGARRAY"),
        ("industry", "PICKLIST"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (held("industry", "PICKLIST", "Branch", orderedValueList=["Software", "Logistics"]), INDUSTRY),
        (held("industry", "PICKLIST", "Industry", orderedValueList=["Logistics", "Software"]), INDUSTRY),
        (held("industry", "PICKLIST", "Industry", orderedValueList=["Software"]), INDUSTRY),
        (held("industry", "PICKLIST", "Industry"), INDUSTRY),
        (held("parentAccount", "REFERENCE", "Parent account", referenceTo="LEAD"), PARENT),
    ],
)
def test_labels_values_and_references_are_brought_up_to_date(before: dict[str, Any], after: Field) -> None:
    made = plan([before], after)
    assert made.changed
    assert not made.destroys
    assert made.entries == plan([], after).entries


def test_values_that_only_gong_has_are_taken_out_and_told() -> None:
    before = held("industry", "PICKLIST", "Industry", orderedValueList=["Software", "Logistics", "A", "B"])
    made = plan([before], INDUSTRY)
    assert made.entries[0]["orderedValueList"] == ["Software", "Logistics"]
    assert "ACCOUNT.industry: 2 values" in made.notes[0]


def test_another_type_destroys_whether_allowed_or_not() -> None:
    for may in ((), ("ACCOUNT.industry",)):
        made = plan([held("industry", "STRING", "Industry")], INDUSTRY, may=may)
        assert list(made.destroys) == ["ACCOUNT.industry"]
        assert "from STRING to PICKLIST" in made.destroys["ACCOUNT.industry"]


def test_a_field_is_deleted_only_when_it_is_named_and_not_declared() -> None:
    in_gong = [held("old", "PICKLIST", "Old", orderedValueList=["x"]), held("size", "NUMBER")]
    made = plan(in_gong, Field("size", "NUMBER"), may=["ACCOUNT.old", "ACCOUNT.size", "LEAD.size"])
    assert list(made.destroys) == ["ACCOUNT.old"]
    assert made.entries[0] == {
        "uniqueName": "old",
        "label": "Old",
        "type": "PICKLIST",
        "orderedValueList": ["x"],
        "isDeleted": True,
        "lastModified": NOW,
    }
    assert made.changed


def test_names_that_differ_in_case_only_are_a_fault() -> None:
    made = plan([held("Industry", "PICKLIST")], INDUSTRY)
    assert made.faults == ["ACCOUNT.industry is called Industry in Gong: write it the same way"]
    # Both are there: then they are two.
    assert not plan([held("Industry"), held("industry", "PICKLIST")], INDUSTRY).faults
