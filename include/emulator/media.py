"""Media addresses: signed (AWS Signature Version 4 by their looks), anew at every request, and checked.

The eight hours are documented, ``X-Amz-Expires=28799`` was recorded. They lead to the emulator itself, see
``media_storage``; how the signature is made is invented, only its parts look like the real ones.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlencode

STORAGE = "/media-storage"
FILES = {"audio": "audio.mp3", "video": "video.mp4"}
TYPES = {"audio": "audio/mpeg", "video": "video/mp4"}
LIFE_SECONDS = 28_799
_STAMP = "%Y%m%dT%H%M%SZ"


class StorageError(Exception):
    """An answer of the storage other than success: ``code`` and ``message`` as S3 has them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def signed_url(host: str, secret: str, call_id: str, kind: str, *, request_id: str, now: datetime) -> str:
    """An address of the ``audio`` or ``video`` of a call; another one for each ``request_id``.

    ``host``: the request's own ``Host``, so that whoever reached the emulator reaches the media too.
    """
    path = f"{STORAGE}/calls/{call_id}/{FILES[kind]}"
    stamp = now.strftime(_STAMP)
    given = {
        "X-Amz-Security-Token": hashlib.sha256(request_id.encode()).hexdigest(),
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": stamp,
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Expires": str(LIFE_SECONDS),
        "X-Amz-Credential": f"ASIAEMULATOR/{stamp[:8]}/us-west-2/s3/aws4_request",
    }
    query = urlencode({**given, "X-Amz-Signature": _signature(secret, host, path, given)})
    return f"http://{host}{path}?{query}"


def check_signature(host: str, secret: str, path: str, query: str, now: datetime) -> None:
    """Refuse what ``signed_url`` has not made for this host and path, or made more than eight hours ago."""
    given = dict(parse_qsl(query))
    signature = given.pop("X-Amz-Signature", "")
    if not signature:
        raise StorageError(403, "AccessDenied", "Access Denied")
    if not hmac.compare_digest(signature, _signature(secret, host, path, given)):
        message = "The request signature we calculated does not match the signature you provided."
        raise StorageError(403, "SignatureDoesNotMatch", message)
    signed = datetime.strptime(given["X-Amz-Date"], _STAMP).replace(tzinfo=timezone.utc)
    if now > signed + timedelta(seconds=int(given["X-Amz-Expires"])):
        raise StorageError(403, "AccessDenied", "Request has expired")


def _signature(secret: str, host: str, path: str, given: Mapping[str, str]) -> str:
    signed = "\n".join([host, path, *(f"{name}={value}" for name, value in sorted(given.items()))])
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
