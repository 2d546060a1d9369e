"""`python -m include.local.airflow …`: an `airflow` command in the environment of `make up`."""

from __future__ import annotations

import os
import sys

from include import settings
from include.local import environment, keys, ports


def main() -> None:
    """Become `airflow` with the arguments given here; the home must have been made by `run` or `up`."""
    home = environment.airflow_home()
    if not (home / "airflow.db").exists():
        sys.exit(f"There is no Airflow in {home} yet: start `make run` or `make up` once.")
    try:
        port = ports.port("AIRFLOW_PORT", 8080)
    except settings.SettingError as error:
        sys.exit(str(error))
    variables = environment.airflow_environment(home, port, keys.keys(home), scheduled=True)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *sys.argv[1:]], variables)  # noqa: S606 - this is its purpose


if __name__ == "__main__":
    main()
