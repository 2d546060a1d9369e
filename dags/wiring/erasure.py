"""The order of tasks of `gong_erasure`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import chain, task

from gong_airflow.operators.erasure import (
    ApproveErasureOperator,
    GongEraseOperator,
    GongLookUpPersonOperator,
    GongVerifyErasureOperator,
)
from gong_airflow.pacer import POOL
from include.erasure import flow
from include.erasure.cases import Cases

# The only place where a person reads what is about to be erased: counts and links, nobody's data.
REPORT = """
{% set found = ti.xcom_pull(task_ids="survey") %}
Ticket **{{ found.ticket }}** — {{ found.subject }}

| in Gong | |
|---|---|
{% for name, count in found.gong.items() -%}
| {{ name }} | {{ count }} |
{% endfor %}
| in our copies | |
|---|---|
{% for name, count in found.copies.items() -%}
| {{ name }} | {{ count }} |
{% endfor %}
{% if found.links -%}
Calls: {% for link in found.links %}[{{ loop.index }}]({{ link }}) {% endfor %}
{%- endif %}

{% for line in found.remarks -%}
* {{ line }}
{% endfor %}
* Has the person been deleted from the **CRM and the mail system**? That comes first: Gong reads them again.
* Approve, and Gong deletes these calls **for everybody who was on them**, with recording, transcript and
  statistics. Neither Gong nor this flow can bring anything back.
"""


@task(pool="gong_warehouse")
def survey(case: str) -> dict[str, Any]:
    """Counts in all our copies, together with those in Gong: what a dry run tells and a person approves."""
    return flow.survey(case)


@task.short_circuit(ignore_downstream_trigger_rules=True)
def not_a_dry_run(**context: Any) -> bool:
    """A dry run ends here."""
    return context["params"]["dry_run"] is False


@task
def suppress(case: str, approval: Any) -> dict[str, dict[str, int]]:
    """From here on nothing brings the person in again."""
    return flow.suppress(case, approval)


@task(pool="gong_warehouse")
def purge(case: str) -> dict[str, dict[str, int]]:
    """Remove the person from all our copies; what was removed, by place."""
    return flow.purge(case)


@task(pool="gong_warehouse")
def search(case: str) -> dict[str, dict[str, int]]:
    """Purge what arrived since, then search every copy: nothing may be left."""
    return flow.purge_and_search(case)


@task(pool="gong_warehouse")
def certify(case: str, **context: Any) -> dict[str, Any]:
    """Issue the certificate, write the row, forget who it was."""
    return flow.certify(context, case)


@task
def close(**context: Any) -> str:
    """Destroy the key of the run, unless there is something to go on with."""
    return flow.close(context)


def erasure_tasks(*, first_pause: timedelta, deadline: timedelta, approval: timedelta) -> None:
    """Look up, ask a person, suppress, erase, purge, wait until Gong is done, search, certify."""
    cases = Cases()
    found = GongLookUpPersonOperator(task_id="look_up", cases=cases, multiple_outputs=True, pool=POOL)
    case = found.output["case"]
    surveyed = survey(case)
    approve = ApproveErasureOperator(
        task_id="approve",
        subject="Erase a person in Gong and in all our copies",
        body=REPORT,
        response_timeout=approval,
        ignore_downstream_trigger_rules=True,
    )
    suppressed = suppress(case, approve.output)
    erase = GongEraseOperator(task_id="erase", case=case, cases=cases, pool=POOL)
    verify = GongVerifyErasureOperator(
        task_id="verify", case=case, cases=cases, first_pause=first_pause, deadline=deadline, pool=POOL
    )
    steps = (surveyed, not_a_dry_run(), approve, suppressed, erase, purge(case), verify, search(case))
    certified = certify(case)
    chain(*steps, certified)
    # A teardown does not decide how the run ended.
    certified >> close().as_teardown()
