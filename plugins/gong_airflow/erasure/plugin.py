"""Puts the door into Airflow's API server; every Airflow process loads this file, so it imports little."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.sdk.plugins_manager import AirflowPlugin

from gong_airflow.erasure.door import ErasureDoor


class GongErasurePlugin(AirflowPlugin):
    """Registered by the entry point `airflow.plugins` of the distribution."""

    name = "gong_erasure"
    fastapi_root_middlewares: ClassVar[list[Any]] = [
        {"name": "Sealing of what gong_erasure is given", "middleware": ErasureDoor}
    ]
