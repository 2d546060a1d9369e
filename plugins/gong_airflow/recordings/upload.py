"""A media file as the multipart body of one request.

`PUT /v2/calls/{id}/media` takes one part, `mediaFile` (Gong's OpenAPI document); a raw body is answered 415.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from gong_airflow.content import Content, Readable, SizedStream, multipart
from gong_airflow.errors import GongRecordingError

# Gong reads 1.5 GB before it answers.
ANSWER_SECONDS = 900.0


class MediaStream(SizedStream):
    """Reads exactly `size` bytes of a media file that must not change meanwhile; hashes and counts them.

    :param clock: seconds, monotonic
    """

    subject = "The media file"
    storage = "the drop folder's storage"

    def __init__(self, file: Readable, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(file, size, clock)
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str | None:
        """Of the whole file, hexadecimal; None while bytes are left.

        Gong may answer before it has read a body, and the rest of it is then never read here either.
        """
        return None if self.len else self._hash.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """As `SizedStream.read`; GongRecordingError when the file has changed."""
        block = super().read(size)
        self._hash.update(block)
        return block

    def changed(self, what: str) -> GongRecordingError:
        """Of one recording: it does not hold up the others."""
        return GongRecordingError([what])


def media_content(stream: MediaStream, *, extension: str, content_type: str) -> Content:
    """`stream` as the body of `PUT /v2/calls/{id}/media`.

    The part is called `recording` and its extension: the customer's file name may hold a person's name.
    """
    return multipart(
        "mediaFile",
        stream,
        file_name=f"recording{extension}",
        kind=content_type,
        answer_timeout=ANSWER_SECONDS,
    )
