"""What all operators that talk to Gong have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import pendulum
from airflow.sdk import BaseOperator

from gong_airflow.errors import GongConfigurationError, GongError, GongRateLimitError
from gong_airflow.retry_policy import GongRetryPolicy

if TYPE_CHECKING:
    from gong_airflow.hooks.gong import GongHook


# Stateless, so one serves all: as a default in the signature, `partial()` sees it too.
_RETRY_POLICY = GongRetryPolicy()


class FlowOperator(BaseOperator):
    """Retries by `GongRetryPolicy`, unless told otherwise; says beside its name why it failed or waits."""

    template_fields: Sequence[str] = ()
    ui_color = "#e4dcff"

    def __init__(self, *, retry_policy: GongRetryPolicy | None = _RETRY_POLICY, **kwargs: Any) -> None:
        super().__init__(retry_policy=retry_policy, **kwargs)
        self.why_not = ""  # after a failed attempt: what the UI may show beside the task's name

    def execute(self, context: Any) -> Any:
        """Do the work."""
        try:
            return self.work(context)
        except GongError as error:
            self.why_not = f" - {error.what}"
            raise

    def work(self, context: Any) -> Any:
        """What the operator is for; subclasses say."""
        raise NotImplementedError

    def wake(self, context: Any, event: Any = None) -> Any:
        """Called when the moment has come for which `sleep_until` waits."""
        if event is None:
            raise GongConfigurationError("The task was woken without an event", remedy="Clear the task")
        return self.execute(context)

    def sleep_until(self, context: Any, moment: Any, why: str) -> NoReturn:
        """Defer to `moment` (UTC): the task then holds neither worker nor slot and uses up no retry.

        :param why: shown beside the task's name, which Airflow does not render anew when a task is deferred
        """
        from airflow.providers.standard.triggers.temporal import DateTimeTrigger
        from airflow.sdk.exceptions import TaskDeferred

        self.why_not = f" - {why}, next try {moment.format('YYYY-MM-DD HH:mm:ss')} UTC"
        if context["task"].map_index_template:
            # The early rendering has put the name there; what follows it is of this attempt.
            _show(f"{context['ti'].rendered_map_index}{self.why_not}")
        raise TaskDeferred(trigger=DateTimeTrigger(moment=moment), method_name="wake")


class GongOperator(FlowOperator):
    """An operator that sends requests to Gong.

    The pool is not preset: a mapped task gets it from `partial()`, which knows nothing of `__init__`, and
    a task that believed to be in the pool while the scheduler ran it outside would break the limit.
    Without `pool="gong_api"` the hook refuses and says so.

    :param gong_conn_id: connection of type `gong`
    """

    template_fields: Sequence[str] = ("gong_conn_id",)

    def __init__(self, *, gong_conn_id: str = "gong_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gong_conn_id = gong_conn_id

    @cached_property
    def hook(self) -> GongHook:
        """One hook, and so one session and one counter, per task."""
        # The HTTP provider takes longer to import than a DAG file may take to parse.
        from gong_airflow.hooks.gong import GongHook

        return GongHook(gong_conn_id=self.gong_conn_id)

    def execute(self, context: Any) -> Any:
        """Do the work; when Gong's daily limit is reached, sleep until it is over.

        (A retry at that time would do as well, but Airflow 3.3 shows neither its reason nor a mapped
        task's name until it starts.)
        """
        from gong_airflow.hooks.gong import LONGEST_WAIT_IN_PLACE

        try:
            return super().execute(context)
        except GongRateLimitError as error:
            if (error.retry_after or 0) > LONGEST_WAIT_IN_PLACE:
                self.log.warning("%s", error)
                moment = pendulum.now("UTC").add(seconds=math.ceil(error.retry_after or 0))
                self.sleep_until(context, moment, error.what)
            raise
        finally:
            for line in self.hook.traffic.lines():
                self.log.info(line)


def _show(name: str) -> None:
    """Set the name under which the UI shows this mapped task instance (at most 250 characters)."""
    from airflow.sdk.execution_time.comms import SetRenderedMapIndex
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    SUPERVISOR_COMMS.send(msg=SetRenderedMapIndex(rendered_map_index=name[:250]))
