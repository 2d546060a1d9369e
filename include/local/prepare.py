"""Readies Airflow's database before its components start: `python -m include.local.prepare`.

One process, because importing Airflow takes longer than everything done here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from include.airflow_settings import apply
from include.settings import SettingError

REFUSED = 2
"""Exit code when a person has to change something; the last line of output says what."""


def migrate() -> str:
    """Create or migrate the database when it needs it."""
    from airflow.utils import db

    try:
        db.check_migrations(0)
    except TimeoutError:
        db.initdb()
        return "database: migrated"
    return "database: up to date"


def settle(session: Session, dag_ids: Sequence[str]) -> str:
    """Write off what an earlier Airflow left running; there is none now, its processes are gone.

    Without this its tasks would hold their pool slots until the scheduler gave them up, minutes later.
    The scheduler starts them anew, but for the runs of `dag_ids`: those are failed, so that a new run
    does not queue behind them. The flows lose nothing by that, their watermarks have not moved.
    """
    from airflow.jobs.job import Job, JobState

    now = datetime.now(timezone.utc)
    running = update(Job).where(Job.state == JobState.RUNNING)
    session.execute(running.values(state=JobState.FAILED, end_date=now))
    given_up = [run_id for dag_id in dag_ids for run_id in _give_up_runs(session, dag_id, now)]
    return f"unfinished runs given up: {', '.join(given_up) or 'none'}"


def _give_up_runs(session: Session, dag_id: str, now: datetime) -> list[str]:
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.state import DagRunState, State, TaskInstanceState

    of_dag = select(DagRun).where(DagRun.dag_id == dag_id, DagRun.state.in_(State.unfinished_dr_states))
    states = [state for state in State.unfinished if state is not None]
    runs = session.scalars(of_dag).all()
    for run in runs:
        session.execute(
            update(TaskInstance)
            .where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run.run_id)
            .where(or_(TaskInstance.state.is_(None), TaskInstance.state.in_(states)))
            .values(state=TaskInstanceState.FAILED, trigger_id=None, end_date=now)
            .execution_options(synchronize_session=False)
        )
        run.state, run.end_date = DagRunState.FAILED, now
    return [run.run_id for run in runs]


def main(arguments: list[str] | None = None) -> None:
    """Migrate, settle, apply the settings; exits with a message when the settings do not allow it."""
    from airflow.utils.session import create_session

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--give-up-runs-of", metavar="DAG_ID", nargs="*", default=[], help="fail unfinished runs"
    )
    parser.add_argument("--emulated", action="store_true", help="the connection leads to the emulator")
    parser.add_argument("--sample-crm", metavar="FILE", type=Path, help="what the CRM's connection leads to")
    options = parser.parse_args(arguments)
    print(migrate())
    with create_session() as session:
        print(settle(session, options.give_up_runs_of))
    try:
        print("\n".join(apply(emulated=options.emulated, sample_crm=options.sample_crm)))
    except SettingError as error:
        print(error)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
