"""What all operators that talk to Gong have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from gong_airflow.pacer import POOL
from gong_airflow.retry_policy import GongRetryPolicy

if TYPE_CHECKING:
    from gong_airflow.hooks.gong import GongHook


class GongOperator(BaseOperator):
    """Runs in the pool `gong_api` and retries by `GongRetryPolicy`, unless told otherwise.

    :param gong_conn_id: connection of type `gong`
    """

    template_fields: Sequence[str] = ("gong_conn_id",)
    ui_color = "#e4dcff"

    def __init__(self, *, gong_conn_id: str = "gong_default", **kwargs: Any) -> None:
        kwargs.setdefault("pool", POOL)
        kwargs.setdefault("retry_policy", GongRetryPolicy())
        super().__init__(**kwargs)
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
