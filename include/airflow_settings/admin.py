"""Creates the UI's user `admin` where Airflow keeps users in its database (docker-compose.yaml)."""

from __future__ import annotations

import sys

from include import settings

USER = "admin"


def create(password: str) -> str:
    """Create the user with `password` when there is none yet; a line saying what was done."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        users = builder.sm
        if users.find_user(USER):
            return f"user {USER}: kept"
        role = users.find_role("Admin")
        if not users.add_user(USER, "Airflow", "Admin", f"{USER}@localhost", role, password=password):
            raise settings.SettingError(f"User {USER} could not be created; Airflow's log above says why.")
        return f"user {USER}: created"


if __name__ == "__main__":
    wanted = settings.text("AIRFLOW_ADMIN_PASSWORD")
    if not wanted:
        sys.exit("Set AIRFLOW_ADMIN_PASSWORD.")
    sys.stdout.write(create(wanted) + "\n")
