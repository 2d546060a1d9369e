"""Rules that every DAG of the project keeps."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from jinja2.nativetypes import NativeEnvironment

from gong_airflow.crm.objects import OBJECT_TYPES
from gong_airflow.operators.base import GongOperator
from gong_airflow.streams import ACTIVITY, AUDIT, DIRECTORY, LOOKUP
from include.airflow_settings import pools as pool_settings

ROOT = Path(__file__).resolve().parents[2]
POOLS = {"default_pool", *(pool.name for pool in pool_settings.POOLS)}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "dags"), known_pools=POOLS)


def test_all_dag_files_parse_and_name_known_pools(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {path.stem for path in (ROOT / "dags").glob("gong_*.py")}
    assert not getattr(bag, "captured_warnings", None)


def tasks(bag: DagBag) -> list[Any]:
    return [task for dag in bag.dags.values() for task in dag.tasks]


def test_every_dag_says_what_it_does_and_when(bag: DagBag) -> None:
    for dag in bag.dags.values():
        assert dag.doc_md
        assert "gong" in dag.tags
        assert dag.catchup is False
        # A run of recordings waits up to a day for Gong, and others begin every quarter of an hour; a run of
        # the CRM begins with what the last one has settled, a refresh token serves once, and of two
        # snapshots or removals at once one is for nothing.
        alone = {"gong_token", "gong_directory", "gong_activity", "gong_audit", "gong_retention"}
        alone |= {dag_id for dag_id in bag.dags if "crm" in dag_id}
        # An erasure waits hours for Gong, and a person for nobody else's.
        most = {"gong_recordings": 100, "gong_erasure": 16}.get(dag.dag_id, 1 if dag.dag_id in alone else 3)
        assert dag.max_active_runs == most
        assert dag.deadline
        assert dag.dag_id == Path(dag.fileloc).stem


def test_a_form_may_be_sent_as_it_is(bag: DagBag) -> None:
    """The UI takes an empty field for null and asks for one that may not be null, as a ticket."""
    for dag in bag.dags.values():
        for name in set(dag.params) - {"ticket"}:
            value, types = dag.params[name], dag.params.get_param(name).schema["type"]
            assert value not in ("", None) or "null" in types, (dag.dag_id, name)


def test_every_task_has_an_owner_retries_the_policy_and_an_alert(bag: DagBag) -> None:
    for task in tasks(bag):
        assert task.owner == "gong"
        assert task.retries >= 10
        assert type(task.retry_policy).__name__ == "GongRetryPolicy"
        assert task.on_failure_callback


def test_what_talks_to_gong_is_in_its_pool_as_the_scheduler_sees_it(bag: DagBag) -> None:
    pools: dict[str, set[str]] = {}
    for task in tasks(bag):
        operator = getattr(task, "operator_class", type(task))
        if issubclass(operator, GongOperator):
            # A mapped task's pool is that of partial(); what its __init__ would set comes too late.
            assert task.pool == "gong_api"
        elif task.task_id.startswith("load_"):
            assert task.pool == "gong_warehouse"
        pools.setdefault(task.pool, set()).add(task.task_id.rpartition(".")[2])
    types = [name.lower() for name in OBJECT_TYPES]
    assert pools == {
        "gong_api": {
            *("plan_windows", "extract_windows"),
            *("add_call", "upload_media", "wait_until_shown"),
            "download_media",
            *("find_integration", "register_integration", "sync_schema", "upload", "wait_until_done"),
            *("delete_integration", "wait_until_deleted"),
            "renew",
            *("look_up", "erase", "verify"),
            *(stream.name for stream in (*DIRECTORY, *ACTIVITY, *AUDIT, *LOOKUP)),
        },
        "gong_warehouse": {"load_tables", "load_uploads", "load_report", "load_media"}
        | {"remove_landed", "remove_media", "remove_rows"}
        | {"survey", "purge", "search", "certify"},
        "default_pool": {
            *("publish", "find_recordings", "check", "file", "report_rejected", "all_settled"),
            # Without a request, where no time zone has to be asked for.
            *("check_setting", "plan_windows", "report_not_read"),
            "report",
            *("check_source", "find_vanished", "ask", "approve", "delete", "forget"),
            *("not_a_dry_run", "suppress", "close"),
            *(f"{step}_{name}" for step in ("select", "write") for name in types),
        },
    }


def test_a_person_stands_before_what_destroys(bag: DagBag) -> None:
    whole = bag.dags["gong_crm_delete_integration"]
    assert whole.schedule is None
    assert whole.get_task("delete_integration").upstream_task_ids == {"approve", "find_integration"}
    vanished = bag.dags["gong_crm_vanished"]
    assert vanished.get_task("delete").upstream_task_ids == {"ask", "approve"}
    assert vanished.get_task("approve").ignore_downstream_trigger_rules
    erasure = bag.dags["gong_erasure"]
    assert erasure.schedule is None
    assert erasure.params["dry_run"] is True
    for name in ("suppress", "erase", "purge", "search", "certify"):
        assert {"approve", "not_a_dry_run"} <= erasure.get_task(name).get_flat_relative_ids(upstream=True)
    sent = [task for task in vanished.tasks if task.task_id.endswith(".upload")]
    assert all("delete" in task.get_flat_relative_ids(upstream=True) for task in sent)


def test_one_task_renews_the_tokens_before_all_that_waits_for_a_slot(bag: DagBag) -> None:
    renewing = [task for task in tasks(bag) if type(task).__name__ == "GongRefreshTokenOperator"]
    assert [(task.dag_id, task.task_id) for task in renewing] == [("gong_token", "renew")]
    # A task's weight in the queue is its own and that of all tasks after it, 1 each.
    assert {task.priority_weight for task in tasks(bag) if task not in renewing} == {1}
    assert renewing[0].priority_weight > len(tasks(bag))


def test_uploads_never_hold_more_than_one_slot(bag: DagBag) -> None:
    """One lasts for minutes and sends one request: the other slots are for the others."""
    uploads = [bag.dags["gong_recordings"].get_task("recording.upload_media")]
    uploads += [bag.dags["gong_media"].get_task("download_media")]
    uploads += [task for task in tasks(bag) if task.task_id.endswith(".upload")]
    assert len(uploads) == 2 + 2 * len(OBJECT_TYPES)
    for upload in uploads:
        assert upload.max_active_tis_per_dag == 1
        assert upload.pool_slots == 1


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_a_dag_file_is_wiring_only(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 80
    assert not any(
        word in line for line in lines for word in ("requests.", "SELECT ", "http://", "duckdb", "dlt")
    )


def test_parsing_imports_nothing_heavy_and_touches_no_network() -> None:
    """In a process of its own: what is loaded once stays loaded."""
    code = """
