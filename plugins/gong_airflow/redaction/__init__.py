"""Takes persons and credentials out of audit rows, before they land."""

from gong_airflow.redaction.records import redact_record

__all__ = ["redact_record"]
