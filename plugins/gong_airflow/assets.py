"""Assets that other DAGs may schedule on; their state stores hold the watermarks."""

from __future__ import annotations

from airflow.sdk import Asset

CALLS = Asset(name="gong_calls", uri="gong://calls", group="gong")
TRANSCRIPTS = Asset(name="gong_transcripts", uri="gong://transcripts", group="gong")
RECORDING_UPLOADS = Asset(name="gong_recording_uploads", uri="gong://recording-uploads", group="gong")
CALL_MEDIA = Asset(name="gong_call_media", uri="gong://call-media", group="gong")
CRM_RECORDS = Asset(name="gong_crm_records", uri="gong://crm-records", group="gong")
DIRECTORY = Asset(name="gong_directory", uri="gong://directory", group="gong")
ACTIVITY = Asset(name="gong_activity", uri="gong://activity", group="gong")
AUDIT = Asset(name="gong_audit", uri="gong://audit", group="gong")
LOOKUP = Asset(name="gong_lookup", uri="gong://lookup", group="gong")
