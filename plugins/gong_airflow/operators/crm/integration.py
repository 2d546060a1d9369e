"""Finds or registers the company's CRM integration: `GET` and `PUT /v2/crm/integrations`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from gong_airflow.crm.requests import read_integration_id
from gong_airflow.errors import GongConfigurationError, GongInputError, redact
from gong_airflow.operators.base import GongOperator
from gong_airflow.operators.crm.base import named_integration

LIST = "GET /v2/crm/integrations"
REGISTER = "PUT /v2/crm/integrations"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class GongFindIntegrationOperator(GongOperator):
    """The id of the company's generic CRM integration as text, `""` when Gong has none. One request.

    :param name: the integration's
    :raises GongConfigurationError: Gong has one of another name, and takes only one for a company
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "name")

    def __init__(self, *, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name = name

    def work(self, context: Any) -> str:  # noqa: ARG002 - the base class's signature
        """One request."""
        found = find_integration(self.hook, self.name)
        self.log.info("Integration %s" if found else "Gong has no generic CRM integration%s", found)
        return found


class GongRegisterIntegrationOperator(GongOperator):
    """Registers the integration, and returns its id as text. No request when its id is known.

    Safe to repeat: after Gong's 409 it looks whether the integration is there, from a try whose answer was
    lost.

    :param integration_id: what `GongFindIntegrationOperator` returned
    :param owner_email: of the person whom Gong shall know as responsible, or what returns it. Never shown.
    :raises GongConfigurationError: no owner; or Gong has another CRM integration already
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "integration_id", "name")

    def __init__(
        self, *, integration_id: str, name: str, owner_email: str | Callable[[], str], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.integration_id = integration_id
        self.name = name
        self.owner_email = owner_email

    def work(self, context: Any) -> str:  # noqa: ARG002 - the base class's signature
        """Nothing, or one request; two when Gong has an integration already."""
        if known := named_integration(self.integration_id):
            return known
        body = {"ownerEmail": self._owner(), "name": self.name}
        try:
            answer = self.hook.call(REGISTER, json=body)
        except GongInputError as error:
            if error.status != 409:
                raise
            return self._after_conflict(error)
        made = read_integration_id(answer.body.get("integrationId"), REGISTER, answer.request_id)
        self.log.info("Gong has registered integration %s", made)
        return made

    def _after_conflict(self, error: GongInputError) -> str:
        found = find_integration(self.hook, self.name)
        if found:
            self.log.info("Gong had registered integration %s before", found)
            return found
        raise GongConfigurationError(
            "The company has another CRM integration in Gong, and Gong takes only one",
            operation=REGISTER,
            status=error.status,
            request_id=error.request_id,
            errors=error.errors,
            remedy="If Gong reads the CRM itself (Salesforce, HubSpot, Dynamics), nothing has to be sent: "
            "pause this flow. Else disconnect that integration in Gong (Company settings > Ecosystem > CRM)",
        )

    def _owner(self) -> str:
        given = self.owner_email
        address = str((given() if callable(given) else given) or "").strip()
        if not _ADDRESS.fullmatch(address):
            raise GongConfigurationError(
                "The owner of the CRM integration is not an e-mail address"
                if address
                else "The CRM integration has no owner, and Gong wants one",
                remedy="Set GONG_CRM_OWNER_EMAIL to the e-mail address of the person in Gong who is "
                "responsible for it; nothing was sent",
            )
        return address


def find_integration(hook: Any, name: str) -> str:
    """The id of the integration called `name`; empty when the company has no generic integration.

    :raises GongConfigurationError: it has one of another name, or several of this one
    """
    found = _integrations(hook)
    named = [number for number, given in found if given == name]
    if len(named) == 1:
        return named[0]
    if not found:
        return ""
    others = ", ".join(f"{redact(given)!r} ({number})" for number, given in found)
    raise GongConfigurationError(
        f"Gong has CRM integration {others}, not one called {name!r}; it takes only one",
        operation=LIST,
        remedy="Set GONG_CRM_INTEGRATION_NAME to its name to go on with it, or delete it "
        "(gong_crm_delete_integration deletes all that it holds)",
    )


def has_integration(hook: Any, integration_id: str) -> bool:
    """Whether Gong lists this integration."""
    return any(number == integration_id for number, _ in _integrations(hook))


def _integrations(hook: Any) -> list[tuple[str, str]]:
    """Id and name of the company's generic integrations."""
    answer = hook.call(LIST)
    listed = answer.body.get("integrations") or []
    return [
        (
            read_integration_id(one.get("integrationId"), LIST, answer.request_id),
            str(one.get("name") or ""),
        )
        for one in listed
    ]
