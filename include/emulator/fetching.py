"""Fetches the media of calls that were posted with ``downloadMediaUrl``; if it fails, nobody is told."""

from __future__ import annotations

import re

from include.emulator.clock import Clock
from include.emulator.intake import Intake, Upload
from include.emulator.measuring import Measure

_CONNECT_SECONDS, _READ_SECONDS = 10, 60
_STREAMS = ("application/octet-stream", "binary/octet-stream")
_FORMATS = frozenset({"wav", "mp3", "mp4", "mkv", "flac"})


class _RefusedError(Exception):
    """The address gave something that Gong does not take."""


async def fetch(intake: Intake, upload: Upload, address: str, clock: Clock) -> None:
    """Download, measure, attach; or discard. The reason names no address: it may be signed."""
    import httpx  # slow to import, and few companies are fetched from

    try:
        media = await _download(upload, address, intake.settings.maximum_bytes)
    except _RefusedError as error:
        upload.discard(f"download: {error}")
        return
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        upload.discard(f"download: {type(error).__name__}")
        return
    finished = media.finish()
    if finished.kind is None:
        upload.discard("download: the content is none of WAV, MP3, MP4, MKV, FLAC")
        return
    earlier = intake.by_content(finished)
    if earlier is not None:
        upload.discard(f"duplicate of {earlier.call_id}")
    intake.attach(upload, finished, clock.micros())


async def _download(upload: Upload, address: str, maximum_bytes: int) -> Measure:
    import httpx

    measure = Measure()
    timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    # No proxies of the environment: the media of tests lies on this machine.
    async with (
        httpx.AsyncClient(timeout=timeout, follow_redirects=True, trust_env=False) as client,
        client.stream("GET", address, headers={"Accept-Encoding": "identity"}) as answer,
    ):
        if answer.status_code != 200:
            raise _RefusedError(f"status {answer.status_code}")
        upload.content_type = answer.headers.get("content-type", "")
        if not is_media(upload.content_type):
            raise _RefusedError("the content type is not that of a recording")
        async for piece in answer.aiter_raw():
            measure.feed(piece)
            if measure.size > maximum_bytes:
                raise _RefusedError("too large")
    return measure


def is_media(content_type: str) -> bool:
    """``audio…``, ``video…``, or an octet stream "followed by a subtype" (OpenAPI document): ``; mp3``."""
    text = content_type.strip().lower()
    if text.startswith(_STREAMS):
        return not _FORMATS.isdisjoint(re.split(r"[^a-z0-9]+", text))
    return text.startswith(("audio", "video"))
