"""A recording on its way into Gong: its metadata, its media, and the folder that it lies in."""

from gong_airflow.recordings.folder import Files, Found, RecordingFolder, Reference

__all__ = ["Files", "Found", "RecordingFolder", "Reference"]