import socket, sys
def refuse(*args, **kwargs): raise RuntimeError("network at parse time")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
import dags.gong_calls, dags.gong_calls_sweep, dags.gong_recordings
import dags.gong_media, dags.gong_token, dags.gong_retention, dags.gong_erasure
import dags.gong_crm, dags.gong_crm_vanished, dags.gong_crm_delete_integration
heavy = {"dlt", "duckdb", "pyarrow", "faker", "airflow.providers.http.hooks.http", "orjson"}
heavy |= {"requests_toolbelt", "gong_airflow.recordings.model", "phonenumbers"}
heavy &= set(sys.modules)
print(sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_media_are_downloaded_by_schedule_only_for_those_who_want_them(
    bag: DagBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bag.dags["gong_media"].schedule is None
    wanted = bag.dags["gong_media"].get_task("check_setting").python_callable
    runs = [{"dag_run": SimpleNamespace(run_type=kind)} for kind in ("scheduled", "manual", "backfill")]
    assert [wanted(**run) for run in runs] == [False, True, True]
    monkeypatch.setenv("GONG_MEDIA", "video")
    dags = DagBag(str(ROOT / "dags" / "gong_media.py"), known_pools=POOLS).dags
    assert dags["gong_media"].schedule is not None
    assert [wanted(**run) for run in runs] == [True, True, True]


def test_nothing_is_removed_by_schedule_but_for_those_who_want_it(
    bag: DagBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    dag = bag.dags["gong_retention"]
    assert dag.schedule is None
    assert dag.params["count_only"] is True
    removing = {"remove_landed", "remove_media", "remove_rows"}
    assert dag.get_task("check_setting").downstream_task_ids == removing
    assert dag.get_task("report").upstream_task_ids == removing
    for name in ("GONG_RETENTION_DAYS", "GONG_RETENTION_MEDIA_DAYS"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "90")
            dags = DagBag(str(ROOT / "dags" / "gong_retention.py"), known_pools=POOLS).dags
        assert dags["gong_retention"].schedule is not None


def test_what_is_too_old_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flows that choose a range know how long records are kept; of media, what is shorter."""

    def bounds(**given: str) -> dict[str, Any]:
        with monkeypatch.context() as patch:
            for name, days in given.items():
                patch.setenv(name, days)
            dags = DagBag(str(ROOT / "dags"), known_pools=POOLS).dags
        ranged = ("gong_calls", "gong_calls_sweep", "gong_activity", "gong_media")
        return {name: dags[name].get_task("plan_windows").not_before for name in ranged}

    others = ("gong_calls", "gong_calls_sweep", "gong_activity")
    month, year = timedelta(days=30), timedelta(days=365)
    assert bounds() == dict.fromkeys((*others, "gong_media"))
    given = bounds(GONG_RETENTION_DAYS="365", GONG_RETENTION_MEDIA_DAYS="30")
    assert given == {**dict.fromkeys(others, year), "gong_media": month}
    given = bounds(GONG_RETENTION_DAYS="30", GONG_RETENTION_MEDIA_DAYS="365")
    assert given == dict.fromkeys((*others, "gong_media"), month)


def test_logs_that_are_too_old_are_not_read_again(bag: DagBag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONG_RETENTION_DAYS", "5")
    context = {
        "dag_run": SimpleNamespace(run_type="scheduled", data_interval_start=None),
        "asset_state_store": defaultdict(lambda: SimpleNamespace(get=lambda key: None)),
    }
    planned = bag.dags["gong_audit"].get_task("plan_windows").python_callable(None, None, **context)
    earliest = datetime.now(timezone.utc) - timedelta(days=6)
    assert {window["from"] >= f"{earliest:%Y-%m-%dT%H:%M:%SZ}" for window in planned.values()} == {True}


def test_airflow_does_not_load_the_package_as_plugins() -> None:
    """Airflow runs every file below plugins/ under its bare name: `connection.py` would be `connection`."""
    from airflow._shared.module_loading.file_discovery import find_path_from_directory

    found = list(find_path_from_directory(str(ROOT / "plugins"), ".airflowignore"))
    assert [path for path in found if "gong_airflow" in str(path)] == []


@pytest.mark.parametrize(
    ("form", "day", "days"),
    [(None, "2026-11-21", 7), (None, "2026-11-22", 30), (3.5, "2026-11-22", 3.5)],
    ids=["a Saturday", "a Sunday", "from the form"],
)
def test_the_sweep_reads_a_week_and_on_sundays_a_month(bag: DagBag, form: Any, day: str, days: float) -> None:
    plan = bag.dags["gong_calls_sweep"].get_task("plan_windows")
    context = {"params": {"days": form}, "dag_run": SimpleNamespace(run_after=datetime.fromisoformat(day))}
    assert NativeEnvironment().from_string(plan.days).render(**context) == days


def test_the_example_of_the_readme_makes_tasks() -> None:
    code = (ROOT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    recording = {"id": "0123456789abcdef", "label": "a", "size": 1}
    with DAG("example", schedule=None) as dag:
        exec(code, {"recording": recording})  # noqa: S102 - it is ours
    assert {task.task_id: task.pool for task in dag.tasks} == {"add_call": "gong_api", "upload": "gong_api"}
    assert dag.get_task("upload").upstream_task_ids == {"add_call"}
