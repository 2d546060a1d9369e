"""The form of `gong_erasure`, as Airflow checks it when a run is made."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

from dags.wiring.erasure_form import FORM
from gong_airflow.erasure.form import FORM_FIELDS
from gong_airflow.erasure.sealing import Key

SEALED = Key.new().seal("jane.doe@example.com")


@pytest.fixture(scope="module")
def params() -> Any:
    """The form as it comes out of Airflow's database."""
    made = DAG("gong_erasure", schedule=None, params=FORM)
    return DagSerialization.from_dict(DagSerialization.to_dict(made)).params


def resolved(params: Any, **conf: Any) -> dict[str, Any]:
    return dict(params.deep_merge(conf).validate())


@pytest.mark.parametrize("conf", [{"email_address": SEALED}, {"phone_number": SEALED}])
def test_sealed_values_and_the_defaults_are_taken(params: Any, conf: dict[str, str]) -> None:
    assert resolved(params, ticket="GDPR-2026/7", **conf) == {
        "email_address": None,
        "phone_number": None,
        "ticket": "GDPR-2026/7",
        "dry_run": True,
        "linked": True,
        **conf,
    }


@pytest.mark.parametrize(
    "conf",
    [
        {"ticket": "7", "email_address": "jane.doe@example.com"},
        {"ticket": "7", "phone_number": "+14255552671"},
        {"ticket": "7", "email_address": "sealed:jane.doe@example.com"},
        {"email_address": SEALED},
        {"ticket": "", "email_address": SEALED},
        {"ticket": "Jane Doe", "email_address": SEALED},
        {"ticket": "7" * 65, "email_address": SEALED},
        {"ticket": "7", "email_address": SEALED, "dry_run": "no"},
    ],
)
def test_no_run_is_made_of_readable_values_or_without_a_ticket(params: Any, conf: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="Invalid input for param") as refusal:
        resolved(params, **conf)
    assert type(refusal.value).__name__ == ParamValidationError.__name__


def test_the_form_shows_text_fields_with_titles_and_one_help_text_each(params: Any) -> None:
    assert list(FORM) == list(FORM_FIELDS)
    for name in FORM:
        shown = params.get_param(name).dump()
        # A description would hide description_md; a format or an enum would make it another field.
        assert shown["description"] is None
        assert shown["schema"].keys() >= {"title", "description_md"}
        assert not shown["schema"].keys() & {"format", "enum", "examples"}
    assert params.get_param("ticket").dump()["value"] is None
