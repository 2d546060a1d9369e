"""What all operators that talk to Gong have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

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

    @cached_property
    def hook(self) -> GongHook:
        """One hook, and so one session and one counter, per task."""
        # The HTTP provider takes longer to import than a DAG file may take to parse.
        from gong_airflow.hooks.gong import GongHook

        return GongHook(gong_conn_id=self.gong_conn_id)

    def report_traffic(self) -> dict[str, dict[str, float]]:
        """Write the counters to the task log and return them."""
        for line in self.hook.traffic.lines():
            self.log.info(line)
        return self.hook.traffic.as_dict()
