"""What a company has in Gong once: its CRM integration, the schemas, and their deletion."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.sdk.exceptions import TaskDeferred

from gong_airflow.answers import Answer
from gong_airflow.crm.objects import Field
from gong_airflow.errors import (
    GongConfigurationError,
    GongInputError,
    GongProtocolError,
    GongRateLimitError,
    GongUnavailableError,
)
from gong_airflow.hooks.gong import GongHook
from gong_airflow.operators.crm import (
    GongDeleteIntegrationOperator,
    GongFindIntegrationOperator,
    GongRegisterIntegrationOperator,
    GongSyncSchemaOperator,
    GongWaitForDeletionOperator,
)
from gong_airflow.operators.crm.schema import names_of
from tests.support.emulator import Emulator

LISTED, SCHEMA = "/v2/crm/integrations", "/v2/crm/entity-schema"
OWNER = "jane.doe@example.com"
INDUSTRY = Field("industry", "PICKLIST", "Industry", ("Software", "Logistics"))
PARENT = Field("parentAccount", "REFERENCE", "Parent account", refers_to="ACCOUNT")
REGION = Field("region", "STRING", "Region")
FIELDS = {"ACCOUNT": [INDUSTRY, PARENT], "DEAL": [REGION]}


class Company:
    """Runs operators against the emulator, each with a hook of its own."""

    def __init__(self, emulator: Emulator, make_hook: Callable[..., GongHook]) -> None:
        self.emulator = emulator
        self.make_hook = make_hook
        self.try_number = 1
        self.began = pendulum.now("UTC")
        self.store: dict[str, str] = {}
        self._integration = ""

    @property
    def context(self) -> dict[str, Any]:
        ti = SimpleNamespace(rendered_map_index="", try_number=self.try_number, start_date=self.began)
        store = SimpleNamespace(get=self.store.get, set=self.store.__setitem__)
        task = SimpleNamespace(map_index_template=None)
        return {"ti": ti, "task": task, "asset_state_store": {"asset": store}}

    @property
    def integration(self) -> str:
        self._integration = self._integration or self.register()
        return self._integration

    def run(self, operator: Any) -> Any:
        operator.hook = self.make_hook()
        return operator.execute(self.context)

    def find(self, name: str = "Ours") -> str:
        return str(self.run(GongFindIntegrationOperator(task_id="find", name=name)))

    def register(self, integration_id: Any = "", owner: Any = OWNER, name: str = "Ours") -> str:
        given = {"integration_id": integration_id, "name": name, "owner_email": owner}
        return str(self.run(GongRegisterIntegrationOperator(task_id="register", **given)))

    def sync(self, fields: Any = None, **kwargs: Any) -> Any:
        given = {"integration_id": self.integration, "fields": FIELDS if fields is None else fields, **kwargs}
        return self.run(GongSyncSchemaOperator(task_id="sync", **given))

    def delete(self) -> Any:
        return self.run(GongDeleteIntegrationOperator(task_id="delete", integration_id=self.integration))

    def wait(self, integration_id: str) -> Any:
        return self.run(
            GongWaitForDeletionOperator(task_id="wait", integration_id=integration_id, deadline="48")
        )

    def schema(self, object_type: str = "ACCOUNT") -> dict[str, dict[str, Any]]:
        return {one["uniqueName"]: one for one in self.emulator.crm()["schemas"][object_type]}

    def sent(self, path: str, *methods: str) -> list[dict[str, Any]]:
        found = [r for r in self.emulator.requests() if r["operation"] == path]
        return [r for r in found if not methods or r["method"] in methods]


@pytest.fixture
def company(emulator: Emulator, make_hook: Callable[..., GongHook]) -> Company:
    return Company(emulator, make_hook)


def answering(body: Any) -> Any:
    """A hook that gets this answer to everything."""
    traffic = SimpleNamespace(lines=list)
    return SimpleNamespace(call=lambda operation, **given: Answer(operation, 200, "r", body), traffic=traffic)


def test_an_integration_is_registered_once_and_found_again(company: Company) -> None:
    assert company.find() == ""
    made = company.register(company.find())
    shown = company.emulator.crm()["integration"]
    assert (str(shown["integrationId"]), shown["ownerEmail"]) == (made, OWNER)
    assert int(made) > 2**53
    assert company.find() == made
    assert company.register(made) == made
    assert len(company.sent(LISTED, "PUT")) == 1


@pytest.mark.parametrize("number", [2271307570613351879, "2271307570613351879"])
def test_an_id_above_two_to_the_53_keeps_its_digits(number: Any) -> None:
    operator = GongFindIntegrationOperator(task_id="find", name="Ours")
    operator.hook = answering({"integrations": [{"integrationId": number, "name": "Ours", "new": 1}]})
    assert operator.execute({}) == "2271307570613351879"


@pytest.mark.parametrize("body", [{}, {"integrations": None}, {"integrations": []}])
def test_no_integrations_are_none(body: Any) -> None:
    operator = GongFindIntegrationOperator(task_id="find", name="Ours")
    operator.hook = answering(body)
    assert operator.execute({}) == ""


def test_an_integration_of_another_name_is_explained(company: Company) -> None:
    made = company.register()
    for ask in (lambda: company.find("Theirs"), lambda: company.register(name="Theirs")):
        with pytest.raises(GongConfigurationError) as caught:
            ask()
        for part in ("'Ours'", made, "GONG_CRM_INTEGRATION_NAME", "delete"):
            assert part in str(caught.value)


def test_a_registration_whose_answer_is_lost_is_adopted(company: Company) -> None:
    company.emulator.fault("lost_answer", path=LISTED)
    made = company.register()
    assert made == str(company.emulator.crm()["integration"]["integrationId"])
    assert [r["method"] for r in company.sent(LISTED)] == ["PUT", "PUT", "GET"]


def test_a_native_integration_is_explained(company: Company) -> None:
    company.emulator.crm_settings(native="Salesforce")
    assert company.find() == ""
    with pytest.raises(GongConfigurationError) as caught:
        company.register("None")
    for part in ("SALESFORCE", "takes only one", "pause this flow", "disconnect"):
        assert part in str(caught.value)


@pytest.mark.parametrize("owner", ["", None, "nobody", lambda: "", "a b@example.com"])
def test_without_an_owner_nothing_is_sent(company: Company, owner: Any) -> None:
    with pytest.raises(GongConfigurationError, match="GONG_CRM_OWNER_EMAIL") as caught:
        company.register(owner=owner)
    assert "example.com" not in str(caught.value)
    assert company.emulator.requests() == []


def test_the_owner_is_in_no_log_and_no_template(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.register(owner=lambda: OWNER)
    assert company.emulator.crm()["integration"]["ownerEmail"] == OWNER
    assert "jane" not in "".join(capsys.readouterr())
    assert "owner_email" not in GongRegisterIntegrationOperator.template_fields


def test_schemas_are_sent_once_and_only_when_they_differ(company: Company) -> None:
    assert company.sync() == {
        "ACCOUNT": "updated",
        "CONTACT": "unchanged",
        "DEAL": "updated",
        "LEAD": "unchanged",
    }
    assert company.schema()["industry"]["orderedValueList"] == ["Software", "Logistics"]
    assert company.schema()["parentAccount"]["referenceTo"] == "ACCOUNT"
    assert company.schema("DEAL")["region"]["label"] == "Region"
    assert set(company.sync(lambda: FIELDS).values()) == {"unchanged"}
    assert (len(company.sent(SCHEMA, "GET")), len(company.sent(SCHEMA, "POST"))) == (8, 2)


def test_a_field_that_is_no_longer_declared_is_kept_and_changes_are_made(company: Company) -> None:
    company.sync()
    values = Field("industry", "PICKLIST", "Branch", ("Logistics",))
    assert company.sync({"ACCOUNT": [values]})["ACCOUNT"] == "updated"
    assert set(company.schema()) == {"industry", "parentAccount"}
    assert company.schema()["industry"]["label"] == "Branch"
    assert company.schema()["industry"]["orderedValueList"] == ["Logistics"]
    assert set(company.schema("DEAL")) == {"region"}


def test_all_that_would_destroy_data_is_refused_at_once_and_nothing_is_sent(company: Company) -> None:
    company.sync()
    new = Field("size", "NUMBER", "Size")
    changed = {"ACCOUNT": [new, Field("industry")], "DEAL": [Field("region", "NUMBER"), Field("Region2")]}
    with pytest.raises(GongConfigurationError) as caught:
        company.sync(changed)
    assert "ACCOUNT.industry would change its type from PICKLIST to STRING" in str(caught.value)
    assert "DEAL.region would change its type from STRING to NUMBER" in str(caught.value)
    with pytest.raises(GongConfigurationError, match=r"DEAL\.region"):
        company.sync(changed, may_destroy=["ACCOUNT.industry"])
    assert len(company.sent(SCHEMA, "POST")) == 2
    company.sync(changed, may_destroy="['ACCOUNT.industry', 'DEAL.region', 'ACCOUNT.parentAccount']")
    assert {name: one["type"] for name, one in company.schema().items()} == {
        "industry": "STRING",
        "size": "NUMBER",
    }
    assert company.schema("DEAL")["region"]["type"] == "NUMBER"


def test_a_name_that_destroys_nothing_is_a_mistake_on_the_first_try_only(company: Company) -> None:
    company.sync()
    for name in ("ACCOUNT.industri", "ACCOUNT.industry", "LEAD.region", "industry"):
        with pytest.raises(GongConfigurationError, match=f"nothing about {name} would"):
            company.sync(may_destroy=[name])
    # Killed after it was done: the next try finds nothing left to do.
    company.sync({"DEAL": [REGION]}, may_destroy=["ACCOUNT.industry"])
    company.try_number = 2
    assert company.sync({"DEAL": [REGION]}, may_destroy=["ACCOUNT.industry"])["ACCOUNT"] == "unchanged"


def test_the_daily_limit_in_the_middle_is_no_mistake_either(company: Company) -> None:
    company.sync()
    given = {
        "integration_id": company.integration,
        "fields": {},
        "may_destroy": "ACCOUNT.industry, DEAL.region",
    }
    operator = GongSyncSchemaOperator(task_id="sync", **given)
    operator.hook = company.make_hook()
    call = operator.hook.call

    def limited(operation: str, **kwargs: Any) -> Any:
        if operation.startswith("POST") and kwargs["params"]["objectType"] == "DEAL":
            raise GongRateLimitError("Enough", retry_after=3600)
        return call(operation, **kwargs)

    operator.hook.call = limited
    with pytest.raises(TaskDeferred):
        operator.execute(company.context)
    operator = GongSyncSchemaOperator(task_id="sync", **given)
    operator.hook = company.make_hook()
    assert operator.wake(company.context, {})["DEAL"] == "updated"
    assert set(company.schema()) == {"parentAccount"}
    assert company.schema("DEAL") == {}


def test_a_deletion_whose_answer_is_lost_is_looked_at_before_it_is_sent_again(company: Company) -> None:
    company.sync()
    company.emulator.fault("lost_answer", path=SCHEMA, skip=4)
    with pytest.raises(GongUnavailableError):
        company.sync({"DEAL": [REGION]}, may_destroy=["ACCOUNT.industry"])
    company.try_number = 2
    assert set(company.sync({"DEAL": [REGION]}, may_destroy=["ACCOUNT.industry"]).values()) == {"unchanged"}
    assert set(company.schema()) == {"parentAccount"}


def test_names_that_differ_in_case_only_are_refused(company: Company) -> None:
    company.sync()
    with pytest.raises(GongConfigurationError, match=r"ACCOUNT\.Industry is called industry in Gong"):
        company.sync({"ACCOUNT": [Field("Industry", "PICKLIST", "Industry", ("Software",))]})
    assert len(company.sent(SCHEMA, "POST")) == 2


def test_what_is_known_costs_no_request(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = GongSyncSchemaOperator(task_id="sync", integration_id=company.integration, fields=FIELDS)
    assert company.sync(known=operator.digest(), may_destroy=None) == dict.fromkeys(
        ("ACCOUNT", "CONTACT", "DEAL", "LEAD"), "unchanged"
    )
    assert company.sent(SCHEMA) == []
    # One that remembers: until something changes, a person allows something, or the day is over.
    company.sync(asset="asset")
    sent = len(company.sent(SCHEMA))
    company.sync(asset="asset")
    assert len(company.sent(SCHEMA)) == sent
    for changed in ({"fields": {"ACCOUNT": [INDUSTRY]}}, {"may_destroy": ["ACCOUNT.no"]}):
        company.try_number = 2
        company.sync(asset="asset", **changed)
        assert len(company.sent(SCHEMA)) > sent
        company.sync(asset="asset")
        sent = len(company.sent(SCHEMA))
    tomorrow = pendulum.now("UTC").add(days=1)
    monkeypatch.setattr("gong_airflow.operators.crm.schema.pendulum.now", lambda zone: tomorrow)
    company.sync(asset="asset")
    assert len(company.sent(SCHEMA)) == sent + 4


def test_a_sync_that_failed_is_not_remembered(company: Company) -> None:
    company.emulator.fault("status", path=SCHEMA, status=400, errors=["No"], skip=4)
    with pytest.raises(GongInputError):
        company.sync(asset="asset")
    assert company.store == {}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("", []),
        (None, []),
        ("None", []),
        ("[]", []),
        ("['ACCOUNT.a', 'DEAL.b']", ["ACCOUNT.a", "DEAL.b"]),
        ('["ACCOUNT.a"]', ["ACCOUNT.a"]),
        (" ACCOUNT.a,DEAL.b ; ".replace(";", ","), ["ACCOUNT.a", "DEAL.b"]),
        ([" ACCOUNT.a ", "", "ACCOUNT.a"], ["ACCOUNT.a"]),
    ],
)
def test_lists_of_names_come_in_any_form(given: Any, names: list[str]) -> None:
    assert names_of(given) == names


def test_half_a_list_of_names_is_refused() -> None:
    with pytest.raises(GongConfigurationError, match="not a list"):
        names_of("['ACCOUNT.a")


def test_the_integration_is_deleted_and_gone(company: Company) -> None:
    number = company.delete()
    assert number == company.integration
    with pytest.raises(TaskDeferred):
        company.wait(number)
    # Told twice is told once.
    assert company.delete() == number
    company.emulator.advance(3 * 86400)
    assert company.wait(number) == number
    crm = company.emulator.crm()
    assert (crm["integration"], len(crm["requests"])) == (None, 1)
    # And once more after it is gone.
    assert company.wait(company.delete()) == number


def test_a_deletion_that_is_not_asked_for_by_id_is_refused(company: Company) -> None:
    for nothing in ("", "None", None):
        with pytest.raises(GongConfigurationError, match="no generic CRM integration"):
            company.run(GongDeleteIntegrationOperator(task_id="delete", integration_id=nothing))
    assert company.emulator.requests() == []


def test_what_gong_refuses_to_delete_is_an_error(company: Company) -> None:
    assert company.integration
    company.emulator.fault("status", path=LISTED, status=400, errors=["Not now"])
    with pytest.raises(GongInputError, match="Not now"):
        company.delete()


def test_deleted_is_only_what_gong_no_longer_lists(company: Company) -> None:
    """Gong says that it does not know the request: it was never sent."""
    with pytest.raises(TaskDeferred):
        company.wait(company.integration)


def test_the_pauses_of_a_deletion_grow_until_the_deadline(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.emulator.crm_settings(hold_next=1)
    number, looks, now = company.delete(), [], company.began
    while True:
        monkeypatch.setattr("gong_airflow.operators.crm.delete.pendulum.now", lambda zone, now=now: now)
        try:
            company.wait(number)
        except TaskDeferred as deferred:
            now = deferred.trigger.moment
            looks.append(round((now - company.began).total_seconds(), 1))
        except GongProtocolError as error:
            assert "has not done it (status PENDING)" in str(error)
            break
    assert looks[:3] == [10.0, 20.0, 32.0]
    assert looks[-1] == 48 * 3600
    assert max(later - earlier for earlier, later in itertools.pairwise(looks)) <= 3600.1
    assert len(looks) < 100


def test_a_deletion_that_failed_is_an_error(company: Company) -> None:
    company.emulator.crm_settings(fail_next=1)
    number = company.delete()
    company.emulator.advance(3 * 86400)
    with pytest.raises(GongProtocolError, match="FAILED"):
        company.wait(number)
