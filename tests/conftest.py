"""Every test run has its own empty AIRFLOW_HOME and data folder: nothing of the user's is read or written."""

from __future__ import annotations

import os
import signal
import tempfile

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="gong-tests-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
for name in [name for name in os.environ if name.startswith(("GONG_", "AIRFLOW_CONN_"))]:
    if name != "GONG_OPENAPI_DOCUMENT":
        del os.environ[name]
os.environ["GONG_DATA_DIR"] = tempfile.mkdtemp(prefix="gong-data-")

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
