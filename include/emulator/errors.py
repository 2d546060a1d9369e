"""Gong's error envelope: ``{requestId, errors: [string]}``, no codes and no pointers (recorded answers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

NO_CALLS = "No calls found corresponding to the provided filters"  # recorded
NO_USERS = "No users found corresponding to the provided filters"  # invented after the text for calls
NO_FOLDERS = "No library folders found corresponding to the provided filters"  # invented after it, too
METHOD_NOT_ALLOWED = "Method Not Allowed"  # recorded
UNSUPPORTED_MEDIA_TYPE = "Unsupported Media Type"  # recorded
SERVER_ERROR = "Internal server error occurred"  # recorded
BAD_REQUEST = "Bad request"  # recorded, though for other faults of a request
UNAUTHORIZED = "Unauthorized"  # invented
TOO_MANY_REQUESTS = (
    "API request limit exceeded"  # the OpenAPI document's description; the wire text is unknown
)
CURSOR_EXPIRED = "cursor has expired"  # known in part
CURSOR_UNVERIFIED = "failed to verify cursor"  # known in part


class ApiError(Exception):
    """An answer other than success. ``note`` says for developers why, in the header ``x-emulator-note``."""

    def __init__(
        self,
        status: int,
        errors: Sequence[str],
        headers: Mapping[str, str] | None = None,
        note: str | None = None,
    ) -> None:
        super().__init__(*errors)
        self.status = status
        self.errors = list(errors)
        self.headers = dict(headers or {})
        if note:
            self.headers["x-emulator-note"] = note


def envelope(request_id: str, errors: Sequence[str]) -> bytes:
    """The JSON body of an error."""
    return orjson.dumps({"requestId": request_id, "errors": list(errors)})


def missing_scope(scope: str) -> ApiError:
    """A key without the scope: 401, not 403, with the recorded sentence."""
    return ApiError(401, [f"You don't have permission to use '{scope}' in your app."])
