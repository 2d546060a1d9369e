"""The arguments that all flows give their DAG."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gong_airflow.alerts import alert_args, flow_args
from gong_airflow.retry_policy import GongRetryPolicy
from include import settings


def flow_dag_args(tag: str, *, late_after: timedelta, max_active_runs: int = 3) -> dict[str, Any]:
    """Their retries are the bound of the retry policy, kills included."""
    # After a kill the policy is not asked.
    delay = timedelta(seconds=settings.number("GONG_RETRY_SECONDS", 10))
    retries = {"retries": 15, "retry_delay": delay, "retry_policy": GongRetryPolicy()}
    return {
        "catchup": False,
        "max_active_runs": max_active_runs,
        "render_template_as_native_obj": True,
        "tags": ["gong", tag],
        "default_args": {"owner": "gong", **retries, **alert_args()},
        **flow_args(late_after),
    }
