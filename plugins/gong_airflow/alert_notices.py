"""What an alert says of a flow that did its work, but not all of it: things that a person has to correct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gong_airflow.alert_messages import Alert, as_sentence, make_alert, run_url
from gong_airflow.errors import redact


def rejected_message(context: Mapping[str, Any], rejected: Sequence[tuple[str, Sequence[str]]]) -> Alert:
    """The alert for recordings that a run has rejected.

    :param rejected: label and reasons of each recording
    """
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    rows = [(redact(label), as_sentence(redact("; ".join(reasons)))) for label, reasons in rejected[:20]]
    if len(rejected) > 20:
        rows.append(("and", f"{len(rejected) - 20} more, see the log of the run's last task"))
    many = "a recording" if len(rejected) == 1 else f"{len(rejected)} recordings"
    remedy = (
        "Each is in the folder `rejected` beside the drop folder, with a file that gives the reason. "
        "Correct it and move it back into the drop folder. The other recordings were not held up"
    )
    return make_alert(
        f"Gong: {dag_id} rejected {many}",
        (("Flow", dag_id), ("Run", redact(run_id)), *rows, ("What to do", f"{remedy}.")),
        ("Run page", run_url(dag_id, run_id)),
    )


def rows_message(context: Mapping[str, Any], rows: Sequence[tuple[str, str]]) -> Alert:
    """The alert for rows of the CRM that Gong does not have.

    :param rows: object type and reason of each
    """
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    kinds = Counter((object_type, redact(reason)) for object_type, reason in rows).most_common()
    shown = [(object_type, as_sentence(f"{count} x {reason}")) for (object_type, reason), count in kinds[:20]]
    if len(kinds) > 20:
        shown.append(("and", f"{len(kinds) - 20} more reasons"))
    many = "a row" if len(rows) == 1 else f"{len(rows)} rows"
    remedy = (
        "The table crm_upload_error names the rows. Correct them in the CRM: they go to Gong with the next "
        "run. The other rows were not held up"
    )
    return make_alert(
        f"Gong: {dag_id} could not bring {many} into Gong",
        (("Flow", dag_id), ("Run", redact(run_id)), *shown, ("What to do", f"{remedy}.")),
        ("Run page", run_url(dag_id, run_id)),
    )


def unread_message(context: Mapping[str, Any], unread: Sequence[tuple[str, str]]) -> Alert:
    """The alert for streams that Gong no longer lets the run read.

    :param unread: name of each stream, and the scope or product that Gong wants
    """
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    many = unread[0][0] if len(unread) == 1 else f"{len(unread)} streams"
    remedy = (
        "Give the key or app the scope in Gong's API settings. Without the product leave it as it is: the "
        "stream is skipped, the others go on, and you are not told again"
    )
    return make_alert(
        f"Gong: {dag_id} could not read {many}",
        (
            ("Flow", dag_id),
            ("Run", redact(run_id)),
            *((stream, as_sentence(f"Gong wants {wants}")) for stream, wants in unread[:20]),
            ("What to do", f"{remedy}."),
        ),
        ("Run page", run_url(dag_id, run_id)),
    )
