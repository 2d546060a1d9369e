"""What Airflow reads to know the connection type `gong` and its form.

It is loaded while Airflow itself is: nothing that imports Airflow may be imported here.
"""

from __future__ import annotations

from typing import Any

_SECRET = {"type": ["string", "null"], "format": "password"}
_OPTIONAL_SECONDS = {"type": ["number", "null"], "minimum": 1, "maximum": 3600}


def get_provider_info() -> dict[str, Any]:
    """Provider metadata; `package-name` must equal the distribution's name, or Airflow does not start."""
    return {
        "package-name": "gong-airflow",
        "name": "Gong",
        "description": "Calls, recordings, CRM records and erasure between Gong and a company's own systems.",
        "connection-types": [
            {
                "connection-type": "gong",
                "hook-class-name": "gong_airflow.hooks.gong.GongHook",
                "hook-name": "Gong",
                "ui-field-behaviour": {
                    "hidden-fields": ["login", "password", "schema", "extra"],
                    # The UI's "Test" sends an empty port as 0, which Airflow 3.3 takes for another
                    # destination and refuses; a port that is filled in lets it through.
                    "relabeling": {"host": "Base URL", "port": "Port (fill in, or Test refuses)"},
                    "placeholders": {
                        "host": "https://us-12345.api.gong.io (the address Gong's API page shows)",
                        "port": "443",
                    },
                },
                "conn-fields": {
                    "access_key": {"label": "Access key", "schema": _SECRET},
                    "access_key_secret": {"label": "Access key secret", "schema": _SECRET},
                    "access_token": {
                        "label": "Access token",
                        "description": "A bearer token, instead of access key and secret.",
                        "schema": _SECRET,
                    },
                    "client_id": {
                        "label": "OAuth client id",
                        "description": "An app in Gong instead of a key; Base URL may be empty then.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "client_secret": {"label": "OAuth client secret", "schema": _SECRET},
                    "refresh_token": {
                        "label": "OAuth refresh token",
                        "description": "What authorising the app gave; gong_token renews it from then on. "
                        "Put another one here only after authorising the app again.",
                        "schema": _SECRET,
                    },
                    "token_url": {
                        "label": "OAuth token URL",
                        "description": "Empty: https://app.gong.io/oauth2/generate-customer-token",
                        "schema": {"type": ["string", "null"]},
                    },
                    "pool": {
                        "label": "Pool",
                        "description": "Airflow pool whose slots are the company's requests per second.",
                        "schema": {"type": ["string", "null"], "default": "gong_api"},
                    },
                    "read_timeout": {
                        "label": "Read time-out (seconds)",
                        "schema": {**_OPTIONAL_SECONDS, "default": 120},
                    },
                    "connect_timeout": {
                        "label": "Connect time-out (seconds)",
                        "schema": {**_OPTIONAL_SECONDS, "default": 10},
                    },
                    "verify": {
                        "label": "Verify TLS",
                        "description": "true, false, or the path of a CA bundle.",
                        "schema": {"type": ["string", "null"], "default": "true"},
                    },
                },
            }
        ],
    }
