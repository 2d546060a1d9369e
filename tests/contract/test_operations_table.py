"""Every read operation of Gong's OpenAPI document is read by some flow, or left out for a reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag

from gong_airflow.planning import with_parents
from gong_airflow.streams import STREAMS
from include.airflow_settings.pools import POOLS
from include.operations import FLOWS, NOT_READ, markdown, reads
from include.warehouse.tables import VISIBLE

ROOT = Path(__file__).parents[2]
# A POST either reads or writes, which the document does not say; one that is new is in neither.
READING_POSTS = {
    "POST /v2/calls/extensive",
    "POST /v2/calls/transcript",
    "POST /v2/users/extensive",
    "POST /v2/stats/interaction",
    "POST /v2/stats/activity/aggregate",
    "POST /v2/stats/activity/aggregate-by-period",
    "POST /v2/stats/activity/day-by-day",
    "POST /v2/stats/activity/scorecards",
    "POST /v2/calls/users-access",
    "POST /v2/flows/prospects",
    "POST /v2/tasks",
    "POST /v2/meetings/integration/status",
}
WRITING_POSTS = {
    "POST /v2/calls",
    "POST /v2/permission-profile",
    "POST /v2/meetings",
    "POST /v2/integration-settings",
    "POST /v2/digital-interaction",
    "POST /v2/flows/prospects/assign",
    "POST /v2/flows/prospects/assign/cool-off-override",
    "POST /v2/flows/prospects/unassign-flows-by-crm-id",
    "POST /v2/flows/prospects/unassign-flows-by-instance-id",
    "POST /v2/data-privacy/erase-data-for-email-address",
    "POST /v2/data-privacy/erase-data-for-phone-number",
    "POST /v2/crm/entity-schema",
    "POST /v2/crm/entities",
}


def documented(document: dict[str, Any]) -> set[str]:
    return {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}


def test_every_post_is_known_to_read_or_to_write(document: dict[str, Any]) -> None:
    posts = {operation for operation in documented(document) if operation.startswith("POST ")}
    assert posts == READING_POSTS | WRITING_POSTS


def test_every_read_operation_is_read_or_left_out_for_a_reason(document: dict[str, Any]) -> None:
    wanted = {operation for operation in documented(document) if operation.startswith("GET ")} | READING_POSTS
    read = {read.operation for read in reads()}
    assert read | set(NOT_READ) == wanted
    assert read & set(NOT_READ) == set()


def test_every_stream_is_read_by_a_flow_and_fills_a_table() -> None:
    assert {stream for read in reads() for stream in read.streams} == set(STREAMS)
    for read in reads():
        assert read.dags and read.tables, read.operation
        assert set(read.tables) <= set(VISIBLE), read.operation
        for dag in read.dags:
            assert (ROOT / "dags" / f"{dag}.py").exists(), dag
    assert {table for read in reads() for table in read.tables} == set(VISIBLE)


def test_a_flow_reads_the_streams_that_it_is_said_to() -> None:
    bag = DagBag(str(ROOT / "dags"), known_pools={"default_pool", *(pool.name for pool in POOLS)})
    for dag_id, streams in FLOWS.items():
        extracts = {
            task_id.partition(".")[2] for task_id in bag.dags[dag_id].task_ids if "extract." in task_id
        }
        if streams[0].name != "calls":
            assert extracts == set(with_parents(stream.name for stream in streams)), dag_id


def test_the_readme_has_the_table() -> None:
    said = (ROOT / "README.md").read_text()
    assert markdown() in said, "Paste the output of `python -m include.operations` into the README"
    assert len(re.findall(r"^\| operation \| stream \|", said, re.MULTILINE)) == 1
