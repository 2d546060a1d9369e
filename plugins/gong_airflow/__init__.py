"""Gong for Apache Airflow: hook, operators, retry policy and the catalogue of streams."""

__version__ = "0.1.0"
