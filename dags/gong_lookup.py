"""Looks records up by their ids: CRM objects as Gong holds them, who may see a call, flows of prospects.

Started by hand. CRM objects are read back from the integration that `gong_crm` made, a hundred ids a request;
what Gong does not hold is marked deleted in `entity_value`. `object_type` is for CRM objects alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, Param, task

from dags.wiring.flow import flow_dag_args
from dags.wiring.streams import stream_names, stream_tasks
from gong_airflow.assets import LOOKUP as ASSET
from gong_airflow.planning import lookups
from gong_airflow.streams import LOOKUP, OBJECT_TYPES

IDS = {"ids_param": "ids"}
FORM = {
    "what": Param("crm_objects", type="string", enum=stream_names(LOOKUP), description="What to look up."),
    "object_type": Param("CONTACT", type="string", enum=list(OBJECT_TYPES), description="Of CRM objects."),
    "ids": Param(
        [],
        type="array",
        items={"type": "string", "minLength": 1},
        description="Ids of CRM objects, of calls, or of prospects in the CRM; one a line.",
    ),
}

with DAG(
    "gong_lookup",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params=FORM,
    **flow_dag_args("lookup", late_after=timedelta(hours=3)),
):

    @task(multiple_outputs=True)
    def plan_windows(what: str, **context: Any) -> dict[str, dict[str, str]]:
        """A window for what is looked up, without a request."""
        return lookups(what, context["params"]["ids"])

    stream_tasks(
        plan_windows("{{ params.what }}"),
        LOOKUP,
        ASSET,
        crm_objects={**IDS, "only": {"object_type": "{{ params.object_type }}"}},
        call_user_access=IDS,
        flow_assignments=IDS,
    )
