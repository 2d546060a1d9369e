"""What all operators that talk to Gong have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.sdk import BaseOperator

from gong_airflow.errors import GongConfigurationError, GongError, GongRateLimitError
from gong_airflow.retry_policy import GongRetryPolicy

if TYPE_CHECKING:
    from gong_airflow.hooks.gong import GongHook


# Stateless, so one serves all: as a default in the signature, `partial()` sees it too.
_RETRY_POLICY = GongRetryPolicy()


class GongOperator(BaseOperator):
    """Retries by `GongRetryPolicy`, unless told otherwise.

    The pool is not preset: a mapped task gets it from `partial()`, which knows nothing of `__init__`, and
    a task that believed to be in the pool while the scheduler ran it outside would break the limit.
    Without `pool="gong_api"` the hook refuses and says so.

    :param gong_conn_id: connection of type `gong`
    """

    template_fields: Sequence[str] = ("gong_conn_id",)
    ui_color = "#e4dcff"

    def __init__(
        self,
        *,
        gong_conn_id: str = "gong_default",
        retry_policy: GongRetryPolicy | None = _RETRY_POLICY,
        **kwargs: Any,
    ) -> None:
        super().__init__(retry_policy=retry_policy, **kwargs)
        self.gong_conn_id = gong_conn_id
        self.why_not = ""  # after a failed attempt: what the UI may show beside the task's name

    @cached_property
    def hook(self) -> GongHook:
        """One hook, and so one session and one counter, per task."""
        # The HTTP provider takes longer to import than a DAG file may take to parse.
        from gong_airflow.hooks.gong import GongHook

        return GongHook(gong_conn_id=self.gong_conn_id)

    def execute(self, context: Any) -> Any:
        """Do the work; when Gong's daily limit is reached, sleep until it is over.

        Asleep, the task holds neither worker nor slot, uses up none of its retries, and the UI shows it
        as deferred. (A retry at that time would do as well, but Airflow 3.3 shows neither its reason nor
        a mapped task's name until it starts.)
        """
        from gong_airflow.hooks.gong import LONGEST_WAIT_IN_PLACE

        try:
            return self.work(context)
        except GongRateLimitError as error:
            self.why_not = f" - {error.what}"
            if (error.retry_after or 0) > LONGEST_WAIT_IN_PLACE:
                self._sleep(context, error)
            raise
        except GongError as error:
            self.why_not = f" - {error.what}"
            raise
        finally:
            for line in self.hook.traffic.lines():
                self.log.info(line)

    def work(self, context: Any) -> Any:
        """What the operator is for; subclasses say."""
        raise NotImplementedError

    def wake(self, context: Any, event: Any = None) -> Any:
        """Called when Gong allows requests again."""
        if event is None:
            raise GongConfigurationError("The task was woken without an event", remedy="Clear the task")
        return self.execute(context)

    def _sleep(self, context: Any, error: GongRateLimitError) -> None:
        from airflow.providers.standard.triggers.temporal import DateTimeTrigger

        moment = pendulum.now("UTC").add(seconds=math.ceil(error.retry_after or 0))
        self.why_not += f", next try {moment.format('YYYY-MM-DD HH:mm:ss')} UTC"
        self.log.warning("%s%s", error, self.why_not)
        if context["task"].map_index_template:
            # Rendered anew when a task fails, but not when it is deferred.
            _show(f"{context['ti'].rendered_map_index}{self.why_not}")
        self.defer(trigger=DateTimeTrigger(moment=moment), method_name="wake")


def _show(name: str) -> None:
    """Set the name under which the UI shows this mapped task instance (at most 250 characters)."""
    from airflow.sdk.execution_time.comms import SetRenderedMapIndex
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    SUPERVISOR_COMMS.send(msg=SetRenderedMapIndex(rendered_map_index=name[:250]))
