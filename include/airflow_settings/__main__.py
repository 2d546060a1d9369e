"""Applies the settings as code to the Airflow of this environment, whose database must be migrated."""

from __future__ import annotations

import sys

from include.airflow_settings import apply
from include.settings import SettingError

if __name__ == "__main__":
    try:
        sys.stdout.write("\n".join(apply()) + "\n")
    except SettingError as error:
        sys.exit(str(error))
