"""Airflow's settings as code: the pools and the connection that the DAGs name.

`python -m include.airflow_settings` applies them to Airflow's database, as often as one likes.
"""

from __future__ import annotations


def apply(*, emulated: bool = False) -> list[str]:
    """Create the missing pools and write the connection; one line per setting saying what was done.

    :raises include.settings.SettingError: the environment or the connection does not allow it
    """
    from airflow.utils.session import create_session

    from include.airflow_settings import connection, pools

    with create_session() as session:
        return [
            *pools.create_missing(session),
            connection.write(connection.from_environment(), session, emulated=emulated),
        ]
