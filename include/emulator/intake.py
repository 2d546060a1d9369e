"""The recordings that ``POST /v2/calls`` announced, what came of each, and how Gong deals with them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Container, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from include.emulator.clock import from_micros
from include.emulator.company import Person
from include.emulator.errors import ApiError
from include.emulator.ids import gong_id
from include.emulator.measuring import Media
from include.emulator.upload_bodies import NewCall

State = Literal["waiting for media", "processing", "visible", "discarded"]
MAXIMUM_BYTES = 1_500_000_000


@dataclass
class UploadSettings:
    """``processing_seconds`` are seconds of the emulator's clock, ``read_bytes_per_second`` is of real time.

    ``bare_duplicate_text``: the same bytes again are answered ``Bad request`` and no more.
    """

    processing_seconds: float
    minimum_seconds: float
    maximum_bytes: int = MAXIMUM_BYTES
    bare_duplicate_text: bool = False
    read_bytes_per_second: int | None = None


@dataclass
class Upload:
    """One announced call. Times: microseconds since 1970, emulator's clock; ``why`` it was dropped."""

    call_id: str
    body: NewCall
    received: dict[str, Any]
    accepted_at: int
    state: State = "waiting for media"
    why: str | None = None
    puts: int = 0
    media: Media | None = None
    media_at: int = 0
    file_name: str | None = None
    content_type: str | None = None

    def discard(self, why: str) -> None:
        """It will never be seen, and nobody is told."""
        self.state, self.why = "discarded", why

    @property
    def seconds(self) -> float:
        """How long the media plays, as Gong measures it: by the file, else as declared, else by its size."""
        if self.media is None:
            return 0.0
        if self.media.measured is not None:
            return self.media.measured
        return self.media.estimated if self.body.duration is None else self.body.duration

    def document(self) -> dict[str, Any]:
        """As the control plane shows it."""
        media = self.media
        return {
            "callId": self.call_id,
            "clientUniqueId": self.body.client_unique_id,
            "acceptedAt": from_micros(self.accepted_at).isoformat(),
            "state": self.state,
            "why": self.why,
            "via": None if media is None else "downloadMediaUrl" if self.body.download_media_url else "media",
            "mediaAt": from_micros(self.media_at).isoformat() if media else None,
            "sha256": media.sha256 if media else None,
            "bytes": media.size if media else None,
            "format": media.kind if media else None,
            "seconds": self.seconds if media else None,
            "fileName": self.file_name,
            "contentType": self.content_type,
            "puts": self.puts,
            "body": self.received,
        }


class Intake:
    """All uploads since the start or the last reset, in the order of their acceptance."""

    def __init__(self, settings: UploadSettings, seed: int, taken: Container[str]) -> None:
        self.settings = settings
        self.uploads: dict[str, Upload] = {}
        self._rng = random.Random(f"{seed}:uploads")
        self._taken = taken
        self._by_client_id: dict[str, Upload] = {}
        self._by_address: dict[str, Upload] = {}
        self._by_content: dict[str, Upload] = {}
        self._processing: dict[str, Upload] = {}
        self._fetches: set[asyncio.Task[None]] = set()

    def announce(self, body: NewCall, received: dict[str, Any], now: int) -> Upload:
        """Take a call in; it waits for its media from now on."""
        call_id = gong_id(self._rng)
        while call_id in self._taken or call_id in self.uploads:
            call_id = gong_id(self._rng)
        upload = self.uploads[call_id] = Upload(call_id, body, received, now)
        self._by_client_id[body.client_unique_id] = upload
        if body.download_media_url is not None:
            self._by_address[body.download_media_url] = upload
        return upload

    def by_client_id(self, client_unique_id: str) -> Upload | None:
        """The call that was posted with this ``clientUniqueId``."""
        return self._by_client_id.get(client_unique_id)

    def by_address(self, download_media_url: str) -> Upload | None:
        """The call that was posted with this ``downloadMediaUrl``."""
        return self._by_address.get(download_media_url)

    def by_content(self, media: Media) -> Upload | None:
        """The call that was the first to get these bytes."""
        return self._by_content.get(media.sha256)

    def attach(self, upload: Upload, media: Media, now: int) -> None:
        """``upload`` has got its media and is processed from ``now`` on, unless it was discarded before."""
        upload.media, upload.media_at = media, now
        self._by_content.setdefault(media.sha256, upload)
        if upload.state == "waiting for media":
            upload.state = "processing"
            self._processing[upload.call_id] = upload

    def processed(self, now: int) -> Iterator[tuple[Upload, int]]:
        """Uploads whose processing has ended by ``now``, each once, with the time at which it ended."""
        lasts = int(self.settings.processing_seconds * 1_000_000)
        for upload in list(self._processing.values()):
            if upload.media_at + lasts <= now or upload.state != "processing":
                del self._processing[upload.call_id]
                if upload.state == "processing":
                    yield upload, upload.media_at + lasts

    def forget(self, number: str) -> None:
        """Erase who was in a recording; that it was uploaded is still known (invented)."""
        upload = self.uploads.get(number)
        if upload is None:
            return
        upload.discard("erased")
        upload.received, upload.file_name = {}, None
        emptied = {name: None for name in ("title", "context", "custom_data", "meeting_url")}
        upload.body = upload.body.model_copy(update={"parties": [], **emptied})

    def people(self) -> list[Person]:
        """Everybody who was named as a party, users too: in the words of the uploader."""
        return [
            Person(party.name or "", party.email_address, party.phone_number, None)
            for upload in self.uploads.values()
            for party in upload.body.parties
        ]

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` beside everything else; it ends with this intake."""
        task = asyncio.get_running_loop().create_task(work)
        self._fetches.add(task)
        task.add_done_callback(self._fetches.discard)

    def close(self) -> None:
        """Give up what is still under way."""
        for task in self._fetches:
            task.cancel()


def refusal_of_copy(settings: UploadSettings, earlier: Upload) -> ApiError:
    """The answer to bytes that the company has uploaded before: two wordings were seen."""
    if settings.bare_duplicate_text:
        return ApiError(400, ["Bad request"], note=f"the same bytes as those of call {earlier.call_id}")
    text = "The media has been uploaded in the past, callID with the same content: "
    return ApiError(400, [text + earlier.call_id])
