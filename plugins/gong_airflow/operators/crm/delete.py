"""Deletes the CRM integration and all its records in Gong: `DELETE /v2/crm/integrations`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

import pendulum

from gong_airflow.crm.requests import STATUS, deletion_request_id, is_used, read_status
from gong_airflow.errors import GongConfigurationError, GongInputError, GongProtocolError
from gong_airflow.operators.base import GongOperator
from gong_airflow.operators.crm.base import GROWTH, hours, named_integration
from gong_airflow.operators.crm.integration import has_integration

DELETE = "DELETE /v2/crm/integrations"
_UNKNOWN = "unknown"


class GongDeleteIntegrationOperator(GongOperator):
    """Has Gong delete the integration: all accounts, contacts, deals, leads, users and stages sent with it.

    Nothing brings them back but sending them again: put a person's approval before it. Safe to repeat. Gong
    takes up to a day: `GongWaitForDeletionOperator` waits for it.

    :param integration_id: what `GongFindIntegrationOperator` returned
    :raises GongConfigurationError: there is no integration
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "integration_id")

    def __init__(self, *, integration_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.integration_id = integration_id

    def work(self, context: Any) -> str:  # noqa: ARG002 - the base class's signature
        """One request; the integration's id.

        Two requests when Gong refuses the first: an integration that it no longer lists is deleted.
        """
        integration_id = named_integration(self.integration_id)
        if not integration_id:
            raise GongConfigurationError(
                "Gong has no generic CRM integration to delete", remedy="Nothing to do; nothing was sent"
            )
        try:
            self.hook.call(DELETE, params=_params(integration_id))
            self.log.info("Gong deletes integration %s", integration_id)
        except GongInputError as error:
            # An earlier try, whose answer was lost, may have been the one that did it.
            if not is_used(error) and has_integration(self.hook, integration_id):
                raise
            self.log.info("Gong was told before to delete integration %s", integration_id)
        return integration_id


class GongWaitForDeletionOperator(GongOperator):
    """Looks whether Gong has deleted the integration, with growing pauses; returns its id.

    Between looks it holds no worker and no slot. One or two requests a look: only an integration that Gong
    no longer lists counts as deleted.

    :param integration_id: what `GongDeleteIntegrationOperator` returned
    :param first_pause: after the first look
    :param longest_pause: the pauses grow up to it
    :param deadline: how long after the start of the task to give up; hours, when a number
    :raises GongProtocolError: Gong failed to delete it, or is not done at the deadline
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "integration_id", "deadline")

    def __init__(
        self,
        *,
        integration_id: str,
        first_pause: timedelta = timedelta(seconds=10),
        longest_pause: timedelta = timedelta(hours=1),
        deadline: timedelta | float | str = timedelta(hours=48),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.integration_id = integration_id
        self.first_pause = first_pause
        self.longest_pause = longest_pause
        self.deadline = deadline

    def work(self, context: Any) -> str:
        """One look."""
        integration_id = named_integration(self.integration_id)
        state = self._state(integration_id)
        gone = state in ("DONE", _UNKNOWN) and not has_integration(self.hook, integration_id)
        if not gone:
            self._wait_on(context, integration_id, state)
        self.log.info("Gong has deleted integration %s", integration_id)
        return integration_id

    def _wait_on(self, context: Any, integration_id: str, state: str) -> NoReturn:
        # Airflow keeps the time of the first start while a task is deferred.
        began, now = pendulum.instance(context["ti"].start_date), pendulum.now("UTC")
        give_up_at = began + hours(self.deadline)
        if state == "FAILED" or now >= give_up_at:
            raise GongProtocolError(
                f"Gong was told to delete integration {integration_id} and has not done it (status {state})",
                operation=STATUS,
                remedy=f"Give request {deletion_request_id(integration_id)} to Gong's support; clear this "
                "task to look once more",
            )
        waited = timedelta(seconds=(now - began).total_seconds())
        pause = min(max(waited * GROWTH, self.first_pause), self.longest_pause)
        self.log.info("Gong has not deleted integration %s yet (status %s)", integration_id, state)
        self.sleep_until(context, min(now + pause, give_up_at), "Gong is deleting")

    def _state(self, integration_id: str) -> str:
        """Gong's status of the deletion; it may forget that together with the integration."""
        try:
            answer = self.hook.call(STATUS, params=_params(integration_id))
        except GongInputError:
            return _UNKNOWN
        return read_status(answer.body).name


def _params(integration_id: str) -> dict[str, str]:
    return {"integrationId": integration_id, "clientRequestId": deletion_request_id(integration_id)}
