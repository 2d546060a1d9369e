"""A recording's way into Gong, one operator a step: find, check, add the call, upload, wait, file."""

from gong_airflow.operators.recordings.add_call import GongAddCallOperator
from gong_airflow.operators.recordings.check import CheckRecordingOperator
from gong_airflow.operators.recordings.file import FileRecordingOperator
from gong_airflow.operators.recordings.find import FindRecordingsOperator
from gong_airflow.operators.recordings.report import ReportRejectedOperator
from gong_airflow.operators.recordings.upload import GongUploadMediaOperator
from gong_airflow.operators.recordings.wait import GongWaitForCallOperator

__all__ = [
    "CheckRecordingOperator",
    "FileRecordingOperator",
    "FindRecordingsOperator",
    "GongAddCallOperator",
    "GongUploadMediaOperator",
    "GongWaitForCallOperator",
    "ReportRejectedOperator",
]
