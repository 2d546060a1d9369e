"""`python -m include.local.airflow …`: an `airflow` command in the environment of `make up`.

With `-m module …` it is that module instead.
"""

from __future__ import annotations

import os
import sys

from include import settings
from include.local import environment, keys, ports


def main() -> None:
    """Become `airflow`, or a module, with these arguments; `run` or `up` must have made the home."""
    home = environment.airflow_home()
    if not (home / "airflow.db").exists():
        sys.exit(f"There is no Airflow in {home} yet: start `make run` or `make up` once.")
    try:
        port = ports.port("AIRFLOW_PORT", 8080)
    except settings.SettingError as error:
        sys.exit(str(error))
    variables = environment.airflow_environment(home, port, keys.keys(home), scheduled=True)
    command = sys.argv[1:] if sys.argv[1:2] == ["-m"] else ["-m", "airflow", *sys.argv[1:]]
    os.execve(sys.executable, [sys.executable, *command], variables)  # noqa: S606 - this is its purpose


if __name__ == "__main__":
    main()
