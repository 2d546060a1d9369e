"""Media addresses: they look signed (AWS Signature Version 4) and are signed anew at every request.

The eight hours are documented, ``X-Amz-Expires=28799`` was recorded. Nothing is served under them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

_HOST = "gong-media.emulator.example"


def signed_url(call_id: str, kind: str, request_id: str, now: datetime) -> str:
    """An address of the ``audio`` or ``video`` of a call; another one for each ``request_id``."""
    name = "audio.mp3" if kind == "audio" else "video.mp4"
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    signature = hashlib.sha256(f"{call_id}:{kind}:{request_id}".encode()).hexdigest()
    return (
        f"https://{_HOST}/calls/{call_id}/{name}?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Date={stamp}&X-Amz-SignedHeaders=host&X-Amz-Expires=28799"
        f"&X-Amz-Credential=AKIAEMULATOR%2F{stamp[:8]}%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Signature={signature}"
    )
