"""Airflow's settings as code: the pools and the connections that the DAGs name.

`python -m include.airflow_settings` applies them to Airflow's database, as often as one likes.
"""

from __future__ import annotations

from pathlib import Path


def apply(*, emulated: bool = False, sample_crm: Path | None = None) -> list[str]:
    """Create the missing pools and write the connections; one line per setting saying what was done.

    :param emulated: the connection to Gong leads to the emulator
    :param sample_crm: an SQLite file to which `crm_source` shall lead; None leaves that to people
    :raises include.settings.SettingError: the environment or the connection does not allow it
    """
    from airflow.utils.session import create_session

    from include.airflow_settings import connection, crm_source, erasure, pools

    with create_session() as session:
        return [
            *pools.create_missing(session),
            connection.write(connection.from_environment(), session, emulated=emulated),
            erasure.write(session),
            *([crm_source.write(sample_crm, session)] if sample_crm else []),
        ]
